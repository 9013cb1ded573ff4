"""The JSON-LD contexts this package knows, generated from `terms`. Nothing here or elsewhere ever fetches one.

Rules
- A generated context equals the published one as JSON; the tests hold the digests of the published ones.
- A document's ``@context`` is one of LISTS, whole and in that order. Whoever may append a context may redefine what
  was signed, or hide from the signature what is shown (1EdTech validator: "context confusion").
- A published context that is not carried here is "cannot check", any other one is "refused".

Sources: VCDM 2.0 sections 4.3 and B.1 (contexts are identified by digest), Open Badges 3.0 section 5.
"""
from __future__ import annotations

import hashlib
import json
from functools import cache

from certification import terms
from certification.errors import ContextError, UnsupportedContextError

__all__ = ["CREDENTIALS", "EXTENSIONS", "LISTS", "OPEN_BADGES", "OPEN_BADGES_LIST", "context",
           "context_list", "digest"]

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"

_TABLES = {
    CREDENTIALS: (terms.CREDENTIALS_V2, True),
    OPEN_BADGES: (terms.OB_3_0_3, True),
    EXTENSIONS: (terms.OB_EXTENSIONS, False),
    DATA_INTEGRITY: (terms.DATA_INTEGRITY_V2, True),
}
OPEN_BADGES_LIST = (CREDENTIALS, OPEN_BADGES, EXTENSIONS)
LISTS = frozenset({
    (CREDENTIALS,),
    (CREDENTIALS, DATA_INTEGRITY),
    (CREDENTIALS, OPEN_BADGES),
    (CREDENTIALS, OPEN_BADGES, DATA_INTEGRITY),
    OPEN_BADGES_LIST,
    (*OPEN_BADGES_LIST, DATA_INTEGRITY),
})
# Published contexts that other issuers use and this version does not carry: nothing can be said about such a credential.
NOT_CARRIED = frozenset({
    "https://www.w3.org/2018/credentials/v1",
    "https://w3id.org/security/suites/ed25519-2020/v1",
    "https://w3id.org/security/data-integrity/v1",
    "https://w3id.org/vc/status-list/2021/v1",
    "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json",
    "https://purl.imsglobal.org/spec/clr/v2p0/context.json",
    "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
})


def context_list(document: dict) -> tuple[str, ...]:
    """The document's list of contexts. Raises ContextError unless it is one of LISTS."""
    found = document.get("@context")
    if not isinstance(found, list):
        raise ContextError("@context must be a list of context addresses",
                           f"a credential starts with \"@context\": [\"{CREDENTIALS}\", …]")
    if all(isinstance(entry, str) and (entry in _TABLES or entry in NOT_CARRIED) for entry in found) and NOT_CARRIED & set(found):
        raise UnsupportedContextError(f"this verifier does not carry {sorted(NOT_CARRIED & set(found))[0]}",
                                      "use a verifier that does; nothing is said about the credential here")
    for position, entry in enumerate(found, 1):
        if not isinstance(entry, str):
            raise ContextError(f"@context entry {position} is an inline context: it could redefine what was signed",
                               "ask the issuer for a credential with published contexts only")
        if entry not in _TABLES:
            raise ContextError(f"@context entry {position} is not a context this verifier knows: {entry[:120]!r}; "
                               "contexts are never fetched", "a newer verifier may know it; otherwise do not rely on it")
    if tuple(found) not in LISTS:
        raise ContextError("the contexts of this credential are known, but not in this order or number",
                           f"accepted are {CREDENTIALS}, then Open Badges {OPEN_BADGES} and {EXTENSIONS}")
    return tuple(found)


@cache
def context(url: str) -> dict:
    """The context at ``url`` as JSON: ``{"@context": {…}}``. Do not change it: it is shared."""
    table, protected = _TABLES[url]
    lines = [line for line in table.splitlines() if line.strip()]
    head = {"@protected": True} if protected else {}
    return {"@context": head | {"id": "@id", "type": "@type"} | _read(lines, 0)}


def digest(url: str) -> str:
    """SHA-256 of the context's JSON, compact and with sorted keys."""
    text = json.dumps(context(url), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(lines: list[str], depth: int) -> dict:
    """Consume the lines of one scope from the front of ``lines``."""
    scope: dict = {}
    while lines and len(lines[0]) - len(lines[0].lstrip()) == depth:
        name, kind, iri, *rest = lines.pop(0).split()
        if kind == "=":
            scope[name] = _full(iri)
            continue
        scope[name] = definition = {"@id": _full(iri)}
        bare = False
        for word in rest:
            if word in ("@set", "@list", "@graph"):
                definition["@container"] = word
            elif word == "null":
                definition["@context"] = None
            elif word == "bare":
                bare = True
            else:
                definition["@type"] = _full(word)
        if lines and len(lines[0]) - len(lines[0].lstrip()) > depth:
            head = {"@protected": True} if bare else {"@protected": True, "id": "@id", "type": "@type"}
            definition["@context"] = head | _read(lines, depth + 2)
    return scope


def _full(word: str) -> str:
    prefix, colon, rest = word.partition(":")
    return terms.PREFIXES[prefix] + rest if colon and prefix in terms.PREFIXES else word
