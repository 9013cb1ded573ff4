"""From an issuer's DID to its key: did:key by itself, did:web through its DID document. Read as plain JSON.
An issuer named by an https address is read like a did:web: the document there has that very address as its id.

Sources: DID Core 1.0 sections 5.2-5.3; Controlled Identifiers 1.0 section 3.3 (retrieve verification method); did:web
Method Specification sections 2.5.2 (read) and 2.6 (security).

Rules
- The document is the one of that very DID, the key's controller is the DID, and assertionMethod lists the key.
- did:web is https only; its address is built from the DID alone and never holds more than host, port and path.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from certification.document import parse
from certification.errors import DocumentError, IdentifierError, UnreachableError, UnsupportedProofError
from certification.keys import PublicKey, public_key
from certification.model import listed
from certification.multibase import decode_public

if TYPE_CHECKING:
    from certification.registry import Registry

__all__ = ["Keys", "document_key", "web_document", "web_url"]

MOST = 1_000  # documents that are remembered
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?:%3[Aa][0-9]{1,5})?")
_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,127}")
_KEY_TYPES = frozenset({"Multikey", "Ed25519VerificationKey2020"})


def web_url(did: str) -> str:
    """The https address of the document of a did:web."""
    host, *path = did.removeprefix("did:web:").split(":")
    if not did.startswith("did:web:") or not _HOST.fullmatch(host) or not all(_SEGMENT.fullmatch(part) for part in path):
        raise IdentifierError(f"{did[:120]!r} is not a well-formed did:web")
    base = f"https://{host.replace('%3A', ':').replace('%3a', ':')}"
    return f"{base}/{'/'.join(path)}/did.json" if path else f"{base}/.well-known/did.json"


def web_document(did: str, keys: Mapping[str, PublicKey]) -> dict:
    """The DID document that publishes ``keys`` (fragment → key) for making credentials."""
    methods = [{"id": f"{did}#{name}", "type": "Multikey", "controller": did, "publicKeyMultibase": key.multikey}
               for name, key in keys.items()]
    return {"@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"], "id": did,
            "verificationMethod": methods, "assertionMethod": [method["id"] for method in methods]}


def document_key(method: str, document: Mapping[str, Any] | None) -> PublicKey:
    """The key that ``method`` (DID#fragment) names: from itself for a did:key, otherwise from the DID document."""
    did, _, fragment = method.partition("#")
    if not fragment:
        raise IdentifierError("verificationMethod must name one key of the issuer: DID#fragment")
    if did.startswith("did:key:"):
        return public_key(method)
    if not isinstance(document, Mapping) or document.get("id") != did:
        raise IdentifierError(f"the DID document is not the one of {did[:120]}")
    named = (method, f"#{fragment}")
    embedded = [entry for entry in listed(document.get("assertionMethod")) if isinstance(entry, Mapping)]
    allowed = any(entry in named for entry in listed(document.get("assertionMethod")) if isinstance(entry, str))
    methods = embedded + (listed(document.get("verificationMethod")) if allowed else [])
    for entry in methods:
        if isinstance(entry, Mapping) and entry.get("id") in named:
            if entry.get("controller") != did or entry.get("type") not in _KEY_TYPES:
                raise IdentifierError(f"the key {method[:160]} is of another controller or kind than the issuer's document allows")
            return PublicKey(decode_public(entry.get("publicKeyMultibase")))
    raise IdentifierError(f"the issuer's DID document does not list {method[:160]} for making credentials (assertionMethod)",
                          "whoever signed this, the issuer does not name that key")


class Keys:
    """The keys of issuers by verification method: did:key, the registry's document, one at hand, or the network's; each once.

    ``fetch`` is None for an offline check. What could not be fetched is remembered too.
    """

    def __init__(self, registry: Registry, documents: Mapping[str, Mapping[str, Any]], fetch: Callable[[str], bytes] | None) -> None:
        self._registry, self._documents, self.fetch = registry, dict(documents), fetch
        self._failed: dict[str, UnreachableError] = {}

    def __call__(self, method: str) -> PublicKey:
        """The key that ``method`` names. Raises IdentifierError, UnreachableError or UnsupportedProofError."""
        did = method.partition("#")[0]
        if did.startswith("did:key:"):
            return document_key(method, None)
        known = self._registry.find(did)
        document = (known.document if known else None) or self._documents.get(did)
        return document_key(method, document if document is not None else self._fetched(did))

    def _fetched(self, did: str) -> Mapping[str, Any]:
        if did in self._failed:
            raise self._failed[did].with_traceback(None)
        if did.startswith("did:web:"):
            url = web_url(did)
        elif did.startswith("https://"):  # an issuer named by the address of its controller document
            url = did
        elif did.startswith("did:"):
            raise UnsupportedProofError(f"the issuer is named by {did[:60]!r}, a kind of DID this verifier cannot look up",
                                        "use a verifier that knows it; nothing is said about the credential here")
        else:
            raise IdentifierError("the issuer is not named by a DID, so no key can be bound to it", "ask the issuer")
        if self.fetch is None:
            raise UnreachableError(f"the key of {did[:120]} is published at {url}, and this is an offline check",
                                   "verify online, or give a registry that holds the issuer's DID document")
        try:
            document = parse(self.fetch(url))
        except DocumentError as error:
            self._failed[did] = UnreachableError(f"{url} does not answer with a DID document ({error.message})", "try again later")
            raise self._failed[did] from None
        except UnreachableError as error:
            self._failed[did] = error
            raise
        if len(self._documents) < MOST:
            self._documents[did] = document
        return document
