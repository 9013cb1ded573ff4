"""Submitting over bad lines and through crashes: what has a receipt is there, once, whatever was killed when."""
from __future__ import annotations

import hashlib
import sqlite3
import threading
import time

import pytest

from hub_config import rpc
from tests.simulators.line import Line


def submissions(rig, learner: str = "%") -> list[tuple]:
    with sqlite3.connect(rig.places.store("portal") / "records.sqlite") as database:
        return database.execute("select s.id, s.content_hash, j.state, s.state from submissions s left join jobs j on j.submission = s.id "
                                "where s.learner like ?", (learner,)).fetchall()


def stored(rig, content_hash: str) -> bool:
    name = content_hash.removeprefix("sha256:")
    path = rig.places.store("portal") / "blobs" / name[:2] / name[2:]
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() == content_hash


def test_one_push(gateway, work, rig):
    heard = []
    done = gateway().submit(work(size=100_000), "counting", "01_totals", "assessment.ipynb", lambda sent, size: heard.append((sent, size)))
    assert done["receipt"]["receipt"]["size"] == heard[-1][0] == heard[-1][1] and [sent for sent, _ in heard] == sorted(sent for sent, _ in heard)
    assert stored(rig, done["receipt"]["receipt"]["content_hash"])


@pytest.mark.parametrize("cuts", [[0], [100, 100], [40_000], [50, 33_000, 200, 33_500, 10, 31_000]])
def test_connections_that_drop_in_the_middle(gateway, work, rig, cuts, tmp_path):
    line = Line(rig.places.socket("portal"), tmp_path / "line", cut_after=cuts)
    receipt = gateway(through=tmp_path / "line").submit(work(size=150_000), "counting", "01_totals", "assessment.ipynb")["receipt"]["receipt"]
    line.close()
    assert not line.cuts and stored(rig, receipt["content_hash"])
    assert [(job, state) for _, _, job, state in submissions(rig, receipt["learner"])] == [("waiting", "queued")]


@pytest.mark.slow
def test_a_line_of_64_kbit_with_2_percent_loss(gateway, work, rig, tmp_path):
    line = Line(rig.places.socket("portal"), tmp_path / "line", bits=64_000, loss=0.02)
    data = work(size=60_000)
    begun = time.monotonic()
    receipt = gateway(through=tmp_path / "line").submit(data, "counting", "01_totals", "assessment.ipynb")["receipt"]["receipt"]
    line.close()
    assert time.monotonic() - begun < 3 * len(data) * 8 / 64_000
    assert len(submissions(rig, receipt["learner"])) == 1


def test_what_was_sent_before_a_break_is_not_sent_again(gateway, work, rig, tmp_path):
    data, heard = work(size=200_000), []
    line = Line(rig.places.socket("portal"), tmp_path / "line", cut_after=[10**9] * 4 + [100])
    gateway(through=tmp_path / "line").upload(data, lambda sent, size: heard.append(sent))
    line.close()
    assert line.connections <= 4 + 1 + len(data) // 32_768 + 2 and heard == sorted(heard)


@pytest.mark.slow
def test_kill_the_portal_at_many_moments(own_portal, gateway, work, rig):
    """A learner submits one notebook after the other while the portal is killed and started again."""
    receipts, trouble, total = {}, [], 14
    works = [work(str(number), size=40_000) for number in range(total)]
    names = [("lea", "bo")[number % 2] for number in range(total)]
    rig.hub.add("bo")
    clients = {name: gateway(name, patience=240) for name in ("lea", "bo")}

    def learner() -> None:
        try:
            for number, data in enumerate(works):
                receipts[number] = clients[names[number]].submit(data, "counting", "01_totals", "assessment.ipynb")["receipt"]["receipt"]
        except Exception as error:
            trouble.append(error)

    thread = threading.Thread(target=learner)
    thread.start()
    kills = 0
    while thread.is_alive() and kills < 12:
        thread.join(0.02 + 0.013 * kills)  # another moment each time
        if not thread.is_alive():
            break
        rig.kill()
        kills += 1
        rows = {row[0]: row for row in submissions(rig)}
        for receipt in list(receipts.values()):
            assert receipt["submission"] in rows and stored(rig, receipt["content_hash"])
        rig.start()
    thread.join(240)  # a busy machine starts the portal slowly
    assert not trouble and kills >= 3 and len(receipts) == total
    rows = submissions(rig)
    assert len(rows) == total and {row[1] for row in rows} == {receipt["content_hash"] for receipt in receipts.values()}
    assert all(job == "waiting" and state == "queued" for _, _, job, state in rows)


@pytest.mark.slow
def test_kill_the_portal_while_verdicts_come_in(own_portal, gateway, work, rig):
    """Every submission ends with exactly one verdict although workers repeat what was not answered."""
    for number in range(6):
        gateway().submit(work(str(number)), "counting", "01_totals", "assessment.ipynb")
    stop = threading.Event()

    def worker() -> None:
        while not stop.is_set():
            try:
                jobs = rpc.call(rig.places.socket("records"), "lease", worker="w", limit=1, seconds=1)["jobs"]
                for job in jobs:
                    verdict = {"feedback": {"tasks": [], "score": 1, "max_score": 5, "needs_review": False, "note": ""}, "transcript_hash": "sha256:" + "0" * 64}
                    for _ in range(2):  # an answer may have been lost: say it again
                        rpc.call(rig.places.socket("records"), "finish", lease=job["lease"], submission=job["submission"]["id"],
                                 assessment_version="1.0.0", examiner_version="1", verdict=verdict)
                stop.wait(0.05)
            except rpc.RpcError:
                stop.wait(0.05)

    thread = threading.Thread(target=worker)
    thread.start()
    for moment in (0.01, 0.03, 0.06):
        time.sleep(moment)
        rig.kill()
        rig.start()
    end = time.monotonic() + 30
    while time.monotonic() < end and any(state != "graded" for *_, state in submissions(rig)):
        time.sleep(0.2)
    stop.set()
    thread.join()
    with sqlite3.connect(rig.places.store("portal") / "records.sqlite") as database:
        counts = database.execute("select count(*), count(distinct submission) from verdicts").fetchone()
    assert counts == (6, 6)


@pytest.mark.parametrize(("code", "data"), [("not-a-notebook", b"{}"), ("empty", b"")])
def test_a_refusal_comes_at_once_and_in_the_academys_words(gateway, code, data):
    from academy_learner.gateway import ExchangeRefusal

    with pytest.raises(ExchangeRefusal, match="not a notebook|empty") as refused:
        gateway(patience=5).submit(data, "counting", "01_totals", "assessment.ipynb")
    assert refused.value.code == code and refused.value.next


def test_an_academy_that_is_away_is_said_after_a_while(own_portal, gateway, rig, work):
    from academy_learner.gateway import ExchangeRefusal

    data = work()
    rig.kill()
    with pytest.raises(ExchangeRefusal, match="notebook is saved") as refused:
        gateway(patience=0.3).submit(data, "counting", "01_totals", "assessment.ipynb")
    assert refused.value.code == "unreachable"
