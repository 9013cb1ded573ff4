"""Who examined, with what: the part of a transcript that lets somebody else repeat the examination.

- ``version``: the distribution's version and a digest of the code that decides scores (examiner, sandbox, steps).
- ``environment``: the learner environment's name and a digest of the packages installed in it, with their versions.
- ``python``, ``cpu``: the interpreter's version; the processor's name, on which results of BLAS and torch depend, and what
  was pinned so that they depend on little else.
- ``certifying``: whether the isolation in force is enough for a certificate; the examiner says so, silence means no.
"""
from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograders.environment import installed
from autograders.sandbox.runner.pins import HASH_SEED, pins

__all__ = ["environment_name", "examiner_version", "identity"]

_HERE = Path(__file__).parent
_DECIDING = ("examination.py", "record.py", "submission.py", "pipeline.py", "examiner", "sandbox", "steps")


def identity(examiner: Any) -> dict[str, Any]:
    """What a transcript says about ``examiner``: its own ``identity`` if it has one, else found out here."""
    told = getattr(examiner, "identity", None)
    if told is not None:
        return dict(told)
    python = Path(examiner.environment.python)
    return {"version": examiner_version(), "environment": environment_name(python), "python": _python_version(python),
            "cpu": f"{_cpu()}; {_pinned()}", "certifying": bool(getattr(examiner, "certifying", False))}


@lru_cache(maxsize=1)
def examiner_version() -> str:
    try:
        version = importlib.metadata.version("academy")
    except importlib.metadata.PackageNotFoundError:
        version = "0"
    files = [file for name in _DECIDING for file in _python_files(_HERE / name)]
    return f"{version}+{_digest(line for file in files for line in (file.relative_to(_HERE).as_posix(), file.read_bytes()))}"


@lru_cache(maxsize=64)
def environment_name(python: Path) -> str:
    """The folder of the environment and the digest of what is installed there and in the environments it builds on."""
    return f"{python.parent.parent.name}+{_digest(installed(python))}"


@lru_cache(maxsize=64)
def _python_version(python: Path) -> str:
    """From pyvenv.cfg; ours, if the environment is no virtual one. Nothing is started to find out."""
    try:
        lines = (python.parent.parent / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.python_version()
    values = dict(part.split(" = ", 1) for part in lines if " = " in part)
    return values.get("version") or values.get("version_info") or platform.python_version()


def _pinned() -> str:
    """What numbers depend on besides the processor, as it was pinned."""
    found = pins()
    kernels = ", ".join(f"{name}={found.get(name, 'by processor')}" for name in ("OPENBLAS_CORETYPE", "ATEN_CPU_CAPABILITY"))
    return f"{kernels}, threads={found['OMP_NUM_THREADS']}, PYTHONHASHSEED={HASH_SEED}"


@lru_cache(maxsize=1)
def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(("model name", "Model", "Hardware")):
                return f"{platform.machine()} {line.split(':', 1)[1].strip()}"
    except OSError:
        pass
    return platform.machine()


def _python_files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(file for file in path.rglob("*.py") if "__pycache__" not in file.parts)


def _digest(parts: Iterable[str | bytes]) -> str:
    made = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode()
        made.update(len(data).to_bytes(8, "big") + data)
    return made.hexdigest()[:16]
