"""papermill's engine ``academy``: runs a parameterised notebook in the examiner's sandbox instead of a kernel.

``papermill --engine academy IN OUT -p SEED 7``: every code cell runs as a learner's would, isolated and without a network. The
output notebook says how the run ended; cells' outputs stay inside, as everything a learner's code writes does. Tests cells
(nbgrader marks) run apart from it and get their explicit result.

Options (``engine_kwargs``): ``python``, the learner environment's interpreter; ``seconds``, of the whole run.
"""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from nbformat import from_dict
from papermill.engines import Engine
from papermill.exceptions import PapermillExecutionError

from autograders.examination import Limits, Status
from autograders.executed import stamp
from autograders.record import Marks, Record
from autograders.steps.feedback import feedback
from autograders.steps.parameterise import runs
from autograders.steps.rebuild import rebuild
from autograders.steps.score import score
from autograders.submission import Submission

__all__ = ["AcademyEngine"]


class AcademyEngine(Engine):
    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, log_output: bool = False, python: str | None = None,
                                 seconds: float = 120.0, **ignored: Any) -> None:
        """Examine ``nb_man.nb`` against itself. Raises PapermillExecutionError if the run did not come to its end."""
        from autograders.environment import learner_environment
        from autograders.examiner import open_examiner

        notebook = nb_man.nb
        record = Record.of(notebook)
        (run,) = runs(record, rebuild(record, Submission.of(notebook)).cells, [0])
        injected = [cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", ())]
        run = _with_parameters(run, record, injected[0].source if injected else None)
        for cell in notebook.cells:
            nb_man.cell_start(cell)
        with open_examiner(learner_environment(Path(python or sys.executable))) as examiner:
            result = examiner.examine(run, Limits(seconds=seconds))
        told = {task["grade_id"]: task for task in feedback(record, score(record, [result], lambda cell: True), {}, None)["tasks"]}
        for cell in notebook.cells:
            task = told.get(Marks.of(cell).grade_id)
            if cell.cell_type == "code" and task is not None:
                stamp(cell, task)
                cell.outputs = [from_dict(output) for output in cell.outputs]
            nb_man.cell_complete(cell)
        if result.ended is not Status.PASSED:
            raise PapermillExecutionError(cell_index=0, exec_count=0, source="", ename=result.ended.value,
                                          evalue="the run did not come to its end", traceback=[])


def _with_parameters(run: Any, record: Record, text: str | None) -> Any:
    """papermill's own injected cell in place of ours, so that every parameter it was given holds."""
    from dataclasses import replace

    from autograders.steps.parameterise import INJECTED

    if text is None:
        return replace(run, cells=tuple(cell for cell in run.cells if cell.id != INJECTED))
    return replace(run, cells=tuple(
        replace(cell, record=text, submitted=text) if cell.id == INJECTED else cell for cell in run.cells))
