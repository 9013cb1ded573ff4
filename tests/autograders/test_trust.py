"""The label: which wrong answers are made, what the limits are, what is kept, and what a thorough check finds."""
import ast
import dataclasses

import pytest

from autograders import gate
from autograders.trust import kept, pages
from autograders.trust.asserting import assertions, checks_nothing
from autograders.trust.bounds import limits
from autograders.trust.generated import KINDS, choose, generate
from autograders.trust.judged import judged
from autograders.trust.label import Label, Rate, Wrong
from autograders.trust.liars import liar
from curriculum.catalogue import BUILTIN, load_catalogue
from curriculum.errors import DefinitionError
from tests.autograders.test_gate import ALTERNATIVES, MUTANTS, findings  # noqa: F401
from tests.simulators.examiner import SimulatedExaminer


@pytest.mark.parametrize(("hits", "trials", "low", "high"), [
    (0, 0, 0, 1), (0, 1, 0, 0.975), (1, 1, 0.025, 1), (0, 10, 0, 0.3085), (1, 10, 0.0025, 0.4450), (5, 10, 0.1871, 0.8129),
    (10, 10, 0.6915, 1), (0, 100, 0, 0.0362), (3, 100, 0.0062, 0.0852), (990, 1000, 0.9817, 0.9952),
])
def test_limits_are_those_of_the_tables(hits, trials, low, high):
    assert limits(hits, trials) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize("arguments", [(-1, 1), (2, 1), (0, 1, 0.0), (0, 1, 1.0)])
def test_limits_of_what_cannot_be_are_refused(arguments):
    with pytest.raises(ValueError, match="hits lie between"):
        limits(*arguments)


@pytest.mark.parametrize(("source", "kind", "made"), [
    ("x = a + b", "operator", "x = a - b"), ("x = a and b", "operator", "x = a or b"), ("x = not a", "operator", "x = not not a"),
    ("x = a < b", "operator", "x = a >= b"), ("x = a < b", "off by one", "x = a <= b"), ("x = min(a)", "operator", "x = max(a)"),
    ("x = np.any(a)", "operator", "x = np.all(a)"), ("x += 1", "operator", "x -= 1"), ("x = 3", "constant", "x = 4"),
    ("x = 3", "constant", "x = 2"), ("x = True", "constant", "x = False"), ("x = 'a'", "constant", "x = 'a_'"),
    ("x = range(n)", "off by one", "x = range(n - 1)"), ("x = range(1, n)", "off by one", "x = range(1, n - 1)"),
    ("x = a[:n]", "off by one", "x = a[:n - 1]"), ("f(1)", "dropped statement", "pass"),
    ("def f(a, b):\n    return a + b", "returned argument", "def f(a, b):\n    return b"),
    ("def f(a):\n    return a + 1", "returned argument", "def f(a):\n    return"),
    ("while go:\n    f()", "operator", "while not go:\n    f()"),
])
def test_one_change_each(source, kind, made):
    assert ast.unparse(ast.parse(made)) in [one.source for one in generate(source) if one.kind == kind]


@pytest.mark.parametrize("source", ['"""Text 1."""', "raise ValueError('n 1')", "import os", "x: int", "def f(a: 3):\n    'doc'", "f'{a}b'"])
def test_what_no_check_should_read_stays(source):
    made = [one.source for one in generate(f"{source}\npass") if one.kind != "dropped statement"]
    assert made == []


def test_every_change_is_python_another_text_and_named_alike_every_time():
    source = "def f(a, n):\n    total = 0\n    for i in range(n):\n        if a[i] > 1:\n            total += a[i] * 2\n    return total"
    made = generate(source)
    assert {one.kind for one in made} == set(KINDS)
    assert len({one.source for one in made}) == len(made) == len({one.key for one in made})
    assert all(ast.parse(one.source) and one.source != source for one in made)
    assert generate(source) == made


def test_a_choice_has_every_kind_and_is_always_the_same():
    made = generate("def f(a, n):\n    if a < 1:\n        a = a + 2\n    return a * n")
    assert choose(made, 5) == choose(list(reversed(made)), 5)
    assert {one.kind for one in choose(made, 5)} == set(KINDS)
    assert choose(made, 0) == [] and len(choose(made, 10**6)) == len(made)


def run(source, names, kind):
    space = {}
    exec(compile(liar(source, names, kind), "<answer>", "exec"), space)
    return space


def test_liars_equal_everything():
    answer = run("def f(x):\n    return 2 * x", ("f",), "liar")["f"](3)
    assert answer == 6 and answer == "no" and answer > 10**9 and answer < 0 and abs(answer - 6) < 1e-9 and type(answer) is not int


def test_lying_subclasses_are_of_the_right_type():
    answer = run("def f(x):\n    return [x]", ("f",), "subclass")["f"](3)
    assert isinstance(answer, list) and answer == [3] and answer == [9] and list.__eq__(answer, [4])


@pytest.mark.parametrize(("right", "wrong"), [
    ("3", 4), ("2.5", 3.5), ("True", False), ("'ax'", "xy"), ("[1, [2]]", [2, [3]]), ("(1,)", (2,)), ("{'a': 1}", {"a": 2}), ("b'a'", b"b"), ("None", 0)])
def test_claims_hold_and_values_do_not(right, wrong):
    assert run(f"x = {right}", ("x",), "claims")["x"] == wrong
    assert run(f"def f():\n    return {right}", ("f",), "claims")["f"]() == wrong


