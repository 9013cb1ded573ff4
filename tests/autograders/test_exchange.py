"""The exchange: uploads that survive broken lines, submissions that are never lost or doubled, and nothing of other people."""
from __future__ import annotations

import errno
import json
from datetime import datetime, timezone

import pytest
from sqlalchemy import func, select

from autograders.exchange import Blobs, Courses, Exchange, Uploads
from autograders.exchange.uploads import MAX_OPEN
from autograders.intake import Rules, content_hash
from autograders.queue import LeaseTable
from autograders.receipt import Receipts
from autograders.records import Submission, Upload, open_records
from autograders.refusal import Refusal
from autograders.seeds import own_seeds
from curriculum.catalogue import load_catalogue
from tests.simulators.pack import write_pack

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


@pytest.fixture
def exchange(tmp_path):
    records = open_records(tmp_path / "records.sqlite")
    blobs = Blobs(tmp_path / "blobs")
    rules = Rules(max_bytes=200_000)
    made = Exchange(records, LeaseTable(records), blobs, Uploads(tmp_path / "uploads", blobs, records, rules),
                    Courses(load_catalogue([write_pack(tmp_path / "pack")])), Receipts(lambda data: bytes(64), "did:key:z6MkTest"),
                    own_seeds(b"k" * 32), rules,
                    daily=3, clock=lambda: NOON)
    yield made
    records.close()


@pytest.fixture
def work(exchange):
    """The bytes of an answered assessment; ``extra`` makes them different."""
    def make(extra: str = "") -> bytes:
        data = exchange.courses.notebook_bytes("counting", "01_totals", "assessment")
        return data.replace(b"raise NotImplementedError()", f"total = sum  # {extra}".encode(), 1)
    return make


@pytest.fixture
def submit(exchange):
    def run(data: bytes, learner: str = "lea", module: str = "01_totals", **more) -> dict:
        exchange.uploads.whole(learner, data)
        return exchange.submit(learner, "counting", module, content_hash(data), **more)["receipt"]
    return run


def count(exchange, table) -> int:
    with exchange.records.read() as session:
        return session.scalar(select(func.count()).select_from(table))


# -- pieces
@pytest.mark.parametrize("size", [1, 9, 10, 11, 25])
def test_pieces_in_order(exchange, size):
    data = bytes(range(size))
    for start in range(0, size, 10):
        held = exchange.uploads.piece("lea", content_hash(data), start, size, data[start:start + 10])
        assert held.offset == min(start + 10, size) and held.complete == (held.offset == size)
    assert exchange.blobs.read(content_hash(data)) == data


def test_a_piece_sent_again_changes_nothing(exchange):
    data = b"0123456789" * 3
    put = lambda a, b: exchange.uploads.piece("lea", content_hash(data), a, 30, data[a:b])  # noqa: E731
    assert put(0, 10).offset == 10
    assert put(0, 10).offset == 10
    assert put(5, 20).offset == 20
    assert put(20, 30).complete
    assert put(20, 30).complete and put(0, 30).complete
    assert exchange.blobs.read(content_hash(data)) == data


def test_a_gap_is_told_where_to_go_on(exchange):
    with pytest.raises(Refusal, match="0 bytes have arrived; the piece begins at 10") as refused:
        exchange.uploads.piece("lea", content_hash(b"x" * 20), 10, 20, b"x" * 10)
    assert refused.value.detail == {"offset": 0} and refused.value.status == 409


@pytest.mark.parametrize(("offset", "total", "data"), [(-1, 10, b"x"), (0, 10, b"x" * 11), (5, 10, b"x" * 6)])
def test_a_piece_outside_the_file(exchange, offset, total, data):
    with pytest.raises(Refusal, match="does not lie within the file"):
        exchange.uploads.piece("lea", content_hash(b"x"), offset, total, data)


@pytest.mark.parametrize("name", ["", "sha256:xyz", "../../etc/passwd", "sha256:" + "A" * 64])
def test_what_is_not_a_hash_names_no_file(exchange, name):
    with pytest.raises(Refusal, match="not a content hash"):
        exchange.uploads.progress("lea", name)


def test_other_bytes_than_announced_begin_again(exchange):
    digest = content_hash(b"right")
    with pytest.raises(Refusal, match="not what was announced"):
        exchange.uploads.piece("lea", digest, 0, 5, b"wrong")
    assert exchange.uploads.progress("lea", digest).offset == 0 and not exchange.blobs.holds(digest)
    assert exchange.uploads.piece("lea", digest, 0, 5, b"right").complete


