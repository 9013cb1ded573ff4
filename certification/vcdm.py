"""The W3C data model alone: what any verifiable credential or presentation must look like, whatever it is about.

The verifier proper asks for more (one subject, only published contexts, a badge's own members): this wider reading serves the
test profile `vc_api`, at which the W3C suites can be pointed, and nothing else.

Sources: VCDM 2.0 sections 4.3 (contexts), 4.4 (identifiers), 4.5 (types), 4.7-4.13, 5.3 (integrity of related resources), 5.4-5.6;
JSON-LD 1.1 section 9.15 (context definitions).

Rules
- ``@context`` begins with credentials/v2; what follows is a context of `contexts`, one of the two that define every word (EXAMPLES,
  UNDEFINED_TERMS), or an inline one that gives plain words an IRI. Nothing is fetched.
- A related resource that is carried here must have the digest of its published bytes; of any other only the form is checked.
"""
from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from certification import contexts
from certification.errors import ContextError, ShapeError
from certification.expand import IRI
from certification.model import listed, span

__all__ = ["PUBLISHED", "check_credential", "check_presentation", "context_urls", "enveloped", "is_enveloped"]

MOST_INLINE = 8          # inline contexts a document
MOST_EMBEDDED = 64       # credentials a presentation
# SHA-256 and SHA-384 of the published bytes of a context.
PUBLISHED = {
    contexts.CREDENTIALS: ("59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
                           "97f1eb8e5042356c805fdd61afa2c557663785e0794dcafa21e138fd38def18cb360133c221aa31d6896a6bf3e65b614"),
    contexts.CREDENTIALS_V1: ("ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc",
                              "82c3b3eab863754bbfd2b9f17d8d6db9f61169f301cbf0b05e1fc4beb5f5c51dd4d2e888c274f49c3fbb2408f61faed1"),
}
_TYPED = ("credentialStatus", "credentialSchema", "evidence", "refreshService", "termsOfUse")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_SRI = re.compile(r"sha(256|384)-([A-Za-z0-9+/]+={0,2})")
_DATA = re.compile(r"data:application/v[cp](-ld)?\+(jwt|sd-jwt|cose)(;base64url|;base64)?,[A-Za-z0-9._~+/=-]+")


