"""Reports that count and reports that do not. A verdict that is missing is no points, always."""
from __future__ import annotations

import json
import struct

import pytest

from autograders.examination import Status
from autograders.examiner.protocol import MAX_REPORT, ProtocolError, Reader, Reports, task

from .examining import SMALL, examiner, run_of

RUN = run_of(["assert x", "assert x", "assert x"], "x = 1")


def honest(reports: Reports, score: float = 2.0) -> list[dict]:
    """What T says of a run in which all tests pass."""
    said = []
    for index in range(len(reports.run.cells)):
        said.append({"nonce": reports.nonce, "begin": index})
        if index in reports.tokens:
            said.append({"nonce": reports.nonce, "cell": index, "token": reports.tokens[index], "status": "passed",
                         "score": score, "line": None})
    return [*said, {"nonce": reports.nonce, "end": "done"}]


def accept(reports: Reports, said: list[dict]) -> Status:
    for report in said:
        try:
            reports.accept(report, 0.1)
        except ProtocolError:
            return Status.DIED
    return Status.PASSED if reports.end == "done" else Status.DIED


def test_all_reports_are_all_points():
    reports = Reports(RUN)
    assert [v.score for v in reports.verdicts(accept(reports, honest(reports)))] == [2, 2, 2]


@pytest.mark.parametrize("missing", range(8))
def test_each_report_left_out_costs_at_least_its_own_verdict(missing):
    reports = Reports(RUN)
    said = honest(reports)
    left_out = said.pop(missing)
    verdicts = reports.verdicts(accept(reports, said))
    assert len(verdicts) == 3
    if "cell" in left_out:
        lost = [i for i, c in enumerate(RUN.cells) if i in reports.tokens].index(left_out["cell"])
        assert verdicts[lost].score == 0 and verdicts[lost].status is not Status.PASSED
    if "begin" in left_out:
        assert all(v.score == 0 for v in verdicts[max(0, left_out["begin"] - 1):])


@pytest.mark.parametrize("missing", range(3))
def test_a_verdict_deleted_on_the_way_of_a_real_run_is_no_points(missing, monkeypatch):
    seen = []
    real = Reports.accept

    def losing(self, report, seconds):
        if "cell" in report:
            seen.append(report)
            if len(seen) == missing + 1:
                return
        real(self, report, seconds)

    opened = examiner()
    monkeypatch.setattr(Reports, "accept", losing)
    verdicts = opened.examine(RUN, SMALL).verdicts
    assert [v.score for v in verdicts] == [0.0 if n == missing else 2.0 for n in range(3)]


CHANGES = {
    "no nonce": {"nonce": None}, "another nonce": {"nonce": "0" * 32}, "a nonce of another type": {"nonce": 5},
    "no token": {"token": None}, "another cell's token": {"token": "0" * 32}, "another cell": {"cell": 2},
    "a cell without tests": {"cell": 0}, "no such cell": {"cell": 99}, "a cell by text": {"cell": "1"},
    "a cell that is true": {"cell": True}, "an unknown status": {"status": "perfect"}, "no status": {"status": None},
    "not run": {"status": "not_run"}, "too many points": {"score": 3.0}, "fewer points": {"score": 1.0},
    "points by text": {"score": "2"}, "points that are true": {"score": True}, "no number": {"score": float("nan")},
    "without bound": {"score": float("inf")}, "below zero": {"score": -1.0},
    "failed with points": {"status": "failed"}, "partial with all": {"status": "partial"},
    "died with points": {"status": "died"},
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_verdict_ends_the_run_there(name):
    reports = Reports(RUN)
    said = honest(reports)
    said[2] = {**said[2], **CHANGES[name]}
    ended = accept(reports, said)
    assert ended is Status.DIED and [v.score for v in reports.verdicts(ended)] == [0, 0, 0]


def test_a_verdict_given_twice_ends_the_run():
    reports = Reports(RUN)
    said = honest(reports)
    ended = accept(reports, [*said[:3], said[2], *said[3:]])
    assert [v.score for v in reports.verdicts(ended)] == [2, 0, 0]


@pytest.mark.parametrize("line, kept", [(1, 1), (0, None), (2, None), (-1, None), (True, None), ("1", None), (1.0, None)])
def test_only_a_line_of_the_record_is_kept(line, kept):
    reports = Reports(RUN)
    said = honest(reports)
    said[2] = {**said[2], "status": "failed", "score": 0, "line": line}
    assert reports.verdicts(accept(reports, said))[0].line == kept


def test_after_the_end_nothing_counts():
    reports = Reports(RUN)
    accept(reports, honest(reports))
    with pytest.raises(ProtocolError, match="another run"):
        reports.accept({"nonce": reports.nonce, "begin": 0}, 0)


@pytest.mark.parametrize("data, words", [
    (struct.pack(">I", MAX_REPORT + 1), "too long"), (struct.pack(">I", 2) + b"{,", "not a report"),
    (struct.pack(">I", 2) + b"[]", "not a report"), (struct.pack(">I", 1) + b"\xff", "not a report")])
def test_bytes_that_are_no_report(data, words):
    with pytest.raises(ProtocolError, match=words):
        Reader().feed(data)


def test_frames_arrive_in_pieces():
    reader, body = Reader(), json.dumps({"a": 1}).encode()
    data = struct.pack(">I", len(body)) + body
    assert [reader.feed(data[i:i + 1]) for i in range(len(data))][-1] == [{"a": 1}]


def test_every_run_has_a_nonce_and_tokens_of_its_own():
    one, two = Reports(RUN), Reports(RUN)
    assert one.nonce != two.nonce and not set(one.tokens.values()) & set(two.tokens.values())
    assert len({*one.tokens.values(), one.nonce}) == 4 and json.loads(task(one)[4:])["nonce"] == one.nonce
