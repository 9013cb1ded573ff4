"""Small notebooks for tests: an instructor's source, and submissions made from it."""
from __future__ import annotations

import copy
import json
from typing import Any

META = {"id": "s" * 32, "content_hash": "sha256:" + "0" * 64, "received": "2026-01-01T00:00:00Z", "learner": "ada", "attempt": 1}
ASSESSMENT = {"track": "demo", "module": "01_demo", "version": "1.0.0"}


def code(source: str, *, tags: list[str] | None = None, **marks: Any) -> dict:
    return {"cell_type": "code", "execution_count": None, "outputs": [], "source": source, "metadata": _metadata(tags, marks)}


def text(source: str, **marks: Any) -> dict:
    return {"cell_type": "markdown", "source": source, "metadata": _metadata(None, marks)}


def _metadata(tags, marks) -> dict:
    made: dict[str, Any] = {"tags": tags} if tags else {}
    if marks:
        made["nbgrader"] = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3} | marks
    return made


def solution(grade_id: str, source: str, **marks: Any) -> dict:
    return code(source, grade_id=grade_id, solution=True, **marks)


def checks(grade_id: str, points: float, source: str) -> dict:
    return code(source, grade_id=grade_id, grade=True, locked=True, points=points)


def locked(grade_id: str, source: str) -> dict:
    return code(source, grade_id=grade_id, locked=True)


def notebook(*cells: dict, **metadata: Any) -> dict:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"nbformat": 4, "nbformat_minor": 4, "metadata": kernel | metadata, "cells": list(cells)}


def demo() -> dict:
    """Two tasks on a seed, 3 points; a free cell; an answer for a person, 2 points."""
    return notebook(
        text("# Demo"),
        code("SEED = 42", tags=["parameters"]),
        locked("data", "import random\nrandom.seed(SEED)\nnumbers = [random.randrange(1000) for _ in range(20)]"),
        solution("total", "### BEGIN SOLUTION\ntotal = sum(numbers)\n### END SOLUTION"),
        code("print(total)"),
        checks("total_test", 1, 'assert isinstance(total, int), "give a whole number"\n'
              "### BEGIN HIDDEN TESTS\nassert total == sum(numbers), \"the total is not right\"\n### END HIDDEN TESTS"),
        solution("double", "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"),
        checks("double_test", 2, 'assert double(2) == 4\nfor x in numbers:\n    assert double(x) == 2 * x, f"wrong for {x}"'),
        text("### BEGIN SOLUTION\nBecause.\n### END SOLUTION", grade_id="why", grade=True, solution=True, points=2),
    )


def submission(source: dict | None = None, **answers: str) -> dict:
    """The release of ``source`` (the demo) with the instructor's own answers, and ``answers`` instead of some."""
    from nbformat import from_dict

    from curriculum.notebooks import solutions, with_solutions

    instructor = from_dict(source or demo())
    return json.loads(json.dumps(with_solutions(instructor, solutions(instructor) | answers)))


def cell(nb: dict, grade_id: str) -> dict:
    """The cell with ``grade_id`` in ``nb`` itself, to be changed."""
    return next(c for c in nb["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def changed(nb: dict, grade_id: str, **fields: Any) -> dict:
    made = copy.deepcopy(nb)
    cell(made, grade_id).update(fields)
    return made


def as_bytes(nb: Any) -> bytes:
    return json.dumps(nb).encode()
