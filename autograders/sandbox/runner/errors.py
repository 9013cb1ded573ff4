"""The learner's exceptions, as they come up in T.

Built-in ones by name, those of well-known libraries that are loaded here by the name L claims; others are LearnerError.
"""
from __future__ import annotations

import builtins
import sys
import types

__all__ = ["EXCEPTIONS", "LearnerError", "LearnerGone", "library_exception", "theirs"]

_LIBRARIES = ("numpy.", "pandas.", "scipy.", "sklearn.", "torch.", "opendp.", "json.", "decimal.", "statsmodels.")


class LearnerError(Exception):
    """An exception of a class the learner defined, or one that has no meaning here."""


class LearnerGone(BaseException):
    """L has ended, or what it sends is no protocol. No test may go on, whatever it catches."""


def theirs(error: Exception) -> Exception:
    """Mark an exception as the learner's own."""
    error.from_learner = True
    return error


def library_exception(module: object, name: object) -> type | None:
    """An exception class of a well-known library that is loaded here, by the name L claims."""
    if type(module) is not str or type(name) is not str or not f"{module}.".startswith(_LIBRARIES):
        return None
    found = vars(sys.modules.get(module, types.ModuleType(""))).get(name)
    return found if isinstance(found, type) and issubclass(found, Exception) else None


EXCEPTIONS = {n: e for n, e in vars(builtins).items() if isinstance(e, type) and issubclass(e, Exception)}
