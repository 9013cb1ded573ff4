"""Exact confidence limits of a share: Clopper and Pearson, Biometrika 26 (1934).

The lower limit is the share at which as many hits or more have the probability (1 - confidence) / 2, the upper one the share
at which as many or fewer have it. Found by bisection on the binomial tail: no library is needed, and none approximates.
"""
from __future__ import annotations

import math

__all__ = ["limits"]

STEPS = 60


def limits(hits: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """The two-sided limits of the share behind ``hits`` of ``trials``; nothing is known of no trials."""
    if not 0 <= hits <= trials or not 0 < confidence < 1:
        raise ValueError("hits lie between 0 and trials, and the confidence between 0 and 1")
    if trials == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else _solve(lambda p: 1 - _at_most(hits - 1, trials, p) < tail)
    high = 1.0 if hits == trials else _solve(lambda p: _at_most(hits, trials, p) > tail)
    return low, high


def _solve(below) -> float:
    """The share where ``below`` turns from true to false."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2


def _at_most(hits: int, trials: int, share: float) -> float:
    if share <= 0 or share >= 1:
        return 1.0 if share <= 0 else float(hits >= trials)
    first, second = math.log(share), math.log1p(-share)
    return math.fsum(math.exp(math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * first + (trials - k) * second)
                     for k in range(hits + 1))
