"""Parameterise: one `Run` for each seed, by papermill's rule.

Rules
- A cell ``injected-parameters`` with ``SEED = n`` runs after the record's first cell tagged ``parameters``, in L and in T alike.
- An assessment without such a cell gets no SEED: its runs differ by the examiner's seeding of the random generators.
- The learner's own parameters cell counts for nothing. A cell that the learner added and that binds SEED is followed by the
  run's parameters once more: what is given afterwards is made from the run's seed, in L as in T.
"""
from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograders.examination import Cell, CellKind, Run
from autograders.record import Record
from autograders.steps.names import RecordSyntaxError, bound_names, parse

__all__ = ["INJECTED", "NAME", "declared_seed", "runs"]

INJECTED = "injected-parameters"
NAME = "SEED"


def declared_seed(record: Record) -> int | None:
    """The value that the record's own parameters cell gives SEED, if it is a plain number."""
    for cell in record.cells:
        if cell.parameters and cell.code:
            try:
                tree = parse(cell.source)
            except RecordSyntaxError:
                return None
            for statement in tree.body:
                if (isinstance(statement, ast.Assign) and any(isinstance(t, ast.Name) and t.id == NAME for t in statement.targets)
                        and isinstance(statement.value, ast.Constant) and type(statement.value.value) is int):
                    return statement.value.value
    return None


def runs(record: Record, cells: Sequence[Cell], seeds: Iterable[int], instructor_files: Path | None = None,
         shared_files: Path | None = None) -> tuple[Run, ...]:
    """A run of ``cells`` for each of ``seeds``."""
    tagged = next((cell.id for cell in record.cells if cell.parameters and cell.code), None)
    place = next((index for index, cell in enumerate(cells) if cell.id == tagged), None)
    made = []
    for seed in seeds:
        parameterised = list(cells)
        if place is not None:
            source = _source(seed)
            parameterised = list(cells[:place + 1]) + [Cell(INJECTED, CellKind.GIVEN, source, source)]
            for cell in cells[place + 1:]:
                parameterised.append(cell)
                if _rebinds(cell):
                    parameterised.append(Cell(f"{INJECTED}-after-{cell.id}", CellKind.GIVEN, source, source))
        made.append(Run(seed, tuple(parameterised), instructor_files, shared_files))
    return tuple(made)


def _rebinds(cell: Cell) -> bool:
    if cell.kind is not CellKind.EXTRA or NAME not in cell.submitted:
        return False
    try:
        return NAME in bound_names(cell.submitted)
    except RecordSyntaxError:
        return False


def _source(seed: int) -> str:
    """The text of the injected cell, as `curriculum.parameters.inject` writes it."""
    from nbformat import v4

    from curriculum.parameters import inject

    return inject(v4.new_notebook(), {NAME: seed}).cells[0].source
