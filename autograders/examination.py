"""What is to be examined and what came of it: the plain data between the pipeline and the examiner.

The pipeline builds a `Run` (one seed) from the instructor's record and the learner's solution cells.
The examiner executes it, learner code in L and tests in T, and answers with a `RunResult`.

Invariants
- ``record`` is always the instructor's text; ``submitted`` is what L executes (None: L never sees the cell).
- A tests cell has ``submitted is None``. T executes ``record`` of the given and tests cells, in order.
- Every tests cell with points has a verdict in the result, whatever happened: `Status.NOT_RUN`, score 0, if
  nothing provably ran. A score lies between 0 and the cell's points.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

__all__ = ["CERTIFYING", "Cell", "CellKind", "CellVerdict", "Environment", "Limits", "Run", "RunResult", "Status"]


# What must have been in force for a verdict to carry a certificate, besides one of the two kinds of control groups:
# rlimits alone bound a process, not a job.
CERTIFYING = frozenset({
    "user-namespace", "mount-namespace", "pid-namespace", "network-namespace", "ipc-namespace", "read-only-root",
    "no-new-privileges", "no-capabilities", "seccomp", "not-dumpable",
})


class CellKind(StrEnum):
    GIVEN = "given"        # the instructor's code: record runs in T; submitted (or record if locked) runs in L
    SOLUTION = "solution"  # the learner's answer: submitted runs in L; the record's bound names cross to T
    TESTS = "tests"        # runs in T only
    EXTRA = "extra"        # a cell the learner added: runs in L only


@dataclass(frozen=True, slots=True)
class Cell:
    """One code cell. ``id`` is its grade_id or cell id; ``names`` are the names the record's solution binds."""

    id: str
    kind: CellKind
    record: str
    submitted: str | None
    points: float = 0.0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One execution from the first cell to the last, with the parameters of one seed already injected."""

    seed: int
    cells: tuple[Cell, ...]
    instructor_files: Path | None = None  # read-only in T, on its sys.path: helper modules and data of the tests
    shared_files: Path | None = None      # read-only in L and T, the working directory's initial content: data files
    learner_files: Path | None = None     # the same for L alone, instead: what the learner handed in; never in T


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run. Seconds are wall clock; bytes count all processes of the run."""

    seconds: float = 120.0
    cell_seconds: float = 60.0
    memory_bytes: int = 2 << 30
    processes: int = 64
    file_bytes: int = 64 << 20
    output_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Environment:
    """The learner environment a run happens in: its interpreter, what is bound read-only, what is preloaded."""

    python: Path
    read_only: tuple[Path, ...] = ()
    preload: tuple[str, ...] = ()


class Status(StrEnum):
    PASSED = "passed"
    PARTIAL = "partial"      # the cell's last expression gave a part of the points
    FAILED = "failed"        # an assertion failed or an exception was raised in the test
    ERROR = "error"          # the learner's code raised, or what it gave could not cross
    TIMEOUT = "timeout"
    MEMORY = "memory"
    DIED = "died"            # L or T ended before the verdict
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class CellVerdict:
    """The verdict on one tests cell. ``line`` (1-based, in ``record``) is where it failed, if that is known:
    feedback is chosen from the instructor's own text at that line, never from anything L or T wrote."""

    id: str
    status: Status
    score: float
    max_score: float
    line: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RunResult:
    """Verdicts of one run, in the order of its cells. ``ended`` says how the run ended as a whole
    (PASSED: to the last cell). ``isolation`` lists the protections that were in force."""

    seed: int
    verdicts: tuple[CellVerdict, ...]
    ended: Status
    seconds: float
    isolation: tuple[str, ...] = field(default=())

    @property
    def certifying(self) -> bool:
        """Whether the protections in force were enough for a certificate."""
        return CERTIFYING <= set(self.isolation) and bool({"cgroup-v1", "cgroup-v2"} & set(self.isolation))

    @property
    def score(self) -> float:
        return sum(v.score for v in self.verdicts)
