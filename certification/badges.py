"""Term tables of Open Badges 3.0 in the notation of `terms`: one table for each published version of its context.

Source: 1EdTech Open Badges 3.0, appendix B (data models) and section 5 (contexts). The versions before 3.0.2 are in `badges_early`.
"""
from __future__ import annotations

from certification.terms import Table

__all__ = ["EXTENSIONS", "OB_3_0_2", "OB_3_0_3"]

OB_3_0_3 = Table("""
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
awardedDate : ob:awardedDate ~xsd:dateTime
jti : jwt:jti @id
""")


def _changed(text: str, without: tuple[str, ...], instead: dict[str, str]) -> str:
    """``text`` without some lines, and with others in another wording; each must be there."""
    lines = text.split("\n")
    for line in (*without, *instead):
        if line not in lines:
            raise LookupError(line)
    return "\n".join(instead.get(line, line) for line in lines if line not in without)


OB_3_0_2 = Table(_changed(
    OB_3_0_3.text, ("  inLanguage : schema:inLanguage", "inLanguage : schema:inLanguage", "endorsementJwt : ob:endorsementJwt @set",
                    "awardedDate : ob:awardedDate ~xsd:dateTime", "jti : jwt:jti @id"),
    {"  image : ob:image @id": "  image : ob:Image @id", "image : ob:image @id": "image : ob:Image @id",
     "  achievement : ob:achievement": "  achievement : ob:achievement-0"}))

EXTENSIONS = Table("""
1EdTechJsonSchemaValidator2019 = vccs:1EdTechJsonSchemaValidator2019
1EdTechRevocationList = vcrl:1EdTechRevocationList
1EdTechCredentialRefresh = vccr:1EdTechCredentialRefresh
""", head=frozenset({"aliases"}))
