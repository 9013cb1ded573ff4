"""Small inputs of our own for the VCDM 2.0: one for each kind of thing that must be accepted, and for each that must be refused, by name.

The W3C suite's own inputs are used as well where its collection lies beside the clone (`standards.whole`).
"""
from __future__ import annotations

from typing import Any

from tests.conformance import standards

__all__ = ["ACCEPTED", "HOLDER", "PRESENTED", "REFUSED", "REFUSED_PRESENTATIONS", "credential", "dated", "presentation", "published"]

BASE = "https://www.w3.org/ns/credentials/v2"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
UNDEFINED = "https://www.w3.org/ns/credentials/undefined-terms/v2"
HOLDER = "did:key:z6MkpJySvETLnxhQG9DzEdmKJtysBDjuuTeDfUj1uNNCUqcj"
NONE = object()  # the member is left out


def _with(document: dict, changes: dict[str, Any]) -> dict:
    return {key: value for key, value in (document | changes).items() if value is not NONE}


def credential(**changes: Any) -> dict:
    """The least credential there is; ``context`` stands for ``@context``."""
    if "context" in changes:
        changes["@context"] = changes.pop("context")
    return _with({"@context": [BASE], "type": ["VerifiableCredential"], "credentialSubject": {"id": "did:example:subject"}}, changes)


def presentation(**changes: Any) -> dict:
    if "context" in changes:
        changes["@context"] = changes.pop("context")
    return _with({"@context": [BASE], "type": ["VerifiablePresentation"]}, changes)


def _inline(word: str) -> dict:
    return {word: f"https://example.org/words#{word}"}


_STATUS = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": "https://example.org/list"}
_SRI = "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"
_DIGEST = "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ"
_OTHER_DIGEST = "uM4RgWQc3RUDtjJCSgTJtTfvpZ7SPEg_LNO0ESlovQC0"

ACCEPTED = {
    "nothing but what is needed": credential(),
    "a context that defines every word": credential(context=[BASE, EXAMPLES], type=["VerifiableCredential", "Diploma"]),
    "undefined terms in their own context": credential(context=[BASE, UNDEFINED], credentialSubject={"mark": 5}),
    "an inline context": credential(context=[BASE, _inline("Diploma")], type=["VerifiableCredential", "Diploma"]),
    "an inline context with types": credential(context=[BASE, {"@protected": True, "home": {"@id": "https://example.org/home", "@type": "@id"}}],
                                               credentialSubject={"home": "https://example.org/"}),
    "a type by its address": credential(type=["https://example.org/Diploma", "VerifiableCredential"]),
    "an id": credential(id="urn:uuid:0d1f3c3e-8f4b-4a58-9d0b-1f6a7f0b9c11"),
    "issuer as an object": credential(issuer={"name": "Institute"}),
    "two subjects": credential(credentialSubject=[{"id": "did:example:a"}, {"id": "did:example:b"}]),
    "a subject without id": credential(credentialSubject={"name": "Alice"}),
    "milliseconds": credential(validFrom="2023-02-26T01:02:58.447Z"),
    "another zone": credential(validFrom="2023-02-25T19:10:39-06:00"),
    "in the far future": credential(validFrom="4023-02-26T01:02:58Z"),
    "over long ago": credential(validFrom="2023-02-26T01:00:00Z", validUntil="2023-02-26T01:00:01Z"),
    "name with a language": credential(name={"@value": "Diploma", "@language": "en"}),
    "name with a direction": credential(name={"@value": "دبلوم", "@language": "ar", "@direction": "rtl"}),
    "a direction alone": credential(name={"@value": "Diploma", "@direction": "ltr"}),
    "name in two languages": credential(name=[{"@value": "Dog", "@language": "en"}, {"@value": "Chien", "@language": "fr"}]),
    "issuer's description in a language": credential(issuer={"description": {"@value": "Institut", "@language": "fr"}}),
    "status of another kind": credential(context=[BASE, _inline("OtherStatus")], credentialStatus={"type": "OtherStatus"}),
    "status entry": credential(credentialStatus=_STATUS),
    "schema": credential(credentialSchema={"id": "did:example:schema", "type": "https://example.org/Schema"}),
    "two refresh services": credential(refreshService=[{"type": "https://example.org/S", "id": f"did:example:{n}"} for n in "ab"]),
    "the same evidence twice": credential(context=[BASE, _inline("Seen")], evidence=[{"type": "Seen"}, {"type": "Seen"}]),
    "terms of use": credential(context=[BASE, _inline("Policy")], termsOfUse={"type": "Policy"}),
    "related resource by digestSRI": credential(relatedResource={"id": BASE, "digestSRI": _SRI}),
    "related resource by digestMultibase": credential(relatedResource=[{"id": BASE, "digestMultibase": _DIGEST, "mediaType": "application/ld+json"}]),
    "related resource not carried here": credential(relatedResource={"id": "https://example.org/a.png", "digestMultibase": _OTHER_DIGEST}),
}

