"""A rush on the queue: order, a fair share for each course, places told, and workers that are killed at any moment."""
from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from autograders.queue import LeaseTable
from autograders.records import Job, Submission, Verdict, open_records

ROOT = Path(__file__).resolve().parents[2]
VERDICT = {"feedback": {"tasks": [], "score": 1.0, "max_score": 1.0, "needs_review": False, "note": ""}, "transcript_hash": "sha256:x"}
WORKER = """
import sys
from autograders.queue import LeaseTable
from autograders.records import open_records
from autograders.refusal import Refusal
from tests.autograders.test_queue_rush import VERDICT
queue = LeaseTable(open_records(sys.argv[1]), max_tries=1000)
print("ready", flush=True)
while True:
    for job in queue.lease("w", 3, 0.05):
        try:
            queue.finish(job.lease, job.submission["id"], "1", "1", VERDICT)
        except Refusal:
            pass
"""


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def queue(tmp_path):
    records = open_records(tmp_path / "records.sqlite")
    yield LeaseTable(records, max_tries=1000, clock=Clock())
    records.close()


def put(queue: LeaseTable, jobs: list[tuple[str, str]]) -> None:
    """(learner, module) each, a second apart, in one transaction."""
    with queue.records.write() as session:
        for number, (learner, module) in enumerate(jobs):
            queue.clock.now += 1
            one = Submission(id=f"{number:032}", learner=learner, track="t", module=module, module_version="1", attempt=number,
                             content_hash=str(number), size=1, received="2026-11-23T10:00:00Z", state="queued", receipt={})
            session.add(one)
            session.flush()
            queue.put(session, one)


def modules(queue: LeaseTable, count: int) -> str:
    return "".join(job.submission["module"] for job in queue.lease("w", count))


@pytest.mark.parametrize(("waiting", "order"), [
    ("aaab", "abaa"), ("aabbc", "abcab"), ("abab", "abab"), ("aaaabbbc", "abcababa"), ("cba", "cba"),
])
def test_courses_take_turns(queue, waiting, order):
    put(queue, [(f"learner{number}", module) for number, module in enumerate(waiting)])
    assert modules(queue, 50) == order


def test_a_course_with_much_running_lets_others_go_first(queue):
    put(queue, [(f"learner{number}", module) for number, module in enumerate("aaaaab")])
    assert modules(queue, 1) == "a"
    assert modules(queue, 2) == "ba"


def test_a_rush_of_a_thousand_keeps_order_and_does_not_hold_up_others(queue):
    put(queue, [(f"rush{number}", "a") for number in range(1000)] + [(f"late{number}", "b") for number in range(5)])
    assert queue.place(f"{1000:032}").position == 2
    given = []
    started = time.monotonic()
    while jobs := queue.lease("w", 50):
        given += [job.submission["id"] for job in jobs]
        with queue.records.write() as session:  # one transaction for the chunk: a verdict each is shown elsewhere
            session.execute(update(Job).where(Job.state == "leased").values(state="done", lease=None, until=None))
    assert time.monotonic() - started < 120
    assert len(given) == len(set(given)) == 1005
    assert [ident for ident in given if int(ident) < 1000] == [f"{number:032}" for number in range(1000)]
    assert all(given.index(f"{number:032}") < 10 for number in range(1000, 1005))


def test_places_and_the_expected_wait(queue):
    put(queue, [(f"l{number}", "a") for number in range(10)])
    assert (queue.place(f"{0:032}").position, queue.place(f"{9:032}").position, queue.place("x")) == (1, 10, None)
    assert queue.place(f"{9:032}").seconds is None
    for _ in range(4):
        (job,) = queue.lease("w")
        queue.clock.now += 30
        queue.finish(job.lease, job.submission["id"], "1", "1", VERDICT)
    place = queue.place(f"{9:032}")
    assert (place.position, place.seconds, queue.place(f"{0:032}")) == (6, 180.0, None)
    queue.clock.now += 1000
    assert queue.place(f"{9:032}").seconds is None


def test_kills_at_random_moments_lose_and_double_nothing(tmp_path):
    killed_at_random(tmp_path, kills=8, jobs=60)


def killed_at_random(tmp_path, kills: int, jobs: int) -> None:
    """Workers of the lease table die by kill -9 while they lease and finish; then one goes on to the end, in two minutes at most."""
    records = open_records(tmp_path / "records.sqlite")
    queue = LeaseTable(records, max_tries=1000)
    queue.clock = Clock()
    put(queue, [(f"l{number}", "ab"[number % 2]) for number in range(jobs)])
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nimport os, signal\n" + _forking()
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "records.sqlite"), str(random.random()), str(kills), str(jobs)],
                              stdout=subprocess.PIPE, text=True, cwd=ROOT)
    out, _ = parent.communicate(timeout=120)
    assert int(out.split()[-1]) >= 0.9 * kills
    with records.read() as session:
        total, submissions = session.execute(select(func.count(Verdict.id), func.count(Verdict.submission.distinct()))).one()
        states = set(session.scalars(select(Submission.state)))
    assert (total, submissions, states) == (jobs, jobs, {"graded"})
    assert queue.counts() == {"waiting": 0, "leased": 0, "done": jobs, "parked": 0}
    records.close()


def _forking() -> str:
    """A parent that has imported everything forks workers and kills each after a random moment: starting one costs nothing."""
    lines = WORKER.replace('print("ready", flush=True)\n', "").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("queue ="))
    body = "\n".join("    " + line for line in lines[start:])
    return "\n".join(lines[:start]) + f"""
import random, time
def work():
{body}
chance = random.Random(float(sys.argv[2]))
kills = 0
for _ in range(int(sys.argv[3])):
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    time.sleep(chance.uniform(0.0, 0.12))
    os.kill(child, {int(signal.SIGKILL)})
    _, status = os.waitpid(child, 0)
    kills += os.WIFSIGNALED(status)
queue = LeaseTable(open_records(sys.argv[1]), max_tries=1000)
end = time.monotonic() + 40
while time.monotonic() < end and queue.counts()["done"] < int(sys.argv[4]):
    for job in queue.lease("w", 50, 5):
        queue.finish(job.lease, job.submission["id"], "1", "1", VERDICT)
print(kills, flush=True)
"""
