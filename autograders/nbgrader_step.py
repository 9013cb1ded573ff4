"""The place of our examiner in ``nbgrader autograde`` and ``nbgrader generate_feedback``: three preprocessors.

`Examine` stands where nbgrader's Execute stood. It runs the pipeline and writes an explicit result into every graded cell, so
that nbgrader's SaveAutoGrades, which fails open, can only read what was given. `Deduplicate` stands where DeduplicateIds stood
and remembers what it removed; `HideTests` goes before GetGrades and takes hidden tests out of what learners get. `OfflineHTML`
writes their pages.

Rules
- The record is the assignment's source notebook, with nbgrader's header and footer; the text and points of its tests and locked
  cells are those that ``nbgrader generate_assignment`` saved in the gradebook.
- The files of the assignment (not its notebooks) are in the working directory of L and T and on T's path. L has what the
  learner handed in besides, and instead of those that ``exclude_overwriting`` names: T never has.
- A graded cell that the record does not know gets 0.
- A failing examiner fails this one submission; nbgrader reports it and goes on with the next.
"""
from __future__ import annotations

import atexit
import re
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode, from_dict
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import read as read_source
from nbgrader.preprocessors import DeduplicateIds, IncludeHeaderFooter, NbGraderPreprocessor
from traitlets import Integer, Unicode

from autograders.assignment import Assignment, from_notebook
from autograders.batch import grade_bytes
from autograders.environment import learner_environment
from autograders.examination import Limits, Run, RunResult, Status
from autograders.executed import stamp, without_hidden_tests
from autograders.record import RecordError
from autograders.seeds import draw
from autograders.steps.feedback import SENTENCES

__all__ = ["Deduplicate", "Examine", "HideTests", "OfflineHTML"]

REMOVED = "academy_duplicates"
_ELSEWHERE = re.compile(r"""<script[^>]*\ssrc=["'](?:https?:)?//[^>]*>\s*</script>|<link[^>]*\shref=["'](?:https?:)?//[^>]*>""")


class Deduplicate(DeduplicateIds):
    """Removes the marks of duplicate cells, as nbgrader does, and notes their ids for `Examine`."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells
               if utils.is_grade(cell) or utils.is_solution(cell) or utils.is_locked(cell)]
        nb, resources = super().preprocess(nb, resources)
        for cell in nb.cells:
            if not cell.metadata.get("nbgrader", True):
                del cell.metadata["nbgrader"]  # nbgrader leaves an empty mark, takes it for an old format and stops the batch
        nb.metadata[REMOVED] = sorted({str(id) for id in ids if ids.count(id) > 1})
        return nb, resources


class HideTests(NbGraderPreprocessor):
    """Takes the hidden tests out of a scored notebook."""

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        if utils.is_grade(cell) and not utils.is_solution(cell):
            cell.source = without_hidden_tests(cell.source)
        return cell, resources


class OfflineHTML(HTMLExporter):
    """A page that loads nothing from other sites: formulas stay as they were written."""

    def from_notebook_node(self, nb: NotebookNode, *arguments: Any, **named: Any) -> tuple[str, Any]:
        page, resources = super().from_notebook_node(nb, *arguments, **named)
        return _ELSEWHERE.sub("", page), resources


class Examine(NbGraderPreprocessor):
    """Examines a submission instead of executing it in a kernel."""

    python = Unicode(sys.executable, help="The learner environment's interpreter.").tag(config=True)
    seeds = Integer(3, min=1, help="How often a submission is run, each time with another seed.").tag(config=True)
    seconds = Integer(120, min=1, help="Wall-clock seconds of one run.").tag(config=True)
    cell_seconds = Integer(60, min=1, help="Wall-clock seconds of one cell.").tag(config=True)
    memory_mib = Integer(2048, min=64, help="Memory of one run.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        where = resources["nbgrader"]
        assignment = _assignments.get(self, where)
        examiner = _WithFiles(_examiner.get(Path(self.python), assignment.preload), Path(resources["metadata"]["path"]))
        duplicates = set(nb.metadata.pop(REMOVED, []))
        submitted = from_dict(nb)
        submitted.cells = submitted.cells + [cell for cell in submitted.cells
                                             if cell.metadata.get("nbgrader", {}).get("grade_id") in duplicates]
        graded = grade_bytes(assignment, _json(submitted), examiner, draw(assignment.declared_seed, self.seeds - 1),
                             id=f"{where['assignment']}/{where['notebook']}", learner=str(where["student"]))
        if graded.error:
            self.log.warning("%s: %s", where["student"], graded.error)
        self._stamp(nb, graded.feedback)
        nb.metadata["academy"] = {"score": graded.feedback["score"], "needs_review": graded.needs_review,
                                  "note": graded.feedback["note"]}
        return nb, resources

    def _stamp(self, nb: NotebookNode, feedback: Mapping[str, Any]) -> None:
        told = {task["grade_id"]: task for task in feedback["tasks"]}
        for cell in nb.cells:
            if cell.cell_type != "code":
                continue
            cell.outputs, cell.execution_count = [], None
            if utils.is_grade(cell) and not utils.is_solution(cell):
                task = told.get(cell.metadata.nbgrader["grade_id"], {
                    "score": 0, "status": Status.NOT_RUN.value, "messages": [SENTENCES[Status.NOT_RUN]]})
                stamp(cell, task)
                cell.outputs = [from_dict(output) for output in cell.outputs]


class _Assignments:
    """The assignment last asked for, kept open: a batch is one assignment's notebooks in turn."""

    def __init__(self) -> None:
        self._open: dict[Any, tuple[ExitStack, Assignment]] = {}

    def get(self, step: Examine, where: Mapping[str, Any]) -> Assignment:
        course = CourseDirectory(parent=step)
        folder = Path(course.format_path(course.source_directory, ".", where["assignment"]))
        source = folder / f"{where['notebook']}.ipynb"
        try:
            key = (source, source.stat().st_mtime_ns, where["db_url"], step.seconds, step.cell_seconds, step.memory_mib)
        except OSError as error:
            raise RecordError(f"the instructor's notebook {source} cannot be read: submissions are examined against it") from error
        if key not in self._open:
            if len(self._open) >= 8:
                self.close()
            stack = ExitStack()
            limits = Limits(float(step.seconds), float(step.cell_seconds), step.memory_mib << 20)
            self._open[key] = stack, stack.enter_context(from_notebook(
                _record_notebook(step, source, where), name=where["notebook"], track=where["assignment"], files=folder, limits=limits))
        return self._open[key][1]

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1][0].close()


