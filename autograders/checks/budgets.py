"""Budgets of error: exact binomial bounds and the two-of-two rule.

Sources: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
binomial", Biometrika 26 (1934) 404-413; the continued fraction of the incomplete beta function is DLMF 8.17.22,
evaluated by Lentz's method.

Rules
- ``alpha`` is the chance of error of one one-sided bound: the truth lies beyond it in at most ``alpha`` of all samples.
- Bounds are exact, never a normal approximation: rare events are where audits look.
"""
from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["binomial_tail", "coverage_within", "lower_bound", "two_of_two", "upper_bound"]


def lower_bound(successes: int, trials: int, alpha: float) -> float:
    """The Clopper-Pearson lower bound of a probability; 0 without a success."""
    _check(successes, trials, alpha)
    if successes == 0:
        return 0.0
    return _bisect(lambda p: binomial_tail(successes, trials, p) - alpha)


def upper_bound(successes: int, trials: int, alpha: float) -> float:
    """The Clopper-Pearson upper bound of a probability; 1 without a failure."""
    return 1.0 - lower_bound(trials - successes, trials, alpha)


def binomial_tail(successes: int, trials: int, probability: float) -> float:
    """P(X ≥ successes) for X ~ Binomial(trials, probability)."""
    if successes <= 0:
        return 1.0
    if successes > trials:
        return 0.0
    return _incomplete_beta(float(successes), float(trials - successes + 1), probability)


def coverage_within(covered: int, trials: int, nominal: float, alpha: float) -> bool:
    """Whether intervals that covered the truth ``covered`` times of ``trials`` can have the coverage they claim."""
    too_few = 1.0 - binomial_tail(covered + 1, trials, nominal)
    return too_few > alpha / 2 and binomial_tail(covered, trials, nominal) > alpha / 2


def two_of_two(run: Callable[[], bool]) -> bool:
    """True if ``run`` succeeds once in at most two independent tries. If one try fails a right answer with chance a,
    both do with a squared; an answer found wrong with power b is found with b squared."""
    return bool(run()) or bool(run())


def _check(successes: int, trials: int, alpha: float) -> None:
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} of {trials} is no sample; give 0 ≤ successes ≤ trials and trials ≥ 1")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}, but must lie between 0 and 1")


def _bisect(function: Callable[[float], float]) -> float:
    """The root of a function that increases from below 0 at 0 to above 0 at 1, to 1e-12; the safe (lower) side."""
    low, high = 0.0, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        if function(middle) < 0:
            low = middle
        else:
            high = middle
    return low


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side
        return 1.0 - _incomplete_beta(b, a, 1.0 - x)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - (math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b))) / a
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    fraction = d
    for m in range(1, 10_000):
        for numerator in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                          -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1.0 + numerator * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + numerator / c
            c = c if abs(c) > tiny else tiny
            fraction *= c * d
        if abs(c * d - 1.0) < 1e-15:
            return front * fraction
    raise ArithmeticError(f"the incomplete beta function did not converge at a={a}, b={b}, x={x}")
