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
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from certification import badges, badges_early, terms
from certification.errors import ContextError, UnsupportedContextError

__all__ = ["CREDENTIALS", "CREDENTIALS_V1", "EXAMPLES", "EXTENSIONS", "LISTS", "NOT_CARRIED", "OPEN_BADGES", "OPEN_BADGES_LIST",
           "UNDEFINED_TERMS", "carried", "context", "context_list", "digest"]

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
_OB = "https://purl.imsglobal.org/spec/ob/v3p0/"
OPEN_BADGES = f"{_OB}context-3.0.3.json"
OPEN_BADGES_3_0_2 = f"{_OB}context-3.0.2.json"
OPEN_BADGES_3_0_1 = f"{_OB}context-3.0.1.json"
OPEN_BADGES_3_0_0 = f"{_OB}context.json"
EXTENSIONS = f"{_OB}extensions.json"
DATA_INTEGRITY_V1 = "https://w3id.org/security/data-integrity/v1"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
ED25519_2020 = "https://w3id.org/security/suites/ed25519-2020/v1"
STATUS_LIST_2021 = "https://w3id.org/vc/status-list/2021/v1"

_TABLES = {
    CREDENTIALS_V1: terms.CREDENTIALS_V1,
    CREDENTIALS: terms.CREDENTIALS_V2,
    OPEN_BADGES_3_0_0: badges_early.OB_3_0_0,
    OPEN_BADGES_3_0_1: badges_early.OB_3_0_1,
    OPEN_BADGES_3_0_2: badges.OB_3_0_2,
    OPEN_BADGES: badges.OB_3_0_3,
    EXTENSIONS: badges.EXTENSIONS,
    DATA_INTEGRITY_V1: terms.DATA_INTEGRITY_V1,
    DATA_INTEGRITY: terms.DATA_INTEGRITY_V2,
    ED25519_2020: terms.ED25519_2020,
    STATUS_LIST_2021: terms.STATUS_LIST_2021,
}
# Contexts of the W3C specifications and their tests that define every word: they stand in no list and serve tests only.
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
UNDEFINED_TERMS = "https://www.w3.org/ns/credentials/undefined-terms/v2"
_EVERY_WORD = {EXAMPLES: "https://www.w3.org/ns/credentials/examples#",
               UNDEFINED_TERMS: "https://www.w3.org/ns/credentials/undefined-term#"}
OPEN_BADGES_LIST = (CREDENTIALS, OPEN_BADGES, EXTENSIONS)
# What may follow which data model: versions that contradict each other (credentials/v2 with Open Badges 3.0.1) are left out.
_FOLLOWING = {
    CREDENTIALS_V1: ((OPEN_BADGES_3_0_0, OPEN_BADGES_3_0_1, OPEN_BADGES_3_0_2, OPEN_BADGES),
                     ((), (STATUS_LIST_2021,)), ((), (DATA_INTEGRITY_V1,), (DATA_INTEGRITY,), (ED25519_2020,))),
    CREDENTIALS: ((OPEN_BADGES_3_0_2, OPEN_BADGES), ((),), ((), (DATA_INTEGRITY,), (ED25519_2020,))),
}


def _lists() -> Iterator[tuple[str, ...]]:
    """Data model, then Open Badges and its extensions (or neither), then status, then proofs: the order that issuers write."""
    for model, (versions, statuses, proofs) in _FOLLOWING.items():
        for badge in ((), *((version,) for version in versions), *((version, EXTENSIONS) for version in versions)):
            for status, proof in product(statuses, proofs):
                yield (model, *badge, *status, *proof)


LISTS = frozenset(_lists())
# Published contexts that other issuers use and this version does not carry: nothing can be said about such a credential.
NOT_CARRIED = frozenset({
    "https://w3id.org/security/suites/ed25519-2018/v1",
    "https://w3id.org/security/suites/jws-2020/v1",
    "https://w3id.org/security/multikey/v1",
    "https://www.w3.org/ns/credentials/status/v1",
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


def carried(url: str) -> bool:
    """Whether `context` knows ``url``."""
    return url in _TABLES or url in _EVERY_WORD


@lru_cache(maxsize=64)
def context(url: str) -> dict:
    """The context at ``url`` as JSON: ``{"@context": {…}}``. Do not change it: it is shared.

    In a list that `context_list` did not make, an entry may also be the JSON text of an inline context.
    """
    if url in _EVERY_WORD:
        return {"@context": {"@vocab": _EVERY_WORD[url]}}
    if url.startswith("{"):
        return {"@context": json.loads(url)}
    table = _TABLES[url]
    lines = [line for line in table.text.splitlines() if line.strip()]
    return {"@context": _marks(table.head) | _read(lines, 0, table.scope)}


_MARKS = {"version": {"@version": 1.1}, "protected": {"@protected": True}, "aliases": {"id": "@id", "type": "@type"}}


def _marks(names: frozenset[str]) -> dict:
    return {key: value for name in _MARKS if name in names for key, value in _MARKS[name].items()}


def digest(url: str) -> str:
    """SHA-256 of the context's JSON, compact and with sorted keys."""
    text = json.dumps(context(url), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(lines: list[str], depth: int, marks: frozenset[str]) -> dict:
    """Consume the lines of one scope from the front of ``lines``; scopes inside it have ``marks``."""
    scope: dict = {}
    while lines and len(lines[0]) - len(lines[0].lstrip()) == depth:
        name, kind, iri, *rest = lines.pop(0).split()
        if kind == "=":
            scope[name] = _full(iri)
            continue
        scope[name] = definition = {"@id": _full(iri)}
        for word in rest:
            if word in ("@set", "@list", "@graph"):
                definition["@container"] = word
            elif word == "null":
                definition["@context"] = None
            elif word != "bare":
                definition["@type"] = _full(word)
        if lines and len(lines[0]) - len(lines[0].lstrip()) > depth:
            definition["@context"] = _marks(marks - {"aliases"} if "bare" in rest else marks) | _read(lines, depth + 2, marks)
    return scope


def _full(word: str) -> str:
    if word.startswith("~"):
        return word[1:]
    prefix, colon, rest = word.partition(":")
    return terms.PREFIXES[prefix] + rest if colon and prefix in terms.PREFIXES else word
