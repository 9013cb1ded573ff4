"""The nouns of the curriculum: Track > Module > Task, and the outcomes they show.

Invariants
- A module's id is the name of its folder (``01_differential_privacy``), a track's id the name of its folder.
- Modules of a track are ordered by id. Adding a folder adds a module; no other file changes.
- The points of a task are those of its tests cell in the assessment: they are written nowhere else.
- The pass rule of a track lists every module it has, each with the share of its points that passes.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .outcomes import PassRule

__all__ = ["Alignment", "Limits", "Module", "Outcome", "Task", "Track"]


@dataclass(frozen=True, slots=True)
class Alignment:
    """A link to somebody else's framework. ``confirmed`` is False until a subject specialist agreed."""

    framework: str
    code: str
    name: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a learner can do afterwards: "``verb`` ``text``". ``competency`` is C1 to C10."""

    code: str
    verb: str
    text: str
    competency: str

    @property
    def sentence(self) -> str:
        return f"{self.verb} {self.text}"


@dataclass(frozen=True, slots=True)
class Task:
    """One graded task. ``grade_id`` is that of the tests cell that scores it; ``answers`` the solution cell's."""

    grade_id: str
    title: str
    points: float
    outcome: str
    answers: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take: wall-clock seconds and MiB of memory, of the lesson and of the assessment."""

    lesson_seconds: int = 60
    lesson_mib: int = 1024
    assessment_seconds: int = 30
    assessment_mib: int = 2048


@dataclass(frozen=True, slots=True)
class Module:
    """One folder: lesson.md, assessment.py, checks.py, mutants/, alternatives/, i18n/."""

    id: str
    track: str
    title: str
    summary: str
    version: str
    hours: float
    minutes: int                      # of reading the lesson
    family: str                       # the kernel's name
    outcomes: tuple[Outcome, ...]
    tasks: tuple[Task, ...]
    preload: tuple[str, ...]          # modules the fork server imports before a run
    limits: Limits
    pass_share: float
    path: Path
    prerequisites: tuple[str, ...] = ()
    alignments: tuple[Alignment, ...] = ()
    data_licence: str = ""
    text_licence: str = "CC-BY-4.0"

    @property
    def max_score(self) -> float:
        return sum(task.points for task in self.tasks)

    @property
    def lesson(self) -> Path:
        return self.path / "lesson.md"

    @property
    def assessment(self) -> Path:
        return self.path / "assessment.py"

    def outcome(self, code: str) -> Outcome:
        return next(outcome for outcome in self.outcomes if outcome.code == code)


@dataclass(frozen=True, slots=True)
class Track:
    """A course that ends with one award."""

    id: str
    title: str
    summary: str
    version: str
    family: str
    level: str                        # aware, practitioner or expert
    competencies: tuple[str, ...]
    assessment: str                   # "public": anybody can read the solutions; "private": nobody outside
    modules: tuple[Module, ...]
    pass_rule: PassRule
    path: Path
    prerequisites: tuple[str, ...] = ()
    alignments: tuple[Alignment, ...] = ()
    language: str = "en"

    @property
    def hours(self) -> float:
        return sum(module.hours for module in self.modules)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(outcome for module in self.modules for outcome in module.outcomes)