def test_nobody_learns_what_others_have_uploaded(exchange, work, submit):
    submit(work())
    assert not exchange.uploads.progress("mallory", content_hash(work())).complete
    with pytest.raises(Refusal, match="not arrived completely"):
        exchange.submit("mallory", "counting", "01_totals", content_hash(work()))


def test_too_large_is_refused_at_the_first_piece(exchange):
    with pytest.raises(Refusal, match="are allowed") as refused:
        exchange.uploads.piece("lea", content_hash(b""), 0, 200_001, b"x")
    assert refused.value.status == 413


def test_unfinished_uploads_do_not_pile_up(exchange, tmp_path):
    for number in range(MAX_OPEN + 3):
        exchange.uploads.piece("lea", content_hash(str(number).encode()), 0, 10, b"x")
    assert len(list((tmp_path / "uploads").iterdir())) == MAX_OPEN


def test_an_upload_goes_on_after_a_restart(exchange, tmp_path):
    data = b"x" * 30
    exchange.uploads.piece("lea", content_hash(data), 0, 30, data[:20])
    again = Uploads(tmp_path / "uploads", exchange.blobs, exchange.records)
    assert again.progress("lea", content_hash(data)).offset == 20
    assert again.piece("lea", content_hash(data), 20, 30, data[20:]).complete


def test_a_full_disk_says_so_and_keeps_what_there_is(exchange, work, submit, monkeypatch):
    submit(work())

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(Refusal, match="disk is full") as refused:
        exchange.uploads.whole("lea", work("more"))
    assert refused.value.status == 507 and exchange.blobs.holds(content_hash(work()))


def test_a_damaged_file_is_noticed(exchange, work):
    path = exchange.blobs.path(exchange.uploads.whole("lea", work()))
    path.chmod(0o600)
    path.write_bytes(b"other")
    with pytest.raises(Refusal, match="damaged"):
        exchange.blobs.read(content_hash(work()))


# -- submissions
def test_a_receipt_says_what_was_taken(exchange, work, submit):
    receipt = submit(work())
    assert {k: receipt[k] for k in ("learner", "track", "module", "attempt", "content_hash", "size", "received")} == {
        "learner": "lea", "track": "counting", "module": "01_totals", "attempt": 1, "content_hash": content_hash(work()),
        "size": len(work()), "received": "2026-11-23T12:00:00Z"}
    assert exchange.queue.counts()["waiting"] == 1 and exchange.blobs.holds(receipt["content_hash"])


def test_the_same_work_is_the_same_submission(exchange, work, submit):
    assert submit(work()) == submit(work())
    assert (count(exchange, Submission), exchange.queue.counts()["waiting"]) == (1, 1)
    assert submit(work("better"))["attempt"] == 2
    assert submit(work(), learner="bo")["attempt"] == 1


def test_a_new_version_of_the_assessment_takes_the_same_work_again(exchange, work, submit, tmp_path):
    submit(work())
    exchange.courses.catalogue = load_catalogue([write_pack(tmp_path / "pack", version="1.1.0")])
    assert submit(work())["attempt"] == 2


def test_nobody_submits_for_another(exchange, work, submit):
    with pytest.raises(Refusal, match="only submit your own work") as refused:
        submit(work(), claimed="bo")
    assert refused.value.status == 403
    assert submit(work(), claimed="lea")["learner"] == "lea"


@pytest.mark.parametrize(("data", "code"), [(b"{}", "not-a-notebook"), (b'{"nbformat": 4, "metadata": {}, "cells": []}', "other-notebook")])
def test_what_is_refused_stays_uploaded_with_the_reason(exchange, submit, data, code):
    with pytest.raises(Refusal) as refused:
        submit(data)
    assert refused.value.code == code
    with exchange.records.read() as session:
        assert session.get_one(Upload, ("lea", content_hash(data))).refused["code"] == code
    assert exchange.blobs.read(content_hash(data)) == data and count(exchange, Submission) == 0


@pytest.mark.parametrize(("opens", "due", "code"), [(None, NOON, None), (NOON, None, None), (None, NOON.replace(hour=11), "late"),
                                                    (NOON.replace(hour=13), None, "too-early")])
