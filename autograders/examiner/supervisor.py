"""The supervisor of runs: starts pairs of jobs, holds their lifelines, keeps the clock, believes what counts.

Rules
- The supervisor runs no learner's and no instructor's code, and reads nothing that L wrote.
- It needs no privilege over a job: closing a lifeline makes the fork server kill it; our own death closes them all.
- Time is ours: the whole run and each cell have a deadline by this clock. T interrupts a late cell itself and goes on;
  one that does not give way ends the run.
- Every run ends with a verdict for each tests cell (see `protocol`), and with both jobs gone.
"""
from __future__ import annotations

import contextlib
import fcntl
import json
import os
import queue
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from ..examination import Environment, Limits, Run, RunResult, Status
from ..sandbox.runner.files import FilesError, pack
from ..sandbox.start import SandboxError, Started, open_server, preparation
from .protocol import ProtocolError, Reader, Reports, task

__all__ = ["Examiner", "ExaminerError", "open_examiner"]

READY_SECONDS, GONE_SECONDS = 240.0, 15.0
GRACE_SECONDS = 2.0  # for a cell that is late to give way by itself
DEFAULT_LIMITS = Limits()
DEFAULT_PRELOAD = ("numpy", "pandas")
_SIDES = ("L", "T")


class ExaminerError(Exception):
    """The examiner itself failed; no verdict was reached and none may be recorded."""


class Examiner:
    """Two fork servers and the runs made with them. A context manager; `examine` may be called from many threads."""

    def __init__(self, environment: Environment, start: Callable[[str, Environment], Started], workers: int,
                 fresh: bool = False) -> None:
        self.environment, self._start, self.workers, self.fresh = environment, start, workers, fresh
        self._servers: dict[str, Started] = {}
        self._slots: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self.ready: dict[str, dict] = {}
        for slot in range(workers):
            self._slots.put(slot)

    def __enter__(self) -> Examiner:
        if not self.fresh:
            with self._lock:
                self._open()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._close()

    # -- servers
    def _open(self) -> None:
        """Start and prepare both servers, side by side. Raises SandboxError."""
        packet = preparation((*DEFAULT_PRELOAD, *(m for m in self.environment.preload if m not in DEFAULT_PRELOAD)))
        try:
            for side in _SIDES:
                self._servers[side] = self._start(side, self.environment)
                self._servers[side].control.send(packet)
            for side in _SIDES:
                self.ready[side] = self._wait_ready(self._servers[side])
        except (OSError, ValueError, KeyError) as error:
            words = "; ".join(filter(None, (s.why() for s in self._servers.values())))
            self._close()
            raise SandboxError(f"the fork server did not start: {words or error}; see: academy doctor") from error

    @staticmethod
    def _wait_ready(server: Started) -> dict:
        if not select.select([server.control], [], [], READY_SECONDS)[0]:
            raise OSError("it did not get ready in time")
        answer = server.control.recv(1 << 16)
        if not answer:
            raise OSError("it ended at once")
        ready = json.loads(answer)["ready"]
        if ready["threads"] != 1:
            raise OSError("a preloaded module started a thread; take it out of preload")
        return ready

    def _close(self) -> None:
        for server in self._servers.values():
            server.release()
        for server in self._servers.values():
            server.close()
        self._servers = {}

    @property
    def isolation(self) -> tuple[str, ...]:
        """The protections in force for both sides."""
        sides = [s.isolation for s in self._servers.values()]
        return tuple(p for p in sides[0] if all(p in s for s in sides)) if sides else ()

    @property
    def certifying(self) -> bool:
        """Whether both sides are isolated well enough for a certificate."""
        return bool(self._servers) and all(s.certifying for s in self._servers.values())

    # -- runs
    def examine(self, run: Run, limits: Limits = DEFAULT_LIMITS) -> RunResult:
        """Execute ``run`` in a fresh pair of processes. Raises ExaminerError if no verdict could be reached."""
        slot = self._slots.get()
        try:
            if self.fresh:
                with Examiner(self.environment, self._start, 1) as once:
                    result = once.examine(run, limits)
                return replace(result, isolation=(*result.isolation, "fresh-exec"))
            return self._examine(run, limits, slot)
        except (FilesError, ProtocolError) as error:
            raise ExaminerError(str(error)) from error
        finally:
            self._slots.put(slot)

    def _examine(self, run: Run, limits: Limits, slot: int) -> RunResult:
        started = time.monotonic()
        reports = Reports(run)
        with contextlib.ExitStack() as stack:
            pair = self._launch(run, limits, slot, stack)
            ended = _follow(reports, pair, limits, started)
            ends = pair.end()
        if ends["L"]["failed"] or ends["T"]["failed"]:
            raise ExaminerError("a job could not be isolated; nothing was run; see: academy doctor")
        if ended is not Status.TIMEOUT and any(e["kills"] or e["over"] == "memory" for e in ends.values()):
            ended = Status.MEMORY
        return RunResult(run.seed, reports.verdicts(ended), ended, round(time.monotonic() - started, 6), self.isolation)

    def _launch(self, run: Run, limits: Limits, slot: int, stack: contextlib.ExitStack) -> _Pair:
        shared, instructor = pack(run.shared_files), pack(run.instructor_files)
        learner = shared if run.learner_files is None else pack(run.learner_files)
        bounds = {"seconds": int(limits.seconds) + 1, "memory_bytes": limits.memory_bytes,
                  "processes": limits.processes,
                  "file_bytes": limits.file_bytes + max(len(shared) + len(instructor), len(learner))}
        files = [_anonymous(stack, data) for data in (shared, instructor)]
        theirs = files[0] if run.learner_files is None else _anonymous(stack, learner)
        pair = _Pair(stack)
        to_learner, to_tests = pair.between
        with self._lock:
            for attempt in (1, 2):
                try:
                    for side, fds in (("L", [to_tests.fileno(), theirs]),
                                      ("T", [to_learner.fileno(), pair.reports_in.fileno(), *files])):
                        request = {"op": "job", "slot": slot, "bounds": bounds}
                        socket.send_fds(self._servers[side].control, [json.dumps(request).encode()],
                                        [pair.theirs[side].fileno(), *fds])
                    break
                except (OSError, KeyError) as error:  # a server is gone: both anew, once
                    if attempt == 2:
                        raise ExaminerError("the fork server is gone; see: academy doctor") from error
                    self._close()
                    try:
                        self._open()
                    except SandboxError as failure:
                        raise ExaminerError(str(failure)) from failure
        pair.launched()
        return pair


