"""What ordinary tests do, and the score they must get."""
from __future__ import annotations

import pytest

from autograders.examination import Status

from .examining import examine
from .ordinary import GIVEN, GIVEN_RECORD, VALUES


@pytest.mark.parametrize("name", VALUES)
def test_ordinary_tests_get_their_score(name):
    submitted, tests, score = VALUES[name]
    given = GIVEN if "of the instructor's" in name else ""
    record = GIVEN_RECORD if given else None
    result = examine(tests, submitted, record=record, given=given)
    assert result.ended is Status.PASSED
    assert [v.score for v in result.verdicts] == [score], result.verdicts


def test_a_failure_names_the_line_of_the_record():
    verdict = examine("a = 1\nassert x == 1\nassert x == 2\n", "x = 1").verdicts[0]
    assert (verdict.status, verdict.line) == (Status.FAILED, 3)


def test_a_failure_inside_a_helper_of_the_cell_names_the_deepest_line():
    verdict = examine("def check(v):\n    assert v == 2\ncheck(x)", "x = 1").verdicts[0]
    assert (verdict.status, verdict.line) == (Status.FAILED, 2)


def test_the_learners_exception_is_an_error_not_a_failure():
    verdict = examine("assert f(1) == 1", "def f(x):\n    return x / 0").verdicts[0]
    assert (verdict.status, verdict.score) == (Status.ERROR, 0)


def test_a_cells_error_does_not_stop_the_run():
    result = examine(["assert x == 0", "assert x == 1", "undefined", "assert x == 1"], "x = 1")
    assert [v.score for v in result.verdicts] == [0, 2, 0, 2]


def test_a_tests_cell_sees_names_of_an_earlier_one():
    assert examine(["y = x + 1", "assert y == 2"], "x = 1").score == 4


def test_a_learners_cell_that_raises_keeps_what_it_bound():
    result = examine(["assert x == 1", "assert y == 1"], "x = 1\nraise RuntimeError\ny = 1")
    assert [v.score for v in result.verdicts] == [2, 0]


def test_a_solution_that_is_no_python_binds_nothing():
    result = examine("assert x == 1", "x = = 1", record="x = 1")
    assert result.verdicts[0].status is Status.FAILED


def test_an_unanswered_solution_binds_nothing():
    assert examine("assert x == 1", None, record="x = 1").score == 0


def test_the_record_runs_in_T_even_where_the_learner_edited_a_given_cell():
    from autograders.examination import Cell, CellKind, Run

    from .examining import SMALL, examiner
    run = Run(1, (Cell("g", CellKind.GIVEN, "limit = 10", "limit = 0"),
                  Cell("s", CellKind.SOLUTION, "def f():\n    return limit", "def f():\n    return limit", names=("f",)),
                  Cell("t", CellKind.TESTS, "assert limit == 10\nassert f() == 0", None, 1.0)))
    assert examiner().examine(run, SMALL).score == 1


def test_a_name_bound_in_a_cell_of_the_learners_own_counts():
    assert examine("assert x == 2", "x = 1", extra="x = 2").score == 2


def test_magics_of_the_learner_and_of_the_record():
    assert examine("%matplotlib inline\nassert x == 1", "%time x = 1\n!true", record="x = 1").ended is Status.PASSED


def test_random_streams_are_the_same_in_every_run_of_one_seed():
    solution = "import random, numpy as np\nx = [random.random(), float(np.random.rand())]"
    values = "import hashlib\nint(hashlib.sha256(repr(x).encode()).hexdigest()[:6], 16) / 2 ** 24"
    scores = {(seed, examine(values, solution, seed=seed).score) for seed in (1, 1, 2)}
    assert len(scores) == 2


def test_files_shared_and_instructors(tmp_path):
    shared, instructor = tmp_path / "shared", tmp_path / "instructor"
    shared.mkdir(), instructor.mkdir()
    (shared / "data.csv").write_text("a\n1\n2\n")
    (instructor / "helper.py").write_text("def check(x):\n    assert x == 3\n")
    (instructor / "expected.txt").write_text("3")
    solution = ("import pandas as pd, glob, os\nx = int(pd.read_csv('data.csv').a.sum())\n"
                "try:\n    import helper\n    found = True\nexcept ImportError:\n    found = os.path.exists('/tmp/instructor')")
    result = examine("import helper\nhelper.check(x)\nassert found is False", solution, shared_files=shared,
                     instructor_files=instructor)
    assert result.score == 2


def test_the_building_blocks_are_there_for_T_only():
    solution = "import os\nfound = os.path.exists('/academy/lib')"
    tests = "import autograders\nassert autograders.__file__.startswith('/academy/lib/') and found is False"
    assert examine(tests, solution).score == 2
