"""What nbgrader's marks mean, and how a release is made from an instructor's notebook.

Rules (those of nbgrader 0.9, without its machinery)
- A solution cell's ``### BEGIN SOLUTION`` … ``### END SOLUTION`` regions become a stub at the region's own
  indent; a solution cell without a region becomes the stub altogether. ``### BEGIN HIDDEN TESTS`` and
  ``### BEGIN MARK SCHEME`` regions vanish.
- A delimiter is a line of its own. Regions do not nest, do not overlap and must be closed: anything else is an error
  that names the cell, never a guess. No delimiter is left behind.
- Outputs, execution counts and attachments of code vanish; every marked cell gets nbgrader's checksum of what the learner gets.
"""
from __future__ import annotations

import copy
import hashlib
import re

from nbformat import NotebookNode

from .errors import NotebookError

__all__ = ["checksum", "is_graded", "is_solution", "mark", "release", "solutions", "strip"]

STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
TEXT_STUB = "YOUR ANSWER HERE"
SOLUTION, HIDDEN, SCHEME = "SOLUTION", "HIDDEN TESTS", "MARK SCHEME"
DELIMITER = re.compile(rf"(?P<indent>[ \t]*)### (?P<edge>BEGIN|END) (?P<region>{SOLUTION}|{HIDDEN}|{SCHEME})[ \t]*")
LOOKS_LIKE = re.compile(r"###\s*(BEGIN|END)\s+(SOLUTION|HIDDEN|MARK)", re.IGNORECASE)


def mark(cell: NotebookNode) -> dict:
    """The cell's nbgrader mark; empty for an ordinary cell."""
    return cell.metadata.get("nbgrader", {})


def is_solution(cell: NotebookNode) -> bool:
    return bool(mark(cell).get("solution"))


def is_graded(cell: NotebookNode) -> bool:
    return bool(mark(cell).get("grade"))


def solutions(notebook: NotebookNode) -> dict[str, str]:
    """The sources of the solution cells by grade_id; of an instructor's notebook without the delimiter lines."""
    return {mark(cell)["grade_id"]: _without_delimiters(cell.source) for cell in notebook.cells if is_solution(cell)}


def strip(source: str, cell_id: str, *, text: bool = False) -> tuple[str, bool]:
    """``source`` without its regions, and whether a solution region was among them."""
    lines, open_region, stubbed = [], None, False
    for line in source.splitlines():
        found = DELIMITER.fullmatch(line)
        if not found:
            if LOOKS_LIKE.search(line):
                raise NotebookError(f"cell {cell_id!r}: {line.strip()!r} is not a delimiter; write it alone on its line, as '### BEGIN SOLUTION'")
            if open_region is None:
                lines.append(line)
            continue
        edge, region = found["edge"], found["region"]
        if edge == "BEGIN":
            if open_region is not None:
                raise NotebookError(f"cell {cell_id!r}: BEGIN {region} inside {open_region}; close that region first")
            open_region = region
            if region == SOLUTION:
                stubbed = True
                lines += [found["indent"] + part for part in ((TEXT_STUB,) if text else STUB)]
        elif open_region != region:
            raise NotebookError(f"cell {cell_id!r}: END {region} without its BEGIN; add the missing line")
        else:
            open_region = None
    if open_region is not None:
        raise NotebookError(f"cell {cell_id!r}: BEGIN {open_region} is never closed; add '### END {open_region}'")
    return "\n".join(lines).rstrip(), stubbed


def release(instructor: NotebookNode) -> NotebookNode:
    """What a learner gets: a copy without solutions, hidden tests, mark schemes and outputs, locked and checksummed."""
    result = copy.deepcopy(instructor)
    for cell in result.cells:
        name = mark(cell).get("grade_id", cell.get("id", "?"))
        text = cell.cell_type != "code"
        cell.source, stubbed = strip(cell.source, name, text=text)
        if is_solution(cell) and not stubbed:
            cell.source = TEXT_STUB if text else "\n".join(STUB)
        elif stubbed and not is_solution(cell):
            raise NotebookError(f"cell {name!r}: a solution region in a cell that is not marked as a solution; mark it")
        if not text:
            cell.outputs, cell.execution_count = [], None
        if mark(cell):
            cell.metadata["deletable"] = False
            if not is_solution(cell) and (is_graded(cell) or mark(cell).get("locked")):
                cell.metadata["editable"] = False
            cell.metadata["nbgrader"] |= {"checksum": checksum(cell), "cell_type": cell.cell_type}
    return result


def checksum(cell: NotebookNode) -> str:
    """nbgrader's own fingerprint of a marked cell: it tells an untouched answer from an attempted one, no more."""
    marks = mark(cell)
    graded, solution = bool(marks.get("grade")), bool(marks.get("solution"))
    locked = not solution and (graded or bool(marks.get("locked")))
    parts = [cell.source, cell.cell_type, str(graded), str(solution), str(locked), marks["grade_id"]]
    if graded:
        parts.append(str(float(marks["points"])))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def _without_delimiters(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not DELIMITER.fullmatch(line))
