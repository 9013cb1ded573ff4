"""The book of issued credentials, and what is left after a kill -9 between any two of its writes."""
import json
import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from certification import issue, keys
from certification.issue import Book, BookError, Wish
from certification.journal import JournalError
from certification.log import Log, leaf, open_checkpoint
from certification.multibase import decode_public
from certification.proofs import add_proof
from certification.status import PURPOSES

KEY = keys.generate(bytes([7] * 32))
LOG_KEY = keys.generate(bytes([8] * 32))
START = datetime(2026, 11, 23, 8, tzinfo=UTC)


def build(slot):
    return {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"],
            "id": f"https://academy.example/credentials/{slot.id}", "issuer": KEY.did, "validFrom": slot.moment,
            "credentialSubject": {"id": f"urn:uuid:{slot.index:032d}"}}


def sign(document):
    return add_proof(document, KEY.sign, f"{KEY.did}#{KEY.multikey}", document["validFrom"])


def open_book(path, observe=lambda step: None, moment=START):
    log = Log(path / "log", "academy.example/log", LOG_KEY.sign, decode_public(LOG_KEY.multikey))
    return Book(path / "book", log, sign, now=lambda: moment, observe=observe)


def close(book):
    book.close()
    book.log.close()


def wish(award="output-privacy/amina", evidence=("sha256:aa",)):
    return Wish(award, evidence, build)


@pytest.fixture
def book(tmp_path):
    book = open_book(tmp_path)
    yield book
    close(book)


def test_it_issues_once_and_then_gives_the_same(book):
    first = book.issue([wish()])[0]
    assert book.issue([wish()])[0] == first
    assert book.issue([wish(evidence=("sha256:other",))])[0] == first
    assert [entry["kind"] for entry in book.journal.entries] == ["issue"]
    assert first.document["proof"][0]["created"] == "2026-11-23T08:00:00Z"
    assert first.state == "valid"
    assert book.log.place(leaf(first.salt, first.signed)) == 0
    assert open_checkpoint(book.log.checkpoint(), decode_public(LOG_KEY.multikey)).size == 1


def test_many_wishes_in_one_go(book):
    awards = [f"t/{n}" for n in range(50)] + ["t/0"]
    records = book.issue([wish(award) for award in awards])
    assert [record.award for record in records] == awards
    assert len({record.id for record in records}) == len({(record.list, record.index) for record in records}) == 50
    assert records[0] == records[-1]
    assert book.ids("/7") == [records[7].id]


def test_the_journal_names_nobody(book):
    book.issue([wish("output-privacy/amina")])
    assert b"amina" not in (book.path / "journal").read_bytes()


def test_a_used_index_never_comes_again(tmp_path, monkeypatch):
    monkeypatch.setattr(issue, "ENTRIES", 8)
    monkeypatch.setattr(issue, "FILL", 8)
    book = open_book(tmp_path)
    first = book.issue([wish(f"t/{n}") for n in range(5)])
    close(book)
    book = open_book(tmp_path)
    rest = [book.issue([wish(f"u/{n}")])[0] for n in range(6)]
    places = [(record.list, record.index) for record in (*first, *rest)]
    assert sorted(places[:8]) == [(1, n) for n in range(8)]
    assert {list_ for list_, _ in places[8:]} == {2}
    assert len(set(places)) == 11
    assert book.lists() == [1, 2]
    close(book)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_status_goes_up(book, purpose):
    record = book.issue([wish()])[0]
    assert book.raised(purpose, record.list) == set()
    changed = book.set_status(record.id, purpose, True, "asked for by the office", "operator")
    assert changed.state == {"revocation": "revoked", "suspension": "suspended"}[purpose]
    assert book.raised(purpose, record.list) == {record.index}
    other = {"revocation": "suspension", "suspension": "revocation"}[purpose]
    assert book.raised(other, record.list) == set()


def test_a_suspension_is_lifted_and_a_revocation_is_not(book):
    record = book.issue([wish()])[0]
    book.set_status(record.id, "suspension", True, "under inquiry", "operator")
    assert book.issue([wish()])[0].id == record.id, "suspended is live: no second credential"
    assert book.set_status(record.id, "suspension", False, "cleared", "operator").state == "valid"
    book.set_status(record.id, "revocation", True, "wrong person", "operator")
    entries = len(book.journal.entries)
    assert book.set_status(record.id, "revocation", True, "again", "operator").state == "revoked"
    assert len(book.journal.entries) == entries
    for purpose, value in (("revocation", False), ("suspension", True), ("suspension", False)):
        with pytest.raises(BookError, match="a revocation is final"):
            book.set_status(record.id, purpose, value, "changed my mind", "operator")


def test_evidence_of_a_revoked_credential_counts_no_more_unless_it_is_kept(book):
    first = book.issue([wish()])[0]
    book.set_status(first.id, "revocation", True, "not their own work", "operator")
    assert book.void_evidence("output-privacy/amina") == {"sha256:aa"}
    with pytest.raises(BookError, match="for this evidence was revoked"):
        book.issue([wish()])
    second = book.issue([wish(evidence=("sha256:bb",))])[0]
    assert second.id != first.id
    book.set_status(second.id, "revocation", True, "the name was misspelt", "operator", keep_evidence=True)
    third = book.issue([wish(evidence=("sha256:bb",))])[0]
    assert [book.record(one.id).live for one in (first, second, third)] == [False, False, True]


