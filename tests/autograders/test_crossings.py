"""Every row of the table of crossings gets its score, in one sandboxed run each."""
from __future__ import annotations

import pytest

from autograders.environment import learner_environment
from autograders.examination import Limits, Status
from autograders.examiner import open_examiner

from .crossings import CROSSINGS
from .crossings_libraries import LIBRARIES
from .examining import examine, run_of


@pytest.mark.parametrize("name", CROSSINGS)
def test_a_pattern_crosses(name):
    case = CROSSINGS[name]
    tests = [case.tests] if isinstance(case.tests, str) else list(case.tests)
    scores = [case.scores] * len(tests) if isinstance(case.scores, (int, float)) else list(case.scores)
    result = examine(tests, case.solution, record=case.record, given=case.given)
    assert result.ended is Status.PASSED
    assert [v.score for v in result.verdicts] == scores, result.verdicts


@pytest.fixture(scope="module")
def libraries():
    """An examiner of the learner environment, where scikit-learn and matplotlib are."""
    from hub_config.settings import places

    python = places().notebook_env / "bin/python"
    if not python.is_file():
        pytest.skip("the learner environment is not installed: make install")
    with open_examiner(learner_environment(python, ("sklearn.linear_model", "matplotlib.pyplot"))) as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize("name", LIBRARIES)
def test_a_pattern_of_a_library_crosses(name, libraries):
    case = LIBRARIES[name]
    result = libraries.examine(run_of(case.tests, case.solution), Limits(seconds=60, cell_seconds=20))
    assert [v.score for v in result.verdicts] == [case.scores], result.verdicts
