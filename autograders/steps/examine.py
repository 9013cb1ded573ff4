"""Examine: hand each run to the examiner and take what comes back.

Rules
- The runs happen in order. When a run leaves no task with a point, later runs can only confirm it: they are not made, so
  an endless loop costs its time once.
- An examiner that raises has not examined: that is the caller's error (no verdict, the job stays), never a score.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from autograders.examination import Limits, Run, RunResult
from autograders.identity import identity
from autograders.record import Record
from autograders.steps.score import score

__all__ = ["ExaminerLike", "describe", "examine"]


class ExaminerLike(Protocol):
    """What the pipeline needs of an examiner: `autograders.examiner`, or a simulator in tests."""

    def examine(self, run: Run, limits: Limits = ...) -> RunResult: ...


def examine(record: Record, runs: Sequence[Run], examiner: ExaminerLike, limits: Limits) -> tuple[RunResult, ...]:
    results: list[RunResult] = []
    for run in runs:
        results.append(examiner.examine(run, limits))
        if score(record, results, lambda cell: False).score == 0:
            break
    return tuple(results)


def describe(examiner: ExaminerLike, results: Sequence[RunResult]) -> dict[str, Any]:
    """The transcript's word on the examiner; ``isolation`` lists the protections that every run had."""
    common = set(results[0].isolation) if results else set()
    for result in results[1:]:
        common &= set(result.isolation)
    facts = identity(examiner)
    return {"version": str(facts["version"]), "environment": str(facts["environment"]), "python": str(facts["python"]),
            "cpu": str(facts["cpu"]), "isolation": sorted(common), "certifying": bool(facts["certifying"]) and bool(results)}
