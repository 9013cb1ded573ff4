"""The queue: at least one execution, exactly one verdict, fair order, nobody waits for a dead worker."""
from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from autograders.queue import BACK_OFF, LeaseTable
from autograders.records import Submission, Verdict, open_records
from autograders.refusal import Refusal

FEEDBACK = {"tasks": [], "score": 3.0, "max_score": 5.0, "needs_review": False, "note": ""}
VERDICT = {"feedback": FEEDBACK, "transcript_hash": "sha256:" + "0" * 64}


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def queue(tmp_path, clock):
    records = open_records(tmp_path / "records.sqlite")
    yield LeaseTable(records, max_tries=3, clock=clock)
    records.close()


@pytest.fixture
def put(queue, clock):
    """Submissions of these learners, one second apart; their ids."""
    count = 0

    def make(learners: str) -> list[str]:
        nonlocal count
        made = []
        for learner in learners:
            count += 1
            clock.now += 1
            with queue.records.write() as session:
                one = Submission(id=f"{count:032}", learner=learner, track="t", module="m", module_version="1", attempt=count,
                                 content_hash=str(count), size=1, received="2026-11-23T10:00:00Z", state="queued", receipt={})
                session.add(one)
                session.flush()
                queue.put(session, one)
            made.append(one.id)
        return made
    return make


def state(queue, ident: str) -> str:
    with queue.records.read() as session:
        return session.get_one(Submission, ident).state


def verdicts(queue) -> int:
    with queue.records.read() as session:
        return session.scalar(select(func.count(Verdict.id)))


@pytest.mark.parametrize(("waiting", "order"), [("a", "a"), ("ab", "ab"), ("aaab", "abaa"), ("aabbc", "abcab"), ("abab", "abab")])
def test_everybodys_first_comes_before_anybodys_second(queue, put, waiting, order):
    put(waiting)
    assert "".join(job.submission["learner"] for job in queue.lease("w", 50)) == order


def test_who_already_has_one_running_waits_behind_others(queue, put):
    put("aa")
    queue.lease("w", 1)
    put("b")
    assert [job.submission["learner"] for job in queue.lease("w", 2)] == ["b", "a"]


@pytest.mark.parametrize(("limit", "given"), [(-1, 0), (0, 0), (1, 1), (3, 3), (4, 3), (10_000, 3)])
def test_limit(queue, put, limit, given):
    put("abc")
    assert len(queue.lease("w", limit)) == given


def test_a_verdict_is_recorded_once_and_ends_the_job(queue, put):
    (ident,) = put("a")
    (job,) = queue.lease("w")
    assert state(queue, ident) == "grading"
    assert queue.finish(job.lease, ident, "1", "1", VERDICT) is True
    assert queue.finish(job.lease, ident, "1", "1", {**VERDICT, "feedback": {**FEEDBACK, "score": 5.0}}) is False
    assert (verdicts(queue), state(queue, ident), queue.lease("w")) == (1, "graded", [])
    with queue.records.read() as session:
        assert session.scalar(select(Verdict.score)) == 3.0


def test_a_flat_verdict_is_taken_too(queue, put):
    (ident,) = put("a")
    (job,) = queue.lease("w")
    assert queue.finish(job.lease, ident, "1", "1", {**FEEDBACK, "needs_review": True, "transcript_hash": "sha256:x"}) is True
    assert state(queue, ident) == "needs_review"


def test_a_dead_worker_loses_its_job_and_may_not_finish_it(queue, put, clock):
    (ident,) = put("a")
    (dead,) = queue.lease("w1", seconds=60)
    clock.now += 60
    assert queue.lease("w2") == []
    clock.now += 1
    (alive,) = queue.lease("w2", seconds=60)
    with pytest.raises(Refusal, match="ended or was given to another worker") as refused:
        queue.finish(dead.lease, ident, "1", "1", VERDICT)
    assert refused.value.code == "lease-lost"
    with pytest.raises(Refusal, match="given to another worker"):
        queue.heartbeat(dead.lease)
    assert queue.finish(alive.lease, ident, "1", "1", VERDICT) is True
    assert queue.finish(dead.lease, ident, "1", "1", VERDICT) is False
    assert verdicts(queue) == 1