@pytest.mark.parametrize(("change", "match"), [
    (("x" * 32, "revocation", True, "r"), "there is no credential"),
    ((None, "deletion", True, "r"), "is no purpose"),
    ((None, "suspension", True, "  "), "needs a reason"),
])
def test_a_wrong_change_of_status_is_refused(book, change, match):
    id, purpose, value, reason = change
    id = id or book.issue([wish()])[0].id
    with pytest.raises(BookError, match=match):
        book.set_status(id, purpose, value, reason, "operator")


def test_the_daily_cap_can_count(tmp_path):
    for days in range(3):
        book = open_book(tmp_path, moment=START + timedelta(days=days))
        book.issue([wish(f"t/{days}-{n}") for n in range(4)])
        assert book.issued_since(START + timedelta(days=days - 1, seconds=1)) == 4
        assert book.issued_since(START - timedelta(days=1)) == 4 * (days + 1)
        close(book)


def test_a_full_disk_issues_nothing_and_the_next_try_works(book, monkeypatch):
    def full(*entries):
        raise JournalError("journal cannot be written (No space left on device)")

    monkeypatch.setattr(book.journal, "append", full)
    with pytest.raises(JournalError, match="cannot be written"):
        book.issue([wish()])
    monkeypatch.undo()
    assert book.live("output-privacy/amina") is None
    assert book.issue([wish()])[0].live


@pytest.mark.parametrize(("harm", "match"), [
    ("UPDATE credentials SET draft = X'7B7D'", "is not the journaled one"),
    ("UPDATE credentials SET entry = entry + 1", "is not the journaled one"),
    ("INSERT INTO credentials VALUES ('f00', 'a/b', '[]', 1, 5, X'00', X'7B7D', X'7B7D', 1)", "not in the journal"),
    ("PRAGMA user_version = 99", "install the newer academy|has version 99"),
])
def test_an_altered_database_is_refused(tmp_path, harm, match):
    book = open_book(tmp_path)
    book.issue([wish()])
    close(book)
    with sqlite3.connect(tmp_path / "book/credentials.sqlite") as db:
        db.execute(harm)
    db.close()
    with pytest.raises(BookError, match=match):
        open_book(tmp_path)


STEPS = ("drafted", "journaled", "signed", "logged", "kept", "status journaled", "status kept")
PROGRAM = """
import os, signal, sys
from pathlib import Path
from tests.certification import test_issue as t
book = t.open_book(Path(sys.argv[1]), lambda step: step == sys.argv[2] and os.kill(os.getpid(), signal.SIGKILL))
for n in range(3):
    record = book.issue([t.wish(f"t/{n}")])[0] if sys.argv[3] == "one" else book.issue([t.wish(f"t/{m}") for m in range(9)])[n]
    book.set_status(record.id, "revocation" if n % 2 else "suspension", True, "drill", "test", keep_evidence=True)
"""


@pytest.mark.parametrize("how", ["one", "batch"])
@pytest.mark.parametrize("step", STEPS)
def test_kill_9_between_any_two_writes(tmp_path, step, how):
    for _ in range(3):  # killed, started again, killed again
        run = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path), step, how], timeout=60,
                             env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}, check=False)
        assert run.returncode == -signal.SIGKILL
    before = (tmp_path / "book/journal").read_bytes()
    book = open_book(tmp_path)
    check(book)
    records = book.issue([wish(f"t/{n}") for n in range(9)])
    assert book.issue([wish(f"t/{n}") for n in range(9)]) == records
    check(book)
    assert (tmp_path / "book/journal").read_bytes().startswith(before), "nothing in the journal is ever rewritten"
    close(book)
    book = open_book(tmp_path)
    check(book)
    assert book.issue([wish(f"t/{n}") for n in range(9)]) == records
    close(book)


def check(book):
    """What must hold at any time."""
    entries = list(book.journal.of_kind("issue"))
    places = [(entry["list"], entry["index"]) for entry in entries]
    assert len(set(places)) == len(places), "an index used twice"
    journaled = {entry["id"] for entry in entries}
    rows = book._db.execute("SELECT id, award, salt, signed, live FROM credentials").fetchall()
    assert {id for id, *_ in rows} <= journaled, "a credential without a journal entry"
    assert all(signed is not None for *_, signed, _ in rows), "a journaled draft was not finished"
    live = [award for _, award, *_, flag in rows if flag]
    assert len(set(live)) == len(live), "two live credentials"
    for id, _, salt, signed, flag in rows:
        assert book.log.place(leaf(salt, signed)) is not None
        assert json.loads(signed)["id"].endswith(id)
        assert bool(flag) == (book.record(id).state != "revoked")
    assert book.log.size == len(rows), "a leaf without a credential"
