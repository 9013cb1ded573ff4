"""What the tests of certification share: one issuer, one credential, its lists, and the ways to sign and verify them."""
from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

from certification import keys, model, proofs, status
from certification.registry import Registry
from certification.verify import Result, verify

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SITE = "https://verify.example.org/"
ISSUER = keys.generate(b"\x01" * 32)
STRANGER = keys.generate(b"\x02" * 32)
METHOD = f"{ISSUER.did}#{ISSUER.multikey}"
NAME = "Institute of Example"
REGISTRY = Registry.read({"type": "academy.registry/1", "issuers": {
    ISSUER.did: {"name": NAME, "tracks": ["output-privacy"]}}})


def credential(**changes) -> dict:
    """An unsigned credential with every part that ours have; ``changes`` go to `model.credential`."""
    achievement = model.achievement(
        id=f"{SITE}achievements/output-privacy/1", track="output-privacy", name="Output privacy", version="1",
        description="Publishing statistics without giving people away.", criteria="Pass every module of the track.",
        alignment=[{"targetName": "Statistical confidentiality", "targetUrl": "https://example.org/skills/1"}], tags=["privacy", "dp"])
    values = {
        "id": f"{SITE}credentials/1", "issuer": model.issuer_profile(ISSUER.did, "Institute of Example (its own words)"),
        "name": "Output privacy", "valid_from": NOW, "valid_until": NOW + timedelta(days=1000), "assurance": model.Assurance(),
        "subject": model.subject(achievement, [model.identity("learner@example.org", salt="salt-of-16-bytes")]),
        "evidence": [model.transcript_evidence(id="urn:uuid:0d1f3c3e-8f4b-4a58-9d0b-1f6a7f0b9c11", module="01_differential_privacy",
                                               transcript=b"{}", narrative="9 of 10 points")],
        "status": [status.entry(f"{SITE}status/revocation", 94567, "revocation"),
                   status.entry(f"{SITE}status/suspension", 23452, "suspension")],
    }
    return model.credential(**(values | changes))


def sign(document: dict, key: keys.PrivateKey = ISSUER, created: datetime = NOW) -> dict:
    return proofs.add_proof(document, key.sign, f"{key.did}#{key.multikey}", created)


def sign_anything(document: dict, key: keys.PrivateKey = ISSUER, **options) -> dict:
    """A proof with other options than ours, over a document the expander accepts."""
    from hashlib import sha256

    from certification import contexts
    from certification.canonical import canonize
    from certification.multibase import base58_encode

    urls = contexts.context_list(document)
    proof = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": "2026-11-23T08:00:00Z",
             "verificationMethod": f"{key.did}#{key.multikey}", "proofPurpose": "assertionMethod"} | options
    proof = {name: value for name, value in proof.items() if value is not None}
    data = sha256(canonize(proof, urls)).digest() + sha256(canonize(document, urls)).digest()
    return {**document, "proof": [{**proof, "proofValue": "z" + base58_encode(key.sign(data))}]}


def lists(*, revoked: bool = False, suspended: bool = False, key: keys.PrivateKey = ISSUER, **changes) -> list[dict]:
    """Both status lists of `credential`, signed; ``changes`` go to `status.list_credential`."""
    made = []
    for purpose, index, value in (("revocation", 94567, revoked), ("suspension", 23452, suspended)):
        bits = status.StatusList()
        bits[index] = value
        made.append(sign(status.list_credential(**({
            "id": f"{SITE}status/{purpose}", "issuer": key.did, "purpose": purpose, "bits": bits, "valid_from": NOW,
            "valid_until": NOW + timedelta(days=7)} | changes)), key))
    return made


SIGNED = sign(credential())
LISTS = lists()


def signed() -> dict:
    """A fresh copy of the signed credential, to be tampered with."""
    return copy.deepcopy(SIGNED)


def check(document, **options) -> Result:
    """Verify as somebody who has the registry and the lists, offline, at `NOW`."""
    return verify(document, **({"registry": REGISTRY, "status": LISTS, "now": NOW} | options))


def failed(result: Result) -> tuple[str, str]:
    """Name and message of the first step that did not pass."""
    step = next(step for step in result.steps if step.status != "pass")
    return step.name, step.message
