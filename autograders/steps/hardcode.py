"""The wrong answer that every check must find: an answer that was right for one seed only.

`hard_coded` writes a solution cell that recomputes the instructor's answer under a fixed seed, whatever SEED the notebook has,
and makes every function a constant: it returns for ever what it returned first. That is what a learner hands in who has
copied the outputs of one run. A class is bound as it is: nothing is learnt about a task that is answered by classes only.
"""
from __future__ import annotations

from autograders.examination import CellKind
from autograders.record import Record
from autograders.steps.names import python_text
from autograders.steps.parameterise import NAME

__all__ = ["hard_coded"]

_TEMPLATE = """\
def _frozen_answer():
    import functools, inspect
    space = {{"__name__": "__main__"}}
    for source in {sources!r}:
        exec(compile(source, "<frozen>", "exec"), space)
    def constant(function):
        answers = []
        @functools.wraps(function)
        def same(*arguments, **named):
            if not answers:
                answers.append(function(*arguments, **named))
            return answers[0]
        return same
    return {{name: constant(space[name]) if inspect.isfunction(space[name]) else space[name]
            for name in {names!r} if name in space}}
globals().update(_frozen_answer())
"""


def hard_coded(record: Record, answers: str, seed: int) -> str:
    """The text of the solution cell ``answers`` of ``record``, hard-coded for ``seed``."""
    sources: list[str] = []
    for cell in record.cells:
        if cell.code and cell.kind in (CellKind.GIVEN, CellKind.SOLUTION):
            sources.append(python_text(cell.source))
            if cell.parameters:
                sources.append(f"{NAME} = {seed:d}")
        if cell.id == answers:
            return _TEMPLATE.format(sources=sources, names=cell.names)
    raise KeyError(answers)
