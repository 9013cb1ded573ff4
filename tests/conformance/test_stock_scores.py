"""Stock nbgrader and ours on the same submissions: the same scores, cell for cell, for honest work of every kind.

The courses are nbgrader's own example (`nbgrader quickstart`) with its documentation's submissions, unchanged, and one
assignment with a notebook for each kind of course (`courses`).
"""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograders.examiner import open_examiner
from autograders.environment import learner_environment
from autograders.sandbox import SandboxError
from hub_config.settings import places

from .courses import ANSWERS, COURSES, LIBRARY_COURSES

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
DOCS = Path(sys.modules["nbgrader"].__file__).parent / "docs/source/user_guide"
CONFIG = "c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\nc.Autograde.exclude_overwriting = {'kinds': ['own.py']}\n"
OURS = """load_subconfig({config!r})
c = get_config()
c.Examine.python, c.Examine.seeds, c.Examine.seconds, c.Examine.cell_seconds = {python!r}, 1, 120, 30
"""
LATE, FILES = "late", "files"


def learners_python() -> Path:
    """The learner environment's interpreter if it is installed with nbgrader, else this one."""
    python = places().notebook_env / "bin/python"
    return python if python.is_file() and list(python.parent.parent.glob("lib/python3*/site-packages/nbgrader")) else Path(sys.executable)


def run(course: Path, python: Path, *arguments: str) -> None:
    environment = os.environ | {"PATH": f"{python.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT) if str(python) == sys.executable else "",
                                "JUPYTER_CONFIG_DIR": str(course.parent / "jupyter"), "IPYTHONDIR": str(course.parent / "ipython")}
    done = subprocess.run([str(python), "-m", "nbgrader", *arguments], cwd=course, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]


def scores(course: Path, assignment: str) -> dict[tuple[str, str, str], tuple]:
    """(learner, notebook, cell) -> (automatic score, points, whether a person must look); and the late penalties."""
    found = {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "c") as gradebook:
        for submission in gradebook.assignment_submissions(assignment):
            found[submission.student.id, "", "late"] = (submission.late_submission_penalty, None, None)
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    found[submission.student.id, notebook.name, grade.name] = (grade.auto_score, grade.max_score, bool(grade.needs_manual_grade))
    return found


def answered(released: Path, changes: dict, instructor: dict) -> dict:
    """The release with answers: the learner's own where there are some, else the instructor's."""
    notebook = json.loads(released.read_text())
    texts = {c["metadata"]["nbgrader"]["grade_id"]: c["source"] for c in instructor["cells"] if c["metadata"].get("nbgrader", {}).get("solution")}
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        text = changes.get(name, texts.get(name))
        if name in texts and text is not None:
            cell["source"] = text
    return notebook


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Both gradebooks: {"stock": course, "ours": course}."""
    python = learners_python()
    try:
        with open_examiner(learner_environment(python)):
            pass
    except SandboxError as error:
        pytest.skip(f"no sandbox can be made here: {error}")
    base = tmp_path_factory.mktemp("courses")
    stock = base / "stock/c"
    stock.parent.mkdir()
    run(stock.parent, Path(sys.executable), "quickstart", "c")
    (stock / "nbgrader_config.py").write_text(CONFIG)
    kinds = COURSES | (LIBRARY_COURSES if str(python) != sys.executable else {})
    made = {name: build() for name, build in kinds.items()}
    (stock / "source/kinds").mkdir()
    for name, notebook in made.items():
        (stock / f"source/kinds/{name}.ipynb").write_text(json.dumps(notebook))
    (stock / "source/kinds/own.py").write_text("value = 'the course'\n")
    run(stock, Path(sys.executable), "generate_assignment", "ps1")
    run(stock, Path(sys.executable), "generate_assignment", "kinds")
    run(stock, Path(sys.executable), "db", "assignment", "add", "kinds", "--duedate", "2024-01-10 12:00:00 UTC")
    for learner, answers in {**ANSWERS, LATE: ANSWERS["right"]}.items():
        place = stock / f"submitted/{learner}/kinds"
        place.mkdir(parents=True)
        for name, notebook in made.items():
            if learner in (LATE,) and name != "recommender":
                continue
            text = answered(stock / f"release/kinds/{name}.ipynb", answers.get(name, {}), notebook)
            (place / f"{name}.ipynb").write_text(json.dumps(text))
        (place / "timestamp.txt").write_text("2024-02-01 12:00:00 UTC" if learner == LATE else "2024-01-05 12:00:00 UTC")
        (place / "own.py").write_text(f"value = {learner!r}\n")
    for folder in sorted((DOCS / "submitted").iterdir()):
        shutil.copytree(folder, stock / "submitted" / f"docs_{folder.name}")
    (base / "ours").mkdir()
    ours = base / "ours/c"
    shutil.copytree(stock, ours)
    (ours / "nbgrader_config.py").write_text(OURS.format(config=str(ROOT / "hub_config/nbgrader_config.py"), python=str(python)) + CONFIG)
    for assignment in ("ps1", "kinds"):
        run(stock, python, "autograde", assignment)
        run(ours, Path(sys.executable), "autograde", assignment)
    return {"stock": stock, "ours": ours}


def differences(graded, assignment: str) -> dict:
    stock, ours = scores(graded["stock"], assignment), scores(graded["ours"], assignment)
    assert stock.keys() == ours.keys() and len(stock) > 5
    return {key: (stock[key], ours[key]) for key in stock if stock[key] != ours[key]}


def test_nbgraders_own_example_with_its_documentations_submissions(graded):
    found = {key: pair for key, pair in differences(graded, "ps1").items() if key[0] != "docs_hacker"}
    assert found == {}


def test_a_hacker_of_the_documentation_gets_at_most_what_stock_gives(graded):
    for key, (stock, ours) in differences(graded, "ps1").items():
        assert key[0] == "docs_hacker" and (ours[0] or 0) <= (stock[0] or 0), (key, stock, ours)


def test_every_kind_of_course_cell_for_cell(graded):
    assert differences(graded, "kinds") == {}


def test_what_is_right_gets_full_marks_in_both(graded):
    for name in ("stock", "ours"):
        for key, (score, points, _) in scores(graded[name], "kinds").items():
            if key[0] == "right" and score is not None and key[2] not in ("late", "essay", "why", "chart"):
                assert score == points, (name, key, score)


def test_a_late_submission_is_penalised_alike(graded):
    found = {name: scores(graded[name], "kinds")[LATE, "", "late"][0] for name in graded}
    assert found["stock"] == found["ours"] and found["ours"] > 0


def test_feedback_is_made_by_nbgrader_from_our_scores(graded):
    run(graded["ours"], Path(sys.executable), "generate_feedback", "kinds")
    pages = sorted((graded["ours"] / "feedback").rglob("*.html"))
    assert len(pages) >= len(COURSES) * len(ANSWERS)
    assert all("HIDDEN TESTS" not in page.read_text() for page in pages)


def test_what_exclude_overwriting_names_stays_the_learners(graded):
    for name in graded:
        assert "partly" in (graded[name] / "autograded/partly/kinds/own.py").read_text()
