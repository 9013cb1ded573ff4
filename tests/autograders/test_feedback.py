"""Feedback is chosen from texts that were written before the submission."""
import json

import pytest

from autograders.examination import Status
from autograders.steps.feedback import BLANK, REVIEW, SEEDS, SENTENCES, constant_message
from tests.autograders.builders import cell, checks, notebook, solution, submission


@pytest.mark.parametrize(("source", "line", "message"), [
    ('assert x, "say this"', 1, "say this"),
    ('assert x, "say " "this"', 1, "say this"),
    ('assert (\n    x\n), "say this"', 2, "say this"),
    ('assert x, f"value {x}"', 1, None),
    ('assert x, message', 1, None),
    ('assert x, "a" + str(x)', 1, None),
    ('assert x, "a %s" % x', 1, None),
    ("assert x", 1, None),
    ('assert x, "  "', 1, None),
    ("assert x, 42", 1, None),
    ('assert x, b"bytes"', 1, None),
    ('raise AssertionError("did not raise")', 1, "did not raise"),
    ('raise AssertionError(f"{x}")', 1, None),
    ("raise AssertionError", 1, None),
    ('np.testing.assert_allclose(x, 1, err_msg="too far")', 1, "too far"),
    ('case.assertEqual(x, 1, msg="not one")', 1, "not one"),
    ('case.assertEqual(x, 1, "secret")', 1, None),
    ('for x in y:\n    assert x, "inner"', 2, "inner"),
    ('try:\n    f()\nexcept E:\n    pass\nelse:\n    raise AssertionError("did not raise")', 6, "did not raise"),
    ('secret = "the answer is 42"', 1, None),
    ('print("the answer is 42")', 1, None),
    ('assert x, "a"; assert y, "b"', 1, "b"),
    ('assert x, "a"', 2, None),
    ('assert x, "a"', 0, None),
    ("def (", 1, None),
    ('%matplotlib inline\nassert x, "after a magic"', 2, "after a magic"),
])
def test_constant_messages(source, line, message):
    assert constant_message(source, line) == message


def test_a_long_message_is_cut():
    assert len(constant_message(f'assert x, "{"m" * 5000}"', 1)) == 500


def told(document, grade_id):
    return next(task for task in document["tasks"] if task["grade_id"] == grade_id)


def test_a_failed_check_says_the_instructors_words(graded):
    task = told(graded(submission(total="total = 1")).feedback, "total_test")
    assert task["messages"] == [SENTENCES[Status.FAILED], "the total is not right"]


def test_a_value_in_an_f_string_is_never_told(graded):
    document = graded(submission(double="def double(x):\n    return 4")).feedback
    assert told(document, "double_test")["messages"] == [SENTENCES[Status.FAILED]]


def test_an_answer_for_one_seed_only_is_told_as_such(graded):
    right = graded(submission(), fresh=0)
    assert told(right.feedback, "total_test")["score"] == 1
    import random
    random.seed(42)
    literal = sum(random.randrange(1000) for _ in range(20))
    document = graded(submission(total=f"total = {literal}")).feedback
    assert SEEDS in told(document, "total_test")["messages"]


def test_titles_are_the_instructors(graded):
    document = graded(submission(), titles={"total_test": "The total"}).feedback
    assert [task["title"] for task in document["tasks"]] == ["The total", "double_test", "why"]


@pytest.mark.parametrize(("answer", "message"), [("Because.", REVIEW), ("YOUR ANSWER HERE", BLANK), ("", BLANK), ("  \n", BLANK)])
def test_an_answer_for_a_person(graded, answer, message):
    result = graded(submission(why=answer), released={"why": "YOUR ANSWER HERE"})
    assert told(result.feedback, "why")["messages"] == [message]
    assert result.needs_review is (message == REVIEW)


def test_nothing_of_a_run_reaches_the_learner(graded):
    """An answer that prints, raises and returns what it is called with finds none of it in what is delivered."""
    marker = "canary-7261"
    source = notebook(
        solution("f", "def f(x):\n    return x"),
        checks("t", 1, f'### BEGIN HIDDEN TESTS\nassert f("{marker}") == "{marker}x"\n### END HIDDEN TESTS'))
    spy = f"def f(x):\n    print(x)\n    raise AssertionError('{marker[:3]}' + x + 'leak')"
    result = graded(submission(source, f=spy), source)
    assert told(result.feedback, "t")["score"] == 0
    delivered = json.dumps([result.feedback, result.transcript]) + json.dumps(
        [c for c in result.notebook["cells"] if cell(result.notebook, "f") != c])
    assert marker not in delivered
    assert "leak" not in delivered


def test_every_status_has_its_sentence():
    assert set(SENTENCES) == set(Status)
