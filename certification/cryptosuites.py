"""What exactly each kind of proof signs: a hash of the proof's options, then a hash of the document.

Sources: W3C EdDSA Cryptosuites 1.0, sections 3.2.3-3.2.5 (eddsa-rdfc-2022), 3.3.3-3.3.5 (eddsa-jcs-2022), 3.4 (Ed25519Signature2020).

Rules
- ``eddsa-rdfc-2022`` and ``Ed25519Signature2020`` canonicalise by RDFC-1.0: the options in the document's contexts.
- ``eddsa-jcs-2022`` canonicalises by RFC 8785. Its options carry the document's ``@context``; here the two must be equal, not
  only begin alike as the specification allows: contexts appended later would otherwise not be signed.
- New proofs are made with the two suites of 2022; Ed25519Signature2020 is checked only.
"""
from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from certification.canonical import canonize, jcs
from certification.errors import SignatureError, UnsupportedProofError

__all__ = ["JCS", "MADE", "RDFC", "hash_data", "kind_of"]

RDFC, JCS, OF_2020 = "eddsa-rdfc-2022", "eddsa-jcs-2022", "Ed25519Signature2020"
MADE = (RDFC, JCS)
_OTHER_SUITES = frozenset({"bbs-2023", "ecdsa-jcs-2019", "ecdsa-rdfc-2019", "ecdsa-sd-2023", "eddsa-2022"})
_OTHER_TYPES = frozenset({"Ed25519Signature2018", "EcdsaSecp256k1Signature2019", "JsonWebSignature2020", "RsaSignature2018"})


def kind_of(proof: Mapping[str, Any], at: str) -> str:
    """The suite of ``proof``. Raises UnsupportedProofError for one that others know, SignatureError for any other."""
    kind, suite = proof.get("type"), proof.get("cryptosuite")
    if kind == OF_2020 and suite is None:
        return OF_2020
    if kind == "DataIntegrityProof" and isinstance(suite, str) and suite in MADE:
        return suite
    if (isinstance(kind, str) and kind in _OTHER_TYPES) or (kind == "DataIntegrityProof" and isinstance(suite, str) and suite in _OTHER_SUITES):
        raise UnsupportedProofError(f"{at} is of the kind {suite or kind}, which this verifier cannot check",
                                    "use a verifier that knows it; nothing is said about the credential here")
    raise SignatureError(f"{at} has an unknown type or cryptosuite ({str(suite or kind)[:60]!r})",
                         f"this verifier checks {', '.join(MADE)} and {OF_2020}")


def hash_data(kind: str, urls: tuple[str, ...], document: Mapping[str, Any], options: Mapping[str, Any],
              canonical: bytes | None = None) -> bytes:
    """The 64 bytes to sign. ``canonical``: the RDFC-1.0 text of ``document``, if the caller has it already."""
    if kind == JCS:
        return sha256(jcs(options)).digest() + sha256(jcs(document)).digest()
    if canonical is None:
        canonical = canonize(document, urls)
    return _options_hash(urls, options) + sha256(canonical).digest()


def _options_hash(urls: tuple[str, ...], options: Mapping[str, Any]) -> bytes:
    """The hash of proof options. Proofs of one issuer and second have the same: it is worth remembering."""
    if all(isinstance(value, str) and len(value) < 256 for value in options.values()):
        return _options_hash_of(urls, tuple(options.items()))
    return sha256(canonize(dict(options), urls)).digest()


@lru_cache(maxsize=1024)
def _options_hash_of(urls: tuple[str, ...], options: tuple[tuple[str, str], ...]) -> bytes:
    return sha256(canonize(dict(options), urls)).digest()
