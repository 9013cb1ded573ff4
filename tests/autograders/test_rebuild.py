"""What is examined is the instructor's record with the learner's solution cells, whatever else was submitted."""
import pytest

from autograders.examination import CellKind
from autograders.record import Marks, Record, RecordError
from autograders.steps.rebuild import rebuild
from autograders.submission import Submission
from tests.autograders.builders import cell, changed, checks, code, demo, locked, notebook, solution, submission, text


def rebuilt(submitted, source=None):
    return rebuild(Record.of(source or demo()), Submission.of(submitted))


def ran(submitted, source=None):
    """What L runs, in order."""
    return [c.submitted for c in rebuilt(submitted, source).cells if c.submitted is not None]


def shape(result):
    return [(c.id, c.kind.value) for c in result.cells]


def test_a_faithful_submission_has_the_records_cells():
    result = rebuilt(submission())
    assert shape(result) == [("cell-2", "given"), ("data", "given"), ("total", "solution"), ("cell-5", "given"),
                             ("total_test", "tests"), ("double", "solution"), ("double_test", "tests")]
    assert result.problem is None
    assert result.answers == {"why": "Because."}
    assert [c.names for c in result.cells if c.kind is CellKind.SOLUTION] == [("total",), ("double",)]
    assert all(c.submitted is None and "assert" in c.record for c in result.cells if c.kind is CellKind.TESTS)


def test_hidden_tests_come_from_the_record():
    tests_cell = next(c for c in rebuilt(submission()).cells if c.id == "total_test")
    assert "the total is not right" in tests_cell.record


@pytest.mark.parametrize(("grade_id", "source"), [
    ("total_test", "pass"), ("total_test", "import os; os._exit(0)"), ("double_test", "double = lambda x: 2 * x"), ("data", "numbers = [0]"),
])
def test_submitted_tests_and_locked_cells_are_not_read(grade_id, source):
    assert source not in ran(changed(submission(), grade_id, source=source))


def test_a_submitted_parameters_cell_counts_for_nothing():
    forged = submission()
    forged["cells"][1]["source"] = "SEED = 7"
    forged["cells"].insert(2, code("SEED = 7", tags=["injected-parameters"]))
    assert "SEED = 7" not in ran(forged)


def test_an_edited_given_cell_is_the_learners_in_l_and_the_records_in_t():
    edited = submission()
    edited["cells"][4]["source"] = "print(total, 'mine')"
    given = next(c for c in rebuilt(edited).cells if c.id == "cell-5")
    assert (given.record, given.submitted) == ("print(total)", "print(total, 'mine')")


@pytest.mark.parametrize("place", range(9))
def test_an_extra_cell_runs_in_l_after_the_cell_it_follows(place):
    own = submission()
    own["cells"].insert(place, code("extra = 1"))
    cells = rebuilt(own).cells
    index = next(i for i, c in enumerate(cells) if c.kind is CellKind.EXTRA)
    assert (cells[index].record, cells[index].submitted) == ("", "extra = 1")
    before = [c["source"] for c in own["cells"][:place] if c["cell_type"] == "code"]
    assert [c.submitted for c in cells[:index] if c.submitted is not None] == [
        s for s in before if "assert" not in s]


def test_extra_markdown_and_empty_cells_do_not_run():
    own = submission()
    own["cells"] += [text("my notes"), code("   \n")]
    assert shape(rebuilt(own)) == shape(rebuilt(submission()))


def test_an_unknown_grade_id_is_an_extra_cell():
    own = submission()
    own["cells"].append(checks("bonus", 100, "assert True"))
    assert shape(rebuilt(own))[-1] == ("extra-1", "extra")


def test_a_missing_solution_is_reported_and_empty():
    own = submission()
    own["cells"].remove(cell(own, "double"))
    result = rebuilt(own)
    assert result.missing == ("double",)
    assert next(c for c in result.cells if c.id == "double").submitted == ""
    assert "lacks the answer cell 'double'" in result.problem


