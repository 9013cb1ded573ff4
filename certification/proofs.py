"""Data Integrity proofs with the cryptosuite eddsa-rdfc-2022: made as a list of one, checked as a set.

Sources: W3C Data Integrity 1.0 sections 2.1 (proofs), 2.1.1 (proof sets), 4.2-4.5; W3C EdDSA Cryptosuites 1.0 section 3.2.

Rules
- Every proof of a set must hold. One that fails refuses the document; one of a kind that cannot be checked here leaves
  it unchecked (`UnsupportedProofError`). One good proof never outvotes another.
- The verification method belongs to the issuer, the purpose is ``assertionMethod``, ``proofValue`` is base58-btc.
- A proof has no member that is not signed, no context of its own, and is not yet expired.
- This module never sees a private key: it is handed ``sign(bytes) -> bytes``.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from certification import contexts
from certification.canonical import canonize
from certification.document import inspect
from certification.errors import IdentifierError, ShapeError, SignatureError, UnsupportedProofError
from certification.keys import PublicKey
from certification.multibase import base58_decode, base58_encode
from certification.times import SKEW, parse_time, time_text

__all__ = ["CRYPTOSUITE", "Resolve", "add_proof", "proof_list", "verify_proofs"]

CRYPTOSUITE = "eddsa-rdfc-2022"
MOST_PROOFS = 8
Resolve = Callable[[str], PublicKey]
_MEMBERS = frozenset({"challenge", "created", "cryptosuite", "domain", "expires", "id", "nonce", "previousProof",
                      "proofPurpose", "proofValue", "type", "verificationMethod"})
_KNOWN_SUITES = frozenset({"bbs-2023", "ecdsa-jcs-2019", "ecdsa-rdfc-2019", "ecdsa-sd-2023", "eddsa-jcs-2022"})
_KNOWN_TYPES = frozenset({"Ed25519Signature2018", "Ed25519Signature2020", "EcdsaSecp256k1Signature2019", "JsonWebSignature2020",
                          "RsaSignature2018"})


def add_proof(document: dict, sign: Callable[[bytes], bytes], verification_method: str,
              created: datetime | str) -> dict:
    """A copy of ``document`` with a proof by ``sign``, whose public key ``verification_method`` names.

    Raises ShapeError or ContextError for a document that could not be verified later, before anything is signed.
    """
    if "proof" in document:
        raise ShapeError("the document has a proof already", "sign the credential without it")
    inspect(document)
    urls = contexts.context_list(document)
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": created if isinstance(created, str) else time_text(created),
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
    }
    data = _hash_data(urls, document, options)
    return {**document, "proof": [{**options, "proofValue": "z" + base58_encode(sign(data))}]}


def proof_list(document: Mapping[str, Any]) -> list[dict]:
    """The proofs of ``document``, each with the members it must have. Raises SignatureError or ShapeError."""
    found = document.get("proof")
    if found is None or found == []:
        raise SignatureError("the document is not signed: it has no proof", "ask the issuer for the signed credential")
    proofs = found if isinstance(found, list) else [found]
    if len(proofs) > MOST_PROOFS:
        raise ShapeError(f"the document has {len(proofs)} proofs; {MOST_PROOFS} are checked at most")
    for number, proof in enumerate(proofs, 1):
        if not isinstance(proof, dict):
            raise ShapeError(f"proof {number} is not an object")
        if "@context" in proof:
            raise ShapeError(f"proof {number} has a context of its own: it could redefine what was signed")
    return proofs


def verify_proofs(document: Mapping[str, Any], resolve: Resolve, issuer: str, now: datetime, *,
                  canonical: bytes | None = None) -> list[str]:
    """Check every proof of ``document``; returns their verification methods.

    ``canonical`` is the canonical text of the document without its proof, if the caller has it already.
    ``resolve(verification_method)`` gives the issuer's key or raises (IdentifierError, UnreachableError).
    Raises SignatureError for the first proof that fails; only then UnsupportedProofError if one cannot be checked.
    """
    urls = contexts.context_list(document)
    proofs = proof_list(document)
    if canonical is None:
        canonical = canonize({key: value for key, value in document.items() if key != "proof"}, urls)
    document_hash = sha256(canonical).digest()
    unsupported: UnsupportedProofError | None = None
    for number, proof in enumerate(proofs, 1):
        at = f"proof {number}" if len(proofs) > 1 else "the proof"
        try:
            _verify_one(at, urls, document_hash, proof, resolve, issuer, now)
        except UnsupportedProofError as error:
            unsupported = unsupported or error
    if unsupported:
        raise unsupported
    return [proof["verificationMethod"] for proof in proofs]


def _verify_one(at: str, urls: tuple[str, ...], document_hash: bytes, proof: dict[str, Any], resolve: Resolve,
                issuer: str, now: datetime) -> None:
    kind, suite = proof.get("type"), proof.get("cryptosuite")
    if (isinstance(kind, str) and kind in _KNOWN_TYPES) or (
            kind == "DataIntegrityProof" and isinstance(suite, str) and suite in _KNOWN_SUITES):
        raise UnsupportedProofError(f"{at} is of the kind {suite or kind}, which this verifier cannot check",
                                    "use a verifier that knows it; nothing is said about the credential here")
    if kind != "DataIntegrityProof" or suite != CRYPTOSUITE:
        raise SignatureError(f"{at} has an unknown type or cryptosuite ({str(suite or kind)[:60]!r})",
                             f"this verifier checks {CRYPTOSUITE}")
    if extra := proof.keys() - _MEMBERS:
        raise SignatureError(f"{at} has a member that is not part of a proof: {min(extra)[:60]!r}")
    if "previousProof" in proof:
        raise UnsupportedProofError(f"{at} is part of a proof chain, which this verifier cannot check",
                                    "ask the issuer for a credential with a single proof")
    if proof.get("proofPurpose") != "assertionMethod":
        raise SignatureError(f"{at} was not made to assert a credential (proofPurpose must be assertionMethod)")
    if {"challenge", "domain"} & proof.keys():
        raise SignatureError(f"{at} answers a challenge or is bound to a domain: it is no credential's proof")
    method, value = proof.get("verificationMethod"), proof.get("proofValue")
    if not isinstance(method, str) or not isinstance(value, str):
        raise SignatureError(f"{at} must name its verificationMethod and proofValue as texts")
    if method.partition("#")[0] != issuer:
        raise SignatureError(f"{at} was made with a key of {method.partition('#')[0][:80]!r}, not of the issuer",
                             "whoever signed this is not who it says issued it")
    if "created" in proof and parse_time(proof["created"], f"{at}.created") > now + SKEW:
        raise SignatureError(f"{at} was created in the future ({proof['created']})", "check the clock of this machine")
    if "expires" in proof and parse_time(proof["expires"], f"{at}.expires") < now - SKEW:
        raise SignatureError(f"{at} expired on {proof['expires']}", "ask the issuer for a new one")
    if not value.startswith("z"):
        raise SignatureError(f"{at}: proofValue must be in multibase base58-btc: it starts with 'z'")
    try:
        signature = base58_decode(value[1:])
    except IdentifierError as error:
        raise SignatureError(f"{at}: proofValue: {error.message}") from None
    if len(signature) != 64:
        raise SignatureError(f"{at}: proofValue is not a signature of 64 bytes")
    options = {key: entry for key, entry in proof.items() if key != "proofValue"}
    key = resolve(method)
    try:
        key.verify(signature, _options_hash(urls, options) + document_hash)
    except SignatureError:
        raise SignatureError(f"{at} does not fit: the credential was changed after it was signed, or another key signed it",
                             "ask the holder or the issuer for the original file") from None


def _hash_data(urls: tuple[str, ...], document: dict, options: dict) -> bytes:
    """EdDSA Cryptosuites 3.2.4: the hash of the proof options, then the hash of the document."""
    return _options_hash(urls, options) + sha256(canonize(document, urls)).digest()


def _options_hash(urls: tuple[str, ...], options: dict) -> bytes:
    """The hash of proof options. Proofs of one issuer and second have the same: it is worth remembering."""
    if all(isinstance(value, str) and len(value) < 256 for value in options.values()):
        return _options_hash_of(urls, tuple(options.items()))
    return sha256(canonize(options, urls)).digest()


@lru_cache(maxsize=1024)
def _options_hash_of(urls: tuple[str, ...], options: tuple[tuple[str, str], ...]) -> bytes:
    return sha256(canonize(dict(options), urls)).digest()
