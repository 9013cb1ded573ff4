"""A second examination of the same submission: does it say the same? Where it does not, a person decides.

Rules
- The identity of an examination covers what was examined (hashes, version of the assessment), the seeds' commitments, and
  each task's statuses and scores; never a float that a test computed, the time, the machine or the id of the transcript.
- At the same seeds the identities are equal, or something outside the submission decided: needs a person.
- At other seeds the statuses and scores of the tasks are equal, or chance decided: needs a person.
- Transcripts of different submissions or assessments, or by different examiner versions, are not compared at all.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograders.transcript import digest

__all__ = ["Comparison", "RegradeError", "compare", "identity"]


class RegradeError(ValueError):
    """Two transcripts that say nothing about each other; the message says why."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``differing``: the tasks whose outcome differs. ``same_seeds``: whether chance can be the reason at all."""

    same_seeds: bool
    differing: tuple[str, ...]

    @property
    def needs_person(self) -> bool:
        return bool(self.differing)


def identity(transcript: Mapping[str, Any]) -> str:
    """The digest of what an examination of the same thing must reach again."""
    return digest({
        "content_hash": transcript["submission"]["content_hash"], "assessment": transcript["assessment"],
        "version": transcript["examiner"]["version"], "environment": transcript["examiner"]["environment"],
        "seeds": transcript["seeds"], "tasks": transcript["tasks"], "score": transcript["score"], "error": transcript["error"]})


def compare(first: Mapping[str, Any], second: Mapping[str, Any]) -> Comparison:
    """Compare two transcript bodies. Raises RegradeError."""
    for part, name in (("submission", "content_hash"), ("assessment", "source_hash"), ("examiner", "version"),
                       ("examiner", "environment")):
        if first[part][name] != second[part][name]:
            raise RegradeError(f"the transcripts differ in {part} {name}: grade both with the same and compare again")
    outcomes = [{task["grade_id"]: (task["score"], task["max_score"], task["reason"]) for task in body["tasks"]}
                for body in (first, second)]
    differing = tuple(sorted(id for id in outcomes[0].keys() | outcomes[1].keys() if outcomes[0].get(id) != outcomes[1].get(id)))
    return Comparison(list(first["seeds"]) == list(second["seeds"]), differing)
