"""Outcomes, pass rules and awards: the only nouns that both engines share.

An award is never stored as a fact by whoever asks for it. It is recomputed, here, from results that
come out of signed transcripts, so two programs that hold the same transcripts reach the same answer.

Rules
- A result that needs a person's review counts as no result.
- Of several results for one module the best share counts; of equal ones the earliest examined.
- A result counts only for the module version the rule names, or for any version if it names none.
- Shares are compared as exact fractions of the recorded points: 0.7 of 10 points is reached by 7.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Decision", "ModuleRequirement", "ModuleResult", "PassRule", "evaluate"]


def exact(number: float | int | str) -> Fraction:
    """The decimal a person wrote, as an exact fraction (0.1 means one tenth)."""
    return Fraction(str(number))


@dataclass(frozen=True, slots=True)
class ModuleResult:
    """What one signed transcript says about one module.

    ``score`` and ``max_score`` are points; ``examined`` is an RFC 3339 time in UTC; ``evidence`` is the
    ``sha256:`` digest of the transcript it was read from.
    """

    track: str
    module: str
    version: str
    score: float
    max_score: float
    needs_review: bool
    examined: str
    evidence: str

    @property
    def share(self) -> Fraction:
        """Points reached, as a fraction of the points there are; 0 for an assessment without points."""
        return exact(self.score) / exact(self.max_score) if self.max_score else Fraction(0)


@dataclass(frozen=True, slots=True)
class ModuleRequirement:
    """A module that must be passed: at least ``share`` (0 to 1) of its points."""

    module: str
    share: float
    version: str | None = None


@dataclass(frozen=True, slots=True)
class PassRule:
    """All of ``modules`` must be passed."""

    track: str
    modules: tuple[ModuleRequirement, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the award is earned, by which results, and what is missing (module ids)."""

    earned: bool
    used: tuple[ModuleResult, ...]
    missing: tuple[str, ...]


def evaluate(rule: PassRule, results: Iterable[ModuleResult]) -> Decision:
    """Apply ``rule`` to ``results``. A rule that names no module is never passed (fail closed)."""
    results = [r for r in results if r.track == rule.track and not r.needs_review]
    used, missing = [], []
    for need in rule.modules:
        found = [
            r for r in results
            if r.module == need.module and (need.version is None or r.version == need.version)
            and r.share >= exact(need.share) and r.share > 0
        ]
        if found:
            used.append(min(found, key=lambda r: (-r.share, r.examined)))
        else:
            missing.append(need.module)
    return Decision(bool(rule.modules) and not missing, tuple(used), tuple(missing))
