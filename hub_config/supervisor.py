"""Starts a table of processes in order, restarts the dead, and ends them all. Knows nothing of what they do.

Rules
- A process starts when all it comes ``after`` are ready; a dead one is started again after 0.2 s, then 0.4, … at most
  MAX_PAUSE (4 s); a minute of life resets that.
- Before everything was ready once, a process that ends START_ATTEMPTS times fails the whole start; later never.
- Each process writes to STATE/log/<name>.log (0600), which is bounded: at ``log_bytes`` it moves to ``.1`` and is emptied.
- `stop` ends every descendant, also those whose parent is gone: the supervisor is their subreaper. TERM first, KILL
  after GRACE seconds, at most 9 s in all.
- Nothing is read from any service; there is no socket and no input besides signals.
"""
from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub_config.errors import AcademyError
from hub_config.process import Process

__all__ = ["GRACE", "MAX_PAUSE", "START_ATTEMPTS", "Supervisor", "descendants"]

FIRST_PAUSE, MAX_PAUSE, STEADY = 0.2, 4.0, 60.0
START_ATTEMPTS = 5
START_SECONDS = 90.0
GRACE = 5.0
PR_SET_CHILD_SUBREAPER = 36
log = logging.getLogger(__name__)


@dataclass
class _Child:
    process: Process
    running: subprocess.Popen | None = None
    started: float = 0.0
    ready: bool = False
    was_ready: bool = False
    due: float = 0.0
    pause: float = FIRST_PAUSE
    ended: int = 0  # times it has ended on its own


