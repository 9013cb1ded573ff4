"""From a submission to its transcript, scored notebook and feedback: a visible list of small steps.

`grade` walks `STEPS` over one `Work`. Each step reads what earlier steps filled in and fills in its own field; nothing goes
back. A submission that cannot be read or rebuilt skips the examination and scores 0 with the reason, for a person to see;
a failing examiner raises, because nothing was examined.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograders import executed, transcript
from autograders.examination import Limits, Run, RunResult
from autograders.record import Record, RecordCell
from autograders.seeds import Seeds
from autograders.steps import examine as examining
from autograders.steps import feedback as informing
from autograders.steps import parameterise as parameters
from autograders.steps import rebuild as rebuilding
from autograders.steps import score as scoring
from autograders.submission import Submission, SubmissionError, read_bytes

__all__ = ["STEPS", "Graded", "Work", "grade"]


@dataclass(slots=True)
class Work:
    """One submission on its way. The first group is given, the second is filled in by the steps."""

    record: Record
    source: Mapping[str, Any]
    submitted: bytes | Mapping[str, Any]
    examiner: examining.ExaminerLike
    seeds: Seeds
    meta: Mapping[str, Any]
    assessment: Mapping[str, Any]
    limits: Limits = field(default_factory=Limits)
    titles: Mapping[str, str] = field(default_factory=dict)
    released: Mapping[str, str] = field(default_factory=dict)
    instructor_files: Path | None = None
    shared_files: Path | None = None

    submission: Submission | None = None
    error: str | None = None
    rebuilt: rebuilding.Rebuilt | None = None
    runs: tuple[Run, ...] = ()
    results: tuple[RunResult, ...] = ()
    scored: scoring.Scored | None = None
    transcript: dict[str, Any] | None = None
    feedback: dict[str, Any] | None = None
    notebook: dict[str, Any] | None = None

    @property
    def needs_review(self) -> bool:
        return self.error is not None or self.scored.needs_review


@dataclass(frozen=True, slots=True)
class Graded:
    """What comes out: the transcript's body (to be signed), the scored notebook (nbformat 4) and the learner's feedback."""

    transcript: dict[str, Any]
    notebook: dict[str, Any]
    feedback: dict[str, Any]
    scored: scoring.Scored
    results: tuple[RunResult, ...]

    @property
    def score(self) -> float:
        return self.scored.score

    @property
    def max_score(self) -> float:
        return self.scored.max_score

    @property
    def needs_review(self) -> bool:
        return self.transcript["needs_review"]

    @property
    def error(self) -> str | None:
        return self.transcript["error"]


def read(work: Work) -> None:
    """The submission's bytes, within bounds."""
    try:
        work.submission = read_bytes(work.submitted) if isinstance(work.submitted, bytes) else Submission.of(work.submitted)
    except SubmissionError as error:
        work.error = str(error)


def rebuild(work: Work) -> None:
    """The instructor's record and only the learner's solution cells."""
    if work.submission is not None:
        work.rebuilt = rebuilding.rebuild(work.record, work.submission)
        work.error = work.rebuilt.problem


def parameterise(work: Work) -> None:
    """One run a seed; none for a submission that is rejected."""
    if work.rebuilt is not None and not work.rebuilt.duplicates:
        work.runs = parameters.runs(work.record, work.rebuilt.cells, work.seeds.values, work.instructor_files, work.shared_files)


def examine(work: Work) -> None:
    """Learner code in L, tests in T."""
    work.results = examining.examine(work.record, work.runs, work.examiner, work.limits)


def score(work: Work) -> None:
    """The minimum over the runs, fail closed."""
    if work.results:
        work.scored = scoring.score(work.record, work.results, lambda cell: _answered(work, cell))
    else:
        work.scored = scoring.refuse(work.record)


def transcribe(work: Work) -> None:
    """What was run and what came of it."""
    work.transcript = transcript.body(
        submission=work.meta, assessment={**work.assessment, "source_hash": work.record.source_hash},
        examiner=examining.describe(work.examiner, work.results),
        seeds=work.seeds.commitments[:max(len(work.results), 1)],
        tasks=[{"grade_id": task.grade_id, "score": transcript.plain(task.score), "max_score": transcript.plain(task.max_score),
                "reason": task.status.value,
                "runs": [{"status": run.status.value, "score": transcript.plain(run.score)} for run in task.runs]}
               for task in work.scored.tasks],
        score=work.scored.score, max_score=work.scored.max_score, needs_review=work.needs_review, error=work.error,
        examined=transcript.now())


def inform(work: Work) -> None:
    """The learner's feedback, from the instructor's static texts."""
    work.feedback = informing.feedback(work.record, work.scored, work.titles, work.error)
    work.feedback["needs_review"] = work.needs_review


def annotate(work: Work) -> None:
    """The scored notebook, with an explicit result in every graded cell."""
    work.notebook = executed.notebook(work.source, work.submission, work.record, work.scored, work.feedback)


STEPS: tuple[Callable[[Work], None], ...] = (read, rebuild, parameterise, examine, score, transcribe, inform, annotate)


def grade(source: Mapping[str, Any] | Record, submission: bytes | Mapping[str, Any], *, examiner: examining.ExaminerLike,
          seeds: Seeds, submission_meta: Mapping[str, Any], assessment: Mapping[str, Any], limits: Limits | None = None,
          titles: Mapping[str, str] | None = None, released: Mapping[str, str] | None = None,
          instructor_files: Path | None = None, shared_files: Path | None = None, record: Record | None = None) -> Graded:
    """Grade one submission against the instructor's notebook ``source``.

    ``submission_meta`` has id, content_hash, received, learner, attempt; ``assessment`` has track, module, version.
    ``released`` are the texts that learners got, by grade_id: an answer for a person that equals its own is no answer.
    ``record`` spares reading ``source`` again in a batch. Raises RecordError, and whatever the examiner raises.
    """
    work = Work(record or Record.of(source), source, submission, examiner, seeds, submission_meta, assessment,
                limits or Limits(), titles or {}, released or {}, instructor_files, shared_files)
    for step in STEPS:
        step(work)
    return Graded(work.transcript, work.notebook, work.feedback, work.scored, work.results)


def _answered(work: Work, cell: RecordCell) -> bool:
    """Whether a person has something to score: nbgrader's task cells always (the answer is in other cells)."""
    if cell.kind.value != "solution":
        return True
    text = work.rebuilt.answers.get(cell.id, "").strip()
    return bool(text) and text != work.released.get(cell.id, "").strip()
