"""Score: from the verdicts of all runs to one score a task, fail closed.

Rules
- A task's score is the minimum over its runs; its status and failing line are those of the first worst run.
- A verdict counts only if there is exactly one for the task in the run: none or several are 0, not run.
- A score lies between 0 and the points of the record; PASSED and PARTIAL carry it, any other status is 0.
- What did not run because the run was ended (time, memory, death) has the reason the run ended with.
- What a person scores has no automatic points and needs review, unless nothing was answered.
- Needs review: an unanswered question of the kind above; a death or a verdict missing without a cause; time or memory
  exceeded in some runs and not in others (the machine, not the learner, may be the reason).
"""
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autograders.examination import CellVerdict, RunResult, Status
from autograders.record import Record, RecordCell

__all__ = ["Scored", "TaskRun", "TaskScore", "refuse", "score"]

_LIMITS = (Status.TIMEOUT, Status.MEMORY)
_UNPROVEN = (Status.DIED, Status.NOT_RUN)


@dataclass(frozen=True, slots=True)
class TaskRun:
    status: Status
    score: float
    line: int | None = None


@dataclass(frozen=True, slots=True)
class TaskScore:
    """The result of one task. ``line`` is where the record's test failed in the worst run."""

    grade_id: str
    score: float
    max_score: float
    status: Status
    runs: tuple[TaskRun, ...] = ()
    line: int | None = None
    manual: bool = False
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class Scored:
    tasks: tuple[TaskScore, ...]

    @property
    def score(self) -> float:
        return round(math.fsum(task.score for task in self.tasks), 6)

    @property
    def max_score(self) -> float:
        return round(math.fsum(task.max_score for task in self.tasks), 6)

    @property
    def needs_review(self) -> bool:
        return any(task.needs_review for task in self.tasks)


def score(record: Record, results: Sequence[RunResult], answered: Callable[[RecordCell], bool]) -> Scored:
    """Score every task of ``record``. ``answered`` says whether a cell that a person scores holds an answer."""
    return Scored(tuple(_manual(cell, answered(cell)) if cell.manual else _automatic(cell, results) for cell in record.tasks))


def refuse(record: Record) -> Scored:
    """Nothing ran: 0 for every task."""
    return Scored(tuple(
        TaskScore(cell.id, 0.0, cell.points, Status.NOT_RUN, manual=cell.manual, needs_review=True) for cell in record.tasks))


def _manual(cell: RecordCell, answered: bool) -> TaskScore:
    return TaskScore(cell.id, 0.0, cell.points, Status.NOT_RUN, manual=True, needs_review=answered and cell.points > 0)


def _automatic(cell: RecordCell, results: Sequence[RunResult]) -> TaskScore:
    runs = tuple(_run(cell, result) for result in results)
    if not runs:
        return TaskScore(cell.id, 0.0, cell.points, Status.NOT_RUN, needs_review=True)
    worst = min(runs, key=lambda run: (run.score, run.status is Status.PASSED))
    limited = sum(run.status in _LIMITS for run in runs)
    review = any(run.status in _UNPROVEN for run in runs) or 0 < limited < len(runs)
    return TaskScore(cell.id, worst.score, cell.points, worst.status, runs, worst.line, needs_review=review)


def _run(cell: RecordCell, result: RunResult) -> TaskRun:
    found = [verdict for verdict in result.verdicts if verdict.id == cell.id]
    verdict = found[0] if len(found) == 1 else CellVerdict(cell.id, Status.NOT_RUN, 0.0, cell.points)
    status = verdict.status
    if status is Status.NOT_RUN and result.ended in (*_LIMITS, Status.DIED):
        status = result.ended
    if status not in (Status.PASSED, Status.PARTIAL):
        return TaskRun(status, 0.0, verdict.line)
    points = verdict.score if isinstance(verdict.score, (int, float)) and math.isfinite(verdict.score) else 0.0
    return TaskRun(status, min(max(float(points), 0.0), cell.points), verdict.line)
