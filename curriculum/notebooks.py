"""Text sources to notebooks: the lesson (MyST Markdown) and the assessment (py:percent), and what is made of them.

Rules
- A notebook is a pure function of its source: the same text gives the same bytes. Cell ids are the grade_id, or the
  position; no outputs; the kernel is the track's family.
- Every mutant and alternative is a complete submission: the release with all of the instructor's answers, one of
  them exchanged. Nothing else differs, so what a check says is said about that one answer.
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from . import marking
from .errors import NotebookError, did_you_mean
from .marking import release, solutions
from .model import Module

__all__ = [
    "Variant", "alternatives", "instructor_notebook", "lesson_notebook", "mutants", "notebook_bytes",
    "release", "release_notebook", "solutions", "with_solutions",
]

HEADER = re.compile(r"# (?P<key>[a-z_]+): (?P<value>.+)")
MARK_KEYS = {"grade", "grade_id", "locked", "points", "schema_version", "solution", "task"}


@dataclass(frozen=True, slots=True)
class Variant:
    """A wrong (mutant) or another right (alternative) answer. ``task`` is the grade_id of the tests cell it is
    about: the only one a mutant must fail. ``source`` stands in the solution cell ``answers``."""

    name: str
    task: str
    answers: str
    why: str
    source: str
    submission: NotebookNode


def instructor_notebook(module: Module) -> NotebookNode:
    """The assessment with solutions and hidden tests: the record that grading is done against."""
    notebook = _read(module.assessment, "py:percent", module)
    for cell in notebook.cells:
        marks = marking.mark(cell)
        if marks and (unknown := set(marks) - MARK_KEYS):
            name = sorted(unknown)[0]
            raise NotebookError(f"{module.assessment}: cell {marks.get('grade_id')!r}: unknown nbgrader key {name!r}; {did_you_mean(name, MARK_KEYS)}")
        if marks and cell.cell_type == "code":
            cell.metadata["deletable"] = False
    return notebook


def release_notebook(module: Module) -> NotebookNode:
    """The assessment as learners get it."""
    return release(instructor_notebook(module))


def lesson_notebook(module: Module) -> NotebookNode:
    """The lesson."""
    return _read(module.lesson, "md:myst", module)


def with_solutions(instructor: NotebookNode, answers: Mapping[str, str]) -> NotebookNode:
    """A submission: the release of ``instructor`` with the solution cells in ``answers`` filled in, the others blank."""
    submission = release(instructor)
    cells = {marking.mark(cell)["grade_id"]: cell for cell in submission.cells if marking.is_solution(cell)}
    for grade_id, source in answers.items():
        if grade_id not in cells:
            raise NotebookError(f"no solution cell {grade_id!r}; {did_you_mean(grade_id, cells)}")
        cells[grade_id].source = source
    return submission


def mutants(module: Module) -> list[Variant]:
    """The wrong answers in ``mutants/``, each of which must fail its task and no other."""
    return _variants(module, "mutants", "fails")


def alternatives(module: Module) -> list[Variant]:
    """The other right answers in ``alternatives/``, each of which must get full marks."""
    return _variants(module, "alternatives", "solves")


def notebook_bytes(notebook: NotebookNode) -> bytes:
    """The notebook as a file, always the same for the same notebook."""
    return nbformat.writes(notebook, version=4).encode() + b"\n"


def _read(path: Path, form: str, module: Module) -> NotebookNode:
    try:
        notebook = jupytext.reads(path.read_text(encoding="utf-8"), form)
    except FileNotFoundError:
        raise NotebookError(f"{path}: there is no such file; a module has a lesson.md and an assessment.py") from None
    except Exception as error:  # jupytext raises whatever its parsers raise
        raise NotebookError(f"{path}: cannot be read as {form} ({error}); correct the text") from error
    notebook.metadata = nbformat.from_dict({
        "kernelspec": {"name": module.family, "display_name": f"Python ({module.family})", "language": "python"},
        "language_info": {"name": "python"},
        "academy": {"track": module.track, "module": module.id, "version": module.version},
    })
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    used: set[str] = set()
    for index, cell in enumerate(notebook.cells):
        cell.metadata.pop("lines_to_next_cell", None)
        cell.id = re.sub(r"[^A-Za-z0-9_-]", "-", str(marking.mark(cell).get("grade_id") or f"cell-{index + 1:02d}"))[:64]
        if cell.id in used:
            raise NotebookError(f"{path}: two cells are named {cell.id!r}; rename one grade_id")
        used.add(cell.id)
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise NotebookError(f"{path}: not a valid notebook ({error.message}); correct the cell") from None
    return notebook


def _variants(module: Module, folder: str, verb: str) -> list[Variant]:
    directory = module.path / folder
    if not directory.is_dir():
        return []
    instructor = instructor_notebook(module)
    given = solutions(instructor)
    by_task = {task.grade_id: task for task in module.tasks}
    found = []
    for path in sorted(directory.glob("*.py")):
        header, source = _split(path, {verb, "why"})
        if header[verb] not in by_task:
            raise NotebookError(f"{path}: no task {header[verb]!r}; {did_you_mean(header[verb], by_task)}")
        task = by_task[header[verb]]
        submission = with_solutions(instructor, given | {task.answers: source})
        found.append(Variant(path.stem, task.grade_id, task.answers, header["why"], source, submission))
    return found


def _split(path: Path, keys: set[str]) -> tuple[dict[str, str], str]:
    """The ``# key: value`` lines on top of a variant, and the code below them."""
    lines = path.read_text(encoding="utf-8").splitlines()
    header: dict[str, str] = {}
    while lines and (found := HEADER.fullmatch(lines[0])):
        if found["key"] not in keys:
            raise NotebookError(f"{path}: unknown key {found['key']!r}; {did_you_mean(found['key'], keys)}")
        header[found["key"]] = found["value"].strip()
        lines.pop(0)
    if missing := keys - set(header):
        raise NotebookError(f"{path}: begin the file with a line '# {sorted(missing)[0]}: …'")
    return header, "\n".join(lines).strip() + "\n"
