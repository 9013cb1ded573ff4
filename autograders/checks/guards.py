"""Guards against answers that were typed in: an answer must follow its input, and leave it as it was."""
from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

__all__ = ["agrees", "follows_input", "leaves_alone", "raises", "same"]


def same(first: Any, second: Any, tolerance: float = 0.0) -> bool:
    """Equality of plain values, arrays and containers of them; numbers to a relative ``tolerance``."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key], tolerance) for key in first)
    if isinstance(first, list | tuple | np.ndarray) and isinstance(second, list | tuple | np.ndarray):
        first, second = list(first), list(second)
        return len(first) == len(second) and all(same(a, b, tolerance) for a, b in zip(first, second, strict=True))
    if first is None or second is None or isinstance(first, str) or isinstance(second, str):
        return type(first) is type(second) and first == second
    if isinstance(first, bool | np.bool_) is not isinstance(second, bool | np.bool_):
        return False
    if tolerance and np.isfinite(second):
        return bool(abs(first - second) <= tolerance * max(1.0, abs(second)))
    return bool(first == second)


def agrees(function: Callable, reference: Callable, inputs: Iterable[Sequence], tolerance: float = 0.0) -> bool:
    """Whether ``function`` and ``reference`` give the same answers to every list of arguments."""
    return all(same(function(*copy.deepcopy(args)), reference(*args), tolerance) for args in inputs)


def follows_input(function: Callable, inputs: Sequence[Sequence]) -> bool:
    """Whether the answers to different inputs are not all the same: a constant follows nothing."""
    answers = [function(*copy.deepcopy(args)) for args in inputs]
    return any(not same(answers[0], answer) for answer in answers[1:])


def leaves_alone(function: Callable, *args: Any) -> bool:
    """Whether a call leaves its arguments as they were."""
    given = copy.deepcopy(args)
    function(*given)
    return all(same(before, after) for before, after in zip(args, given, strict=True))


def raises(error: type[BaseException], function: Callable, *args: Any) -> bool:
    """Whether the call raises ``error``."""
    try:
        function(*args)
    except error:
        return True
    except Exception:
        return False
    return False
