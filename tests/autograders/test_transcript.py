"""Transcripts are bodies that survive any JSON program, signed over their RFC 8785 form."""
import base64
import json
import math

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from autograders.transcript import TYPE, canonical, digest, envelope, plain
from tests.autograders.builders import ASSESSMENT, META, submission

KEYS = {"type", "id", "submission", "assessment", "examiner", "seeds", "tasks", "score", "max_score", "needs_review", "error", "examined"}


def test_the_format(graded):
    body = graded(submission()).transcript
    assert set(body) == KEYS
    assert body["type"] == TYPE
    assert body["submission"] == META
    assert {k: body["assessment"][k] for k in ASSESSMENT} == ASSESSMENT
    assert set(body["assessment"]) == {*ASSESSMENT, "source_hash"}
    assert set(body["examiner"]) == {"version", "environment", "python", "cpu", "isolation", "certifying"}
    assert body["tasks"][0] == {"grade_id": "total_test", "score": 1, "max_score": 1, "reason": "passed",
                                "runs": [{"status": "passed", "score": 1}] * 2}
    assert len(body["seeds"]) == 2
    assert (body["score"], body["max_score"], body["error"]) == (3, 5, None)


def test_a_signature_is_over_the_canonical_body(graded):
    key = Ed25519PrivateKey.generate()
    body = graded(submission()).transcript
    signed = json.loads(json.dumps(envelope(body, key.sign, "did:key:z6Mk")))
    signature = base64.urlsafe_b64decode(signed["signature"] + "==")
    key.public_key().verify(signature, rfc8785.dumps(signed["transcript"]))
    assert digest(signed["transcript"]) == digest(body)
    assert set(signed) == {"transcript", "key", "signature"}


def test_a_body_is_the_same_after_any_json_program(graded):
    body = graded(submission()).transcript
    assert canonical(json.loads(canonical(body))) == canonical(body)
    assert all(type(task[k]) is int for task in body["tasks"] for k in ("score", "max_score"))


@pytest.mark.parametrize(("number", "written"), [(1.0, 1), (0, 0), (-0.0, 0), (0.5, 0.5), (0.1 + 0.2, 0.3), (1 / 3, 0.333333), (2.9999999, 3)])
def test_points_as_they_are_written(number, written):
    assert repr(plain(number)) == repr(written)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_points_are_finite(number):
    with pytest.raises(ValueError, match="finite"):
        plain(number)


def test_a_short_signature_is_refused(graded):
    with pytest.raises(ValueError, match="64 bytes"):
        envelope(graded(submission()).transcript, lambda data: b"short", "did:key:z")


def test_no_seed_or_value_is_in_a_transcript(graded, simulator):
    text = json.dumps(graded(submission()).transcript)
    assert all(str(run.seed) not in text for run in simulator.runs if run.seed > 1000)
