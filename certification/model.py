"""The credential: an Open Badges 3.0 credential on VCDM 2.0, built from parts, and the shape any credential must have.

Sources: VCDM 2.0 section 4; Open Badges 3.0 sections 3 and B.1; its JSON schema writes type, evidence, identifier,
alignment, resultDescription and proof as lists.

Rules
- ``@context`` is credentials/v2, Open Badges 3.0.3, its extensions, in this order.
- No legal name unless it is handed in with the learner's consent; the learner is named by salted identity hashes.
- Assurance is part of what is signed: how identity was established, who watched, which aids, who could see the tasks.
  It stands in ``evidence`` under the genre ``assurance``: readable by people and by programs, in terms all verifiers know.
"""
from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certification import contexts
from certification.errors import ShapeError
from certification.multibase import digest_multibase
from certification.times import parse_time, time_text

__all__ = ["ACHIEVEMENT_TYPES", "Assurance", "achievement", "assurance_of", "check", "credential", "identity",
           "identity_matches", "issuer_id", "issuer_profile", "listed", "span", "subject", "track_of", "transcript_evidence"]

ACHIEVEMENT_TYPES = frozenset({"OpenBadgeCredential", "AchievementCredential"})
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
_ASSURANCE = {
    "identity": {
        "self-asserted": "The learner's identity is what the learner said it is.",
        "vouched": "A named office vouched for the learner's identity.",
        "checked-in-person": "The learner's identity was checked in person against an identity document.",
    },
    "supervision": {
        "none": "Nobody watched while the assessments were taken.",
        "invigilated": "The assessments were taken under supervision.",
    },
    "aids": {
        "any": "Any aid was allowed, including books, colleagues and software assistants.",
        "named": "Only aids named in the assessments were allowed.",
        "none": "No aids were allowed.",
    },
    "assessment": {
        "public": "The assessments and their model answers are public; the data differ for each learner.",
        "private": "The assessments are not public.",
    },
}


@dataclass(frozen=True, slots=True)
class Assurance:
    """How far a credential can be relied on. The defaults are the weakest, so that nothing is claimed by omission."""

    identity: str = "self-asserted"
    supervision: str = "none"
    aids: str = "any"
    assessment: str = "public"

    def __post_init__(self) -> None:
        for kind, value in self._stated():
            if value not in _ASSURANCE[kind]:
                raise ShapeError(f"assurance: {kind} cannot be {value!r}", f"choose one of {', '.join(_ASSURANCE[kind])}")

    def _stated(self) -> list[tuple[str, str]]:
        return [(kind, getattr(self, kind)) for kind in _ASSURANCE]

    def sentences(self) -> tuple[str, ...]:
        """In words, for page and certificate."""
        return tuple(_ASSURANCE[kind][value] for kind, value in self._stated())

    def evidence(self) -> list[dict]:
        return [{"type": ["Evidence"], "genre": "assurance", "name": kind, "description": value,
                 "narrative": _ASSURANCE[kind][value]} for kind, value in self._stated()]


def assurance_of(document: Mapping[str, Any]) -> Assurance | None:
    """The assurance a credential states, or None if it states none or not in our terms."""
    stated = {entry.get("name"): entry.get("description") for entry in listed(document.get("evidence"))
              if isinstance(entry, Mapping) and entry.get("genre") == "assurance" and isinstance(entry.get("name"), str)}
    try:
        return Assurance(**stated) if stated.keys() == _ASSURANCE.keys() else None
    except (ShapeError, TypeError):
        return None


def credential(*, id: str, issuer: dict, name: str, valid_from: datetime | str, subject: dict, evidence: Sequence[dict],
               assurance: Assurance, status: Sequence[dict] = (), valid_until: datetime | str | None = None,
               description: str | None = None, image: dict | None = None) -> dict:
    """An unsigned OpenBadgeCredential. ``status`` is what `status.entry` makes; sign it with `proofs.add_proof`.

    Raises ShapeError for a credential that its own verifier would refuse.
    """
    document: dict[str, Any] = {
        "@context": list(contexts.OPEN_BADGES_LIST),
        "id": id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": issuer,
        "name": name,
        "validFrom": _time(valid_from),
        "credentialSubject": subject,
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "evidence": [*evidence, *assurance.evidence()],
    }
    if valid_until is not None:
        document["validUntil"] = _time(valid_until)
    if description:
        document["description"] = description
    if image:
        document["image"] = image
    if status:
        document["credentialStatus"] = list(status) if len(status) > 1 else status[0]
    check(document)
    return document


def issuer_profile(did: str, name: str, url: str | None = None) -> dict:
    """The issuer as it names itself; a verifier shows the registry's name instead."""
    return {"id": did, "type": ["Profile"], "name": name} | ({"url": url} if url else {})


def achievement(*, id: str, track: str, name: str, description: str, criteria: str, version: str | None = None,
                criteria_url: str | None = None, alignment: Sequence[dict] = (), tags: Sequence[str] = (),
                language: str | None = None, kind: str = "Certificate") -> dict:
    """What was achieved. ``track`` is the track's id (``humanCode``): the registry says who may certify it."""
    made: dict[str, Any] = {
        "id": id, "type": ["Achievement"], "achievementType": kind, "name": name, "description": description, "humanCode": track,
        "criteria": ({"id": criteria_url} if criteria_url else {}) | {"narrative": criteria},
    }
    optional = {"version": version, "inLanguage": language, "tag": list(tags),
                "alignment": [{"type": ["Alignment"], **entry} for entry in alignment]}
    return made | {key: value for key, value in optional.items() if value}


