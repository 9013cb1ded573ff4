"""Term tables of the vocabularies: which term stands for which IRI, with which datatype and container.

These are facts of the published vocabularies (W3C VCDM 2.0 appendix B, W3C Data Integrity 1.0 section 2.4, 1EdTech Open Badges
3.0 appendix B), written down in a notation of our own from which `contexts` generates the JSON-LD contexts.

Notation, one term a line: ``name : IRI [type] [container]``
- deeper indentation: terms of the scoped context of the term above; it is protected and has ``id`` and ``type``
- ``=`` instead of ``:``: the published definition is the bare IRI text, not an object
- ``bare``: the scoped context has no ``id`` and ``type``; ``null``: the scoped context is null
- a prefix of PREFIXES is written out; any other text stays as it is
"""
from __future__ import annotations

__all__ = ["CREDENTIALS_V2", "DATA_INTEGRITY_V2", "OB_3_0_3", "OB_EXTENSIONS", "PREFIXES"]

PREFIXES = {
    "cred": "https://www.w3.org/2018/credentials#",
    "dct": "http://purl.org/dc/terms/",
    "jose": "https://www.iana.org/assignments/jose#",
    "jwt": "https://www.iana.org/assignments/jwt#",
    "ob": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#",
    "schema": "https://schema.org/",
    "sec": "https://w3id.org/security#",
    "status": "https://www.w3.org/ns/credentials/status#",
    "vccr": "https://purl.imsglobal.org/spec/vccr/v1p0/context.json#",
    "vccs": "https://purl.imsglobal.org/spec/vccs/v1p0/context.json#",
    "vcrl": "https://purl.imsglobal.org/spec/vcrl/v1p0/context.json#",
    "xs": "http://www.w3.org/2001/XMLSchema#",
    "xss": "https://www.w3.org/2001/XMLSchema#",
}

_PROOF = """
DataIntegrityProof : sec:DataIntegrityProof
  challenge = sec:challenge
  created : dct:created xs:dateTime
  cryptosuite : sec:cryptosuite sec:cryptosuiteString
  domain = sec:domain
  expires : sec:expiration xs:dateTime
  nonce = sec:nonce
  previousProof : sec:previousProof @id
  proofPurpose : sec:proofPurpose @vocab
    assertionMethod : sec:assertionMethod @id @set
    authentication : sec:authenticationMethod @id @set
    capabilityDelegation : sec:capabilityDelegationMethod @id @set
    capabilityInvocation : sec:capabilityInvocationMethod @id @set
    keyAgreement : sec:keyAgreementMethod @id @set
  proofValue : sec:proofValue sec:multibase
  verificationMethod : sec:verificationMethod @id
"""

DATA_INTEGRITY_V2 = "proof : sec:proof @id @graph" + _PROOF

CREDENTIALS_V2 = """
description = schema:description
digestMultibase : sec:digestMultibase sec:multibase
digestSRI : cred:digestSRI cred:sriString
mediaType : schema:encodingFormat
name = schema:name
VerifiableCredential : cred:VerifiableCredential
  confidenceMethod : cred:confidenceMethod @id
  credentialSchema : cred:credentialSchema @id
  credentialStatus : cred:credentialStatus @id
  credentialSubject : cred:credentialSubject @id
  description = schema:description
  evidence : cred:evidence @id
  issuer : cred:issuer @id
  name = schema:name
  proof : sec:proof @id @graph
  refreshService : cred:refreshService @id
  relatedResource : cred:relatedResource @id
  renderMethod : cred:renderMethod @id
  termsOfUse : cred:termsOfUse @id
  validFrom : cred:validFrom xs:dateTime
  validUntil : cred:validUntil xs:dateTime
EnvelopedVerifiableCredential = cred:EnvelopedVerifiableCredential
VerifiablePresentation : cred:VerifiablePresentation
  holder : cred:holder @id
  proof : sec:proof @id @graph
  termsOfUse : cred:termsOfUse @id
  verifiableCredential : cred:verifiableCredential @id @graph null
EnvelopedVerifiablePresentation = cred:EnvelopedVerifiablePresentation
JsonSchemaCredential = cred:JsonSchemaCredential
JsonSchema : cred:JsonSchema
  jsonSchema : cred:jsonSchema @json
BitstringStatusListCredential = status:BitstringStatusListCredential
BitstringStatusList : status:BitstringStatusList
  encodedList : status:encodedList sec:multibase
  statusPurpose = status:statusPurpose
  ttl = status:ttl
BitstringStatusListEntry : status:BitstringStatusListEntry
  statusListCredential : status:statusListCredential @id
  statusListIndex = status:statusListIndex
  statusPurpose = status:statusPurpose
  statusMessage : status:statusMessage
    message = status:message
    status = status:status
  statusReference : status:statusReference @id
  statusSize : status:statusSize xss:integer
""" + _PROOF + """
... : jwt:...
_sd : jwt:_sd @json
_sd_alg : jwt:_sd_alg
aud : jwt:aud @id
cnf : jwt:cnf bare
  kid : jwt:kid @id
  jwk : jwt:jwk @json
exp : jwt:exp xss:nonNegativeInteger
iat : jwt:iat xss:nonNegativeInteger
iss : jose:iss @id
jku : jose:jku @id
kid : jose:kid @id
nbf : jwt:nbf xss:nonNegativeInteger
sub : jose:sub @id
x5u : jose:x5u @id
"""

