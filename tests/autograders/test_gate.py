"""The gate finds each way in which a module's checks could be fooled or unfair."""
import json

import pytest

from autograders import gate
from autograders.examination import CellVerdict, RunResult, Status
from autograders.gate import leaks
from autograders.record import Record
from autograders.steps.hardcode import hard_coded
from curriculum.catalogue import load_catalogue
from curriculum.notebooks import instructor_notebook, release_notebook
from tests.simulators.examiner import SimulatedExaminer

TRACK = """title = "Sums"
summary = "Sums."
version = "1.0.0"
family = "core"
level = "aware"
competencies = ["C1"]
assessment = "public"
pass_share = 0.7
"""
MODULE = """title = "Sums"
summary = "Sums."
version = "1.0.0"
hours = 1.0
minutes = 25
data_licence = "CC0-1.0"
[[outcome]]
code = "O1"
verb = "Compute"
text = "a sum"
competency = "C1"
[[task]]
grade_id = "test_total"
answers = "total"
title = "Total"
outcome = "O1"
[[task]]
grade_id = "test_double"
answers = "double"
title = "Double"
outcome = "O1"
"""
MARK = '{{"grade": {grade}, "grade_id": "{id}", "locked": {locked}, "schema_version": 3, "solution": {solution}, "task": false{points}}}'


def mark(id, kind, points=0):
    return MARK.format(id=id, grade=str(kind == "tests").lower(), solution=str(kind == "solution").lower(),
                       locked=str(kind != "solution").lower(), points=f', "points": {points}' if points else "")


def assessment(total_test="assert total == sum(numbers)", double_test="assert double(SEED) == 2 * SEED and double(3) == 6",
               double="    return 2 * x", given="numbers = [SEED, SEED + 1]"):
    return "\n\n".join([
        "# %% [markdown]\n# # Sums", '# %% tags=["parameters"]\nSEED = 1',
        f"# %% nbgrader={mark('data', 'given')}\n{given}",
        f"# %% nbgrader={mark('total', 'solution')}\n### BEGIN SOLUTION\ntotal = sum(numbers)\n### END SOLUTION",
        f"# %% nbgrader={mark('test_total', 'tests', 1)}\n{total_test}",
        f"# %% nbgrader={mark('double', 'solution')}\ndef double(x):\n    ### BEGIN SOLUTION\n{double}\n    ### END SOLUTION",
        f"# %% nbgrader={mark('test_double', 'tests', 2)}\n### BEGIN HIDDEN TESTS\n{double_test}\n### END HIDDEN TESTS\n",
    ])


MUTANTS = {f"total_{n}": ("test_total", f"total = sum(numbers) + {n}") for n in range(1, 5)} | {
    f"double_{n}": ("test_double", f"def double(x):\n    return 2 * x + {n}") for n in range(1, 5)}
ALTERNATIVES = {
    "total_loop": ("test_total", "total = 0\nfor n in numbers:\n    total += n"), "total_two": ("test_total", "total = numbers[0] + numbers[1]"),
    "double_add": ("test_double", "def double(x):\n    return x + x"), "double_lambda": ("test_double", "double = lambda x: x * 2")}


@pytest.fixture
def findings(tmp_path):
    """``findings(mutants=…, alternatives=…, **assessment)`` -> {name: Finding} of the bad ones."""
    def run(mutants=MUTANTS, alternatives=ALTERNATIVES, examiner=None, **text):
        report = gate.check(module(mutants, alternatives, **text), examiner or SimulatedExaminer(), workers=2)
        assert report.passed is not any(not f.passed for f in report.findings)
        return {f.name: f.message for f in report.findings if not f.passed}

    def module(mutants, alternatives, **text):
        place = tmp_path / "sums"
        for folder, key, variants in (("mutants", "fails", mutants), ("alternatives", "solves", alternatives)):
            (place / "01_sums" / folder).mkdir(parents=True)
            for name, (task, source) in variants.items():
                (place / "01_sums" / folder / f"{name}.py").write_text(f"# {key}: {task}\n# why: because\n{source}\n")
        (place / "track.toml").write_text(TRACK)
        (place / "01_sums/module.toml").write_text(MODULE)
        (place / "01_sums/lesson.md").write_text("# Sums\n")
        (place / "01_sums/assessment.py").write_text(assessment(**text))
        return load_catalogue([tmp_path]).tracks[0].modules[0]
    run.module = module
    return run


def test_a_good_module_passes(findings):
    assert findings() == {}


def test_a_mutant_that_passes_is_named(findings):
    bad = findings(mutants=MUTANTS | {"weak": ("test_double", "def double(x):\n    return 2 * x if x < 10**12 else 0")})
    assert list(bad) == ["mutant weak"]
    assert "passes test_double, which must fail it (because)" in bad["mutant weak"]


