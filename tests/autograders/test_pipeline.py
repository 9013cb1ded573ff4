"""From a submission to its transcript, scored notebook and feedback."""
import json

import nbformat
import pytest

from autograders import pipeline
from autograders.examination import Limits, RunResult, Status
from tests.autograders.builders import as_bytes, cell, checks, demo, notebook, solution, submission


def test_the_steps_are_visible():
    assert [step.__name__ for step in pipeline.STEPS] == [
        "read", "rebuild", "parameterise", "examine", "score", "transcribe", "inform", "annotate"]
    assert all(step.__doc__ for step in pipeline.STEPS)


def test_the_instructors_answers_get_full_marks_but_what_a_person_scores(graded):
    result = graded(as_bytes(submission()))
    assert (result.score, result.max_score, result.needs_review, result.error) == (3.0, 5.0, True, None)


def test_a_blank_submission_gets_nothing(graded):
    from curriculum.notebooks import release

    blank = release(nbformat.from_dict(demo()))
    result = graded(blank, released={"why": cell(blank, "why")["source"]})
    assert (result.score, result.needs_review) == (0.0, False)


def test_one_wrong_answer_costs_its_task_only(graded):
    result = graded(submission(double="def double(x):\n    return x + 2"))
    assert {task.grade_id: task.score for task in result.scored.tasks} == {"total_test": 1.0, "double_test": 0.0, "why": 0.0}


def test_runs_end_when_nothing_can_be_won(graded, simulator):
    graded(submission(total="total = 'x'", double="double = 3"), fresh=4)
    assert len(simulator.runs) == 1
    result = graded(submission(), fresh=4)
    assert len(simulator.runs) == 6
    assert len(result.transcript["seeds"]) == 5


@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(60)"])
def test_an_endless_loop_is_0_with_its_reason(graded, simulator, code):
    result = graded(submission(total=code), limits=Limits(seconds=1.5), fresh=3)
    assert {task.status for task in result.scored.tasks if not task.manual} == {Status.TIMEOUT}
    assert result.score == 0
    assert len(simulator.runs) == 1


def test_an_exit_is_0_and_looked_at(graded):
    result = graded(submission(total="import os\nos._exit(0)"))
    assert (result.score, result.needs_review) == (0.0, True)
    assert {task.status for task in result.scored.tasks if not task.manual} == {Status.DIED}


def test_each_verdict_deleted_in_turn_is_0(graded, simulator):
    for index, id in enumerate(("total_test", "double_test")):
        simulator.rewrite = lambda r, i=index: RunResult(r.seed, r.verdicts[:i] + r.verdicts[i + 1:], r.ended, r.seconds)
        result = graded(submission())
        assert next(task for task in result.scored.tasks if task.grade_id == id).score == 0
        assert result.needs_review


def test_isolation_is_what_every_run_had(graded, simulator):
    seen = iter([("a", "b"), ("b", "c")])
    simulator.rewrite = lambda r: RunResult(r.seed, r.verdicts, r.ended, r.seconds, next(seen))
    assert graded(submission()).transcript["examiner"]["isolation"] == ["b"]


def test_a_failing_examiner_is_no_score(graded, simulator):
    def broken(result):
        raise OSError("no fork server")
    simulator.rewrite = broken
    with pytest.raises(OSError, match="no fork server"):
        graded(submission())


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "empty"), (b"  \n", "empty"), (b"not json", "not a notebook"), (b"\xff\xfe\x00", "not a notebook"), (b"[]", "not a notebook"),
    (b"null", "not a notebook"), (b'{"nbformat": 3, "worksheets": []}', "format 4"), (b'{"nbformat": 4}', "no list of cells"),
    (b'{"nbformat": 4, "cells": {}}', "no list of cells"), (b'{"nbformat": 4, "cells": [3]}', "cell 1 is not a notebook cell"),
    (b'{"nbformat": 4, "cells": [{"cell_type": "heading"}]}', "cell 1 is not a notebook cell"),
    (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"), (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
    (as_bytes(notebook(*[solution(f"s{i}", "") for i in range(2001)])), "2001 cells"),
    (as_bytes(notebook(solution("s", "x" * (1 << 20) + "y"))), "1048577 bytes"),
    (as_bytes(notebook(*[solution(f"s{i}", "x" * (1 << 20)) for i in range(9)])), "more than 8388608 bytes"),
    (b" " * (33 << 20), "allowed: clear the outputs"),
    (b'{"nbformat": 4, "cells": [' + b"9" * 5000 + b"]}", "not a notebook"),
])
def test_what_is_no_submission_is_0_with_a_reason(graded, data, reason):
    result = graded(data)
    assert (result.score, result.max_score, result.needs_review) == (0.0, 5.0, True)
    assert reason in result.error
    assert result.feedback["note"] == result.error
    assert {task["reason"] for task in result.transcript["tasks"]} == {"not_run"}


@pytest.mark.parametrize("change", [
    {"metadata": 3}, {"metadata": None}, {"source": None}, {"source": ["a = 1\n", 3]}, {"source": {"a": 1}}, {"id": 7},
    {"metadata": {"nbgrader": []}}, {"metadata": {"nbgrader": {"grade_id": ["total"]}}}, {"metadata": {"tags": "parameters"}},
    {"metadata": {"tags": [{}]}}, {"metadata": {"nbgrader": {"grade_id": "x", "points": "many"}}}, {"outputs": "much"},
    {"source": "x = '\ud800'"}, {"source": "\x00"},
])
def test_odd_cells_do_not_stop_anything(graded, change):
    own = submission()
    own["cells"].append(own["cells"][4] | change)
    assert graded(json.dumps(own).encode()).score == 3.0


def test_nan_in_outputs_does_no_harm(graded):
    own = json.dumps(submission()).replace('"nbformat": 4', '"odd": [NaN, Infinity], "nbformat": 4')
    assert graded(own.encode()).score == 3.0


def test_the_scored_notebook_has_an_explicit_result_everywhere(graded):
    from nbgrader import utils

    result = graded(submission(double="def double(x):\n    return 0"))
    scored = nbformat.from_dict(result.notebook)
    nbformat.validate(scored)
    marks = {c.metadata.nbgrader.grade_id: utils.determine_grade(c) for c in scored.cells if utils.is_grade(c)}
    assert marks == {"total_test": (1.0, 1.0), "double_test": (0, 2.0), "why": (None, 2.0)}
    assert "HIDDEN" not in json.dumps(result.notebook)
    assert "the total is not right" not in cell(result.notebook, "total_test")["source"]


def test_the_scored_notebook_shows_the_learners_own_cells(graded):
    own = submission()
    own["cells"].insert(4, {"cell_type": "markdown", "source": "my thoughts", "metadata": {"nbgrader": {"points": 99}}})
    result = graded(own)
    place = next(i for i, c in enumerate(result.notebook["cells"]) if c["source"] == "my thoughts")
    assert result.notebook["cells"][place - 1] is cell(result.notebook, "total")
    assert "nbgrader" not in result.notebook["cells"][place]["metadata"]


def test_partial_points_from_the_last_expression(graded):
    source = notebook(solution("x", "x = 2"), checks("t", 4, "x"))
    result = graded(submission(source), source)
    assert (result.score, result.scored.tasks[0].status) == (2.0, Status.PARTIAL)
    from nbgrader import utils
    assert utils.determine_grade(nbformat.from_dict(cell(result.notebook, "t"))) == (2.0, 4.0)
