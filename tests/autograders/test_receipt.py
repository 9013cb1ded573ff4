"""Receipts: what is signed, and that nothing else passes for one."""
from __future__ import annotations

import copy
from datetime import datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from autograders.receipt import FIELDS, ReceiptError, Receipts, check, rfc3339

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
DID = "did:key:z6MkTest"
BODY = {"submission": "a" * 32, "learner": "léa", "track": "t", "module": "m", "attempt": 1, "content_hash": "sha256:" + "0" * 64,
        "size": 10, "received": "2026-11-23T10:00:00Z"}


@pytest.fixture
def envelope():
    return Receipts(KEY.sign, DID).make(**BODY)


def test_round_trip(envelope):
    assert check(envelope, DID, KEY.public_key().verify) == {"type": "academy.receipt/1", **BODY}
    assert "=" not in envelope["signature"]


@pytest.mark.parametrize("field", [*FIELDS, "type"])
def test_every_changed_field_is_noticed(envelope, field):
    changed = copy.deepcopy(envelope)
    changed["receipt"][field] = 2 if isinstance(changed["receipt"][field], int) else "other"
    with pytest.raises(ReceiptError, match="not a receipt|does not fit"):
        check(changed, DID, KEY.public_key().verify)


@pytest.mark.parametrize(("change", "words"), [
    (lambda e: e.update(key="did:key:z6MkOther"), "another key"),
    (lambda e: e.update(signature=""), "does not fit"),
    (lambda e: e.update(signature=None), "does not fit"),
    (lambda e: e.update(signature="ä"), "does not fit"),
    (lambda e: e.update(receipt=[]), "not a receipt"),
    (lambda e: e["receipt"].update(more=1), "not a receipt"),
    (lambda e: e["receipt"].pop("size"), "not a receipt"),
])
def test_what_is_not_a_receipt(envelope, change, words):
    change(envelope)
    with pytest.raises(ReceiptError, match=words):
        check(envelope, DID, KEY.public_key().verify)


@pytest.mark.parametrize("wrong", [{"more": 1}, {"size": None}])
def test_a_receipt_has_exactly_its_fields(wrong):
    fields = {**BODY, **wrong}
    if wrong.get("size", 1) is None:
        fields.pop("size")
    with pytest.raises(ReceiptError, match="exactly these fields"):
        Receipts(KEY.sign, DID).make(**fields)


def test_time_is_utc_with_whole_seconds():
    assert rfc3339(datetime(2026, 11, 23, 12, 0, 5, 999999, timezone(timedelta(hours=2)))) == "2026-11-23T10:00:05Z"
