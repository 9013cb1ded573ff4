"""The building blocks of hidden tests: exact where they are exact, and within their budgets of error where they are not."""
from __future__ import annotations

import ast
import math
from pathlib import Path

import numpy as np
import pytest

import autograders.checks
from autograders.checks import audit, budgets, guards, utility
from autograders.checks.bundle import instructor_files

# -- budgets: values of the beta quantiles, computed once with another program


@pytest.mark.parametrize(("successes", "trials", "alpha", "lower", "upper"), [
    (0, 10, 0.025, 0.0, 0.3084971078187608),
    (5, 100, 0.025, 0.016431879182052155, 0.11283491110546275),
    (10, 10, 0.025, 0.6915028921812392, 1.0),
    (1990, 2000, 5e-5, 0.9856638760710239, 0.9989047),
    (0, 2000, 5e-5, 0.0, 0.004939503962679),
])
def test_clopper_pearson(successes, trials, alpha, lower, upper):
    assert budgets.lower_bound(successes, trials, alpha) == pytest.approx(lower, rel=1e-6, abs=1e-9)
    assert budgets.upper_bound(successes, trials, alpha) == pytest.approx(upper, rel=1e-4)


@pytest.mark.parametrize(("successes", "trials", "probability"), [(0, 5, 0.3), (1, 5, 0.3), (3, 5, 0.3), (5, 5, 0.3), (6, 5, 0.3), (40, 90, 0.5), (2, 3, 0.0), (2, 3, 1.0)])
def test_the_tail_is_the_sum_of_its_terms(successes, trials, probability):
    terms = sum(math.comb(trials, k) * probability**k * (1 - probability) ** (trials - k) for k in range(max(0, successes), trials + 1))
    assert budgets.binomial_tail(successes, trials, probability) == pytest.approx(terms, abs=1e-12)


def test_a_bound_is_missed_as_often_as_it_says():
    """Exact: the chance, over all samples, that the lower bound lies above the truth is at most alpha."""
    trials, truth, alpha = 60, 0.3, 0.05
    missed = sum(math.comb(trials, k) * truth**k * (1 - truth) ** (trials - k)
                 for k in range(trials + 1) if budgets.lower_bound(k, trials, alpha) > truth)
    assert 0 < missed <= alpha


@pytest.mark.parametrize(("arguments", "message"), [((5, 4, 0.1), "5 of 4 is no sample"), ((-1, 4, 0.1), "no sample"), ((0, 0, 0.1), "no sample"), ((1, 4, 0.0), "alpha is 0"), ((1, 4, 1.0), "alpha is 1")])
def test_impossible_samples_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        budgets.lower_bound(*arguments)


@pytest.mark.parametrize(("covered", "within"), [(285, True), (300, False), (274, True), (260, False), (240, False)])
def test_coverage_of_intervals(covered, within):
    assert budgets.coverage_within(covered, 300, 0.95, 0.001) is within


@pytest.mark.parametrize(("outcomes", "result", "tries"), [([True], True, 1), ([False, True], True, 2), ([False, False], False, 2)])
def test_two_of_two(outcomes, result, tries):
    left = list(outcomes)
    assert budgets.two_of_two(lambda: left.pop(0)) is result
    assert len(outcomes) - len(left) == tries


# -- audit


def noise(rng, epsilon, size):
    p = 1 - math.exp(-epsilon)
    return rng.geometric(p, size) - rng.geometric(p, size)


def accused(rng, claim, true, runs, draws=4000):
    return sum(not audit.keeps_claim(noise(rng, true, draws), 1 + noise(rng, true, draws), claim) for _ in range(runs))


@pytest.mark.parametrize("claim", [0.5, 1.0, 2.0])
def test_a_right_mechanism_is_not_accused(claim):
    """0 of 200 in one of one; a check asks two of two. (Measured longer: 0 of 6,000.)"""
    assert accused(np.random.default_rng(1), claim, claim, 200) == 0


@pytest.mark.parametrize(("claim", "factor"), [(1.0, 1.5), (1.0, 2.0), (2.0, 1.5), (0.4, 2.5)])
def test_a_leak_is_found(claim, factor):
    assert accused(np.random.default_rng(2), claim, claim * factor, 60) >= 57


@pytest.mark.parametrize(("first", "second", "least"), [
    (np.zeros(1000), np.ones(1000), 3.9),                 # two constants
    (np.arange(1000) % 2, np.zeros(1000), 3.0),           # an answer that one side never gives, every other time
    (np.zeros(1000), np.zeros(1000), 0.0),                # nothing to tell apart
])
def test_extreme_outputs(first, second, least):
    bound = audit.epsilon_lower_bound(first, second).epsilon
    assert bound == audit.epsilon_lower_bound(second, first).epsilon if least == 0 else bound >= least
    assert audit.epsilon_lower_bound(second, first).epsilon >= least


