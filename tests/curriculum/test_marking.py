"""Stripping, against hand-written tables and against nbgrader itself."""
from __future__ import annotations

import copy

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from curriculum.errors import NotebookError
from curriculum.marking import checksum, release, solutions, strip


def cell(source, grade_id="a", *, solution=False, grade=False, locked=False, points=1, text=False):
    marks = {"grade": grade, "grade_id": grade_id, "locked": locked, "schema_version": 3, "solution": solution, "task": False}
    if grade:
        marks["points"] = points
    return (new_markdown_cell if text else new_code_cell)(source, metadata={"nbgrader": marks})


@pytest.mark.parametrize(("source", "stripped"), [
    ("a = 1", "a = 1"),
    ("", ""),
    ("### BEGIN SOLUTION\na = 1\n### END SOLUTION", "# YOUR CODE HERE\nraise NotImplementedError()"),
    ("def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION", "def f():\n    # YOUR CODE HERE\n    raise NotImplementedError()"),
    ("def f():\n\t### BEGIN SOLUTION\n\treturn 1\n\t### END SOLUTION", "def f():\n\t# YOUR CODE HERE\n\traise NotImplementedError()"),
    ("if x:\n    ### BEGIN SOLUTION\n    a = 1\nb = 2\n    ### END SOLUTION\nc = 3", "if x:\n    # YOUR CODE HERE\n    raise NotImplementedError()\nc = 3"),
    ("### BEGIN SOLUTION\na\n### END SOLUTION\nb\n### BEGIN SOLUTION\nc\n### END SOLUTION",
     "# YOUR CODE HERE\nraise NotImplementedError()\nb\n# YOUR CODE HERE\nraise NotImplementedError()"),
    ("assert a\n### BEGIN HIDDEN TESTS\nassert b\n### END HIDDEN TESTS", "assert a"),
    ("### BEGIN HIDDEN TESTS\nassert b\n### END HIDDEN TESTS\nassert c", "assert c"),
    ("a\n### BEGIN MARK SCHEME\nhalf a point\n### END MARK SCHEME  ", "a"),
    ("'''\n  ### BEGIN HIDDEN TESTS  \nx\n### END HIDDEN TESTS\n'''", "'''\n'''"),
])
def test_regions(source, stripped):
    assert strip(source, "a")[0] == stripped


@pytest.mark.parametrize(("source", "message"), [
    ("### BEGIN SOLUTION\na", "cell 'a': BEGIN SOLUTION is never closed; add '### END SOLUTION'"),
    ("a\n### END SOLUTION", "END SOLUTION without its BEGIN"),
    ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "BEGIN SOLUTION inside SOLUTION"),
    ("### BEGIN SOLUTION\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\n### END SOLUTION", "BEGIN HIDDEN TESTS inside SOLUTION"),
    ("### BEGIN HIDDEN TESTS\n### END SOLUTION", "END SOLUTION without its BEGIN"),
    ("### BEGIN HIDDEN TEST\nx", "'### BEGIN HIDDEN TEST' is not a delimiter"),
    ("###BEGIN SOLUTION\nx\n### END SOLUTION", "'###BEGIN SOLUTION' is not a delimiter"),
    ("x = 1  ### BEGIN SOLUTION\ny\n### END SOLUTION", "is not a delimiter; write it alone on its line"),
    ("### begin solution\nx", "is not a delimiter"),
])
def test_what_is_not_a_region_is_an_error(source, message):
    with pytest.raises(NotebookError, match=message.replace("(", r"\(")):
        strip(source, "a")


def test_a_solution_cell_without_a_region_becomes_a_stub():
    notebook = new_notebook(cells=[cell("a = 1", "a", solution=True), cell("my words", "b", solution=True, grade=True, text=True)])
    assert [c.source for c in release(notebook).cells] == ["# YOUR CODE HERE\nraise NotImplementedError()", "YOUR ANSWER HERE"]


def test_a_region_outside_a_solution_cell_is_an_error():
    with pytest.raises(NotebookError, match="cell 'a': a solution region in a cell that is not marked"):
        release(new_notebook(cells=[cell("### BEGIN SOLUTION\nx\n### END SOLUTION", locked=True)]))


def test_outputs_vanish_and_the_instructors_notebook_stays():
    notebook = new_notebook(cells=[cell("### BEGIN SOLUTION\nx\n### END SOLUTION", solution=True)])
    notebook.cells[0].outputs, notebook.cells[0].execution_count = [{"output_type": "stream", "name": "stdout", "text": "42"}], 3
    before = copy.deepcopy(notebook)
    result = release(notebook)
    assert (result.cells[0].outputs, result.cells[0].execution_count) == ([], None)
    assert notebook == before


def test_solutions_come_without_delimiters():
    notebook = new_notebook(cells=[cell("def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION", "f", solution=True)])
    assert solutions(notebook) == {"f": "def f():\n    return 1"}
    assert solutions(release(notebook)) == {"f": "def f():\n    # YOUR CODE HERE\n    raise NotImplementedError()"}


CELLS = [
    cell("import math", "setup", locked=True), cell("def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION", "f", solution=True),
    cell("assert f()\n### BEGIN HIDDEN TESTS\nassert f() == 1\n### END HIDDEN TESTS", "test_f", grade=True, locked=True, points=2.5),
    cell("answer", "g", solution=True), cell("Explain.", "essay", solution=True, grade=True, text=True, points=3),
]


def test_the_release_is_the_one_nbgrader_makes():
    """nbgrader's own preprocessors, one after the other, give the same sources, locks and checksums."""
    preprocessors = pytest.importorskip("nbgrader.preprocessors")
    expected = new_notebook(cells=copy.deepcopy(CELLS), metadata={"kernelspec": {"language": "python", "name": "python3", "display_name": "P"}})
    resources = {}
    for name in ("LockCells", "ClearSolutions", "ClearHiddenTests", "ClearMarkScheme", "ComputeChecksums"):
        expected, resources = getattr(preprocessors, name)().preprocess(expected, resources)
    for ours, theirs in zip(release(new_notebook(cells=CELLS)).cells, expected.cells, strict=True):
        assert ours.source == theirs.source
        assert ours.metadata == theirs.metadata


def test_a_checksum_tells_an_attempt_from_none():
    blank = release(new_notebook(cells=CELLS)).cells[1]
    marked = blank.metadata["nbgrader"]["checksum"]
    assert checksum(blank) == marked
    blank.source += "\nx = 1"
    assert checksum(blank) != marked
