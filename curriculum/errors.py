"""What can be wrong with a content pack.

    CurriculumError
    ├── DefinitionError      a track.toml or module.toml that cannot be read as one: file, place, next step
    ├── NotebookError        a lesson, assessment, mutant or alternative whose text breaks the authoring rules
    └── UnknownNameError     no such track or module in the catalogue

Every message names the file and says what to do next. A foreign exception that escapes is a bug.
"""
from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["CurriculumError", "DefinitionError", "NotebookError", "UnknownNameError", "did_you_mean"]


class CurriculumError(Exception):
    """Root of everything this package raises on purpose."""


class DefinitionError(CurriculumError):
    """A definition file is not what it must be."""


class NotebookError(CurriculumError):
    """A text source cannot become a notebook."""


class UnknownNameError(CurriculumError):
    """The catalogue has no such track or module."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The hint that ends an error about an unknown name; the whole list if nothing is close."""
    known = sorted(known)
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return "known: " + ", ".join(known) if known else "none is known here"
