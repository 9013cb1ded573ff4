"""Term tables of the vocabularies: which term stands for which IRI, with which datatype and container.

These are facts of the published vocabularies (W3C VCDM 1.1 and 2.0 appendix B, W3C Data Integrity 1.0 section 2.4, W3C EdDSA
Cryptosuites 1.0; Open Badges in `badges`), written down in a notation of our own from which `contexts` generates the
JSON-LD contexts.

Notation, one term a line: ``name : IRI [type] [container]``
- deeper indentation: terms of the scoped context of the term above, which has the marks of the table's ``scope``
- ``=`` instead of ``:``: the published definition is the bare IRI text, not an object
- ``bare``: the scoped context has no ``id`` and ``type``; ``null``: the scoped context is null
- a prefix of PREFIXES is written out; after ``~`` the text stays as it is
Marks of a context: ``protected``, ``aliases`` (it has ``id`` and ``type``), ``version`` (it says 1.1).
"""
from __future__ import annotations

from typing import NamedTuple

__all__ = ["CREDENTIALS_V1", "CREDENTIALS_V2", "DATA_INTEGRITY_V1", "DATA_INTEGRITY_V2", "ED25519_2020", "PREFIXES", "STATUS_LIST_2021",
           "Table"]

PREFIXES = {
    "cred": "https://www.w3.org/2018/credentials#",
    "dct": "http://purl.org/dc/terms/",
    "jose": "https://www.iana.org/assignments/jose#",
    "jwt": "https://www.iana.org/assignments/jwt#",
    "ob": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#",
    "schema": "https://schema.org/",
    "sec": "https://w3id.org/security#",
    "sl": "https://w3id.org/vc/status-list#",
    "status": "https://www.w3.org/ns/credentials/status#",
    "vccr": "https://purl.imsglobal.org/spec/vccr/v1p0/context.json#",
    "vccs": "https://purl.imsglobal.org/spec/vccs/v1p0/context.json#",
    "vcrl": "https://purl.imsglobal.org/spec/vcrl/v1p0/context.json#",
    "xs": "http://www.w3.org/2001/XMLSchema#",
    "xss": "https://www.w3.org/2001/XMLSchema#",
}


class Table(NamedTuple):
    """The terms of a context, its own marks, and those of the contexts inside it."""

    text: str
    head: frozenset[str] = frozenset({"protected", "aliases"})
    scope: frozenset[str] = frozenset({"protected", "aliases"})


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

DATA_INTEGRITY_V2 = Table("proof : sec:proof @id @graph" + _PROOF)

CREDENTIALS_V2 = Table("""
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
""")

DATA_INTEGRITY_V1 = Table("""
proof : sec:proof @id @graph
DataIntegrityProof : sec:DataIntegrityProof
  challenge = sec:challenge
  created : dct:created xs:dateTime
  domain = sec:domain
  expires : sec:expiration xs:dateTime
  nonce = sec:nonce
  proofPurpose : sec:proofPurpose @vocab
    assertionMethod : sec:assertionMethod @id @set
    authentication : sec:authenticationMethod @id @set
    capabilityInvocation : sec:capabilityInvocationMethod @id @set
    capabilityDelegation : sec:capabilityDelegationMethod @id @set
    keyAgreement : sec:keyAgreementMethod @id @set
  cryptosuite = sec:cryptosuite
  proofValue : sec:proofValue sec:multibase
  verificationMethod : sec:verificationMethod @id
""")

ED25519_2020 = Table("""
proof : sec:proof @id @graph
Ed25519VerificationKey2020 : sec:Ed25519VerificationKey2020
  controller : sec:controller @id
  revoked : sec:revoked xs:dateTime
  publicKeyMultibase : sec:publicKeyMultibase sec:multibase
Ed25519Signature2020 : sec:Ed25519Signature2020
  challenge = sec:challenge
  created : dct:created xs:dateTime
  domain = sec:domain
  expires : sec:expiration xs:dateTime
  nonce = sec:nonce
  proofPurpose : sec:proofPurpose @vocab
    assertionMethod : sec:assertionMethod @id @set
    authentication : sec:authenticationMethod @id @set
    capabilityInvocation : sec:capabilityInvocationMethod @id @set
    capabilityDelegation : sec:capabilityDelegationMethod @id @set
    keyAgreement : sec:keyAgreementMethod @id @set
  proofValue : sec:proofValue sec:multibase
  verificationMethod : sec:verificationMethod @id
""")

STATUS_LIST_2021 = Table("""
StatusList2021Credential : sl:StatusList2021Credential
  description = http://schema.org/description
  name = http://schema.org/name
StatusList2021 : sl:StatusList2021
  statusPurpose = sl:statusPurpose
  encodedList = sl:encodedList
StatusList2021Entry : sl:StatusList2021Entry
  statusPurpose = sl:statusPurpose
  statusListIndex = sl:statusListIndex
  statusListCredential : sl:statusListCredential @id
""", head=frozenset({"protected"}))

_SIGNATURE_V1 = """
  challenge = ~sec:challenge
  created : dct:created ~xsd:dateTime
  domain = ~sec:domain
  expires : ~sec:expiration ~xsd:dateTime
  jws = ~sec:jws
  nonce = ~sec:nonce
  proofPurpose : ~sec:proofPurpose @vocab
    sec = sec:
    assertionMethod : ~sec:assertionMethod @id @set
    authentication : ~sec:authenticationMethod @id @set
  proofValue = ~sec:proofValue
  verificationMethod : ~sec:verificationMethod @id
"""
_MARKS_V1 = frozenset({"protected", "aliases", "version"})
CREDENTIALS_V1 = Table("""
VerifiableCredential : cred:VerifiableCredential
  cred = cred:
  sec = sec:
  xsd = xs:
  credentialSchema : ~cred:credentialSchema @id
    cred = cred:
    JsonSchemaValidator2018 = ~cred:JsonSchemaValidator2018
  credentialStatus : ~cred:credentialStatus @id
  credentialSubject : ~cred:credentialSubject @id
  evidence : ~cred:evidence @id
  expirationDate : ~cred:expirationDate ~xsd:dateTime
  holder : ~cred:holder @id
  issued : ~cred:issued ~xsd:dateTime
  issuer : ~cred:issuer @id
  issuanceDate : ~cred:issuanceDate ~xsd:dateTime
  proof : ~sec:proof @id @graph
  refreshService : ~cred:refreshService @id
    cred = cred:
    ManualRefreshService2018 = ~cred:ManualRefreshService2018
  termsOfUse : ~cred:termsOfUse @id
  validFrom : ~cred:validFrom ~xsd:dateTime
  validUntil : ~cred:validUntil ~xsd:dateTime
VerifiablePresentation : cred:VerifiablePresentation
  cred = cred:
  sec = sec:
  holder : ~cred:holder @id
  proof : ~sec:proof @id @graph
  verifiableCredential : ~cred:verifiableCredential @id @graph
""" + "".join(f"{kind} : sec:{kind}\n  sec = sec:\n  xsd = xs:{_SIGNATURE_V1}" for kind in (
    "EcdsaSecp256k1Signature2019", "EcdsaSecp256r1Signature2019", "Ed25519Signature2018")) + "RsaSignature2018 : sec:RsaSignature2018 bare" + _SIGNATURE_V1 + """
proof : sec:proof @id @graph
""", _MARKS_V1, _MARKS_V1)
