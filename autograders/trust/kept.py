"""The report that is kept with a module: ``gate.txt`` in its folder, bound to what it was made from.

``sources`` is the hash of everything the gate's word depends on in the folder: the assessment, its checks, data, wrong and right answers,
definition and judgements; not the lesson, translations or reports. A report with other sources is of another assessment: it counts for nothing.
"""
from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curriculum.model import Module

__all__ = ["FILE", "Stale", "read", "sources"]

FILE = "gate.txt"
COUNTED = ("module.toml", "assessment.py", "checks.py", "equivalent.toml", "mutants", "alternatives", "data")


class Stale(ValueError):
    """There is no report, or it is not of this assessment, or it says no."""


def sources(module: Module) -> str:
    """The hash of the module's files that count, by name and content."""
    digest = hashlib.sha256()
    for name in COUNTED:
        place = module.path / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and "__pycache__" not in path.parts:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(module.path).as_posix()} {content}\n".encode())
    return "sha256:" + digest.hexdigest()


def read(module: Module) -> str:
    """The kept report, if it is of the module as it is now and says that it passed. Raises Stale."""
    try:
        text = (module.path / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Stale("no report of the gate is kept") from None
    found = dict(re.findall(r"^(sources|verdict): +(.+)$", text, re.M))
    if found.get("sources") != sources(module):
        raise Stale("the kept report is of an earlier state of the assessment")
    if found.get("verdict") != "passed":
        raise Stale("the kept report says that the gate was not passed")
    return text
