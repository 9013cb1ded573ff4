"""The examiner's fork servers, started by root for the grader: it gets the control socket, and their life hangs on it.
Standard library only.

Rules
- The grader names a track family; interpreter and folders are derived here, and must lie below our own prefix.
- A server ends by itself when the grader closes its control socket or dies; here it is only waited for and tidied up.
"""
from __future__ import annotations

import logging
import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path

from autograders.sandbox.start import KINDS, SandboxError, Started, open_server

from .places import Places
from .rpc import RpcError

__all__ = ["CORE", "Examiners", "Family"]

log = logging.getLogger(__name__)
CORE = "core"                                   # the family of tracks that need nothing beyond the notebook environment
WORKERS, MOST = 8, 32


@dataclass(frozen=True, slots=True)
class Family:
    """A learner environment: its interpreter, and what is bound read-only besides."""

    python: Path
    read_only: tuple[Path, ...]

    @classmethod
    def of(cls, places: Places, name: str) -> Family:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name):
            raise RpcError("bad-request", "a family is named by a-z, 0-9 and hyphens")
        folder = places.notebook_env if name == CORE else places.track_envs / name
        if not (folder / "bin/python").exists():
            raise RpcError("not-installed", f"the environment {name!r} is not installed", "it is installed when a course first needs it")
        return cls(folder / "bin/python", tuple(dict.fromkeys((folder, places.notebook_env))))


class Examiners:
    def __init__(self, places: Places) -> None:
        self._places = places
        self._running: list[Started] = []
        self._lock = threading.Lock()

    def start(self, family: str, kind: str, workers: int) -> dict:
        """A new server of ``kind`` L or T; its control socket travels with the answer."""
        if kind not in KINDS or not 1 <= workers <= WORKERS:
            raise RpcError("bad-request", f"kind is one of {', '.join(KINDS)}, workers 1 to {WORKERS}")
        self.tidy()
        environment = Family.of(self._places, family)
        with self._lock:
            if len(self._running) >= MOST:
                raise RpcError("busy", f"{MOST} examiners run already", "close those that are no longer used")
        try:
            started = open_server(kind, environment, workers=workers)
        except SandboxError as error:
            raise RpcError("failed", str(error), "academy doctor") from None
        answer = {**started.description(), "_fds": [os.dup(started.control.fileno())]}
        started.release()
        with self._lock:
            self._running.append(started)
        log.info("examiner %s of %s started", kind, family)
        return answer

    def tidy(self) -> int:
        """Wait for what has ended. Answers how many still run."""
        with self._lock:
            self._running = [started for started in self._running if not started.reap(0)]
            return len(self._running)

    def close(self) -> None:
        with self._lock:
            for started in self._running:
                started.close()
            self._running = []