def test_a_late_worker_whose_job_nobody_took_may_still_finish(queue, put, clock):
    (ident,) = put("a")
    (job,) = queue.lease("w", seconds=10)
    clock.now += 1000
    assert queue.finish(job.lease, ident, "1", "1", VERDICT) is True


def test_a_heartbeat_keeps_the_job(queue, put, clock):
    put("a")
    (job,) = queue.lease("w", seconds=60)
    for _ in range(5):
        clock.now += 50
        queue.heartbeat(job.lease, 60)
    assert queue.lease("w2") == []


def test_a_job_that_always_kills_its_worker_goes_to_a_person(queue, put, clock):
    (ident,) = put("a")
    for _ in range(3):
        assert len(queue.lease("w", seconds=1)) == 1
        clock.now += 2
    assert queue.lease("w") == []
    assert (state(queue, ident), verdicts(queue), queue.counts()["parked"]) == ("needs_review", 0, 1)


def test_a_job_that_is_given_back_is_tried_later_and_in_the_end_parked_for_a_person(queue, put, clock):
    (ident,) = put("a")
    for pause in BACK_OFF[:2]:
        (job,) = queue.lease("w")
        assert queue.release(job.lease, "no fork server") is True
        assert (state(queue, ident), queue.lease("w"), queue.counts()["waiting"]) == ("queued", [], 1)
        clock.now += pause - 0.5
        assert queue.lease("w") == []
        clock.now += 0.5
    (job,) = queue.lease("w")
    assert queue.release(job.lease, "no fork server" * 100) is False
    clock.now += 10_000
    assert (state(queue, ident), verdicts(queue), queue.lease("w")) == ("needs_review", 0, [])
    (parked,) = queue.parked()
    assert (parked.submission["id"], parked.tries, len(parked.reason)) == (ident, 3, 300)
    assert (queue.retry(), queue.retry(), state(queue, ident), queue.parked()) == (1, 0, "queued", [])
    (job,) = queue.lease("w")
    assert queue.finish(job.lease, ident, "1", "1", VERDICT) is True


def test_what_was_given_back_stands_in_nobodys_way(queue, put):
    put("aab")
    (job,) = queue.lease("w")
    queue.release(job.lease, "x")
    assert [one.submission["id"] for one in queue.lease("w", 5)] == [f"{2:032}", f"{3:032}"]


@pytest.mark.parametrize("lease", ["", "0" * 32])
def test_only_a_held_lease_is_given_back(queue, put, lease):
    put("a")
    (job,) = queue.lease("w")
    with pytest.raises(Refusal, match="lease has ended"):
        queue.release(lease, "x")
    queue.release(job.lease, "x")
    with pytest.raises(Refusal, match="lease has ended"):
        queue.release(job.lease, "x")


@pytest.mark.parametrize(("score", "top"), [(-1, 5), (6, 5), (float("nan"), 5)])
def test_a_score_that_cannot_be_is_refused(queue, put, score, top):
    (ident,) = put("a")
    (job,) = queue.lease("w")
    with pytest.raises(Refusal, match="between 0 and the points"):
        queue.finish(job.lease, ident, "1", "1", {"feedback": {**FEEDBACK, "score": score, "max_score": top}})
    assert verdicts(queue) == 0


@pytest.mark.parametrize("lease", ["", "0" * 32])
def test_a_made_up_lease_finishes_nothing(queue, put, lease):
    (ident,) = put("a")
    queue.lease("w")
    with pytest.raises(Refusal, match="lease has ended"):
        queue.finish(lease, ident, "1", "1", VERDICT)


def test_a_lease_is_for_its_own_submission(queue, put):
    put("ab")
    first, second = queue.lease("w", 2)
    with pytest.raises(Refusal, match="for another submission"):
        queue.finish(first.lease, second.submission["id"], "1", "1", VERDICT)


def test_two_workers_never_get_the_same_job(queue, put):
    put("abcdefgh" * 3)
    given, lock = [], threading.Lock()

    def work(name: str) -> None:
        while jobs := queue.lease(name, 2):
            with lock:
                given.extend(job.submission["id"] for job in jobs)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == len(set(given)) == 24


def test_putting_twice_is_putting_once(queue, put):
    (ident,) = put("a")
    with queue.records.write() as session:
        queue.put(session, session.get_one(Submission, ident))
    assert queue.counts() == {"waiting": 1, "leased": 0, "done": 0, "parked": 0}