class _Pair:
    """The sockets of one run: the line between L and T, T's reports, and both lifelines."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        def connected() -> tuple[socket.socket, socket.socket]:
            one, two = socket.socketpair()
            return stack.enter_context(one), stack.enter_context(two)

        self.between = connected()
        self.reports, self.reports_in = connected()
        self.lifelines: dict[str, socket.socket] = {}
        self.theirs: dict[str, socket.socket] = {}
        for side in _SIDES:
            self.lifelines[side], self.theirs[side] = connected()

    def launched(self) -> None:
        """The servers have their ends: close ours of them."""
        for ours in (*self.between, self.reports_in, *self.theirs.values()):
            ours.close()

    def end(self) -> dict[str, dict]:
        """End both jobs; how each ended. Both are gone when this returns. Raises ExaminerError."""
        for line in self.lifelines.values():
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_WR)
        found = {}
        for side, line in self.lifelines.items():
            line.settimeout(GONE_SECONDS)
            try:
                found[side] = json.loads(b"".join(_until_end(line)))
            except (OSError, ValueError) as error:
                raise ExaminerError("the fork server did not say how a job ended") from error
        return found


def _until_end(line: socket.socket) -> Iterator[bytes]:
    while data := line.recv(4096):
        yield data


def _anonymous(stack: contextlib.ExitStack, data: bytes) -> int:
    fd = os.memfd_create("academy-files", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    stack.callback(os.close, fd)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    return fd


def _follow(reports: Reports, pair: _Pair, limits: Limits, started: float) -> Status:
    """Give T its task and take its reports until the end, a deadline, or something that is no report."""
    reader, last = Reader(), started
    left = memoryview(task(reports, limits.cell_seconds))
    pair.reports.setblocking(False)
    while reports.end is None:
        now = time.monotonic()
        wait = min(started + limits.seconds, last + limits.cell_seconds + GRACE_SECONDS) - now
        if wait <= 0:
            return Status.TIMEOUT
        readable, writable, _ = select.select([pair.reports], [pair.reports] if left else [], [], wait)
        try:
            if writable:
                left = left[pair.reports.send(left[: 1 << 20]):]
            if not readable:
                continue
            data = pair.reports.recv(1 << 16)
            if not data:
                return Status.DIED
            for report in reader.feed(data):
                now = time.monotonic()
                reports.accept(report, now - last)
                if "begin" in report:
                    last = now
        except BlockingIOError:
            continue
        except (OSError, ProtocolError):
            return Status.DIED
    return Status.PASSED if reports.end == "done" else Status.DIED


def open_examiner(environment: Environment, *, start: Callable[[str, Environment], Started] | None = None,
                  workers: int = 1, fresh: bool = False) -> Examiner:
    """An examiner for ``environment``, to be used as a context manager.

    ``start(kind, environment)`` starts a fork server; by default this process does it itself. ``workers`` runs may be
    under way at a time. ``fresh``: each run gets servers of its own, for the highest stakes: it shares nothing with
    another, and pays for their start. Raises SandboxError when it is entered and no sandbox can be made.
    """
    if workers < 1:
        raise ValueError("workers is at least 1")
    if start is None:
        def start(kind: str, environment: Environment) -> Started:
            return open_server(kind, environment, workers=workers)
    return Examiner(environment, start, workers, fresh)