OB_3_0_3 = """
OpenBadgeCredential : ob:OpenBadgeCredential
Achievement : ob:Achievement
  achievementType : ob:achievementType
  alignment : ob:alignment @set
  creator : ob:creator
  creditsAvailable : ob:creditsAvailable xss:float
  criteria : ob:Criteria @id
  fieldOfStudy : ob:fieldOfStudy
  humanCode : ob:humanCode
  image : ob:image @id
  otherIdentifier : ob:otherIdentifier @set
  related : ob:related @set
  resultDescription : ob:resultDescription @set
  specialization : ob:specialization
  tag : schema:keywords @set
  version : ob:version
  inLanguage : schema:inLanguage
AchievementCredential : OpenBadgeCredential
AchievementSubject : ob:AchievementSubject
  achievement : ob:achievement
  activityEndDate : ob:activityEndDate xss:date
  activityStartDate : ob:activityStartDate xss:date
  creditsEarned : ob:creditsEarned xss:float
  identifier : ob:identifier @set
  image : ob:image @id
  licenseNumber : ob:licenseNumber
  result : ob:result @set
  role : ob:role
  source : ob:source @id
  term : ob:term
Address : ob:Address
  addressCountry : schema:addressCountry
  addressCountryCode : ob:CountryCode
  addressLocality : schema:addressLocality
  addressRegion : schema:addressRegion
  geo : ob:GeoCoordinates
  postOfficeBoxNumber : schema:postOfficeBoxNumber
  postalCode : schema:postalCode
  streetAddress : schema:streetAddress
Alignment : schema:AlignmentObject
  targetCode : ob:targetCode
  targetDescription : schema:targetDescription
  targetFramework : schema:targetFramework
  targetName : schema:targetName
  targetType : ob:targetType
  targetUrl : schema:targetUrl xss:anyURI
Criteria : ob:Criteria
EndorsementCredential : ob:EndorsementCredential
EndorsementSubject : ob:EndorsementSubject
  endorsementComment : ob:endorsementComment
Evidence : ob:Evidence
  audience : schema:audience
  genre : schema:genre
GeoCoordinates : ob:GeoCoordinates
  latitude : schema:latitude
  longitude : schema:longitude
IdentifierEntry : ob:IdentifierEntry
  identifier : ob:identifier
  identifierType : ob:identifierType
IdentityObject : ob:IdentityObject
  hashed : ob:hashed xss:boolean
  identityHash : ob:identityHash
  identityType : ob:identityType
  salt : ob:salt
Image : ob:Image
  caption : schema:caption
Profile : ob:Profile
  additionalName : schema:additionalName
  address : ob:address @id
  dateOfBirth : ob:dateOfBirth xss:date
  email : schema:email
  familyName : schema:familyName
  familyNamePrefix : ob:familyNamePrefix
  givenName : schema:givenName
  honorificPrefix : schema:honorificPrefix
  honorificSuffix : schema:honorificSuffix
  image : ob:image @id
  otherIdentifier : ob:otherIdentifier @set
  parentOrg : ob:parentOrg @id
  patronymicName : ob:patronymicName
  phone : ob:phone
  official : ob:official
Related : ob:Related
  version : ob:version
  inLanguage : schema:inLanguage
Result : ob:Result
  achievedLevel : ob:achievedLevel xss:anyURI
  resultDescription : ob:resultDescription xss:anyURI
  status : ob:status
  value : schema:value
ResultDescription : ob:ResultDescription
  allowedValue : ob:allowedValue @list
  requiredLevel : ob:requiredLevel xss:anyURI
  requiredValue : ob:requiredValue
  resultType : ob:resultType
  rubricCriterionLevel : ob:rubricCriterionLevel @set
  valueMax : ob:valueMax
  valueMin : ob:valueMin
RubricCriterionLevel : ob:RubricCriterionLevel
  level : ob:level
  points : ob:points
alignment : ob:alignment @set
description : schema:description
endorsement : ob:endorsement @set
endorsementJwt : ob:endorsementJwt @set
image : ob:image @id
inLanguage : schema:inLanguage
name : schema:name
narrative : ob:narrative
url : schema:url xss:anyURI
awardedDate : ob:awardedDate xsd:dateTime
jti : jwt:jti @id
"""

OB_EXTENSIONS = """
1EdTechJsonSchemaValidator2019 = vccs:1EdTechJsonSchemaValidator2019
1EdTechRevocationList = vcrl:1EdTechRevocationList
1EdTechCredentialRefresh = vccr:1EdTechCredentialRefresh
"""
