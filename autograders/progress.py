"""How far a learner is: one state a module, from what the records hold. Only for showing; an award is decided elsewhere.

States: not_started · in_progress (fetched) · submitted (waiting) · grading · review (a person has to look) ·
graded (passed) · returned (marked, not yet passed) · certified (a credential of this track has been received).
The score is the best one so far; the state is that of the newest submission, but what was once passed stays passed.
"""
from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from autograders.records import Credential, Progress, Submission, Verdict
from curriculum.model import Module, Track
from curriculum.outcomes import ModuleRequirement, ModuleResult, PassRule, evaluate

__all__ = ["ModuleProgress", "State", "TrackProgress", "track_progress"]


class State(StrEnum):
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    GRADING = "grading"
    REVIEW = "review"
    GRADED = "graded"
    RETURNED = "returned"
    CERTIFIED = "certified"


WAITING = {"queued": State.SUBMITTED, "grading": State.GRADING, "needs_review": State.REVIEW}


@dataclass(frozen=True, slots=True)
class ModuleProgress:
    module: Module
    state: State
    passed: bool
    score: float | None          # the best recorded one
    max_score: float
    newest: Submission | None
    attempts: int
    lesson_opened: bool
    waiting: bool                # something of this module is in the queue or with a person


@dataclass(frozen=True, slots=True)
class TrackProgress:
    track: Track
    modules: tuple[ModuleProgress, ...]
    credential: Credential | None  # a revoked one is none
    earned: bool                 # by the records; the signer decides from signed transcripts

    @property
    def passed(self) -> int:
        return sum(module.passed for module in self.modules)

    @property
    def remaining(self) -> tuple[ModuleProgress, ...]:
        return tuple(module for module in self.modules if not module.passed)

    @property
    def started(self) -> bool:
        return any(m.state is not State.NOT_STARTED or m.lesson_opened for m in self.modules)

    @property
    def next(self) -> ModuleProgress | None:
        """Where Continue leads: the first module that is not passed and not waiting for its verdict, else the first not passed."""
        return next((m for m in self.remaining if not m.waiting), next(iter(self.remaining), None))


def track_progress(session: Session, track: Track, learner: str) -> TrackProgress:
    """Everything the course page shows about ``track``."""
    submissions = session.scalars(select(Submission).where(Submission.learner == learner, Submission.track == track.id)
                                  .order_by(Submission.received, Submission.attempt)).all()
    verdicts: dict[str, Verdict] = {}
    for verdict in session.scalars(select(Verdict).join(Submission).where(
            Submission.learner == learner, Submission.track == track.id).order_by(Verdict.id)):
        verdicts[verdict.submission] = verdict
    opened = {(p.module, p.kind) for p in session.scalars(select(Progress).where(Progress.learner == learner, Progress.track == track.id))}
    credential = session.get(Credential, f"{track.id}/{learner}")
    if credential is not None and credential.state == "revoked":
        credential = None
    results = [ModuleResult(track.id, s.module, v.assessment_version, v.score, v.max_score, v.needs_review, v.recorded, v.transcript_hash)
               for s in submissions if (v := verdicts.get(s.id))]
    needs = {need.module: need for need in track.pass_rule.modules}
    modules = []
    for module in track.modules:
        own = [s for s in submissions if s.module == module.id]
        scores = [r for r in results if r.module == module.id and not r.needs_review]
        best = max((r.score for r in scores), default=None)
        need = needs.get(module.id, ModuleRequirement(module.id, 1.0))
        passed = evaluate(PassRule(track.id, (need,)), results).earned
        modules.append(ModuleProgress(
            module, _state(own, passed, opened, module.id, credential), passed, best,
            max((r.max_score for r in scores), default=module.max_score), own[-1] if own else None, len(own),
            (module.id, "lesson") in opened, any(s.state in WAITING for s in own)))
    return TrackProgress(track, tuple(modules), credential, evaluate(track.pass_rule, results).earned)


def _state(own: list[Submission], passed: bool, opened: set, module: str, credential: Credential | None) -> State:
    if passed and credential is not None:
        return State.CERTIFIED
    if own and own[-1].state in WAITING:
        return WAITING[own[-1].state]
    if passed:
        return State.GRADED
    if own:
        return State.RETURNED
    return State.IN_PROGRESS if {(module, "assessment"), (module, "lesson")} & opened else State.NOT_STARTED
