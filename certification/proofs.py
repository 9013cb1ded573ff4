"""Data Integrity proofs: made as a list, checked as a set, chains included.

Sources: W3C Data Integrity 1.0 sections 2.1 (proofs), 2.1.1 (proof sets), 2.1.2 (proof chains), 4.2-4.6; `cryptosuites`.

Rules
- Every proof of a set must hold. One that fails refuses the document; one of a kind that cannot be checked here leaves
  it unchecked (`UnsupportedProofError`). One good proof never outvotes another.
- A proof that names a ``previousProof`` also signs that proof as it stands; a name that no proof of the document has, or two
  have, is an error.
- The verification method belongs to the issuer, the purpose is ``assertionMethod``, ``proofValue`` is base58-btc.
- A proof has no member that is not signed, no context of its own (but the document's, where the suite signs it), and is
  not yet expired.
- This module never sees a private key: it is handed ``sign(bytes) -> bytes``.
"""
from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from certification import contexts
from certification.canonical import SHAPES, canonize, canonize_unread, jcs, jcs_of_simple
from certification.cryptosuites import JCS, MADE, RDFC, hash_data, kind_of
from certification.document import inspect
from certification.errors import IdentifierError, ShapeError, SignatureError, UnsupportedProofError
from certification.keys import PublicKey
from certification.model import listed
from certification.multibase import base58_decode, base58_encode
from certification.times import SKEW, parse_time, time_text

__all__ = ["CRYPTOSUITE", "Resolve", "add_proof", "add_proof_to_text", "join_proof", "proof_list", "verify_proofs"]

CRYPTOSUITE = RDFC
MOST_PROOFS = 8
Resolve = Callable[[str], PublicKey]
_MEMBERS = frozenset({"challenge", "created", "cryptosuite", "domain", "expires", "id", "nonce", "previousProof",
                      "proofPurpose", "proofValue", "type", "verificationMethod"})


def add_proof(document: dict, sign: Callable[[bytes], bytes], verification_method: str, created: datetime | str, *,
              cryptosuite: str = CRYPTOSUITE) -> dict:
    """A copy of ``document`` with a proof by ``sign``, whose public key ``verification_method`` names.

    Raises ShapeError or ContextError for a document that could not be verified later, before anything is signed.
    """
    if "proof" in document:
        raise ShapeError("the document has a proof already", "sign the credential without it")
    return join_proof(document, sign, verification_method, created, cryptosuite=cryptosuite)


def add_proof_to_text(text: bytes, sign: Callable[[bytes], bytes], verification_method: str, created: str | None = None) -> bytes:
    """The same for the RFC 8785 text of a document, and as such a text: ``jcs(add_proof(json.loads(text), …))``, only quicker.

    ``created``: by default the document's ``validFrom``.
    """
    document = json.loads(text)
    created = document["validFrom"] if created is None else created
    canonical = SHAPES.match(text.decode())
    if canonical is None or "proof" in document:
        signed = add_proof(document, sign, verification_method, created)
        urls = contexts.context_list(document)
        SHAPES.learn(text.decode(), document, urls, canonize(document, urls))
        return jcs(signed)
    options = _options(CRYPTOSUITE, verification_method, created)
    data = hash_data(CRYPTOSUITE, contexts.context_list(document), document, options, canonical)
    proof = jcs_of_simple({"proof": [{**options, "proofValue": "z" + base58_encode(sign(data))}]})
    after = jcs_of_simple({key: value for key, value in document.items() if key > "proof"})  # members are in order: the proof stands before these
    if len(after) == 2:
        return text[:-1] + b"," + proof[1:]
    return text[:-len(after) + 1] + proof[1:-1] + b"," + after[1:]


def _options(cryptosuite: str, verification_method: str, created: str) -> dict[str, Any]:
    return {"type": "DataIntegrityProof", "cryptosuite": cryptosuite, "created": created, "verificationMethod": verification_method,
            "proofPurpose": "assertionMethod"}