def test_a_mutant_that_fails_another_task_is_named(findings):
    bad = findings(mutants=MUTANTS | {"wide": ("test_total", "total = None")},
                   double_test="assert double(SEED) == 2 * SEED and double(3) == 6 and total is not None")
    assert list(bad) == ["mutant wide"]
    assert "also fails test_double" in bad["mutant wide"]


def test_an_unfair_check_is_named(findings):
    bad = findings(double_test='assert double(SEED) == 2 * SEED and double(3) == 6 and double.__name__ == "double"')
    assert list(bad) == ["alternative double_lambda"]
    assert "must get full marks, but: test_double 0 of 2 (failed" in bad["alternative double_lambda"]


def test_points_for_nothing_are_named(findings):
    bad = findings(total_test="assert True", mutants={k: v for k, v in MUTANTS.items() if "double" in k})
    assert {"asserts test_total", "blank", "counts test_total", "hard-coded test_total"} == set(bad)
    assert "{'test_total': 1.0}" in bad["blank"]


@pytest.mark.parametrize(("text", "task"), [
    ({"given": "numbers = [1, 2]"}, "test_total"),
    ({"double_test": "assert double(3) == 6"}, "test_double"),
])
def test_an_answer_for_one_seed_is_named(findings, text, task):
    bad = findings(mutants={k: v for k, v in MUTANTS.items() if "total" in k} if task == "test_double" else MUTANTS, **text)
    assert f"hard-coded {task}" in bad
    assert "right for one seed" in bad[f"hard-coded {task}"]


def test_a_wrong_solution_stops_the_gate(findings):
    bad = findings(double="    return 3 * x")
    assert list(bad) == ["instructor"]
    assert "(first seed " in bad["instructor"]


def test_too_few_variants_are_named(findings):
    bad = findings(mutants={}, alternatives={})
    assert set(bad) == {"counts test_total", "counts test_double"}
    assert bad["counts test_total"] == "0 mutants (4 are needed), 0 alternatives (2 are needed)"


def test_a_slow_solution_is_named(findings):
    def slowly(result):
        return RunResult(result.seed, result.verdicts, result.ended, 16.0)
    assert set(findings(examiner=SimulatedExaminer(rewrite=slowly))) == {"time"}


def test_a_check_that_sometimes_fails_is_named(findings):
    count = iter(range(10**6))

    def flaky(result):
        if next(count) != 3:
            return result
        verdicts = tuple(CellVerdict(v.id, Status.FAILED, 0.0, v.max_score, 1) for v in result.verdicts)
        return RunResult(result.seed, verdicts, result.ended, result.seconds)
    assert list(findings(examiner=SimulatedExaminer(rewrite=flaky))) == ["instructor"]


def test_reports_for_people_and_programs(findings):
    report = gate.check(findings.module(MUTANTS, {}), SimulatedExaminer())
    document = json.loads(json.dumps(report.document()))
    assert (document["passed"], document["module"]) == (False, "01_sums")
    assert "2 of " in report.text() and "counts test_total: 4 mutants" in report.text()


def test_leaks_are_found(findings):
    module = findings.module(MUTANTS, ALTERNATIVES)
    instructor, release = instructor_notebook(module), release_notebook(module)
    assert leaks(instructor, release) == []
    assert any("BEGIN SOLUTION" in found for found in leaks(instructor, instructor))
    unstripped = release_notebook(module)
    next(c for c in unstripped.cells if c.source.startswith("def double")).source = "def double(x):\n    return 2 * x"
    assert leaks(instructor, unstripped) == ["double: the release holds the solution"]
    told = release_notebook(module)
    told.cells[0].source += "\nassert double(SEED) == 2 * SEED and double(3) == 6"
    assert "test_double: the hidden line" in leaks(instructor, told)[0]
    run = release_notebook(module)
    run.cells[1].execution_count = 3
    assert leaks(instructor, run) == ["the release holds outputs"]


def test_a_hard_coded_answer_is_right_at_its_seed_only(findings, graded):
    module = findings.module({}, {})
    from curriculum.notebooks import solutions, with_solutions
    instructor = instructor_notebook(module)
    text = hard_coded(Record.of(instructor), "total", 42)
    own = with_solutions(instructor, solutions(instructor) | {"total": text})
    runs = graded(own, instructor, fresh=1).scored.tasks[0].runs
    assert [run.status for run in runs] == [Status.PASSED, Status.FAILED]
    with pytest.raises(KeyError):
        hard_coded(Record.of(instructor), "nothing", 1)
