"""The gradebook is a projection of transcripts: explicit everywhere, all or nothing, made again at will."""
import sqlite3

import pytest
from nbgrader.api import Gradebook

from autograders.gradebook import counting, project, rebuild
from tests.autograders.builders import ASSESSMENT, META, checks, demo, submission

MODULE = ASSESSMENT["module"]


@pytest.fixture
def body(graded):
    """``body(learner, examined, **answers)``"""
    def make(learner="ada", examined="2026-01-01T00:00:00Z", **answers):
        made = graded(submission(**answers), released={"why": "YOUR ANSWER HERE"}).transcript
        return made | {"submission": META | {"learner": learner}, "examined": examined}
    return make


def results(place, learner="ada"):
    with Gradebook(f"sqlite:///{place}", "demo") as gradebook:
        found = gradebook.find_submission_notebook(MODULE, MODULE, learner)
        return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in found.grades}


def test_every_graded_cell_has_an_explicit_result(tmp_path, body):
    project(tmp_path / "g.db", "demo", {MODULE: demo()}, [body(double="double = 0")])
    assert results(tmp_path / "g.db") == {"total_test": (1.0, False), "double_test": (0.0, False), "why": (None, True)}


def test_an_unanswered_question_is_0_and_nobodys_work(tmp_path, body):
    project(tmp_path / "g.db", "demo", {MODULE: demo()}, [body(why="YOUR ANSWER HERE")])
    assert results(tmp_path / "g.db")["why"] == (0.0, False)


def test_a_rejected_submission_is_0_everywhere_and_looked_at(tmp_path, graded):
    own = submission()
    own["cells"].append(own["cells"][3])
    project(tmp_path / "g.db", "demo", {MODULE: demo()}, [graded(own).transcript])
    assert set(results(tmp_path / "g.db").values()) == {(0.0, True)}


def test_nbgraders_own_sums_agree(tmp_path, body):
    project(tmp_path / "g.db", "demo", {MODULE: demo()}, [body(), body("bob", double="double = 0")])
    with Gradebook(f"sqlite:///{tmp_path / 'g.db'}", "demo") as gradebook:
        assert gradebook.find_assignment(MODULE).max_score == 5
        assert {s.student.id: s.score for s in gradebook.assignment_submissions(MODULE)} == {"ada": 3, "bob": 1}


def test_the_transcript_that_counts(body):
    worse, better = body(double="double = 0", examined="2026-01-01T00:00:00Z"), body(examined="2026-01-02T00:00:00Z")
    later = body(examined="2026-01-03T00:00:00Z")
    assert counting([worse, later, better]) == [better]
    clear = worse | {"needs_review": False}
    assert counting([better, clear]) == [clear]


def test_projecting_again_changes_nothing_and_keeps_what_a_person_wrote(tmp_path, body):
    place, made = tmp_path / "g.db", body(double="double = 0")
    project(place, "demo", {MODULE: demo()}, [made])
    with Gradebook(f"sqlite:///{place}", "demo") as gradebook:
        grade = gradebook.find_grade("why", MODULE, MODULE, "ada")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    project(place, "demo", {MODULE: demo()}, [made])
    with Gradebook(f"sqlite:///{place}", "demo") as gradebook:
        grade = gradebook.find_grade("why", MODULE, MODULE, "ada")
        assert (grade.manual_score, grade.needs_manual_grade) == (1.5, False)
        assert gradebook.find_submission(MODULE, "ada").score == 2.5


def test_a_better_attempt_replaces_the_scores_and_marks_manual_ones(tmp_path, body):
    place = tmp_path / "g.db"
    first, second = body(double="double = 0"), body(examined="2026-01-02T00:00:00Z")
    project(place, "demo", {MODULE: demo()}, [first])
    with Gradebook(f"sqlite:///{place}", "demo") as gradebook:
        grade = gradebook.find_grade("double_test", MODULE, MODULE, "ada")
        grade.manual_score = 0.5
        gradebook.db.commit()
    project(place, "demo", {MODULE: demo()}, [first, second])
    assert results(place)["double_test"] == (2.0, True)


def test_a_changed_assessment_changes_the_cells(tmp_path, body):
    place, source = tmp_path / "g.db", demo()
    project(place, "demo", {MODULE: source}, [body()])
    source["cells"] = [c for c in source["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") != "double_test"]
    source["cells"].append(checks("new_test", 4, "assert True"))
    project(place, "demo", {MODULE: source}, [body("bob")])
    assert results(place, "bob") == {"total_test": (1.0, False), "why": (None, True), "new_test": (0.0, True)}


def test_a_failure_leaves_no_trace(tmp_path, body):
    place = tmp_path / "g.db"
    project(place, "demo", {MODULE: demo()}, [body()])
    broken = body("eve") | {"tasks": [{"grade_id": "total_test"}]}
    with pytest.raises(KeyError):
        project(place, "demo", {MODULE: demo()}, [body("bob"), broken])
    with sqlite3.connect(place) as connection:
        assert connection.execute("select id from student").fetchall() == [("ada",)]


def test_it_is_made_again_from_transcripts(tmp_path, body):
    place = tmp_path / "g.db"
    place.write_text("not a database")
    rebuild(place, "demo", {MODULE: demo()}, [body(), body("bob")])
    assert results(place, "bob") == results(place, "ada")
    assert [p.name for p in tmp_path.iterdir()] == ["g.db"]


def test_a_module_without_a_source_is_left_out(tmp_path, body):
    project(tmp_path / "g.db", "demo", {}, [body()])
    with Gradebook(f"sqlite:///{tmp_path / 'g.db'}", "demo") as gradebook:
        assert gradebook.assignments == []