def test_a_late_one_is_kept_but_not_taken(exchange, work, submit, opens, due, code):
    exchange.dates["counting/01_totals"] = (opens, due)
    if code is None:
        assert submit(work())["attempt"] == 1
        return
    with pytest.raises(Refusal) as refused:
        submit(work())
    assert refused.value.code == code and exchange.blobs.holds(content_hash(work()))


@pytest.mark.parametrize(("track", "module", "code"), [("none", "01_totals", "no-such-course"), ("counting", "99_none", "no-such-module"),
                                                       ("../x", "01_totals", "no-such-course")])
def test_there_must_be_such_an_assessment(exchange, work, track, module, code):
    exchange.uploads.whole("lea", work())
    with pytest.raises(Refusal) as refused:
        exchange.submit("lea", track, module, content_hash(work()))
    assert refused.value.code == code


def test_attempts_a_day_are_bounded_and_counted_a_module(exchange, work, submit):
    for number in range(3):
        submit(work(str(number)))
    with pytest.raises(Refusal, match="3 submissions a day"):
        submit(work("four"))
    assert submit(work("four"), learner="bo")["attempt"] == 1
    assert submit(work("one"), module="02_means")["attempt"] == 1
    assert submit(work("1"))["attempt"] == 2  # an old one again is not a new one


# -- giving out and back
def test_what_is_handed_out_says_what_it_is_and_holds_no_answer(exchange):
    data = exchange.fetch_assignment("lea", "counting", "01_totals", "assessment")
    assert json.loads(data)["metadata"]["academy"] == {"track": "counting", "module": "01_totals", "version": "1.0.0", "kind": "assessment"}
    assert b"lambda" not in data and b"SOLUTION" not in data
    (first, second) = exchange.assignments("lea")
    assert first["fetched"] and not second["fetched"] and not exchange.assignments("bo")[0]["fetched"]


def test_an_assessment_holds_its_learners_own_seed_and_can_be_handed_in(exchange, submit):
    def cells(learner: str, module: str = "01_totals", kind: str = "assessment") -> list[str]:
        notebook = json.loads(exchange.fetch_assignment(learner, "counting", module, kind))
        return ["".join(c["source"]) for c in notebook["cells"] if "injected-parameters" in c["metadata"].get("tags", [])]
    assert cells("lea") == cells("lea") == [f"# Parameters\nSEED = {exchange.own_seed('lea', 'counting', '01_totals')}"]
    assert len({tuple(cells(learner, module)) for learner in ("lea", "tom") for module in ("01_totals", "02_means")}) == 4
    assert cells("lea", kind="lesson") == []
    data = exchange.fetch_assignment("lea", "counting", "01_totals", "assessment")
    assert json.loads(data)["metadata"]["academy"]["kind"] == "assessment"
    place = [c["metadata"].get("tags") for c in json.loads(data)["cells"]]
    assert place.index(["injected-parameters"]) == place.index(["parameters"]) + 1
    assert submit(data)["attempt"] == 1


def test_an_assessment_without_parameters_is_handed_out_as_it_is(exchange):
    notebook = exchange.courses.notebook("counting", "01_totals", "assessment")
    for cell in notebook["cells"]:
        cell["metadata"].pop("tags", None)
    assert b"SEED" not in exchange.fetch_assignment("lea", "counting", "01_totals", "assessment").replace(b"SEED = 0", b"")


@pytest.mark.parametrize("kind", ["solution", "", "../track.toml"])
def test_only_lessons_and_assessments_are_handed_out(exchange, kind):
    with pytest.raises(Refusal, match="lesson and an assessment"):
        exchange.fetch_assignment("lea", "counting", "01_totals", kind)


def test_feedback_is_for_its_own_learner(exchange, work, submit):
    ident = submit(work())["submission"]
    assert exchange.fetch_feedback("lea", ident) is None
    (job,) = exchange.queue.lease("w")
    exchange.queue.finish(job.lease, ident, "1.0.0", "1", {"tasks": [], "score": 2, "max_score": 5, "needs_review": False, "note": "",
                                                          "transcript_hash": "sha256:x"})
    assert exchange.fetch_feedback("lea", ident)["score"] == 2
    for learner, wrong in (("mallory", ident), ("lea", "0" * 32)):
        with pytest.raises(Refusal, match="no such submission of yours"):
            exchange.fetch_feedback(learner, wrong)
