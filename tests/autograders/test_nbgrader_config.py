"""A real nbgrader course with our configuration: the same scores as stock for honest work, and none for what fooled it."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograders.sandbox import SandboxError

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "hub_config/nbgrader_config.py"
SQUARES = "def squares(n):\n    if n < 1:\n        raise ValueError(n)\n    return [i ** 2 for i in range(1, n + 1)]"
SUM = "def sum_of_squares(n):\n    return sum(squares(n))"


@pytest.fixture(scope="module")
def sandbox():
    """Skips where no sandbox can be made at all."""
    from autograders.environment import learner_environment
    from autograders.examiner import open_examiner

    try:
        with open_examiner(learner_environment(Path(sys.executable))):
            pass
    except SandboxError as error:
        pytest.skip(f"no sandbox can be made here: {error}")


def nbgrader(course: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
                                "JUPYTER_CONFIG_DIR": str(course.parent / "jupyter"), "IPYTHONDIR": str(course.parent / "ipython")}
    return subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=course, env=environment, timeout=240,
                          capture_output=True, text=True)


@pytest.fixture(scope="module")
def course(tmp_path_factory, sandbox):
    """nbgrader's own example course with one problem, released, and submissions of every kind."""
    folder = tmp_path_factory.mktemp("course")
    assert nbgrader(folder, "quickstart", "c").returncode == 0
    made = folder / "c"
    (made / "source/ps1/problem2.ipynb").unlink()
    done = nbgrader(made, "generate_assignment", "ps1")
    assert done.returncode == 0, done.stderr[-2000:]
    released = nbformat.read(made / "release/ps1/problem1.ipynb", 4)
    for name, change in SUBMISSIONS.items():
        notebook = nbformat.from_dict(json.loads(json.dumps(released)))
        change(notebook)
        place = made / f"submitted/{name}/ps1"
        place.mkdir(parents=True)
        (place / "problem1.ipynb").write_text(json.dumps(notebook))
    return made


def answer(notebook, **sources):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") in sources:
            cell.source = sources[cell.metadata.nbgrader["grade_id"]]


def right(notebook):
    answer(notebook, squares=SQUARES, sum_of_squares=SUM, sum_of_squares_equation="$\\sum i^2$")


def partly(notebook):
    answer(notebook, squares="def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]", sum_of_squares=SUM)


def blank(notebook):
    return None


def loop_after_the_answer(notebook):
    right(notebook)
    answer(notebook, squares=SQUARES + "\nwhile True: pass")


def duplicate(notebook):
    right(notebook)
    notebook.cells.append(next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "squares"))


def stubbed(notebook):
    """What fools stock nbgrader: exit quietly, and lying objects."""
    answer(notebook, squares="class Liar:\n    def __eq__(self, other): return True\ndef squares(n):\n    return Liar()",
           sum_of_squares="def sum_of_squares(n):\n    return squares(n)")


def deleted_tests(notebook):
    right(notebook)
    notebook.cells = [c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("grade")
                      or c.metadata.nbgrader.get("solution")]


SUBMISSIONS = {function.__name__: function for function in (right, partly, blank, loop_after_the_answer, duplicate, stubbed, deleted_tests)}
TESTS = ("correct_squares", "squares_invalid_input", "correct_sum_of_squares", "sum_of_squares_uses_squares")


def scores(course):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "c") as gradebook:
        return {name: {g.name: g.auto_score for g in gradebook.find_submission_notebook("problem1", "ps1", name).grades}
                for name in SUBMISSIONS if any(s.student.id == name for s in gradebook.assignment_submissions("ps1"))}


@pytest.fixture(scope="module")
def ours(course):
    (course.parent / "short.py").write_text(
        f'load_subconfig({str(CONFIG)!r})\nget_config().Examine.seconds = 8\nget_config().Examine.cell_seconds = 4\n'
        f'get_config().Examine.python = {sys.executable!r}\nget_config().Examine.seeds = 1\n')
    done = nbgrader(course, "autograde", "ps1", f"--NbGrader.config_file={course.parent / 'short.py'}")
    assert done.returncode == 0, done.stderr[-3000:]
    return scores(course)


@pytest.mark.slow
def test_honest_work_gets_what_it_earned(ours):
    assert [ours["right"][t] for t in TESTS[:3]] == [1, 1, 0.5]
    assert [ours["partly"][t] for t in TESTS[:3]] == [1, 0, 0.5]
    assert ours["right"]["sum_of_squares_equation"] is None
    assert ours["right"]["sum_of_squares_application"] == 0


@pytest.mark.slow
@pytest.mark.attack
@pytest.mark.parametrize("name", ["blank", "loop_after_the_answer", "duplicate", "stubbed"])
def test_what_was_not_earned_is_0(ours, name):
    assert [ours[name][t] for t in TESTS[:3]] == [0, 0, 0]


@pytest.mark.slow
def test_deleted_tests_are_put_back(ours):
    assert ours["deleted_tests"] == ours["right"]


@pytest.mark.slow
def test_feedback_holds_no_hidden_test_and_no_other_site(course, ours):
    done = nbgrader(course, "generate_feedback", "ps1", "--force", f"--NbGrader.config_file={CONFIG}")
    assert done.returncode == 0, done.stderr[-3000:]
    page = (course / "feedback/partly/ps1/problem1.html").read_text()
    assert "HIDDEN TESTS" not in page
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=.https?:", page) == []
    assert "A check did not hold." in page


@pytest.mark.slow
def test_the_same_scores_as_stock_for_honest_work(course, ours):
    """Stock nbgrader on the same course: equal where nobody cheats; it is fooled where somebody does."""
    for name in SUBMISSIONS.keys() - {"right", "partly", "stubbed"}:
        (course / f"submitted/{name}").rename(course.parent / f"{name}.away")
    try:
        done = nbgrader(course, "autograde", "ps1", "--force", "--Execute.timeout=20")
        assert done.returncode == 0, done.stderr[-3000:]
        stock = scores(course)
    finally:
        for name in SUBMISSIONS:
            if (course.parent / f"{name}.away").exists():
                (course.parent / f"{name}.away").rename(course / f"submitted/{name}")
    for name in ("right", "partly"):
        for test, score in stock[name].items():  # deleting a learner's name in a test: at most what stock gives
            assert ours[name][test] <= score if test == TESTS[3] else ours[name][test] == score
    assert stock["stubbed"]["correct_squares"] == 1 > ours["stubbed"]["correct_squares"]
