"""An audit of a privacy claim: a lower bound of epsilon from what a mechanism gives for two neighbouring inputs.

Method (threshold audit with sample splitting): the pure epsilon of a mechanism is at least ln(P(A) / P'(A)) for every
event A. The best event of the form "the statistic is at least t" or "at most t" is chosen on the first half of the
outputs; on the second half, which the choice has not seen, the probabilities get Clopper-Pearson bounds. So the bound
holds with the stated confidence whatever was chosen. The halves are drawn by a generator that the outputs themselves seed:
a mechanism that leaks in every other draw only is found, and the same outputs always give the same bound.
Sources: Z. Ding et al., "Detecting violations of differential privacy", CCS 2018; M. Jagielski, J. Ullman, A. Oprea,
"Auditing differentially private machine learning", NeurIPS 2020.

Budget, measured in tests/autograders/test_checks.py: with 4,000 outputs a side and confidence 0.9999 a right mechanism
is accused in at most 1 of 1,000 audits, one 1.5 times too leaky is found in at least 95 of 100.
"""
from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .budgets import lower_bound, upper_bound

__all__ = ["CONFIDENCE", "Bound", "epsilon_lower_bound", "keeps_claim"]

CONFIDENCE = 0.9999
FEWEST = 200


@dataclass(frozen=True, slots=True)
class Bound:
    """``epsilon`` is exceeded by the mechanism's true epsilon with the confidence asked for; the event that showed it."""

    epsilon: float
    event: str


def epsilon_lower_bound(first: np.ndarray, second: np.ndarray, confidence: float = CONFIDENCE) -> Bound:
    """The bound from one number per output: ``first`` under one input, ``second`` under its neighbour."""
    first, second = _numbers(first), _numbers(second)
    rng = np.random.default_rng(zlib.crc32(first.tobytes() + second.tobytes()))
    halves = [np.array_split(rng.permutation(sample), 2) for sample in (first, second)]
    choose, judge = zip(*halves, strict=True)
    alpha = (1.0 - confidence) / 2  # one part for each of the two probabilities
    best = max(
        ((_guess(*_shares(choose, side, above, t)), side, above, t)
         for above in (True, False) for t in _thresholds(choose) for side in (0, 1)),
        key=lambda found: found[0],
    )
    _, side, above, threshold = best
    inside = [_inside(sample, above, threshold) for sample in (judge[side], judge[1 - side])]
    likely = lower_bound(int(inside[0].sum()), inside[0].size, alpha)
    rare = upper_bound(int(inside[1].sum()), inside[1].size, alpha)
    epsilon = max(0.0, math.log(likely / rare)) if likely > 0 else 0.0
    return Bound(epsilon, f"the statistic is {'at least' if above else 'at most'} {threshold:g}")


def keeps_claim(first: np.ndarray, second: np.ndarray, claim: float, confidence: float = CONFIDENCE) -> bool:
    """Whether these outputs are no evidence against the claim "at most ``claim``"."""
    return epsilon_lower_bound(first, second, confidence).epsilon <= claim


def _numbers(sample: np.ndarray) -> np.ndarray:
    values = np.asarray(sample, dtype=float).ravel()
    if values.size < FEWEST or not np.isfinite(values).all():
        raise ValueError(f"an audit needs at least {FEWEST} finite outputs a side, not {values.size}")
    return values


def _thresholds(samples: Sequence[np.ndarray]) -> np.ndarray:
    """Up to 64 values seen, spread over the outputs."""
    seen = np.unique(np.concatenate(samples))
    return seen if seen.size <= 64 else seen[np.linspace(0, seen.size - 1, 64).astype(int)]


def _inside(sample: np.ndarray, above: bool, threshold: float) -> np.ndarray:
    return sample >= threshold if above else sample <= threshold


def _shares(samples: Sequence[np.ndarray], side: int, above: bool, threshold: float) -> tuple[float, float, int]:
    inside = [_inside(sample, above, threshold) for sample in (samples[side], samples[1 - side])]
    return float(inside[0].mean()), float(inside[1].mean()), inside[0].size


def _guess(likely: float, rare: float, size: int) -> float:
    """About the bound that the other half will give: four standard errors off each share, at least 8 outputs."""
    low = likely - 4 * math.sqrt(likely * (1 - likely) / size) - 8 / size
    high = rare + 4 * math.sqrt(rare * (1 - rare) / size) + 8 / size
    return math.log(low / high) if low > 0 else -math.inf
