"""Fixtures that return functions: grading a submission of the demo notebook with the simulated examiner."""
import pytest

from autograders.pipeline import grade
from autograders.seeds import draw
from tests.autograders.builders import ASSESSMENT, META, demo
from tests.simulators.examiner import SimulatedExaminer


@pytest.fixture
def simulator():
    return SimulatedExaminer()


@pytest.fixture
def graded(simulator):
    """``graded(submission, source=None, fresh=1)``."""
    def run(submission, source=None, fresh=1, **options):
        return grade(source or demo(), submission, examiner=options.pop("examiner", simulator), seeds=draw(42, fresh),
                     submission_meta=META, assessment=ASSESSMENT, **options)
    return run