REFUSED = {
    "no context": (credential(context=NONE), "must begin with"),
    "no base context": (credential(context=[EXAMPLES]), "must begin with"),
    "base context second": (credential(context=[EXAMPLES, BASE]), "must begin with"),
    "context that is no address": (credential(context=[BASE, "https ://example.org/v1"]), "not a context this program carries"),
    "context that would have to be fetched": (credential(context=[BASE, "https://example.org/v1"]), "never fetched"),
    "context that is a number": (credential(context=[BASE, 123192875]), "not a context this program carries"),
    "inline context with a keyword": (credential(context=[BASE, {"@base": "https://example.org/"}]), "not a plain word"),
    "inline context with a nested one": (credential(context=[BASE, {"x": {"@id": "https://example.org/x", "@context": {}}}]), "not a plain word"),
    "inline context with a bad type": (credential(context=[BASE, {"x": {"@id": "https://example.org/x", "@type": "date"}}]), "no identifier"),
    "word with no address": (credential(context=[BASE, {"X": "https ://x"}], type=["VerifiableCredential", "X"]), "not a plain word"),
    "base term given another meaning": (credential(context=[BASE, _inline("VerifiableCredential")]), "two meanings"),
    "protected word given another meaning": (credential(context=[BASE, {"@protected": True} | _inline("X"), {"X": "https://example.org/y"}]), "two meanings"),
    "type without a meaning": (credential(context=[BASE, {"@vocab": None}], type=["VerifiableCredential", "X"]), "not defined"),
    "member without a meaning": (credential(mark=5), "mark is not defined"),
    "no type": (credential(type=NONE), "must name VerifiableCredential"),
    "another type only": (credential(context=[BASE, EXAMPLES], type=["Diploma"]), "must name VerifiableCredential"),
    "two ids": (credential(id=["https://example.org/1", "https://example.org/2"]), "single absolute identifier"),
    "id null": (credential(id=None), "single absolute identifier"),
    "id no address": (credential(id="https ://example.org"), "single absolute identifier"),
    "issuer null": (credential(issuer=None), "issuer is missing"),
    "issuer no address": (credential(issuer="institute"), "issuer must be an absolute identifier"),
    "issuer's id no address": (credential(issuer={"id": "institute"}), "issuer must be an absolute identifier"),
    "issuer's id null": (credential(issuer={"id": None}), "issuer must be an absolute identifier"),
    "another issuer": (credential(issuer="did:example:other"), "this service signs as"),
    "no subject": (credential(credentialSubject=NONE), "at least one claim"),
    "empty subject": (credential(credentialSubject={}), "at least one claim"),
    "one of two subjects empty": (credential(credentialSubject=[{"id": "did:example:a"}, {}]), "at least one claim"),
    "subject with two ids": (credential(credentialSubject={"id": ["did:example:a", "did:example:b"]}), "must be an identifier"),
    "a date in words": (credential(validFrom="Sat 25 Feb 2023 07:16:31 PM CST"), "not a time with its zone"),
    "a date without zone": (credential(validUntil="2023-02-26T01:00:00"), "not a time with its zone"),
    "over before it begins": (credential(validFrom="2030-01-01T00:00:00Z", validUntil="2029-01-01T00:00:00Z"), "never was valid"),
    "name with a language and more": (credential(name={"@value": "x", "@language": "en", "url": "https://example.org"}), "no other member"),
    "name with a bad language": (credential(name={"@value": "x", "@language": "e n"}), "BCP 47"),
    "name with a bad direction": (credential(name={"@value": "x", "@direction": "up"}), "ltr"),
    "the same language twice": (credential(name=[{"@value": "Dog", "@language": "en"}, {"@value": "Hound", "@language": "EN"}]), "single value"),
    "a value object without language": (credential(name={"@value": "x"}), "keyword"),
    "status without type": (credential(credentialStatus={"id": "did:example:status"}), "credentialStatus must have a type"),
    "status type a number": (credential(credentialStatus={"type": 2}), "a name or a list of names"),
    "status with two ids": (credential(credentialStatus=_STATUS | {"id": ["did:example:1", "did:example:2"]}), "single absolute identifier"),
    "status with an undefined term": (credential(credentialStatus=_STATUS | {"statusColour": "red"}), "statusColour is not defined"),
    "status entry of another name": (credential(statusEntry=_STATUS), "statusEntry is not defined"),
    "status index no text": (credential(credentialStatus=_STATUS | {"statusListIndex": 7}), "statusListIndex must be"),
    "status index true": (credential(credentialStatus=_STATUS | {"statusListIndex": True}), "statusListIndex must be"),
    "schema without id": (credential(credentialSchema={"type": "https://example.org/Schema"}), "must have an id"),
    "schema without type": (credential(credentialSchema={"id": "did:example:schema"}), "must have a type"),
    "refresh service without type": (credential(refreshService={"id": "did:example:r"}), "refreshService must have a type"),
    "terms of use without type": (credential(termsOfUse={"id": "did:example:t"}), "termsOfUse must have a type"),
    "empty evidence": (credential(evidence={}), "evidence must have a type"),
    "proof without type": (credential(proof={"created": "2023-07-28T22:25:05Z"}), "proof must have a type"),
    "related resource as text": (credential(relatedResource=[BASE]), "one or more objects"),
    "related resource without id": (credential(relatedResource=[{"digestMultibase": _DIGEST}]), "an id of its own"),
    "related resource twice": (credential(relatedResource=[{"id": BASE, "digestSRI": _SRI}, {"id": BASE, "digestMultibase": _DIGEST}]), "an id of its own"),
    "related resource without digest": (credential(relatedResource=[{"id": BASE}]), "digestSRI or a digestMultibase"),
    "related resource changed, multibase": (credential(relatedResource=[{"id": BASE, "digestMultibase": _OTHER_DIGEST}]), "not that of the published"),
    "related resource changed, SRI": (credential(relatedResource=[{"id": BASE, "digestSRI": "sha256-" + "A" * 43 + "="}]), "not that of the published"),
    "related resource, digest no base64": (credential(relatedResource=[{"id": BASE, "digestSRI": "sha384-_rCVIV7f"}]), "written sha256-"),
    "related resource, digest cut off": (credential(relatedResource=[{"id": BASE, "digestMultibase": _DIGEST[:-4]}]), "written u"),
}

