"""Attacks by the structure of a notebook: each earns nothing that was not worked for, and is never an exception."""
import json

import pytest

from autograders.examination import CellKind
from tests.autograders.builders import as_bytes, cell, changed, checks, code, locked, notebook, solution, submission

WORKLESS = {"total": "", "double": ""}


def points(result):
    return {task.grade_id: task.score for task in result.scored.tasks if not task.manual}


def forged_points(nb):
    cell(nb, "total_test")["metadata"]["nbgrader"]["points"] = 1000


def forged_negative_points(nb):
    cell(nb, "total_test")["metadata"]["nbgrader"]["points"] = -1e308


def forged_scores(nb):
    for c in nb["cells"]:
        c["metadata"].setdefault("nbgrader", {}).update(score=99, points=99)


def replaced_tests(nb):
    for c in nb["cells"]:
        if c["metadata"].get("nbgrader", {}).get("grade"):
            c["source"] = "pass"


def deleted_tests(nb):
    nb["cells"] = [c for c in nb["cells"] if not c["metadata"].get("nbgrader", {}).get("grade")]


def forged_outputs(nb):
    for c in nb["cells"]:
        if c["cell_type"] == "code":
            c["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "2.0"}, "metadata": {}, "execution_count": 1}]


def injected_tests_cell(nb):
    nb["cells"].append(checks("free_points", 50, "assert True"))


def made_a_solution(nb):
    cell(nb, "total_test")["metadata"]["nbgrader"].update(grade=False, solution=True, locked=False)
    cell(nb, "total_test")["source"] = "total = 1"


def solution_made_a_test(nb):
    cell(nb, "total")["metadata"]["nbgrader"].update(grade=True, points=10, locked=True)


def marks_removed(nb):
    for c in nb["cells"]:
        c["metadata"].pop("nbgrader", None)


def locked_cell_edited(nb):
    cell(nb, "data")["source"] = "numbers = []\ntotal = 0"


def record_markers(nb):
    cell(nb, "total")["source"] = "### BEGIN SOLUTION\n### END SOLUTION\n### BEGIN HIDDEN TESTS\npass\n### END HIDDEN TESTS"


def forged_parameters(nb):
    nb["cells"][1]["source"] = "SEED = 1\nnumbers = []\ntotal = 0"
    nb["cells"].insert(2, code("SEED = 1", tags=["injected-parameters"]))


def other_kernel(nb):
    nb["metadata"]["kernelspec"] = {"name": "evil", "language": "bash", "display_name": "evil"}


def swapped_grade_ids(nb):
    a, b = cell(nb, "total"), cell(nb, "total_test")
    a["metadata"]["nbgrader"]["grade_id"], b["metadata"]["nbgrader"]["grade_id"] = "total_test", "total"
    b["source"] = "pass"


def academy_metadata(nb):
    nb["metadata"]["academy"] = {"score": 5, "max_score": 5, "needs_review": False, "duplicates": []}


ATTACKS = [forged_points, forged_negative_points, forged_scores, replaced_tests, deleted_tests, forged_outputs, injected_tests_cell,
           made_a_solution, solution_made_a_test, marks_removed, locked_cell_edited, record_markers, forged_parameters,
           other_kernel, swapped_grade_ids, academy_metadata]


@pytest.mark.attack
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_without_work_it_earns_nothing(graded, attack):
    forged = submission(**WORKLESS)
    attack(forged)
    result = graded(as_bytes(forged))
    assert set(points(result).values()) == {0.0}
    assert result.max_score == 5.0
    assert set(points(result)) == {"total_test", "double_test"}


@pytest.mark.attack
@pytest.mark.parametrize("attack", [a for a in ATTACKS if a not in (
    marks_removed, record_markers, swapped_grade_ids, made_a_solution)], ids=lambda a: a.__name__)
def test_with_work_it_takes_nothing_away(graded, attack):
    forged = submission()
    attack(forged)
    assert points(graded(as_bytes(forged))) == {"total_test": 1.0, "double_test": 2.0}


@pytest.mark.attack
@pytest.mark.parametrize("grade_id", ["total", "double", "total_test", "double_test", "data", "why"])
@pytest.mark.parametrize("first", [True, False])
def test_a_duplicate_earns_nothing_wherever_it_stands(graded, simulator, grade_id, first):
    forged = submission()
    forged["cells"].insert(0 if first else len(forged["cells"]), dict(cell(forged, grade_id), source="pass"))
    result = graded(forged)
    assert (result.score, result.needs_review) == (0.0, True)
    assert "more than one cell" in result.error
    assert simulator.runs == []


@pytest.mark.attack
def test_a_thousand_duplicates_are_one_rejection(graded):
    forged = submission()
    forged["cells"] += [cell(forged, "total")] * 1000
    assert graded(as_bytes(forged)).score == 0.0


@pytest.mark.attack
@pytest.mark.parametrize("grade_id", ["__proto__", "total_test\x00", "TOTAL_TEST", "total_test ", "../total_test", "tоtal_test", "a" * 10_000])
def test_an_odd_grade_id_is_nobodys(graded, grade_id):
    forged = submission(**WORKLESS)
    forged["cells"].append(checks(grade_id, 3, "assert True"))
    assert set(points(graded(forged))) == {"total_test", "double_test"}


@pytest.mark.attack
def test_the_learners_tests_never_run_in_t(graded, simulator):
    forged = changed(submission(**WORKLESS), "total_test", source="MARK = 'mine'")
    forged["cells"].append(checks("more", 1, "MARK = 'mine'"))
    graded(forged)
    for run in simulator.runs:
        for c in run.cells:
            assert "MARK" not in c.record
            if c.kind is CellKind.TESTS:
                assert c.submitted is None


@pytest.mark.attack
def test_a_hidden_test_is_in_no_cell_that_l_runs(graded, simulator):
    graded(submission())
    for run in simulator.runs:
        assert all("the total is not right" not in (c.submitted or "") for c in run.cells)


@pytest.mark.attack
def test_markers_in_a_learners_cell_are_comments(graded):
    text = "### BEGIN HIDDEN TESTS\ntotal = sum(numbers)\n### END HIDDEN TESTS\n### BEGIN SOLUTION"
    assert points(graded(submission(total=text)))["total_test"] == 1.0


@pytest.mark.attack
def test_the_own_metadata_of_extra_cells_is_dropped(graded):
    forged = submission()
    forged["cells"].append({"cell_type": "code", "source": "1", "outputs": [], "execution_count": 1, "id": "x" * 5000,
                            "metadata": {"nbgrader": {"grade_id": "zz", "grade": True, "points": 5}, "evil": "<script>"}})
    assert "<script>" not in json.dumps(graded(forged).notebook)


@pytest.mark.attack
def test_a_name_bound_before_its_cell_is_not_enough_work(graded):
    """Binding the answer in an extra cell is the learner's right; deleting the answer cell is reported."""
    source = notebook(locked("d", "n = 3"), solution("s", "x = n"), checks("t", 1, "assert x == n"))
    own = submission(source)
    own["cells"].remove(cell(own, "s"))
    result = graded(own, source)
    assert result.needs_review
    assert "lacks the answer cell 's'" in result.error


def long_cell(nb):
    cell(nb, "total")["source"] = "x = '" + "a" * (60 << 20) + "'"


def many_cells(nb):
    nb["cells"] += [code(f"x{n} = {n}") for n in range(200_000)]


def many_attachments(nb):
    nb["cells"][0]["attachments"] = {f"{n}.png": {"image/png": "A" * 1000} for n in range(60_000)}


def other_format(nb):
    nb["nbformat"] = 3
    nb["worksheets"] = [{"cells": nb.pop("cells")}]


def cells_of_no_kind(nb):
    nb["cells"] = [None, 5, "total = 1", [], {}, {"cell_type": "code"}, {"cell_type": 7, "source": {"a": 1}, "metadata": []}]


def marks_of_no_kind(nb):
    for c in nb["cells"]:
        c["metadata"]["nbgrader"] = [["grade_id", "total"], 5, None]


def ids_of_no_kind(nb):
    for index, c in enumerate(nb["cells"]):
        c["id"] = c["metadata"].setdefault("nbgrader", {})["grade_id"] = [{"a": index}, 5, None, True, 1e308][index % 5]


def surrogates(nb):
    cell(nb, "total")["source"] = "total = '\ud800\udfff'\n\ud800 = 1"


def null_bytes(nb):
    cell(nb, "total")["source"] = "total = 1\x00\nimport os\x00"


def source_as_nested_lists(nb):
    cell(nb, "total")["source"] = [["total = 1"], {"a": 1}, None, "total = 2"]


SHAPES = [long_cell, many_cells, many_attachments, other_format, cells_of_no_kind, marks_of_no_kind, ids_of_no_kind, surrogates, null_bytes,
          source_as_nested_lists]
RAW = {
    "deep lists": b"[" * 100_000, "deep cells": b'{"nbformat": 4, "cells": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "deep metadata": b'{"nbformat": 4, "metadata": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b', "cells": []}',
    "no JSON": b"total = 1", "nothing": b"", "a number": b"1e999", "not a number": b'{"nbformat": NaN, "cells": NaN}',
    "a long number": b'{"nbformat": ' + b"9" * 100_000 + b', "cells": []}', "invalid text": b'{"nbformat": 4, "cells": ["\xff\xfe"]}',
    "a zip": b"PK\x03\x04" + b"\x00" * 1000, "keys twice": b'{"nbformat": 4, "cells": [], "cells": [5], "nbformat": 3}',
    "a byte order mark": b"\xef\xbb\xbf{}", "another encoding": '{"nbformat": 4}'.encode("utf-16"),
}


@pytest.mark.attack
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_shape_that_no_editor_makes_is_no_points_and_no_exception(graded, shape):
    forged = submission(**WORKLESS)
    shape(forged)
    result = graded(json.dumps(forged).encode("utf-8", "surrogatepass"))
    assert set(points(result).values()) == {0.0} and result.max_score == 5.0


@pytest.mark.attack
@pytest.mark.parametrize("name", RAW)
def test_bytes_that_are_no_notebook_are_no_points_and_no_exception(graded, name):
    result = graded(RAW[name])
    assert result.score == 0.0 and result.needs_review