def join_proof(document: dict, sign: Callable[[bytes], bytes], verification_method: str, created: datetime | str, *,
               cryptosuite: str = CRYPTOSUITE, id: str | None = None, previous: Sequence[str] = (),
               urls: tuple[str, ...] | None = None, purpose: str = "assertionMethod", expires: str | None = None) -> dict:
    """A copy of ``document`` with one more proof: beside the others, or signing the ``previous`` ones too (by their ids).

    ``urls``: the contexts, already checked by the caller.
    """
    if cryptosuite not in MADE:
        raise ShapeError(f"proofs of the kind {cryptosuite[:60]!r} are not made here", f"one of {', '.join(MADE)}")
    urls = contexts.context_list(document) if urls is None else urls
    proofs = list(proof_list(document)) if "proof" in document else []
    body = {key: value for key, value in document.items() if key != "proof"}
    canonical = canonize_unread(body, urls)  # with eddsa-jcs-2022 as well: what could not be verified is not signed
    options: dict[str, Any] = {"id": id} if id else {}
    options |= _options(cryptosuite, verification_method, created if isinstance(created, str) else time_text(created))
    options["proofPurpose"] = purpose
    if expires:
        options["expires"] = expires
    if previous:
        options["previousProof"] = previous[0] if len(previous) == 1 else list(previous)
    if cryptosuite == JCS:
        options["@context"] = document["@context"]
    if previous:
        inspect(document)
        body["proof"] = _previous(options, proofs, "the new proof")
    data = hash_data(cryptosuite, urls, body, options, None if previous else canonical)
    return {**document, "proof": [*proofs, {**options, "proofValue": "z" + base58_encode(sign(data))}]}


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
        if "@context" in proof and (proof.get("cryptosuite") != JCS or proof["@context"] != document.get("@context")):
            raise ShapeError(f"proof {number} has a context of its own: it could redefine what was signed")
    return proofs


def _previous(proof: Mapping[str, Any], proofs: Sequence[dict], at: str) -> list[dict]:
    """The proofs that ``proof`` signs besides the document (Data Integrity 1.0, section 4.6)."""
    found = []
    for name in listed(proof.get("previousProof")):
        named = [other for other in proofs if other.get("id") == name and other is not proof]
        if not isinstance(name, str) or len(named) != 1:
            raise SignatureError(f"{at} follows a proof that is not there, or there twice: {str(name)[:80]!r}",
                                 "ask the holder or the issuer for the original file")
        found += named
    return found


def verify_proofs(document: Mapping[str, Any], resolve: Resolve, issuer: str | None, now: datetime, *,
                  canonical: bytes | None = None, urls: tuple[str, ...] | None = None, purpose: str = "assertionMethod") -> list[str]:
    """Check every proof of ``document``; returns their verification methods.

    ``canonical`` is the canonical text of the document without its proof, ``urls`` its contexts, if the caller has them already.
    ``resolve(verification_method)`` gives the issuer's key or raises (IdentifierError, UnreachableError). With no ``issuer``, it is
    the caller who sees whose keys they are.
    Raises SignatureError for the first proof that fails; only then UnsupportedProofError if one cannot be checked.
    """
    urls = contexts.context_list(document) if urls is None else urls
    proofs = proof_list(document)
    body = {key: value for key, value in document.items() if key != "proof"}
    if canonical is None:
        canonical = canonize(body, urls)
    unsupported: UnsupportedProofError | None = None
    for number, proof in enumerate(proofs, 1):
        at = f"proof {number}" if len(proofs) > 1 else "the proof"
        try:
            kind, signature = _rules(at, proof, issuer, now, purpose)
            previous = _previous(proof, proofs, at)
            options = {key: entry for key, entry in proof.items() if key != "proofValue"}
            data = hash_data(kind, urls, body | {"proof": previous} if previous else body, options, None if previous else canonical)
            key = resolve(proof["verificationMethod"])
            try:
                key.verify(signature, data)
            except SignatureError:
                raise SignatureError(f"{at} does not fit: the credential was changed after it was signed, or another key signed it",
                                     "ask the holder or the issuer for the original file") from None
        except UnsupportedProofError as error:
            unsupported = unsupported or error
    if unsupported:
        raise unsupported
    return [proof["verificationMethod"] for proof in proofs]


def _rules(at: str, proof: Mapping[str, Any], issuer: str | None, now: datetime, purpose: str) -> tuple[str, bytes]:
    """Everything about a proof but its signature; returns its suite and the signature's bytes."""
    kind = kind_of(proof, at)
    if extra := proof.keys() - (_MEMBERS | {"@context"} if kind == JCS else _MEMBERS):
        raise SignatureError(f"{at} has a member that is not part of a proof: {min(extra)[:60]!r}")
    if proof.get("proofPurpose") != purpose:
        raise SignatureError(f"{at} was not made to assert a credential (proofPurpose must be {purpose})")
    if purpose == "assertionMethod" and {"challenge", "domain"} & proof.keys():
        raise SignatureError(f"{at} answers a challenge or is bound to a domain: it is no credential's proof")
    method, value = proof.get("verificationMethod"), proof.get("proofValue")
    if not isinstance(method, str) or not isinstance(value, str):
        raise SignatureError(f"{at} must name its verificationMethod and proofValue as texts")
    if issuer is not None and method.partition("#")[0] != issuer:
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
    return kind, signature
