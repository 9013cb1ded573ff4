"""Open Badges 3.0.0 to 3.0.3 on VCDM 1.1 and 2.0 that other issuers signed: the files of the 1EdTech validator, judged here.

``signed``: the proof holds and all else is good, only the issuer is in no registry. Where the verdict is stricter than that of the
validator, the table says why.
"""
from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from certification.baked import bake_png, unbake
from certification.document import LARGEST, read_json, text_of
from certification.errors import CertificationError
from certification.verify import verify
from tests.conformance import standards

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
TABLE = {
    "ob30/simple.json": ("signed", ""),
    "ob30/simple.1ob": ("signed", ""),
    "ob30/simple_v1.json": ("signed", ""),                      # VCDM 1.1, Open Badges 3.0.1, Ed25519Signature2020
    "ob30/simple-json.png": ("signed", ""),                     # baked
    "ob30/simple-context-version.json": ("signed", ""),         # Open Badges 3.0.2
    "ob30/endorsement-valid.json": ("signed", ""),
    "ob30/bit-string-list/testlist": ("signed", ""),
    "dcc/status-list-e5WK8CbZ1GjycuPombrj": ("signed", ""),     # Ed25519Signature2020 on VCDM 2.0
    "ob30/simple-err-expired.json": ("expired", "expired on 2010-01-01T00:00:00Z"),
    # stricter: badge and learner share an id and are described differently, so that their statements merge
    "ob30/simple-did-key-method.json": ("invalid", "a second time and differently"),
    "ob30/simple-noproof.json": ("invalid", "must be an Achievement"),
    "ob30/complete.json": ("invalid", "a context below the first level"),
    "ob30/simple-err-type.json": ("invalid", "'OtherCredential' is not defined"),
    "ob30/simple-err-context.json": ("invalid", "not in this order or number"),
    "ob30/simple-err-credential-subject-identifier-type.json": ("invalid", "'InvalidIdentityObject' is not defined"),
    "ob30/simple-err-credential-subject-result-type.json": ("invalid", "'InvalidResult' is not defined"),
    "ob30/simple-err-credential-subject-type.json": ("invalid", "must name AchievementSubject"),
    "ob30/simple-err-issuer-otheridentifier-type.json": ("invalid", "'InvalidIdentifierEntry' is not defined"),
    "ob30/simple-err-issuer-type.json": ("invalid", "'InvalidProfile' is not defined"),
    "ob30/simple-err-proof-method-no-scheme.json": ("invalid", "not of the issuer"),
    "ob30/simple-err-proof-method-unknown-scheme.json": ("invalid", "not of the issuer"),
    "ob30/simple-err-proof-method.json": ("invalid", "not an Ed25519 public key"),
    "clr20/simple-noproof.json": ("invalid", "is not a context this verifier knows"),
    # what cannot be checked here is neither good nor bad
    "ob30/credential-status-revoked.json": ("unchecked", "'1EdTechRevocationList'"),
    "ob30/bit-string-list/credential-status-revoked.json": ("unchecked", "statusListIndex must be a whole number"),
    "ob30/simple-eddsa-2022.json": ("unchecked", "eddsa-2022"),
    "ob30/simple-jwt.svg": ("unchecked", "JWT"),
    "ob30/simple-jwt_v1.png": ("unchecked", "JWT"),
    "ob30/simple.jwt": ("unchecked", "JWT"),
    "ob30/velocity.jwt": ("unchecked", "JWT"),
    "clr20/simple.json": ("unchecked", "does not carry"),
    "clr20/simple_v1.json": ("unchecked", "does not carry"),
    "clr20/simple.jwt": ("unchecked", "JWT"),
}
BASE = standards.folder("ob3")
PRESENT = [name for name in TABLE if (BASE / name).exists()]


def documents(data: bytes) -> dict:
    """The controller document that the fixture's issuer would publish: with the key its proof names."""
    try:
        document = read_json(text_of(data))
        proof = document["proof"] if isinstance(document["proof"], dict) else document["proof"][0]
        issuer = document["issuer"] if isinstance(document["issuer"], str) else document["issuer"]["id"]
        method = proof["verificationMethod"]
    except (CertificationError, KeyError):
        return {}
    key = {"id": method, "type": "Multikey", "controller": issuer, "publicKeyMultibase": method.rpartition("#")[2].rpartition("/")[2]}
    return {issuer: {"id": issuer, "assertionMethod": [key]}}


@pytest.mark.parametrize("name", PRESENT)
def test_verdict(name):
    expected, message = TABLE[name]
    data = (BASE / name).read_bytes()
    result = verify(data, did_documents=documents(data), now=NOW)
    assert result.verdict == ("unknown-issuer" if expected == "signed" else expected), result.steps
    assert any(message in step.message for step in result.steps if step.status != "pass")
    if expected == "signed":
        assert [step.status for step in result.steps[:7]] == ["pass"] * 7


@pytest.mark.parametrize("name", [name for name in PRESENT if TABLE[name][0] == "signed" and (BASE / name).suffix == ".json"])
def test_a_changed_name_is_invalid(name):
    data = (BASE / name).read_bytes()
    document = json.loads(data)
    document["name"] = "Something else"
    result = verify(document, did_documents=documents(data), now=NOW)
    assert result.verdict == "invalid" and "does not fit" in result.steps[4].message


def test_every_file_of_the_collection_is_judged():
    assert len(PRESENT) >= 19
    if standards.whole():
        listed = {case["file"] for case in standards.load(BASE / "expected.json")["cases"]}
        assert listed == set(TABLE) == set(PRESENT)


def test_a_picture_of_ours_is_read_by_the_same_rules():
    from tests.certification.test_baked import PICTURE

    credential = (BASE / "ob30/simple.json").read_bytes()
    assert unbake(bake_png(PICTURE, credential), LARGEST) == credential