def test_missing_given_and_tests_cells_are_restored():
    own = submission()
    own["cells"] = [c for c in own["cells"] if c["metadata"].get("nbgrader", {}).get("solution")]
    result = rebuilt(own)
    assert result.problem is None
    assert result.restored == ("data", "total_test", "double_test")
    assert shape(result) == shape(rebuilt(submission()))


@pytest.mark.parametrize("grade_id", ["total", "double_test", "data", "why"])
def test_a_duplicate_is_rejected(grade_id):
    own = submission()
    own["cells"].append(cell(own, grade_id))
    result = rebuilt(own)
    assert result.duplicates == (grade_id,)
    assert f"more than one cell with the id '{grade_id}'" in result.problem
    assert all(c.submitted is None for c in result.cells)


def test_moved_cells_keep_the_records_order():
    own = submission()
    own["cells"].reverse()
    assert [c.id for c in rebuilt(own).cells if c.kind is not CellKind.EXTRA] == [c.id for c in rebuilt(submission()).cells]


def test_a_solution_turned_into_markdown_is_still_the_solution():
    own = changed(submission(), "total", cell_type="markdown", source="total = 3")
    assert "total = 3" in ran(own)


def test_given_cells_match_by_nbformat_id_before_place():
    source = notebook(code("a = 1"), code("b = 2"), solution("s", "x = 1"))
    for name, c in zip("abs", source["cells"], strict=True):
        c["id"] = name
    own = notebook(code("zzz"), code("b = 20"), code("a = 10"), solution("s", "x = 2"))
    for name, c in zip(("new", "b", "a", "s"), own["cells"], strict=True):
        c["id"] = name
    assert [(c.id, c.submitted) for c in rebuilt(own, source).cells] == [
        ("extra-1", "zzz"), ("cell-1", "a = 10"), ("cell-2", "b = 20"), ("s", "x = 2")]


def test_a_restored_given_cell_comes_before_the_learners_extra_ones():
    source = notebook(locked("top", "t = 1"), code("a = 1"), solution("s", "x = 1"))
    own = notebook(locked("top", "t = 1"), code("mine = 1"), code("mine = 2"), solution("s", "x = 2"))
    assert ran(own, source) == ["t = 1", "a = 1", "mine = 1", "mine = 2", "x = 2"]


@pytest.mark.parametrize(("source", "message"), [
    ({"cells": 3}, "not an nbformat 4 notebook"),
    (notebook(checks("a", 1, ""), checks("a", 1, "")), "'a' more than once"),
    (notebook(code("", grade=True, points=1)), "no grade_id"),
    (notebook(checks("a", -1, "")), "not a number from 0"),
    (notebook(checks("a", float("nan"), "")), "not a number from 0"),
    (notebook(checks("a", "many", "")), "not a number from 0"),
    (notebook(solution("a", "def f(:")), "'a' is not Python in line 1"),
    (notebook(kernelspec={"name": "ir", "language": "R"}), "only Python"),
])
def test_a_record_that_cannot_be_used_says_why(source, message):
    with pytest.raises(RecordError, match=message):
        Record.of(source)


@pytest.mark.parametrize("marks", [
    {}, {"grade": True, "points": 1}, {"solution": True}, {"grade": True, "solution": True, "points": 1}, {"locked": True},
    {"grade": True, "locked": True, "points": 1}, {"solution": True, "locked": True}, {"task": True, "points": 1, "locked": True},
])
def test_marks_mean_what_nbgrader_says(marks):
    from nbformat import from_dict
    from nbgrader import utils

    made = from_dict(code("", grade_id="x", **marks))
    ours = Marks.of(made)
    assert (ours.grade, ours.solution, ours.locked, ours.task) == (
        utils.is_grade(made), utils.is_solution(made), utils.is_locked(made), utils.is_task(made))


def test_the_hash_of_a_record_is_its_meaning():
    assert Record.of(demo()).source_hash == Record.of(demo() | {"metadata": {}}).source_hash
    assert Record.of(demo()).source_hash != Record.of(changed(demo(), "total_test", source="assert True")).source_hash
