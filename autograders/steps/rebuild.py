"""Rebuild: the notebook that is examined, from the instructor's record and the learner's solution cells alone.

Rules
- The record gives the cells, their order, points and tests. Of the submission only texts are taken: of solution cells by
  grade_id, of unlocked given cells (learners edit them) by grade_id, nbformat id, equal text or place, in this order.
- Submitted tests, locked cells, parameters and injected parameters are never read.
- Every other submitted code cell is an extra one: it runs in L only, after the cell that it follows in the submission.
- A grade_id of the record that occurs twice in the submission is ambiguous: the submission is rejected.
- A solution cell that is missing is reported and runs as an empty cell. A given cell that is missing is the record's.
- The learner's code never becomes a tests cell, whatever marks it carries.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from autograders.examination import Cell, CellKind
from autograders.record import Record, RecordCell
from autograders.submission import Submission, SubmittedCell

__all__ = ["Rebuilt", "rebuild"]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """``cells`` run in this order. ``answers`` are the submitted texts of the cells a person scores, by grade_id;
    ``missing`` the grade_ids of solution cells that are not there; ``duplicates`` those that are there twice."""

    cells: tuple[Cell, ...]
    answers: dict[str, str]
    missing: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()

    @property
    def problem(self) -> str | None:
        """What the learner must know about the structure of the submission, if anything."""
        if self.duplicates:
            ids = ", ".join(repr(id) for id in self.duplicates)
            return f"the submission holds more than one cell with the id {ids}: delete the copies and submit again"
        if self.missing:
            ids = ", ".join(repr(id) for id in self.missing)
            return f"the submission lacks the answer cell {ids}: fetch the assessment again, copy your answers over and submit"
        return None


def rebuild(record: Record, submission: Submission) -> Rebuilt:
    """Bring ``submission`` into the order and with the tests of ``record``."""
    known = record.ids
    count = Counter(cell.grade_id for cell in submission.cells if cell.grade_id in known)
    duplicates = tuple(sorted(id for id, times in count.items() if times > 1))
    submitted = {cell.grade_id: cell for cell in submission.cells if cell.grade_id in known}
    solutions = [cell for cell in record.cells if cell.kind is CellKind.SOLUTION]
    missing = tuple(cell.id for cell in solutions if cell.id not in submitted)
    restored = tuple(cell.id for cell in record.cells
                     if cell.named and cell.kind is not CellKind.SOLUTION and cell.id not in submitted)
    answers = {cell.id: submitted[cell.id].source for cell in record.cells if cell.manual and cell.id in submitted}
    if duplicates:
        return Rebuilt(tuple(_cell(cell, None) for cell in record.cells if cell.code and cell.kind is CellKind.TESTS),
                       answers, missing, restored, duplicates)
    code = [cell for cell in record.cells if cell.code]
    placed, extras = _align(code, [c for c in submission.cells if c.code or c.grade_id in known], known)
    texts = {code[place].id: cell.source for place, cell in placed.items()}
    texts |= {cell.id: submitted[cell.id].source for cell in solutions if cell.id in submitted}  # also if made Markdown
    cells: list[Cell] = []
    waiting = list(extras.get(-1, ()))
    for place, cell in enumerate(code):
        if waiting and (place in placed or cell.kind is not CellKind.GIVEN):
            cells += waiting
            waiting = []
        cells.append(_cell(cell, texts.get(cell.id)))
        waiting += extras.get(place, ())
    return Rebuilt(tuple(cells + waiting), answers, missing, restored)


def _cell(cell: RecordCell, text: str | None) -> Cell:
    """``cell`` with the learner's ``text``, where a learner's text has a say."""
    if cell.kind is CellKind.TESTS:
        return Cell(cell.id, cell.kind, cell.source, None, cell.points)
    if cell.kind is CellKind.SOLUTION:
        return Cell(cell.id, cell.kind, cell.source, text or "", names=cell.names)
    kept = cell.locked or cell.parameters or text is None
    return Cell(cell.id, cell.kind, cell.source, cell.source if kept else text)


def _align(code: list[RecordCell], submitted: list[SubmittedCell], known: dict[str, RecordCell],
           ) -> tuple[dict[int, SubmittedCell], dict[int, list[Cell]]]:
    """Which submitted cell stands for which record cell (by place), and the extra cells after each place (-1: first)."""
    by_id = {cell.id: place for place, cell in enumerate(code) if cell.named}
    by_key = {cell.key: place for place, cell in enumerate(code) if cell.key and not cell.named}
    placed: dict[int, SubmittedCell] = {}
    gaps: list[tuple[int, list[SubmittedCell]]] = [(-1, [])]
    for cell in submitted:
        place = by_id.get(cell.grade_id) if cell.grade_id in known else by_key.get(cell.key) if cell.key else None
        if place is not None and place not in placed:
            placed[place] = cell
            gaps.append((place, []))
        elif cell.code and cell.grade_id not in known and "injected-parameters" not in cell.tags:
            gaps[-1][1].append(cell)
    extras: dict[int, list[Cell]] = {}
    number = 0
    for anchor, cells in gaps:
        free = []
        for place in range(anchor + 1, len(code)):
            if place in placed:
                break
            if code[place].kind is CellKind.GIVEN and not code[place].named:
                free.append(place)
        for place, cell in _pair(free, code, cells):
            placed[place] = cell
        taken = {id(cell) for cell in placed.values()}
        after = anchor
        for cell in cells:
            if id(cell) in taken:
                after = next(place for place, other in placed.items() if other is cell)
            elif cell.source.strip():
                number += 1
                extras.setdefault(after, []).append(Cell(f"extra-{number}", CellKind.EXTRA, "", cell.source))
    return placed, extras


def _pair(free: list[int], code: list[RecordCell], cells: list[SubmittedCell]) -> list[tuple[int, SubmittedCell]]:
    """Given cells without an id, within one gap: equal texts in order, then the rest in order if they are as many."""
    pairs: list[tuple[int, SubmittedCell]] = []
    start = 0
    for place in free:
        for index in range(start, len(cells)):
            if cells[index].source.strip() == code[place].source.strip():
                pairs.append((place, cells[index]))
                start = index + 1
                break
    if not pairs and len(free) == len(cells):
        return list(zip(free, cells, strict=True))
    return pairs
