"""Bitstring status lists, at their boundaries and under attack."""
from __future__ import annotations

import base64
import gzip
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certification import status
from certification.errors import StatusError
from certification.status import ENTRIES, Entry, StatusList, decode, encode
from tests.certification.kit import ISSUER, LISTS, NOW, STRANGER, credential

REVOCATION = LISTS[0]
ENTRY = Entry(REVOCATION["id"], "revocation", 94567)


def packed(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_an_empty_list_is_small_and_always_the_same():
    assert encode(StatusList()) == encode(StatusList())
    assert len(encode(StatusList())) < 100


def test_reads_the_example_of_the_specification():
    """Bitstring Status List 1.0, example 3: an empty list of 131,072 entries."""
    found = decode("uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA")
    assert len(found) == ENTRIES and not any(bytes(found))


def test_bit_zero_is_the_leftmost():
    bits = StatusList()
    bits[0] = True
    bits[15] = True
    assert bytes(bits)[:2] == b"\x80\x01"


@pytest.mark.parametrize("index", [0, 1, 7, 8, ENTRIES - 1])
def test_set_and_cleared(index):
    bits = StatusList()
    bits[index] = True
    assert bits[index] and decode(encode(bits))[index] and sum(map(int.bit_count, bytes(bits))) == 1
    bits[index] = False
    assert not bits[index]


@pytest.mark.parametrize("index", [-1, ENTRIES, 10**9])
def test_an_index_outside_is_an_error(index):
    with pytest.raises(StatusError, match="outside the list"):
        StatusList()[index]
    with pytest.raises(StatusError, match="outside the list"):
        StatusList()[index] = True


@given(st.sets(st.integers(0, ENTRIES - 1), max_size=40))
@settings(max_examples=30, deadline=None)
def test_round_trip(indices):
    bits = StatusList()
    for index in indices:
        bits[index] = True
    found = decode(encode(bits))
    assert bytes(found) == bytes(bits) and all(found[index] for index in indices)


@pytest.mark.parametrize(("text", "message"), [
    (None, "starts with 'u'"),
    ("", "starts with 'u'"),
    ("z" + encode(StatusList())[1:], "starts with 'u'"),
    ("u", "damaged"),
    ("u!!!", "damaged"),
    ("uAAAA", "damaged"),
    (encode(StatusList())[:-8], "damaged"),
    ("u\N{CYRILLIC SMALL LETTER A}", "damaged"),
    (packed(gzip.compress(bytes(ENTRIES // 8), mtime=0) + b"more"), "followed by something else"),
    (packed(gzip.compress(bytes(ENTRIES // 8 - 1), mtime=0)), "at least 131072 entries, not 131064"),
    (packed(gzip.compress(b"", mtime=0)), "at least 131072 entries, not 0"),
    (packed(gzip.compress(bytes(256 << 20), mtime=0)), "unpacks to more than 4 MiB"),
    ("u" + "A" * (2 << 20), "larger than 1 MiB"),
])
def test_refuses_a_list_that_is_not_one(text, message):
    with pytest.raises(StatusError, match=message):
        decode(text)


def test_entries_of_a_credential():
    assert status.entries(credential())[0] == ENTRY
    assert status.entries({}) == []


@pytest.mark.parametrize(("change", "message"), [
    ({"type": "StatusList2021Entry"}, "of the kind 'StatusList2021Entry'"),
    ({"type": "1EdTechRevocationList"}, "of the kind '1EdTechRevocationList'"),
    ({"statusListIndex": 94567}, "whole number, written as text"),
    ({"statusListIndex": "-1"}, "whole number"),
    ({"statusListIndex": "1e3"}, "whole number"),
    ({"statusListIndex": "٣"}, "whole number"),
    ({"statusListIndex": "1" * 10}, "whole number"),
    ({"statusListIndex": ""}, "whole number"),
    ({"statusListCredential": None}, "must name its statusListCredential"),
    ({"statusPurpose": ["revocation"]}, "must name its statusListCredential and statusPurpose"),
    ({"statusSize": 2}, "several bits an entry"),
])
def test_refuses_an_entry(change, message):
    with pytest.raises(StatusError, match=message):
        status.entries({"credentialStatus": status.entry("https://example.org/s", 5, "revocation") | change})


@pytest.mark.parametrize("purpose", ["refresh", "", "Revocation"])
def test_makes_only_lists_for_revocation_and_suspension(purpose):
    with pytest.raises(StatusError, match="revocation or suspension"):
        status.entry("https://example.org/s", 5, purpose)
    with pytest.raises(StatusError, match="revocation or suspension"):
        status.list_credential(id="urn:l", issuer=ISSUER.did, purpose=purpose, bits=StatusList(), valid_from=NOW, valid_until=NOW)


def body(**changes) -> dict:
    return REVOCATION | {"credentialSubject": REVOCATION["credentialSubject"] | changes}


@pytest.mark.parametrize(("document", "entry", "now", "message"), [
    (REVOCATION | {"type": ["VerifiableCredential"]}, ENTRY, NOW, "not a BitstringStatusListCredential"),
    (REVOCATION, Entry("https://example.org/other", "revocation", 1), NOW, "another status list"),
    (REVOCATION | {"issuer": STRANGER.did}, ENTRY, NOW, "another issuer"),
    (REVOCATION, Entry(ENTRY.list, "suspension", 1), NOW, "not one for suspension"),
    (body(type="List"), ENTRY, NOW, "no BitstringStatusList"),
    (body(encodedList="u"), ENTRY, NOW, "damaged"),
    (REVOCATION, Entry(ENTRY.list, "revocation", ENTRIES), NOW, "outside the list"),
    (REVOCATION, ENTRY, NOW + timedelta(days=7, minutes=6), "too old"),
    (REVOCATION, ENTRY, NOW - timedelta(minutes=6), "not in force before"),
])
def test_a_list_that_cannot_answer(document, entry, now, message):
    with pytest.raises(StatusError, match=message):
        status.check(entry, document, ISSUER.did, now)


@pytest.mark.parametrize("now", [NOW - timedelta(minutes=5), NOW, NOW + timedelta(days=7, minutes=5)])
def test_a_list_answers_while_it_is_in_force(now):
    assert status.check(ENTRY, REVOCATION, ISSUER.did, now) is False