class Supervisor:
    """``restarted[name]`` is called (in a thread) whenever that process is ready again after it died.
    ``before_stop`` are called at the same time when everything is to end; then comes TERM."""

    def __init__(self, processes: Iterable[Process], log_directory: Path, *, log_bytes: int = 10 << 20, keep: int = 2,
                 restarted: Mapping[str, Callable[[], None]] | None = None,
                 before_stop: Sequence[Callable[[], None]] = (), say: Callable[[str], None] = log.info) -> None:
        self.children = {process.name: _Child(process) for process in processes}
        self.log_directory, self.log_bytes, self.keep = log_directory, log_bytes, keep
        self.restarted, self.before_stop, self.say = dict(restarted or {}), tuple(before_stop), say
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stopping = False
        self._all_ready = False
        self._main_thread = threading.current_thread() is threading.main_thread()

    # -- life
    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Until a signal (INT, TERM, HUP) or `request_stop`; then everything is ended. Raises service-failed."""
        _become_subreaper()
        begin = time.monotonic()
        checked_logs = 0.0
        with self._signals():
            try:
                while not self._stopping:
                    now = time.monotonic()
                    self._reap(now)
                    self._start_due(now)
                    self._ask_ready(now)
                    if not self._all_ready:
                        if all(child.ready for child in self.children.values()):
                            self._all_ready = True
                            on_ready()
                        elif now - begin > START_SECONDS:
                            missing = [name for name, child in self.children.items() if not child.ready]
                            raise self._failure(missing[0], f"{', '.join(missing)} did not become ready in {START_SECONDS:.0f} s")
                    if now - checked_logs > 2:
                        self._bound_logs()
                        checked_logs = now
                    self._sleep()
            finally:
                self.stop()

    def request_stop(self, *_: object) -> None:
        """May be called from a signal handler or another thread."""
        self._stopping = True
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"!")

    def pids(self) -> dict[str, int]:
        return {name: child.running.pid for name, child in self.children.items() if child.running is not None}

    @contextlib.contextmanager
    def _signals(self):
        if not self._main_thread:
            yield
            return
        wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self.request_stop) for number in wanted}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        wake = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wake)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _sleep(self) -> None:
        settled = all(child.ready for child in self.children.values())
        select.select([self._wake_read], [], [], 1.0 if settled else 0.1)
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 4096)

    # -- starting
    def _start_due(self, now: float) -> None:
        for child in self.children.values():
            if child.running is None and now >= child.due and all(self.children[name].was_ready for name in child.process.after):
                self._start(child, now)

    def _start(self, child: _Child, now: float) -> None:
        process = child.process
        env = dict(process.env) | dict(process.secret_env() if process.secret_env else {})
        fd = os.open(self.log_directory / f"{process.name}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            child.running = subprocess.Popen(list(process.argv), env=env, cwd=process.cwd, stdin=subprocess.DEVNULL, stdout=fd,
                                             stderr=fd, start_new_session=True, umask=process.umask)
        except OSError as error:
            os.write(fd, f"could not be started: {error}\n".encode())
            self._ended(child, now, "could not be started")
        finally:
            os.close(fd)
        child.started = now

    def _reap(self, now: float) -> None:
        """Collect our own dead and every orphan that was handed to us."""
        own = {child.running.pid: child for child in self.children.values() if child.running is not None}
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if found is None:
                return
            child = own.pop(found.si_pid, None)
            if child is None:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(found.si_pid, os.WNOHANG)
                continue
            code = child.running.wait()
            child.running = None
            self._ended(child, now, f"ended by signal {-code}" if code < 0 else f"ended with code {code}")

    def _ended(self, child: _Child, now: float, how: str) -> None:
        name = child.process.name
        child.ready = False
        if now - child.started > STEADY:
            child.pause = FIRST_PAUSE
        child.ended += 1
        if not self._all_ready and child.ended >= START_ATTEMPTS:
            raise self._failure(name, f"{name} {how}, {child.ended} times")
        self.say(f"{name} {how}; started again in {child.pause:.1f} s")
        child.due = now + child.pause
        child.pause = min(MAX_PAUSE, child.pause * 2)

    def _failure(self, name: str, what: str) -> AcademyError:
        file = self.log_directory / f"{name}.log"
        with contextlib.suppress(OSError):
            what += ":\n    " + "\n    ".join(file.read_text(errors="replace").splitlines()[-8:])
        return AcademyError("service-failed", what, f"see {file}, then: academy doctor")

    def _ask_ready(self, now: float) -> None:
        for child in self.children.values():
            if child.running is not None and not child.ready and child.process.ready():
                again, child.ready, child.was_ready = child.was_ready, True, True
                self.say(f"{child.process.name} ready after {now - child.started:.1f} s")
                if again and child.process.name in self.restarted:
                    threading.Thread(target=self.restarted[child.process.name], daemon=True).start()

    # -- logs
    def _bound_logs(self) -> None:
        for name in self.children:
            file = self.log_directory / f"{name}.log"
            with contextlib.suppress(OSError):
                if file.stat().st_size <= self.log_bytes:
                    continue
                for number in range(self.keep, 1, -1):
                    older = file.with_suffix(f".log.{number - 1}")
                    if older.exists():
                        os.replace(older, file.with_suffix(f".log.{number}"))
                if self.keep:
                    copy = file.with_suffix(".log.1")
                    copy.unlink(missing_ok=True)
                    shutil.copyfile(file, copy)
                    copy.chmod(0o600)
                os.truncate(file, 0)  # its writers append, so they go on at the new end

    # -- the end
    def stop(self) -> None:
        """End every process and whatever they started. Takes at most 9 s."""
        begin = time.monotonic()
        first = [threading.Thread(target=call, daemon=True) for call in self.before_stop]
        for thread in first:
            thread.start()
        for thread in first:
            thread.join(max(0.0, GRACE - (time.monotonic() - begin)))
        for child in self.children.values():
            if child.running is not None:
                with contextlib.suppress(ProcessLookupError):
                    child.running.send_signal(signal.SIGTERM)
        end = max(time.monotonic() + 1.0, begin + 7.0)
        while time.monotonic() < end and any(child.running is not None for child in self.children.values()):
            self._collect()
            time.sleep(0.05)
        end = begin + 9.0
        while (left := descendants(os.getpid())) and time.monotonic() < end:
            for pid in left:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
            self._collect()
        for child in self.children.values():
            child.ready = child.was_ready = False

    def _collect(self) -> None:
        for child in self.children.values():
            if child.running is not None and child.running.poll() is not None:
                child.running = None
        with contextlib.suppress(ChildProcessError):
            own = {child.running.pid for child in self.children.values() if child.running is not None}
            for pid in set(descendants(os.getpid(), direct=True, zombies=True)) - own:
                os.waitpid(pid, os.WNOHANG)


def _become_subreaper() -> None:
    """Orphans of our processes become our children, so that none can be lost (prctl(2), Linux 3.4)."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(root: int, *, direct: bool = False, zombies: bool = False) -> list[int]:
    """The processes below ``root``, from /proc."""
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                state, parent = Path(f"/proc/{entry}/stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
            except (OSError, ValueError):
                continue
            if zombies or state != "Z":
                parents[int(entry)] = int(parent)
    if direct:
        return [pid for pid, parent in parents.items() if parent == root]
    found, todo = [], [root]
    while todo:
        above = todo.pop()
        below = [pid for pid, parent in parents.items() if parent == above]
        found += below
        todo += below
    return found
