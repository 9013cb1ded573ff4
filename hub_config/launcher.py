"""The one root process: starts and stops learners' servers in their enclosures. ``python -m hub_config.launcher STATE``

It takes typed requests on its socket and chooses uid, mounts and command itself (`enclosure`). Standard library only.

Rules
- A server outlives the launcher: what runs is written down (pid, start time, the enclosure's first process) and found
  again after a restart, even after ``kill -9``.
- The enclosure's first process is what counts: when bubblewrap's outer process is gone, the inner one is ended too.
- Hub and proxy reach a server only by a door of ours (`front`): a learner's own directory is never followed.
- Memory, processes and processor time are bounded by a cgroup; what the machine does not offer, by resource limits and
  by watching.
"""
from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import enclosure
from .cgroups import open_group
from .enclosure import Bounds
from .examiners import Examiners
from .front import Front, FrontError
from .places import Places
from .processes import Running, children, descendants, resident, start_time
from .rpc import Caller, Operation, RpcError, Server

__all__ = ["Launcher", "operations"]

log = logging.getLogger(__name__)
BWRAP = "/usr/bin/bwrap"
PR_SET_CHILD_SUBREAPER = 36
STOP_SECONDS, WATCH_SECONDS, LOG_BYTES = 3.0, 1.0, 4 << 20


