"""The grading queue: a seam of five methods and its embedded form, a lease table in the records.

Rules
- `put` joins the caller's transaction: a submission and its place in the queue come to be together.
- A lease is a secret token for one job until a time; `heartbeat` moves that time. A job whose lease ran out is
  given out again (execution is at least once), at most ``max_tries`` times; then it is parked for a person.
- `release` gives a job back at once, with the reason; it is given out again after a pause that grows with each try
  (``BACK_OFF``), so a service that is away does not use the tries up in a moment. What is parked, `retry` puts back.
- `finish` records exactly one verdict a (submission, assessment version, examiner version): a second one changes nothing.
- Order is fair: a learner's second waiting job comes after everyone's first, then by time of arrival.
"""
from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from autograders.receipt import rfc3339
from autograders.records import Job, Records, Submission, Verdict
from autograders.refusal import Refusal

__all__ = ["BACK_OFF", "LeaseTable", "Leased", "Parked", "Queue"]

BACK_OFF = (5.0, 30.0, 120.0, 600.0)  # seconds before the second, third, … try of a job that was given back


@dataclass(frozen=True, slots=True)
class Leased:
    """One job given out: the submission's document and the token that stands for the lease."""

    submission: dict
    lease: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A job that waits for a person."""

    submission: dict
    tries: int
    reason: str | None


class Queue(Protocol):
    def put(self, session: Session, submission: Submission) -> None: ...
    def lease(self, worker: str, limit: int = 1, seconds: float = 60.0) -> list[Leased]: ...
    def heartbeat(self, lease: str, seconds: float = 60.0) -> None: ...
    def release(self, lease: str, reason: str) -> bool: ...
    def finish(self, lease: str, submission: str, assessment_version: str, examiner_version: str, verdict: dict) -> bool: ...


class LeaseTable:
    """The queue in the table ``jobs``. ``clock`` gives seconds since 1970."""

    def __init__(self, records: Records, *, max_tries: int = 5, clock: Callable[[], float] = time.time) -> None:
        self.records, self.max_tries, self.clock = records, max_tries, clock

    def put(self, session: Session, submission: Submission) -> None:
        if session.get(Job, submission.id) is None:
            session.add(Job(submission=submission.id, learner=submission.learner, state="waiting", enqueued=self.clock(), tries=0))

    def lease(self, worker: str, limit: int = 1, seconds: float = 60.0) -> list[Leased]:
        """Up to ``limit`` jobs for ``worker``, each leased for ``seconds``."""
        now, given = self.clock(), []
        with self.records.write() as session:
            self._return_lost(session, now)
            for job in session.scalars(self._fair_order(now).limit(max(0, min(limit, 100)))):
                submission = session.get_one(Submission, job.submission)
                job.state, job.lease, job.worker = "leased", secrets.token_hex(16), worker[:255]
                job.until, job.tries = now + seconds, job.tries + 1
                submission.state = "grading"
                given.append(Leased(submission.document(), job.lease))
        return given

    def heartbeat(self, lease: str, seconds: float = 60.0) -> None:
        """The worker still has the job. Refuses a lease that was given to another or is finished."""
        with self.records.write() as session:
            self._held(session, lease).until = self.clock() + seconds

    def release(self, lease: str, reason: str) -> bool:
        """Give the job back: it could not be examined now. False: it has had its tries and is parked for a person."""
        with self.records.write() as session:
            job = self._held(session, lease)
            job.reason = reason[:300]
            return self._again(session, job, self.clock() + BACK_OFF[min(job.tries, len(BACK_OFF)) - 1])

    def finish(self, lease: str, submission: str, assessment_version: str, examiner_version: str, verdict: dict) -> bool:
        """Record the verdict and end the job. False: that verdict was recorded before and stands as it was."""
        with self.records.write() as session:
            known = session.scalar(select(Verdict.id).where(
                Verdict.submission == submission, Verdict.assessment_version == assessment_version,
                Verdict.examiner_version == examiner_version))
            job = session.scalar(select(Job).where(Job.lease == lease)) if lease else None
            if known is not None:
                if job is not None and job.submission == submission:
                    job.state, job.lease, job.until = "done", None, None
                return False
            job = self._held(session, lease)
            if job.submission != submission:
                raise Refusal("lease-of-another", "this lease is for another submission", status=409)
            feedback, transcript = verdict.get("feedback", verdict), str(verdict.get("transcript_hash", ""))
            score, top = float(feedback["score"]), float(feedback["max_score"])
            if not 0 <= score <= top:
                raise Refusal("bad-verdict", "a score lies between 0 and the points there are")
            review = bool(feedback.get("needs_review"))
            session.add(Verdict(
                submission=submission, assessment_version=assessment_version, examiner_version=examiner_version,
                score=score, max_score=top, needs_review=review, transcript_hash=transcript, feedback=feedback,
                recorded=rfc3339(datetime.fromtimestamp(self.clock(), timezone.utc))))
            session.get_one(Submission, submission).state = "needs_review" if review else "graded"
            job.state, job.lease, job.until = "done", None, None
        return True

    def counts(self) -> dict[str, int]:
        """How many jobs are waiting, leased, done and parked."""
        with self.records.read() as session:
            found = dict(session.execute(select(Job.state, func.count()).group_by(Job.state)).tuples().all())
        return {state: found.get(state, 0) for state in ("waiting", "leased", "done", "parked")}

    def parked(self, limit: int = 50) -> list[Parked]:
        """What waits for a person, the oldest first."""
        with self.records.read() as session:
            found = session.execute(select(Job, Submission).join(Submission, Submission.id == Job.submission)
                                    .where(Job.state == "parked").order_by(Job.enqueued).limit(limit)).all()
        return [Parked(submission.document(), job.tries, job.reason) for job, submission in found]

    def retry(self) -> int:
        """Put everything that is parked back into the queue, with all its tries; how many there were."""
        with self.records.write() as session:
            jobs = session.scalars(select(Job).where(Job.state == "parked")).all()
            for job in jobs:
                job.state, job.tries, job.until, job.reason = "waiting", 0, None, None
                session.get_one(Submission, job.submission).state = "queued"
        return len(jobs)

    def _again(self, session: Session, job: Job, after: float | None) -> bool:
        spent = job.tries >= self.max_tries
        job.state, job.lease, job.until = ("parked" if spent else "waiting"), None, (None if spent else after)
        session.get_one(Submission, job.submission).state = "needs_review" if spent else "queued"
        return not spent

    def _held(self, session: Session, lease: str) -> Job:
        job = session.scalar(select(Job).where(Job.lease == lease, Job.state == "leased")) if lease else None
        if job is None:
            raise Refusal("lease-lost", "this lease has ended or was given to another worker", "lease the next job", 409)
        return job

    def _return_lost(self, session: Session, now: float) -> None:
        for job in session.scalars(select(Job).where(Job.state == "leased", Job.until < now)):
            job.reason = "the examination did not come to an end: its worker died or was cut off"
            self._again(session, job, None)
        session.flush()

    @staticmethod
    def _fair_order(now: float):
        ready = (Job.state == "waiting") & (Job.until.is_(None) | (Job.until <= now))
        running = (select(Job.learner, func.count().label("count")).where(Job.state == "leased")
                   .group_by(Job.learner).subquery())
        turn = (select(Job.submission, (func.row_number().over(partition_by=Job.learner, order_by=Job.enqueued)).label("turn"))
                .where(ready).subquery())
        return (select(Job).join(turn, turn.c.submission == Job.submission)
                .outerjoin(running, running.c.learner == Job.learner).where(ready)
                .order_by(turn.c.turn + func.coalesce(running.c.count, 0), Job.enqueued, Job.submission))