def context_urls(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The document's contexts as `expand.quads` takes them; an inline one is its JSON text. Raises ContextError."""
    found = document.get("@context")
    found = [found] if isinstance(found, str) else found
    if not isinstance(found, list) or not found or found[0] != contexts.CREDENTIALS:
        raise ContextError(f"@context must begin with {contexts.CREDENTIALS} (VCDM 2.0 section 4.3)", "put it first in the list")
    if sum(isinstance(entry, dict) for entry in found) > MOST_INLINE:
        raise ContextError(f"there are more than {MOST_INLINE} inline contexts", "put their terms in one")
    return tuple(_context(entry, position) for position, entry in enumerate(found, 1))


def _context(entry: Any, position: int) -> str:
    if isinstance(entry, str) and contexts.carried(entry):
        return entry
    if not isinstance(entry, dict):
        raise ContextError(f"@context entry {position} is not a context this program carries: {str(entry)[:120]!r}; contexts are never fetched",
                           "define the words you need in an inline context")
    for name, value in entry.items():
        value = value.get("@id") if isinstance(value, dict) and value.keys() <= {"@id", "@type"} else value
        if name == "@protected" and isinstance(value, bool):
            continue
        if name == "@vocab" and (value is None or (isinstance(value, str) and IRI.fullmatch(value))):
            continue
        if not _NAME.fullmatch(name) or not isinstance(value, str) or not IRI.fullmatch(value):
            raise ContextError(f"@context entry {position}: {name[:60]!r} is not a plain word with an absolute identifier as its meaning",
                               "an inline context here maps words to identifiers, and nothing else")
    for value in entry.values():
        kind = value.get("@type", "@id") if isinstance(value, dict) else "@id"
        if not isinstance(kind, str) or (kind not in ("@id", "@vocab") and not IRI.fullmatch(kind)):
            raise ContextError(f"@context entry {position} has a type that is no identifier: {str(kind)[:60]!r}")
    return json.dumps(entry, sort_keys=True)


def check_credential(document: Mapping[str, Any]) -> None:
    """What every verifiable credential must have but for its proof's value. Raises ShapeError."""
    _types(document, "VerifiableCredential", "the credential")
    _identifier(document, "id", "id")
    if document.get("issuer") is None:
        raise ShapeError("issuer is missing (VCDM 2.0 section 4.7)")
    _party(document["issuer"], "issuer")
    span(document)
    subjects = document.get("credentialSubject")
    if not listed(subjects) or not all(isinstance(one, Mapping) and one for one in listed(subjects)):
        raise ShapeError("credentialSubject must be one or more objects, each with at least one claim (VCDM 2.0 section 4.8)")
    for member in _TYPED:
        for one in _objects(document, member):
            if not listed(one.get("type")):
                raise ShapeError(f"each {member} must have a type (VCDM 2.0 section 4.5)")
            if member == "credentialSchema" and "id" not in one:
                raise ShapeError("each credentialSchema must have an id (VCDM 2.0 section 4.11)")
            _identifier(one, "id", f"{member}.id")
    for one in _objects(document, "proof"):
        if not listed(one.get("type")):
            raise ShapeError("each proof must have a type (Data Integrity 1.0 section 2.1)")
    _related(document)


def check_presentation(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What every verifiable presentation must have; returns its credentials, enveloped ones included. Raises ShapeError or ContextError."""
    _types(document, "VerifiablePresentation", "the presentation")
    _identifier(document, "id", "id")
    if "holder" in document:
        _party(document["holder"], "holder")
    found = listed(document.get("verifiableCredential"))
    if len(found) > MOST_EMBEDDED:
        raise ShapeError(f"the presentation holds {len(found)} credentials; {MOST_EMBEDDED} are looked at at most")
    for number, one in enumerate(found, 1):
        if not isinstance(one, Mapping):
            raise ShapeError(f"verifiableCredential {number} must be an object, not a text or a number (VCDM 2.0 section 4.13)")
        context_urls(one)
        if str(one.get("id", "")).startswith("data:") or is_enveloped(one):
            enveloped(one)
        else:
            check_credential(one)
    for one in _objects(document, "proof"):
        if not listed(one.get("type")):
            raise ShapeError("each proof must have a type (Data Integrity 1.0 section 2.1)")
    return found


def is_enveloped(document: Mapping[str, Any]) -> bool:
    return "EnvelopedVerifiableCredential" in listed(document.get("type"))


def enveloped(document: Mapping[str, Any]) -> None:
    """The object around a credential in another format (VCDM 2.0 section 4.13.1). Raises ShapeError."""
    if not is_enveloped(document):
        raise ShapeError("a credential in a data: address must have the type EnvelopedVerifiableCredential (VCDM 2.0 section 4.13.1)")
    if not _DATA.fullmatch(str(document.get("id"))):
        raise ShapeError("the id of an EnvelopedVerifiableCredential must be a data: address with the credential in it")


def _types(document: Mapping[str, Any], needed: str, what: str) -> None:
    if needed not in listed(document.get("type")):
        raise ShapeError(f"the type of {what} must name {needed} (VCDM 2.0 section 4.5)")


def _identifier(document: Mapping[str, Any], member: str, place: str) -> None:
    if member in document and not (isinstance(document[member], str) and IRI.fullmatch(document[member])):
        raise ShapeError(f"{place} must be a single absolute identifier (VCDM 2.0 section 4.4), not {str(document[member])[:80]!r}")


def _party(value: Any, place: str) -> None:
    found = value.get("id") if isinstance(value, Mapping) else value
    if not isinstance(found, str) or not IRI.fullmatch(found):
        raise ShapeError(f"{place} must be an absolute identifier, or an object with one as its id (VCDM 2.0 sections 4.7 and 4.13)")


def _objects(document: Mapping[str, Any], member: str) -> list[Mapping[str, Any]]:
    found = listed(document.get(member))
    if not all(isinstance(one, Mapping) for one in found):
        raise ShapeError(f"{member} must be one or more objects")
    return found


def _related(document: Mapping[str, Any]) -> None:
    """VCDM 2.0 section 5.3: each resource once, with a digest, which must hold if the resource is at hand."""
    seen = set()
    for one in _objects(document, "relatedResource"):
        _identifier(one, "id", "relatedResource.id")
        if "id" not in one or one["id"] in seen:
            raise ShapeError("each relatedResource must have an id of its own (VCDM 2.0 section 5.3)")
        seen.add(one["id"])
        if not {"digestSRI", "digestMultibase"} & one.keys():
            raise ShapeError("each relatedResource must have a digestSRI or a digestMultibase (VCDM 2.0 section 5.3)")
        published = [bytes.fromhex(text) for text in PUBLISHED.get(one["id"], ())]
        for member, read in (("digestSRI", _sri), ("digestMultibase", _multibase)):
            if member in one:
                digest = read(one[member])
                if published and digest not in published:
                    raise ShapeError(f"the {member} of {one['id']} is not that of the published resource", "compute it anew")


def _sri(value: Any) -> bytes:
    """Subresource Integrity 1, section 3.5, one digest."""
    found = _SRI.fullmatch(value) if isinstance(value, str) else None
    try:
        digest = base64.b64decode(found[2], validate=True) if found else b""
    except binascii.Error:
        digest = b""
    if not found or len(digest) != int(found[1]) // 8:
        raise ShapeError("a digestSRI is written sha256-… or sha384-… with the digest in base64")
    return digest


def _multibase(value: Any) -> bytes:
    """A SHA-256 or SHA-384 digest in base64url, as a multihash or bare."""
    if isinstance(value, str) and re.fullmatch(r"u[A-Za-z0-9_-]{43,68}", value):
        data = base64.urlsafe_b64decode(value[1:] + "=" * (-len(value[1:]) % 4))
        for head, size in ((b"\x12\x20", 32), (b"\x20\x30", 48), (b"", 32)):
            if data.startswith(head) and len(data) == len(head) + size:
                return data[len(head):]
    raise ShapeError("a digestMultibase is written u… with a SHA-256 or SHA-384 digest in base64url")