def _memory_file(data: bytes) -> int:
    descriptor = os.memfd_create("academy", 0)
    os.write(descriptor, data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


class Launcher:
    """Starts, stops and remembers learners' servers, one a number."""

    def __init__(self, places: Places, bounds: Bounds) -> None:
        self.places, self.bounds = places, bounds
        self._locks: dict[int, threading.Lock] = {}
        self._ours: dict[int, subprocess.Popen] = {}            # outer processes that are our own children
        self._codes: dict[int, int] = {}
        self.store = places.store("launcher")
        for folder in (places.learner_home(0), places.learner_bind(0), places.learner_front(0)):
            folder.parent.mkdir(mode=0o711, exist_ok=True)
            folder.parent.chmod(0o711)
        self.store.mkdir(mode=0o700, exist_ok=True)

    # -- requests
    def start(self, number: int, name: str, environment: dict) -> dict:
        with self._lock(number):
            if self._running(number):
                raise RpcError("running", f"server {number} runs already", "stop it first")
            began = time.monotonic()
            running = self._launch(number, name, environment)
            try:
                front = self._wait(running, began + self.bounds.start_seconds)
            except BaseException:
                self._end(running)
                raise
            log.info("server %s started in %.1f s, bounded by %s", number, time.monotonic() - began,
                     ", ".join(running.bounded) or "resource limits")
            return {"front": str(front), "bounded": list(running.bounded)}

    def stop(self, number: int) -> dict:
        with self._lock(number):
            running = self._running(number)
            if running is not None:
                self._end(running)
                log.info("server %s stopped", number)
            return {"stopped": running is not None}

    def status(self, number: int) -> dict:
        lock = self._lock(number)
        if lock.locked():                                       # starting or stopping right now
            return {"running": True, "code": None}
        with lock:
            if self._running(number) is not None:
                return {"running": True, "code": None}
            return {"running": False, "code": self._codes.get(number, 0)}

    def numbers(self) -> list[int]:
        return sorted(int(path.stem) for path in self.store.glob("*.json") if path.stem.isdigit())

    def stop_all(self) -> dict:
        threads = [threading.Thread(target=self.stop, args=(number,)) for number in self.numbers()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {"stopped": len(threads)}

    def recover(self) -> list[int]:
        """After a start of our own: what still runs. What has ended is forgotten."""
        return [number for number in self.numbers() if self._running(number) is not None]

    def watch(self) -> None:
        """Tidies up after servers that ended, keeps their logs short, and bounds memory where no cgroup does."""
        for number in self.numbers():
            if not (lock := self._lock(number)).acquire(blocking=False):
                continue                                        # starting or stopping right now
            try:
                running = self._running(number)
            finally:
                lock.release()
            if running is not None and "memory" not in running.bounded:
                self._relieve(running)
            with contextlib.suppress(OSError):
                if (output := self.store / f"{number}.log").stat().st_size > LOG_BYTES:
                    os.truncate(output, 0)

    # -- inside
    def _lock(self, number: int) -> threading.Lock:
        if type(number) is not int or not 0 < number < 900_000:
            raise RpcError("bad-request", "a learner's number is a whole number")
        return self._locks.setdefault(number, threading.Lock())

    def _path(self, number: int) -> Path:
        return self.store / f"{number}.json"

    def _running(self, number: int) -> Running | None:
        try:
            running = Running.read(self._path(number))
        except ValueError as error:                             # a half-written disk; the server, if any, is nobody's now
            log.error("%s; it is put aside", error)
            os.replace(self._path(number), self._path(number).with_suffix(".unreadable"))
            return None
        if running is not None and not running.enclosed:
            self._end(running)
            return None
        return running

    def _launch(self, number: int, name: str, environment: dict) -> Running:
        uid, home = self.places.learner_uid(number), self.places.learner_home(number)
        home.mkdir(mode=0o700, exist_ok=True)
        if self.places.separate_uids:
            os.chown(home, uid, uid, follow_symlinks=False)
        Front(self.places, number).prepare()
        open_here: list[int] = []
        try:
            data = {}
            for path, content in enclosure.files(str(name)).items():
                data[path] = _memory_file(content)
                open_here.append(data[path])
            try:
                words = enclosure.arguments(self.places, number, name, environment, self.bounds, data)
            except (ValueError, AttributeError) as error:
                raise RpcError("bad-request", str(error)) from None
            words_fd = _memory_file(b"".join(word.encode() + b"\0" for word in words))
            info_read, info_write = os.pipe()
            block_read, block_write = os.pipe()
            open_here += [words_fd, info_read, info_write, block_read, block_write]
            (self.store / f"{number}.log").unlink(missing_ok=True)
            with open(self.store / f"{number}.log", "ab") as output:    # appended to, so that `watch` can cut it
                outer = subprocess.Popen(
                    [*enclosure.prefix(self.places, number, self.bounds), BWRAP, "--args", str(words_fd), "--info-fd", str(info_write),
                     "--block-fd", str(block_read), "--", *enclosure.command(self.places, self.bounds)],
                    env={}, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", start_new_session=True,
                    pass_fds=[words_fd, info_write, block_read, *data.values()])
            os.close(open_here.pop(open_here.index(info_write)))
            with os.fdopen(os.dup(info_read)) as info:                  # to its end: one read may bring half
                text = info.read()
            if not text.strip():
                outer.wait()
                raise RpcError("failed", f"the enclosure could not be made: {self._last_words(number)}", "academy doctor")
            child = json.loads(text)["child-pid"]
            try:
                group = open_group(f"learner-{number}-{outer.pid}", self.bounds.memory_bytes, self.bounds.processes, self.bounds.cpus)
                for pid in (outer.pid, child):
                    group.add(pid)
                running = Running(number, outer.pid, start_time(outer.pid) or 0, child, start_time(child) or 0,
                                  tuple(map(str, group.folders)), group.bounded)
                running.save(self._path(number))
            except BaseException:                                       # what is not written down must not run
                for pid in (child, outer.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                outer.wait()
                raise
            self._ours[number] = outer
            self._codes.pop(number, None)
            os.write(block_write, b"go")
            return running
        except FileNotFoundError as error:
            raise RpcError("failed", f"{error.filename} is not installed", "academy doctor") from None
        finally:
            for descriptor in open_here:
                os.close(descriptor)

    def _wait(self, running: Running, until: float) -> Path:
        """The door to the server, once it listens."""
        while running.enclosed:
            if time.monotonic() > until:
                raise RpcError("timeout", "the server took too long to start", "try again; if it happens again: academy doctor")
            try:
                if (front := Front(self.places, running.number).open()) is not None:
                    return front
            except FrontError as error:
                raise RpcError("failed", str(error), "start the server again") from None
            time.sleep(0.05)
        raise RpcError("failed", f"the server ended while it started: {self._last_words(running.number)}", "academy doctor")

    def _end(self, running: Running) -> None:
        """Ask, wait, end; then forget."""
        Front(self.places, running.number).close()
        if running.enclosed:
            for pid in children(running.child):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            until = time.monotonic() + STOP_SECONDS
            while running.alive and time.monotonic() < until:
                time.sleep(0.05)
        if running.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(running.child, signal.SIGKILL)
        outer, until = self._ours.pop(running.number, None), time.monotonic() + 1.0
        if outer is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._codes[running.number] = outer.wait(timeout=STOP_SECONDS)
        while start_time(running.outer) == running.outer_time and time.monotonic() < until:
            time.sleep(0.01)                                    # one that an earlier launcher started ends by itself
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(running.child, os.WNOHANG)[0] == 0 and time.monotonic() < until:
                time.sleep(0.01)
        running.group.kill_and_remove()
        self._path(running.number).unlink(missing_ok=True)

    def _relieve(self, running: Running) -> None:
        sizes = {pid: resident(pid) for pid in descendants(running.child)}
        if sum(sizes.values()) > self.bounds.memory_bytes:
            log.warning("server %s uses too much memory: its largest process is ended", running.number)
            with contextlib.suppress(ProcessLookupError):
                os.kill(max(sizes, key=sizes.__getitem__), signal.SIGKILL)

    def _last_words(self, number: int) -> str:
        log_file = self.store / f"{number}.log"
        lines = log_file.read_text(errors="replace").strip().splitlines() if log_file.exists() else []
        return lines[-1][:200] if lines else "it said nothing"


def operations(launcher: Launcher, examiners: Examiners) -> dict[str, Operation]:
    """Who may ask for what. Root may ask for everything."""
    places = launcher.places
    hub, grader = (places.uid("hub"),), (places.uid("grader"),)

    def checked(run, **kinds):
        def guarded(caller: Caller, request: dict) -> dict:
            if set(request) != set(kinds) or not all(type(request[key]) is kind for key, kind in kinds.items()):
                raise RpcError("bad-request", f"this operation takes {', '.join(kinds) or 'nothing'}")
            return run(**request)
        return guarded

    return {
        "ping": Operation(checked(dict), places.callers("launcher")),
        "start_server": Operation(checked(launcher.start, number=int, name=str, environment=dict), hub),
        "stop_server": Operation(checked(launcher.stop, number=int), hub),
        "server_status": Operation(checked(launcher.status, number=int), hub),
        "stop_all": Operation(checked(launcher.stop_all), () if places.separate_uids else hub),
        "start_examiner": Operation(checked(examiners.start, family=str, kind=str, workers=int), grader),
    }


def main(state: Path) -> None:
    from .settings import load, places

    os.umask(0o077)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)    # an enclosure whose outer process died becomes our child
    launcher, examiners = Launcher(places(state), Bounds.of(load(state).learner)), Examiners(places(state))
    log.info("learners' servers found again: %s", launcher.recover())
    server = Server(launcher.places.socket("launcher"), operations(launcher, examiners), mode=0o666)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        while True:
            time.sleep(WATCH_SECONDS)
            launcher.watch()
            examiners.tidy()
    finally:
        examiners.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s launcher %(levelname)s %(message)s")
    main(Path(sys.argv[1]))
