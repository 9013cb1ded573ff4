"""The instructor's record: the one authority on an assessment's cells, points and tests.

Every nbgrader source notebook can be a record. Its meaning is nbgrader's own (schema 1 to 3; `Marks` is held to
`nbgrader.utils` by a test):

| marks | the code cell is | |
|---|---|---|
| solution, not grade | solution | the learner's; runs in L |
| solution and grade | solution, scored by a person | the learner's; runs in L |
| grade, not solution | tests | runs in T only; autograded |
| locked | given, locked | the record's text runs in L and T |
| none | given | the record's text runs in T, the learner's version in L |

Markdown cells with points, and nbgrader's task cells, are scored by a person. ``### BEGIN ...`` and ``### END ...`` lines
are comments here: a record's cells run whole.
"""
from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograders.examination import CellKind
from autograders.steps.names import RecordSyntaxError, bound_names

__all__ = ["Marks", "Record", "RecordCell", "RecordError", "cell_source"]


class RecordError(ValueError):
    """The instructor's notebook cannot be used; the message says which cell and what to do."""


def cell_source(cell: Mapping[str, Any]) -> str:
    """A cell's text (nbformat allows a list of lines); lone surrogates, which no UTF-8 file can hold, become ``?``."""
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        return ""
    return source.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Marks:
    """nbgrader's marks on one cell."""

    grade_id: str | None
    grade: bool
    solution: bool
    task: bool
    locked: bool
    points: float

    @classmethod
    def of(cls, cell: Mapping[str, Any]) -> Marks:
        metadata = cell.get("metadata")
        marks = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
        if not isinstance(marks, Mapping):
            return cls(None, False, False, False, False, 0.0)
        grade_id = marks.get("grade_id")
        grade, solution, task = (marks.get(key) is True for key in ("grade", "solution", "task"))
        locked = not solution and (grade or marks.get("locked") is True)
        try:
            points = float(marks.get("points") or 0.0)
        except (TypeError, ValueError):
            points = math.nan
        return cls(grade_id if isinstance(grade_id, str) and grade_id else None, grade, solution, task, locked, points)


@dataclass(frozen=True, slots=True)
class RecordCell:
    """One cell of the record that runs or is scored. ``index`` is its place in the notebook, ``key`` its nbformat id."""

    id: str
    index: int
    kind: CellKind
    code: bool
    source: str
    points: float = 0.0
    names: tuple[str, ...] = ()
    locked: bool = False
    manual: bool = False
    parameters: bool = False
    named: bool = True
    key: str | None = None

    @property
    def scored(self) -> bool:
        """Whether points hang on it: by tests or by a person."""
        return self.kind is CellKind.TESTS or self.manual


@dataclass(frozen=True, slots=True)
class Record:
    """An assessment as its instructor wrote it."""

    cells: tuple[RecordCell, ...]
    source_hash: str
    kernelspec: str

    @property
    def tasks(self) -> tuple[RecordCell, ...]:
        """What is scored, in order."""
        return tuple(cell for cell in self.cells if cell.scored)

    @property
    def ids(self) -> dict[str, RecordCell]:
        """The cells that carry a grade_id."""
        return {cell.id: cell for cell in self.cells if cell.named}

    @property
    def max_score(self) -> float:
        return math.fsum(cell.points for cell in self.tasks)

    @classmethod
    def of(cls, notebook: Mapping[str, Any]) -> Record:
        """Read an instructor's notebook (nbformat 4). Raises RecordError."""
        cells = notebook.get("cells")
        if not isinstance(cells, list):
            raise RecordError("the source is not an nbformat 4 notebook; open it in Jupyter and save it again")
        metadata = notebook.get("metadata") if isinstance(notebook.get("metadata"), Mapping) else {}
        kernelspec = metadata.get("kernelspec") if isinstance(metadata.get("kernelspec"), Mapping) else {}
        language = kernelspec.get("language") or (metadata.get("language_info") or {}).get("name") or "python"
        if str(language).lower() not in ("python", "ipython"):
            raise RecordError(f"the source's language is {language!r}; only Python notebooks can be examined")
        read = [found for index, cell in enumerate(cells) if (found := _read(index, cell)) is not None]
        seen: set[str] = set()
        for cell in read:
            if cell.id in seen:
                raise RecordError(f"the source holds the cell id {cell.id!r} more than once; give each cell its own grade_id")
            seen.add(cell.id)
        return cls(tuple(read), _hash(read), str(kernelspec.get("name", "python3")))


def _read(index: int, cell: Mapping[str, Any]) -> RecordCell | None:
    marks, source, code = Marks.of(cell), cell_source(cell), cell.get("cell_type") == "code"
    scored_by_person = marks.task or (marks.grade and (marks.solution or not code))
    if not code and not scored_by_person and not marks.solution:
        return None
    if (marks.grade or marks.solution or marks.task) and marks.grade_id is None:
        raise RecordError(f"cell {index + 1} has nbgrader marks but no grade_id; set one in the instructor's toolbar")
    if not (math.isfinite(marks.points) and marks.points >= 0):
        raise RecordError(f"the points of cell {marks.grade_id!r} are not a number from 0; correct them")
    tags = cell.get("metadata", {}).get("tags", ())
    kind = (CellKind.SOLUTION if marks.solution else CellKind.TESTS if marks.grade and code else CellKind.GIVEN)
    names: tuple[str, ...] = ()
    if code and kind is CellKind.SOLUTION:
        try:
            names = bound_names(source)
        except RecordSyntaxError as error:
            raise RecordError(f"the solution cell {marks.grade_id!r} is {error}; correct the source") from error
    key = cell.get("id") if isinstance(cell.get("id"), str) else None
    named = marks.grade_id is not None
    return RecordCell(
        id=marks.grade_id if named else f"cell-{index + 1}", index=index, kind=kind, code=code, source=source,
        points=marks.points if scored_by_person or kind is CellKind.TESTS else 0.0, names=names, locked=marks.locked,
        manual=scored_by_person, parameters="parameters" in tags, named=named, key=key)


def _hash(cells: list[RecordCell]) -> str:
    """The identity of an assessment: ids, kinds, points and texts of its cells, in order."""
    rows = [[cell.id, cell.kind.value, repr(float(cell.points)), cell.locked, cell.manual, cell.source] for cell in cells]
    return "sha256:" + hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