def subject(achievement: dict, identities: Sequence[dict], id: str | None = None) -> dict:
    """Who achieved it: one or more `identity` hashes, and a DID if the learner has one."""
    return ({"id": id} if id else {}) | {"type": ["AchievementSubject"], "identifier": list(identities),
                                         "achievement": achievement}


def identity(value: str, kind: str = "emailAddress", salt: str | None = None) -> dict:
    """A salted hash of an identifier (Open Badges 3.0, B.6.7): whoever knows the identifier can check it, nobody else."""
    salt = salt if salt is not None else secrets.token_hex(16)
    return {"type": "IdentityObject", "hashed": True, "identityHash": _identity_hash(value, salt), "identityType": kind,
            "salt": salt}


def identity_matches(entry: Mapping[str, Any], value: str) -> bool:
    """Whether ``value`` is the identifier that ``entry`` hashes."""
    return entry.get("hashed") is True and secrets.compare_digest(
        str(entry.get("identityHash")).encode(), _identity_hash(value, str(entry.get("salt", ""))).encode())


def _identity_hash(value: str, salt: str) -> str:
    return "sha256$" + hashlib.sha256((value + salt).encode()).hexdigest()


def transcript_evidence(*, id: str, module: str, transcript: bytes, narrative: str) -> dict:
    """One signed transcript as evidence: its id, and the digest of its canonical JSON (``digestMultibase``)."""
    return {"id": id, "type": ["Evidence"], "genre": "transcript", "name": module, "narrative": narrative,
            "digestMultibase": digest_multibase(transcript)}


def issuer_id(document: Mapping[str, Any]) -> str:
    """The DID (or address) of the issuer, given as text or as a profile."""
    found = document.get("issuer")
    found = found.get("id") if isinstance(found, Mapping) else found
    if not isinstance(found, str) or not found:
        raise ShapeError("issuer must be an identifier, or an object with an id", "ask the issuer for a complete credential")
    return found


def track_of(document: Mapping[str, Any]) -> str | None:
    """The id of the track the achievement is for, if it names one."""
    found = document.get("credentialSubject")
    found = found.get("achievement") if isinstance(found, Mapping) else None
    found = found.get("humanCode") if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else None


def listed(value: Any) -> list:
    """One value or several, as a list; nothing is the empty list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def check(document: Mapping[str, Any]) -> None:
    """What every credential must have (VCDM 2.0 section 4) and a badge besides. Raises ShapeError with the place."""
    types = listed(document.get("type"))
    if "VerifiableCredential" not in types:
        raise ShapeError("type must name VerifiableCredential: this is no credential", "give the credential itself, not a part of it")
    if "id" in document and not isinstance(document["id"], str):
        raise ShapeError("id must be a text")
    issuer_id(document)
    of_2019 = contexts.CREDENTIALS_V1 in listed(document.get("@context"))
    if of_2019 and "issuanceDate" not in document:
        raise ShapeError("issuanceDate is missing (VCDM 1.1, section 4.6)")
    span(document)
    about = document.get("credentialSubject")
    if not isinstance(about, Mapping):
        raise ShapeError("credentialSubject must be one object", "credentials about several people are not verified as one")
    for entry in listed(document.get("credentialStatus")):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("type"), str):
            raise ShapeError("each credentialStatus must be an object with one type")
    if not ACHIEVEMENT_TYPES & set(filter(lambda t: isinstance(t, str), types)):
        return
    if "AchievementSubject" not in listed(about.get("type")):
        raise ShapeError("credentialSubject.type must name AchievementSubject (Open Badges 3.0)")
    if not about.get("id") and not about.get("identifier"):
        raise ShapeError("credentialSubject must have an id or an identifier: the badge names nobody")
    what = about.get("achievement")
    if not isinstance(what, Mapping) or "Achievement" not in listed(what.get("type")):
        raise ShapeError("credentialSubject.achievement must be an Achievement (Open Badges 3.0)")
    for member in ("id", "name", "description", "criteria"):
        if not what.get(member):
            raise ShapeError(f"credentialSubject.achievement.{member} is missing (Open Badges 3.0)")
    if "validFrom" not in document and not of_2019:
        raise ShapeError("validFrom is missing (Open Badges 3.0)")


def span(document: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """From when until when the credential counts: the latest start and the earliest end it names (VCDM 2.0 section 4.9, VCDM 1.1
    sections 4.6 and 4.7, whose ``issuanceDate`` is also a start). Raises ShapeError if that is no time at all."""
    starts = [(parse_time(document[name], name), document[name]) for name in ("validFrom", "issuanceDate") if name in document]
    ends = [(parse_time(document[name], name), document[name]) for name in ("validUntil", "expirationDate") if name in document]
    start, end = max(starts, default=(None, None)), min(ends, default=(None, None))
    if start[0] and end[0] and end[0] < start[0]:
        raise ShapeError("validUntil lies before validFrom: this credential never was valid")
    return start[1], end[1]


def _time(value: datetime | str) -> str:
    return value if isinstance(value, str) else time_text(value)