_INSIDE = {"@context": [BASE], "type": ["VerifiableCredential"], "issuer": "did:example:issuer", "credentialSubject": {"id": "did:example:subject"}}
_ENVELOPE = {"@context": BASE, "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt,eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln"}

PRESENTED = {
    "nothing but what is needed": presentation(),
    "an id": presentation(id="urn:uuid:9c9a36f8-518f-4976-a934-6649502d0008"),
    "an inline context": presentation(context=[BASE, _inline("Shown")], type=["VerifiablePresentation", "Shown"]),
    "one credential": presentation(verifiableCredential=[_INSIDE]),
    "two credentials": presentation(verifiableCredential=[_INSIDE, _INSIDE | {"credentialSubject": {"id": "did:example:other"}}]),
    "a credential with words of its own": presentation(verifiableCredential=[_INSIDE | {"@context": [BASE, EXAMPLES], "type": ["VerifiableCredential", "Diploma"]}]),
    "a holder": presentation(holder=HOLDER, verifiableCredential=[_INSIDE]),
    "a holder as an object": presentation(holder={"id": HOLDER}, verifiableCredential=[_INSIDE]),
}

REFUSED_PRESENTATIONS = {
    "no context": (presentation(context=NONE), "must begin with"),
    "base context second": (presentation(context=[_inline("Shown"), BASE]), "must begin with"),
    "no type": (presentation(type=NONE), "must name VerifiablePresentation"),
    "another type only": (presentation(context=[BASE, _inline("Shown")], type=["Shown"]), "must name VerifiablePresentation"),
    "holder no address": (presentation(holder="z6MkpJySvETL"), "holder must be"),
    "holder with a name only": (presentation(holder={"name": "Acme"}), "holder must be"),
    "holder's id no address": (presentation(holder={"id": "z6MkpJySvETL"}), "holder must be"),
    "credential as text": (presentation(verifiableCredential=["eyJhbGciOiJFUzI1NiJ9.e30.c2ln"]), "must be an object"),
    "credential without type": (presentation(verifiableCredential=[_INSIDE | {"type": []}]), "must name VerifiableCredential"),
    "credential without context": (presentation(verifiableCredential=[{k: v for k, v in _INSIDE.items() if k != "@context"}]), "must begin with"),
    "envelope without type": (presentation(verifiableCredential=[{k: v for k, v in _ENVELOPE.items() if k != "type"}]), "EnvelopedVerifiableCredential"),
    "envelope without data": (presentation(verifiableCredential=[_ENVELOPE | {"id": "https://example.org/vc"}]), "must be a data: address"),
    "too many credentials": (presentation(verifiableCredential=[_INSIDE] * 65), "64 are looked at"),
}


def dated(text: str) -> str:
    """The W3C inputs leave two dates to the suite."""
    return text.replace("PAST DATE", "2020-01-01T00:00:00Z").replace("FUTURE DATE", "2099-01-01T00:00:00Z")


def published(kind: str) -> dict[str, str]:
    """The W3C suite's inputs about ``kind`` (credential, issuer, presentation) by name, as text; nothing where they are not at hand."""
    base = standards.whole()
    found = sorted((base / "vcdm2/input").rglob(f"{kind}-*.json")) if base else []
    return {path.stem: dated(path.read_text(encoding="utf-8")) for path in found}
