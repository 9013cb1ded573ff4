"""The label of an assessment: what was tried, what came of it, and what that says with 95 % confidence (`bounds`).

| figure | it is | release refuses |
|---|---|---|
| kill rate | generated wrong answers that lose points, of those nobody has judged to be equivalent | below ``KILL_RATE`` |
| false pass | wrong answers of every kind with full marks at three seeds | an upper limit above ``FALSE_PASS`` |
| false fail | verdicts on right answers that take points away | any, or an upper limit above ``FALSE_FAIL`` |

The limits would be exact for answers drawn at random. These were made on purpose: they are a measure of the tests, not of
learners.
"""
from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from autograders.trust.bounds import limits

__all__ = ["FALSE_FAIL", "FALSE_PASS", "KILL_RATE", "Label", "Rate", "Wrong"]

KILL_RATE = 0.90
FALSE_PASS = 0.15    # upper confidence limit
FALSE_FAIL = 0.20


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong answer to ``task`` and what came of it: ``how`` is the status that ended it, ``line`` the check that found it."""

    task: str
    kind: str
    name: str
    what: str
    killed: bool
    how: str
    line: int | None = None
    equivalent: str = ""    # why a person says that nobody could notice


@dataclass(frozen=True, slots=True)
class Rate:
    hits: int
    trials: int

    @property
    def share(self) -> float:
        return self.hits / self.trials if self.trials else 0.0

    @property
    def limits(self) -> tuple[float, float]:
        return limits(self.hits, self.trials)

    def __str__(self) -> str:
        low, high = self.limits
        return f"{self.hits} of {self.trials} ({100 * self.share:.1f} %, 95 % limits {100 * low:.1f} to {100 * high:.1f} %)"


@dataclass(frozen=True, slots=True)
class Label:
    wrong: tuple[Wrong, ...]
    right: Rate                      # hits: verdicts that took points from a right answer
    seconds: float                   # the longest run of the instructor's answers
    memory_mib: int | None           # the smallest limit tried under which they pass
    idle: tuple[tuple[str, int, str], ...] = ()   # assertions that no wrong answer failed first: task, line, text
    stale: tuple[str, ...] = ()      # judgements of changes that are not made any more

    @property
    def counted(self) -> tuple[Wrong, ...]:
        return tuple(one for one in self.wrong if not one.equivalent)

    @property
    def survivors(self) -> tuple[Wrong, ...]:
        return tuple(one for one in self.counted if not one.killed)

    def kill_rate(self, task: str | None = None) -> Rate:
        made = [one for one in self.counted if one.kind == "generated" and task in (None, one.task)]
        return Rate(sum(one.killed for one in made), len(made))

    @property
    def false_pass(self) -> Rate:
        return Rate(len(self.survivors), len(self.counted))

    def document(self) -> dict[str, Any]:
        return {"kill_rate": _rate(self.kill_rate()), "false_pass": _rate(self.false_pass), "false_fail": _rate(self.right),
                "seconds": round(self.seconds, 2), "memory_mib": self.memory_mib, "wrong": [asdict(one) for one in self.wrong],
                "idle": [list(one) for one in self.idle], "stale": list(self.stale)}


def _rate(rate: Rate) -> dict[str, Any]:
    return {"hits": rate.hits, "trials": rate.trials, "share": round(rate.share, 4), "limits": [round(x, 4) for x in rate.limits]}