def _record_notebook(step: Preprocessor, source: Path, where: Mapping[str, Any]) -> NotebookNode:
    """The source notebook as it was released: with header and footer, and the tests that the gradebook holds."""
    with source.open(encoding="utf-8") as file:
        notebook = read_source(file, as_version=4)
    notebook, _ = IncludeHeaderFooter(parent=step).preprocess(notebook, {})
    with Gradebook(where["db_url"]) as gradebook:
        saved = gradebook.find_notebook(where["notebook"], where["assignment"])
        texts = {cell.name: cell.source for cell in saved.source_cells}
        points = {cell.name: cell.max_score for cell in [*saved.grade_cells, *saved.task_cells]}
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("grade_id") in texts and not utils.is_solution(cell):
            cell.source = texts[marks["grade_id"]]
        if marks.get("grade_id") in points:
            marks["points"] = points[marks["grade_id"]]
    return notebook


class _WithFiles:
    """The examiner, with the files that one learner handed in (nbgrader has put the assignment's over them)."""

    def __init__(self, examiner: Any, folder: Path) -> None:
        self._examiner, self._folder = examiner, folder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._examiner, name)

    def examine(self, run: Run, limits: Limits) -> RunResult:
        return self._examiner.examine(replace(run, learner_files=self._folder), limits)


class _Examiner:
    """One examiner a process, opened when first needed and replaced when another environment is asked for."""

    def __init__(self) -> None:
        self._stack, self._key, self._examiner = ExitStack(), None, None

    def get(self, python: Path, preload: tuple[str, ...]) -> Any:
        from autograders.examiner import open_examiner

        if self._key != (python, preload):
            self.close()
            self._examiner = self._stack.enter_context(open_examiner(learner_environment(python, preload)))
            self._key = python, preload
        return self._examiner

    def close(self) -> None:
        self._key = None
        self._stack.close()


def _json(notebook: NotebookNode) -> bytes:
    import json

    return json.dumps(notebook).encode()


_assignments, _examiner = _Assignments(), _Examiner()
atexit.register(_assignments.close)
atexit.register(_examiner.close)