def test_a_leak_in_every_other_draw_is_found():
    """Honest and exact answers in turn: a split by position would choose on one kind and judge on the other."""
    rng = np.random.default_rng(4)
    first, second = noise(rng, 1.0, 4000), 1 + noise(rng, 1.0, 4000)
    first[::2], second[::2] = 0, 1
    assert not audit.keeps_claim(first, second, 1.0)


@pytest.mark.parametrize("sample", [np.zeros(199), np.full(1000, np.nan), np.full(1000, np.inf)])
def test_too_few_or_no_numbers_are_refused(sample):
    with pytest.raises(ValueError, match="an audit needs at least 200 finite outputs"):
        audit.epsilon_lower_bound(sample, np.zeros(1000))


# -- utility


@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
def test_the_moments_are_those_of_the_distribution(scale):
    a = math.exp(-1 / scale)
    chances = {x: (1 - a) / (1 + a) * a ** abs(x) for x in range(-400, 401)}
    assert utility.mean_error_of_noise(scale) == pytest.approx(sum(abs(x) * p for x, p in chances.items()))
    assert utility.sd_of_noise(scale) == pytest.approx(math.sqrt(sum(x * x * p for x, p in chances.items())))


def test_bands_know_right_from_wrong():
    rng, truth = np.random.default_rng(3), np.array([0, 5, 90])
    right = [truth + noise(rng, 1.0, (4000, 3)) for _ in range(100)]
    assert all(utility.within_band(outputs, truth, 1.0) and utility.unbiased(outputs, truth, 1.0) for outputs in right)
    wide = [truth + noise(rng, 1 / 1.5, (4000, 3)) for _ in range(100)]
    assert not any(utility.within_band(outputs, truth, 1.0) for outputs in wide)
    assert not any(utility.unbiased(np.maximum(outputs, 0), truth, 1.0) for outputs in right)
    assert not utility.within_band(np.zeros((4000, 3)), truth, 1.0)
    assert utility.mean_error(np.array([[1, 2], [3, 2]]), [1, 2]) == 0.5


# -- guards


@pytest.mark.parametrize(("first", "second", "tolerance", "equal"), [
    (1, 1.0, 0, True), (1, 2, 0, False), (1.0, 1.0 + 1e-12, 1e-9, True), (1.0, 1.1, 1e-9, False), (None, None, 0, True), (None, 0, 0, False),
    (True, 1, 0, False), ("a", "a", 0, True), ("1", 1, 0, False), ([1, [2]], (1, [2]), 0, True), (np.array([1, 2]), [1, 2], 0, True), ([1], [1, 2], 0, False),
    ({"a": 1}, {"a": 1}, 0, True), ({"a": 1}, {"b": 1}, 0, False), (float("nan"), float("nan"), 0, False), (np.int64(3), 3, 0, True), ([], [], 0, True),
])
def test_same(first, second, tolerance, equal):
    assert guards.same(first, second, tolerance) is equal


def test_guards_see_constants_and_changed_arguments():
    assert guards.agrees(sum, lambda values: sum(values), [([1, 2],), ([],)])
    assert not guards.agrees(len, sum, [([1, 2],)])
    assert guards.follows_input(sum, [([1],), ([2],)]) and not guards.follows_input(lambda values: 3, [([1],), ([2],)])
    assert guards.leaves_alone(sorted, [2, 1]) and not guards.leaves_alone(lambda values: values.sort(), [2, 1])


@pytest.mark.parametrize(("function", "raised"), [(lambda: int("x"), True), (lambda: 1, False), (lambda: {}["a"], False)])
def test_raises(function, raised):
    assert guards.raises(ValueError, function) is raised


# -- what T gets


def test_the_bundle_holds_the_module_and_the_blocks(tmp_path):
    module = tmp_path / "module"
    (module / "data").mkdir(parents=True)
    (module / "checks.py").write_text("x = 1")
    (module / "data/a.csv").write_text("1")
    (module / "lesson.md").write_text("solution")
    into = instructor_files(module, tmp_path / "into")
    assert instructor_files(module, into) == into
    names = {str(path.relative_to(into)) for path in into.rglob("*") if path.is_file()}
    assert names == {"checks.py", "data/a.csv", "autograders/__init__.py"} | {
        f"autograders/checks/{name}.py" for name in ("__init__", "audit", "budgets", "guards", "utility")}


def test_blocks_need_the_standard_library_and_numpy_only():
    import sys

    for path in Path(autograders.checks.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            assert all(name.split(".")[0] in {"numpy", *sys.stdlib_module_names} for name in names), (path, names)
