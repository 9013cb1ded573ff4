"""Utility bands: is a noisy answer as near to the truth as the noise it needs allows, and not biased?

Formulas for the two-sided geometric (discrete Laplace) distribution P(X = x) = (1 - a) / (1 + a) * a**abs(x) with
a = exp(-1 / scale): mean of abs(X) is 2a / (1 - a**2), variance 2a / (1 - a)**2.
Source: A. Ghosh, T. Roughgarden, M. Sundararajan, "Universally utility-maximizing privacy mechanisms", STOC 2009.
"""
from __future__ import annotations

import math

import numpy as np

__all__ = ["mean_error", "mean_error_of_noise", "sd_of_noise", "unbiased", "within_band"]


def mean_error_of_noise(scale: float) -> float:
    """The mean absolute value of discrete Laplace noise."""
    a = math.exp(-1 / scale)
    return 2 * a / (1 - a * a)


def sd_of_noise(scale: float) -> float:
    """The standard deviation of discrete Laplace noise."""
    a = math.exp(-1 / scale)
    return math.sqrt(2 * a) / (1 - a)


def mean_error(outputs: np.ndarray, truth: np.ndarray) -> float:
    """The mean absolute difference between outputs (draws by cells) and the truth (cells)."""
    return float(np.abs(np.asarray(outputs, float) - np.asarray(truth, float)).mean())


def within_band(outputs: np.ndarray, truth: np.ndarray, scale: float, slack: float = 1.25) -> bool:
    """Whether every cell's mean error is at most ``slack`` times that of the noise needed. With 4,000 draws the mean
    error of right noise varies by less than 3 % around its expectation, so a slack of 1.25 is beyond eight
    standard errors, and noise 1.5 times too large is as far beyond the band."""
    errors = np.abs(np.asarray(outputs, float) - np.asarray(truth, float)).mean(axis=0)
    return bool((errors <= slack * mean_error_of_noise(scale)).all())


def unbiased(outputs: np.ndarray, truth: np.ndarray, scale: float, z: float = 6.0) -> bool:
    """Whether every cell's mean lies within ``z`` standard errors of the truth, for noise of ``scale``."""
    outputs = np.asarray(outputs, float)
    off = np.abs(outputs.mean(axis=0) - np.asarray(truth, float))
    return bool((off <= z * sd_of_noise(scale) / math.sqrt(len(outputs))).all())
