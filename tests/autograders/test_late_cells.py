"""A cell that is late is interrupted: it earns nothing, and what comes after it is examined as if it had not been."""
from __future__ import annotations

import pytest

from autograders.examination import Cell, CellKind, Limits, Run, Status

from .examining import examiner

QUICK = Limits(seconds=20.0, cell_seconds=1.0, memory_bytes=256 << 20, processes=16, file_bytes=8 << 20)
F, G = "def f():\n    return 1", "def g():\n    return 2"


def verdicts(first: str, second: str = G, tests=("assert f() == 1", "assert g() == 2")):
    """Two tasks; what each gets."""
    cells = (Cell("a", CellKind.SOLUTION, F, first, names=("f",)), Cell("ta", CellKind.TESTS, tests[0], None, 1.0),
             Cell("b", CellKind.SOLUTION, G, second, names=("g",)), Cell("tb", CellKind.TESTS, tests[1], None, 1.0))
    result = examiner().examine(Run(1, cells), QUICK)
    return result.ended, [(v.status, v.score) for v in result.verdicts]


@pytest.mark.parametrize("first", [F + "\nwhile True: pass", "while True: pass\n" + F, F + "\nimport time\ntime.sleep(60)",
                                   F + "\nfor i in iter(int, 1):\n    try:\n        pass\n    except Exception:\n        pass"])
def test_a_late_answer_is_none_and_the_next_task_is_scored(first):
    ended, found = verdicts(first)
    assert ended is Status.PASSED and found == [(Status.TIMEOUT, 0.0), (Status.PASSED, 1.0)]


def test_what_a_late_answer_bound_is_gone_for_later_answers_too():
    ended, found = verdicts(F + "\nwhile True: pass", "def g():\n    return f() + 1")
    assert [score for _, score in found] == [0.0, 0.0]


@pytest.mark.parametrize("body", ["while True: pass", "import time\n    time.sleep(60)",
                                  "sum(1 for _ in iter(int, 1))", "f()"])
def test_a_late_call_costs_its_own_cell_only(body):
    ended, found = verdicts(f"def f():\n    {body}")
    assert ended is Status.PASSED and found[0][1] == 0.0 and found[1] == (Status.PASSED, 1.0)


def test_a_late_call_is_no_point_whatever_the_test_catches():
    ended, found = verdicts("def f():\n    while True: pass", tests=("try:\n    f()\nexcept BaseException:\n    pass", "assert g() == 2"))
    assert found == [(Status.TIMEOUT, 0.0), (Status.PASSED, 1.0)]


def test_a_loop_of_the_test_around_calls_is_late_too():
    ended, found = verdicts(F, tests=("while f() != 2:\n    pass", "assert g() == 2"))
    assert ended is Status.PASSED and found == [(Status.TIMEOUT, 0.0), (Status.PASSED, 1.0)]


def test_a_callback_in_which_the_time_ends():
    ended, found = verdicts("def f(h):\n    while True:\n        h()", tests=("f(lambda: None)", "assert g() == 2"))
    assert found == [(Status.TIMEOUT, 0.0), (Status.PASSED, 1.0)]


def test_what_catches_the_interruption_ends_the_run():
    stubborn = "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass"
    ended, found = verdicts(stubborn)
    assert ended is Status.TIMEOUT and [score for _, score in found] == [0.0, 0.0]


def test_an_answer_that_is_given_again_in_time_counts():
    cells = (Cell("a", CellKind.SOLUTION, F, F + "\nwhile True: pass", names=("f",)), Cell("x", CellKind.EXTRA, "", F),
             Cell("t", CellKind.TESTS, "assert f() == 1", None, 1.0))
    assert examiner().examine(Run(1, cells), QUICK).score == 1.0
