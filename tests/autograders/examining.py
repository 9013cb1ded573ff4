"""Small runs for tests of the examiner: source text in, verdicts out, one pair of fork servers for the whole session."""
from __future__ import annotations

import ast
import atexit
import functools
import sys
from pathlib import Path

from autograders.examination import Cell, CellKind, Environment, Limits, Run, RunResult
from autograders.examiner import Examiner, open_examiner

# Small enough for bounded bombs, large enough for numpy and pandas.
SMALL = Limits(seconds=20.0, cell_seconds=4.0, memory_bytes=256 << 20, processes=16, file_bytes=8 << 20,
               output_bytes=1 << 16)


def environment() -> Environment:
    """The environment the tests themselves run in."""
    return Environment(Path(sys.executable))


def bound_names(source: str) -> tuple[str, ...]:
    """The names a solution binds at its top level."""
    names: list[str] = []
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names += [a.asname or a.name.partition(".")[0] for a in node.names]
        else:
            names += [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return tuple(dict.fromkeys(names))


def run_of(tests: str | list[str], submitted: str | None, record: str | None = None, given: str = "", points: float = 2.0,
           extra: str | None = None, seed: int = 1, **files) -> Run:
    """One solution cell (``record`` is the instructor's, the same as ``submitted`` unless given), then tests cells."""
    record = submitted if record is None else record
    cells = [Cell("given", CellKind.GIVEN, given, given)] if given else []
    cells.append(Cell("solution", CellKind.SOLUTION, record, submitted, names=bound_names(record)))
    if extra is not None:
        cells.append(Cell("extra", CellKind.EXTRA, "", extra))
    for number, source in enumerate([tests] if isinstance(tests, str) else tests, 1):
        cells.append(Cell(f"tests{number}", CellKind.TESTS, source, None, points))
    return Run(seed, tuple(cells), **files)


@functools.cache
def examiner() -> Examiner:
    """Open for as long as the tests run; its servers end with this process."""
    opened = open_examiner(environment(), workers=2)
    opened.__enter__()
    atexit.register(opened.close)
    return opened


def examine(*args, limits: Limits = SMALL, **kwargs) -> RunResult:
    return examiner().examine(run_of(*args, **kwargs), limits)
