"""A pytest fixture for authors: ``examine(source, submission)`` grades a notebook as the examiner does, in the sandbox.

    def test_a_loop_is_right(examine):
        assert examine("course/source/ps1/sums.ipynb", "answers/loop.ipynb").score == 10

``source`` and ``submission`` are paths or notebooks (mappings). What comes back is `autograders.pipeline.Graded`: ``score``, ``max_score``,
``needs_review``, ``error``, ``scored.tasks``. Files beside the source go to the run if it lies in nbgrader's ``source/ASSIGNMENT/``.

Options of ``pytest``: ``--academy-python``, the learners' interpreter (default: the one that runs the tests); ``--academy-seeds``, runs of
each submission (default 3: the notebook's own SEED and two fresh ones). The sandbox starts with the first use and serves the whole session.
Without a sandbox the test fails: an author's tests must not run answers unprotected.
"""
from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

__all__ = ["examine", "pytest_addoption"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("academy", "grading notebooks in academy's sandbox")
    group.addoption("--academy-python", default=sys.executable, metavar="PYTHON", help="the learners' interpreter")
    group.addoption("--academy-seeds", type=int, default=3, metavar="N", help="runs of each submission, each with another seed")


@pytest.fixture(scope="session")
def examine(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """``examine(source, submission, files=None)`` → Graded."""
    from autograders.assignment import from_notebook
    from autograders.batch import grade_bytes
    from autograders.environment import learner_environment
    from autograders.examiner import open_examiner
    from autograders.seeds import draw

    seeds = request.config.getoption("academy_seeds")
    if seeds < 1:
        raise pytest.UsageError("--academy-seeds is at least 1")
    with open_examiner(learner_environment(Path(request.config.getoption("academy_python")))) as examiner:
        def run(source: str | Path | Mapping[str, Any], submission: str | Path | Mapping[str, Any], files: Path | None = None) -> Any:
            path = None if isinstance(source, Mapping) else Path(source).absolute()
            if files is None and path is not None and path.parent.parent.name == "source":
                files = path.parent
            with from_notebook(json.loads(_bytes(source)), name=path.stem if path else "notebook", files=files) as assignment:
                return grade_bytes(assignment, _bytes(submission), examiner, draw(assignment.declared_seed, seeds - 1), id="examined")
        yield run


def _bytes(notebook: str | Path | Mapping[str, Any]) -> bytes:
    return json.dumps(notebook).encode() if isinstance(notebook, Mapping) else Path(notebook).read_bytes()