def test_methods_lie_too():
    space = run("class Counter:\n    def __init__(self):\n        self.n = 2\n    def count(self):\n        return self.n", ("Counter",), "claims")
    assert space["Counter"]().count() == 3


def test_there_are_three_kinds_of_liars():
    with pytest.raises(ValueError, match="no kind 'x'"):
        liar("x = 1", ("x",), "x")


@pytest.mark.parametrize(("source", "nothing"), [
    ("assert x == 1", False), ("assert True", True), ("assert (x, 'message')", True), ("x == 1\nprint(x)", True), ("x = 1", True), ("", True),
    ("raise ValueError", False), ("np.testing.assert_allclose(x, 1)", False), ("checks.check_it(x)", False), ("x * 2", False), ("2", True),
    ("for i in x:\n    assert i", False), ("with pytest.raises(ValueError):\n    f()", False), ("%magic", True), ("x = (", False),
])
def test_cells_that_check_nothing(source, nothing):
    assert checks_nothing(source) is nothing


def test_assertions_by_line():
    assert assertions("x = 1\nassert x == 1, 'no'\nassert True\nif x:\n    assert x < 2") == {2: "x == 1", 5: "x < 2"}


def thorough(findings, **text):  # noqa: F811
    return gate.check(findings.module(MUTANTS, ALTERNATIVES, **text), SimulatedExaminer(), workers=2, seed=11, thorough=True, per_task=3, flakes=3)


def test_a_good_module_has_a_good_label(findings):  # noqa: F811
    report = thorough(findings)
    label = report.label
    assert label.kill_rate().share == 1 and label.right.hits == 0 and label.memory_mib
    # in one process, as the simulator runs them, lying objects fool every comparison: that is what the examiner's split is for
    assert {one.kind for one in label.survivors} == {"liar", "subclass"}
    assert {one.name.split()[0] for one in report.findings if not one.passed} == {"liar", "subclass", "false"}
    assert "kill rate" in report.page() and report.sources in report.page()
    assert report.document()["label"]["false_fail"]["hits"] == 0


def test_points_on_claims_are_found(findings):  # noqa: F811
    report = thorough(findings, total_test="assert isinstance(total, int)")
    bad = {one.name: one.message for one in report.findings if not one.passed}
    assert "compare the values themselves" in bad["claims test_total"]
    assert "false pass" in bad and "mutant total_1" in bad


def label(wrong=(), **more):
    return Label(tuple(wrong), **{"right": Rate(0, 100), "seconds": 1.0, "memory_mib": 64, **more})


WEAK = Wrong("t", "generated", "0123456789", "constant in line 1: <2> to 3", False, "passed")


def test_what_a_person_judged_does_not_count():
    made = label([WEAK, dataclasses.replace(WEAK, killed=True), dataclasses.replace(WEAK, equivalent="it is the same")])
    assert str(made.kill_rate()).startswith("1 of 2 (50.0 %") and made.survivors == (WEAK,)


def test_the_page_escapes_and_lists():
    report = gate.Report("tr", "m<b>", "1", (gate.Finding("kill rate", False, "too low"),), "sha256:0",
                         label([WEAK, dataclasses.replace(WEAK, equivalent="it is the same")], idle=(("t", 3, "x < 1"),)))
    page = pages.html(report)
    assert "m<b>" not in page and "&lt;2&gt; to 3" in page and "<script" not in page
    for text in ("NOT passed", "kill rate: too low", "t 0123456789 (generated)", "it is the same", "t line 3: x < 1"):
        assert text in pages.text(report)


@pytest.mark.parametrize(("text", "problem"), [
    ("x = 1", "unknown key"), ("[equivalent]\nnokey = 'a b c'", "write the change's key"), ("[equivalent]\n0123456789 = 'same'", "a sentence"),
])
def test_judgements_that_cannot_be_read(findings, text, problem):  # noqa: F811
    module = findings.module({}, {})
    (module.path / "equivalent.toml").write_text(text)
    with pytest.raises(DefinitionError, match=problem):
        judged(module)


def test_a_report_is_of_one_state_of_the_module(findings):  # noqa: F811
    module = findings.module(MUTANTS, {})
    with pytest.raises(kept.Stale, match="no report"):
        kept.read(module)
    good = gate.Report("t", "m", "1", (gate.Finding("a", True, ""),), kept.sources(module))
    (module.path / "gate.txt").write_text(good.page())
    assert kept.read(module) == good.page()
    (module.path / "lesson.md").write_text("# Other\n")
    assert kept.read(module)
    (module.path / "gate.txt").write_text(dataclasses.replace(good, findings=(gate.Finding("a", False, ""),)).page())
    with pytest.raises(kept.Stale, match="not passed"):
        kept.read(module)
    (module.path / "gate.txt").write_text(good.page())
    (module.path / "mutants/total_1.py").write_text("# fails: test_total\n# why: other\ntotal = 0\n")
    with pytest.raises(kept.Stale, match="earlier state"):
        kept.read(module)


REPORTED = [module for track in load_catalogue([BUILTIN]).tracks for module in track.modules if (module.path / kept.FILE).exists()]


@pytest.mark.parametrize("module", REPORTED, ids=lambda module: f"{module.track}/{module.id}")
def test_reports_in_the_repository_are_of_the_modules_as_they_are(module):
    assert kept.read(module), "write it anew: academy check --keep"
