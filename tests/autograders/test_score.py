"""Scores are the minimum over the runs and fail closed."""
import math

import pytest

from autograders.examination import CellVerdict, RunResult, Status
from autograders.record import Record
from autograders.steps.score import refuse, score
from tests.autograders.builders import checks, demo, notebook

RECORD = Record.of(notebook(checks("a", 2, "assert 1"), checks("b", 1, "assert 1")))


def run(*verdicts, ended=Status.PASSED):
    return RunResult(1, tuple(verdicts), ended, 0.1)


def verdict(id="a", status=Status.PASSED, points=2.0, line=None):
    return CellVerdict(id, status, points, 2.0, line)


def of_a(*results):
    return score(RECORD, results, lambda cell: True).tasks[0]


@pytest.mark.parametrize(("points", "kept"), [(2.0, 2.0), (1.5, 1.5), (0.0, 0.0), (2.0001, 2.0), (1e300, 2.0), (-1.0, 0.0),
                                              (math.nan, 0.0), (math.inf, 0.0), (-math.inf, 0.0), ("2", 0.0), (None, 0.0)])
def test_a_score_lies_between_0_and_the_points(points, kept):
    assert of_a(run(verdict(status=Status.PARTIAL, points=points))).score == kept


@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.PASSED, Status.PARTIAL)])
def test_only_passed_and_partial_carry_points(status):
    assert of_a(run(verdict(status=status, points=2.0))).score == 0


def test_the_minimum_over_the_runs_counts():
    task = of_a(run(verdict()), run(verdict(status=Status.FAILED, points=0.0, line=3)), run(verdict()))
    assert (task.score, task.status, task.line) == (0.0, Status.FAILED, 3)
    assert [r.score for r in task.runs] == [2.0, 0.0, 2.0]


@pytest.mark.parametrize("verdicts", [(), (verdict("b"),), (verdict("A"),), (verdict(), verdict())])
def test_none_or_several_verdicts_are_no_verdict(verdicts):
    task = of_a(run(*verdicts))
    assert (task.score, task.status, task.needs_review) == (0.0, Status.NOT_RUN, True)


def test_a_verdict_for_an_unknown_cell_changes_nothing():
    assert score(RECORD, [run(verdict(), verdict("b", points=1.0), verdict("bonus", points=99.0))], lambda c: True).score == 3.0


@pytest.mark.parametrize("ended", [Status.TIMEOUT, Status.MEMORY, Status.DIED])
def test_what_did_not_run_has_the_reason_the_run_ended(ended):
    assert of_a(run(ended=ended)).status is ended


@pytest.mark.parametrize(("statuses", "review"), [
    ([Status.PASSED] * 3, False), ([Status.FAILED] * 3, False), ([Status.ERROR], False), ([Status.TIMEOUT] * 2, False),
    ([Status.MEMORY], False), ([Status.PASSED, Status.TIMEOUT], True), ([Status.MEMORY, Status.FAILED], True),
    ([Status.DIED], True), ([Status.PASSED, Status.NOT_RUN], True),
])
def test_what_the_machine_may_have_done_is_looked_at(statuses, review):
    assert of_a(*(run(verdict(status=s)) for s in statuses)).needs_review is review


def test_no_run_is_no_point():
    assert score(RECORD, [], lambda c: True).score == 0
    assert refuse(RECORD).needs_review


@pytest.mark.parametrize(("answered", "review"), [(True, True), (False, False)])
def test_what_a_person_scores_has_no_automatic_points(answered, review):
    record = Record.of(demo())
    task = score(record, [run(CellVerdict("why", Status.PASSED, 2.0, 2.0))], lambda cell: answered).tasks[-1]
    assert (task.grade_id, task.score, task.max_score, task.needs_review) == ("why", 0.0, 2.0, review)


def test_points_add_up_as_people_write_them():
    record = Record.of(notebook(*(checks(f"t{i}", 0.1, "") for i in range(10))))
    assert score(record, [run(*(CellVerdict(f"t{i}", Status.PASSED, 0.1, 0.1) for i in range(10)))], lambda c: True).score == 1.0
