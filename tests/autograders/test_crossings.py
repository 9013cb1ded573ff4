"""Every row of the table of crossings gets its score, in one sandboxed run each."""
from __future__ import annotations

import pytest

from autograders.examination import Status

from .crossings import CROSSINGS
from .examining import examine


@pytest.mark.parametrize("name", CROSSINGS)
def test_a_pattern_crosses(name):
    case = CROSSINGS[name]
    tests = [case.tests] if isinstance(case.tests, str) else list(case.tests)
    scores = [case.scores] * len(tests) if isinstance(case.scores, (int, float)) else list(case.scores)
    result = examine(tests, case.solution, record=case.record, given=case.given)
    assert result.ended is Status.PASSED
    assert [v.score for v in result.verdicts] == scores, result.verdicts
