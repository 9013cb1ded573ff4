"""The learner environment that an interpreter stands for: what must be bound for it, and what is installed in it.

Rule: an environment may build on others by .pth files (a track's on the notebook environment). What those lines name is part of
the environment: it is bound read-only into the sandbox and counted in the environment's name.
"""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from autograders.examination import Environment

__all__ = ["installed", "learner_environment", "sites"]


def learner_environment(python: Path, preload: Iterable[str] = ()) -> Environment:
    """The `Environment` of ``python``, with the site-packages folders of the environments it builds on."""
    own = python.parent.parent
    return Environment(python, tuple(site for site in sites(python) if not site.is_relative_to(own)), tuple(preload))


def sites(python: Path) -> list[Path]:
    """site-packages of the environment, and those that its .pth files add."""
    found = sorted((python.parent.parent / "lib").glob("python3*/site-packages"))
    for site in list(found):
        for file in sorted(site.glob("*.pth")):
            lines = (Path(line.strip()) for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
                     if line.startswith("/"))
            found += [folder for folder in lines if folder.is_dir() and folder not in found]
    return found


def installed(python: Path) -> list[str]:
    """Names and versions of the installed distributions, sorted."""
    return sorted({path.name.removesuffix(".dist-info") for site in sites(python) for path in site.glob("*.dist-info")})
