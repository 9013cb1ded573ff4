"""The issuer: under which name credentials are signed, and with which keys.

Sources: did:web Method (W3C CCG), Controlled Identifiers 1.0 (verification methods), did:key Method 0.9.

Rules
- ``did:web`` only where its document can be fetched over https; everywhere else, and for every demonstration, ``did:key``
  under the name DEMONSTRATION, so that nobody takes one for a qualification.
- Credentials and status lists have separate keys under a did:web. A did:key is its own only key, so it signs both: a
  status list counts only if it has the credential's issuer.
- A did:web document lists every key the issuer ever used: old credentials stay verifiable.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from certification import model
from certification.dids import web_document
from certification.errors import IdentifierError
from certification.keys import PrivateKey, public_key
from certification.proofs import add_proof, add_proof_to_text

__all__ = ["DEMONSTRATION", "Issuer", "demonstration", "did_web", "web"]

DEMONSTRATION = "Demonstration, not a qualification"


@dataclass(frozen=True, slots=True)
class Issuer:
    """``institution`` runs the hub; ``name`` is how the issuer calls itself in a credential."""

    did: str
    name: str
    institution: str
    url: str
    credential_key: PrivateKey
    status_key: PrivateKey
    retired: Sequence[str] = ()

    @property
    def is_demonstration(self) -> bool:
        return self.did.startswith("did:key:")

    def profile(self) -> dict:
        """The ``issuer`` of a credential."""
        profile = model.issuer_profile(self.did, self.name, self.url)
        return profile | {"description": self.institution} if self.is_demonstration else profile

    def sign_credential(self, document: dict) -> dict:
        """Signed as of its ``validFrom``: the same document always gives the same bytes."""
        return add_proof(document, self.credential_key.sign, self._method(self.credential_key.multikey), document["validFrom"])

    def sign_credential_text(self, text: bytes) -> bytes:
        """The same for the RFC 8785 text of the document: quicker, and equal to the byte."""
        return add_proof_to_text(text, self.credential_key.sign, self._method(self.credential_key.multikey))

    def sign_list(self, document: dict) -> dict:
        return add_proof(document, self.status_key.sign, self._method(self.status_key.multikey), document["validFrom"])

    def _method(self, multikey: str) -> str:
        return f"{self.did}#{multikey}"

    def did_document(self) -> dict | None:
        """What https answers at the did:web's address; None for a did:key, which is its own document."""
        if self.is_demonstration:
            return None
        keys = dict.fromkeys([self.credential_key.multikey, self.status_key.multikey, *self.retired])
        return web_document(self.did, {key: public_key(f"did:key:{key}") for key in keys})


def did_web(address: str) -> str:
    """``https://host:8443/a/b`` is ``did:web:host%3A8443:a:b``. Raises IdentifierError for anything but https."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise IdentifierError(f"{address!r} cannot be a did:web: it needs a plain https address",
                              "set web.public_url to an https address, or leave it empty for a demonstration")
    host = parts.hostname + (f"%3A{parts.port}" if parts.port else "")
    return ":".join(["did:web", host, *(quote(part, safe="") for part in parts.path.split("/") if part)])


def demonstration(key: PrivateKey, institution: str, url: str) -> Issuer:
    return Issuer(key.did, DEMONSTRATION, institution, url, key, key)


def web(address: str, institution: str, credential_key: PrivateKey, status_key: PrivateKey,
        retired: Sequence[str] = ()) -> Issuer:
    return Issuer(did_web(address), institution, institution, address, credential_key, status_key, tuple(retired))
