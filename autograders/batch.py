"""Many submissions to one assignment: read, graded on a few workers, reported in the order they were named.

Rules
- One submission cannot stop the batch: what is wrong with it is its line's ``error``, its score 0, and a person looks.
- Order and content of the lines do not depend on the number of workers.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograders.assignment import Assignment
from autograders.pipeline import Graded, grade
from autograders.seeds import Seeds
from autograders.steps.examine import ExaminerLike
from autograders.steps.score import refuse
from autograders.submission import SubmissionError, read_file
from autograders.transcript import content_hash, now, plain

__all__ = ["Line", "grade_bytes", "grade_files"]


@dataclass(frozen=True, slots=True)
class Line:
    """One submission's result. ``failed`` is set if it could not be examined (our fault, not the learner's)."""

    submission: str
    graded: Graded | None
    document: dict[str, Any]
    failed: bool = False


def grade_bytes(assignment: Assignment, data: bytes, examiner: ExaminerLike, seeds: Seeds, *, id: str, learner: str = "",
                attempt: int = 1, received: str | None = None) -> Graded:
    """Grade one submission of ``assignment``."""
    return grade(
        assignment.source, data, examiner=examiner, seeds=seeds, record=assignment.record, assessment=assignment.assessment,
        submission_meta={"id": id, "content_hash": content_hash(data), "received": received or now(), "learner": learner,
                         "attempt": attempt},
        limits=assignment.limits, titles=assignment.titles, released=assignment.released,
        instructor_files=assignment.instructor_files, shared_files=assignment.shared_files)


def grade_files(assignment: Assignment, paths: Iterable[Path], examiner: ExaminerLike, seeds: Callable[[], Seeds],
                workers: int = 1) -> Iterator[Line]:
    """Grade the files ``paths``; ``seeds`` gives each submission its seeds."""
    def one(path: Path) -> Line:
        try:
            data = read_file(path)
        except SubmissionError as error:
            return _refused(assignment, path, str(error), failed=False)
        try:
            graded = grade_bytes(assignment, data, examiner, seeds(), id=str(path))
        except Exception as error:
            return _refused(assignment, path, f"it could not be examined ({error.__class__.__name__}: {error})", failed=True)
        return Line(str(path), graded, _document(path, graded.scored, graded.needs_review, graded.error, graded.transcript))

    with ThreadPoolExecutor(max(1, workers)) as pool:
        waiting: list[Future[Line]] = []
        for path in paths:
            waiting.append(pool.submit(one, path))
            if len(waiting) > 2 * workers:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()


def _refused(assignment: Assignment, path: Path, reason: str, failed: bool) -> Line:
    return Line(str(path), None, _document(path, refuse(assignment.record), True, reason, None), failed)


def _document(path: Path, scored, needs_review: bool, error: str | None, transcript: dict | None) -> dict[str, Any]:
    return {
        "submission": str(path), "score": plain(scored.score), "max_score": plain(scored.max_score),
        "tasks": {task.grade_id: {"score": plain(task.score), "max_score": plain(task.max_score),
                                  "reason": "needs_review" if task.manual and task.needs_review else task.status.value}
                  for task in scored.tasks},
        "needs_review": needs_review, "error": error, "transcript": transcript,
    }
