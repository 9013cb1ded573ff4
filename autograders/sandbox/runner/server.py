"""The fork server: a preloaded process that makes one isolated child for each job. It runs nobody's code itself.

Control socket (SOCK_SEQPACKET, JSON packets of at most 64 KiB, descriptors by SCM_RIGHTS)
    -> {"op": "prepare", "preload": [module…]}        <- {"ready": {"python", "modules", "failed", "threads"}}
    -> {"op": "job", "slot", "bounds": {…}} + fds     the first is the job's lifeline, the others are the side's own

The lifeline (a stream socket) is the job's life: when its other end is closed, the job is killed, with all its
processes. When the job has ended, one line of JSON says how: {"code", "signal", "kills", "over", "failed"}.

Invariants
- One thread, so a fork is safe; it is checked before the first fork.
- A job starts only in a process namespace of its own, whose first process is a bare init.
- When the control socket ends, so does the server, and with it every job.
"""
from __future__ import annotations

import array
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time

from . import linux, seccomp
from .control import Slot
from .isolate import Bounds, confine, enter_limits
from .pins import pins

__all__ = ["main"]

PACKET = 1 << 16
_ISOLATION_FAILED = 90  # exit code of an init that could not confine itself: no job code ran
_WATCH_SECONDS = 0.2
_PRELOAD_SECONDS = 180
_UIDS = 50000
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "HOME": "/tmp/home", "TMPDIR": "/tmp", "USER": "learner",
    "LOGNAME": "learner", "MPLBACKEND": "Agg", "MPLCONFIGDIR": "/tmp/home/matplotlib",
    "IPYTHONDIR": "/tmp/home/ipython",
    "JOBLIB_MULTIPROCESSING": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class _Job:
    def __init__(self, pid: int, lifeline: socket.socket, slot: Slot, bounds: Bounds) -> None:
        self.pid, self.lifeline, self.slot, self.bounds = pid, lifeline, slot, bounds
        self.pidfd = os.pidfd_open(pid)
        self.kills = slot.kills()
        self.over = ""

    def kill(self) -> None:
        try:
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def finish(self) -> None:
        """Reap, say how it ended, let go."""
        _, status = os.waitpid(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        report = {
            "code": max(code, 0), "signal": max(-code, 0), "kills": self.slot.kills() - self.kills, "over": self.over,
            "failed": code == _ISOLATION_FAILED,
        }
        try:
            self.lifeline.send(json.dumps(report).encode() + b"\n", socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except OSError:
            pass
        self.lifeline.close()
        os.close(self.pidfd)


class Server:
    def __init__(self, control: socket.socket, run, slots: list[dict], own_uids: bool) -> None:
        """``run(fds, bounds)`` is the side's work, called in the job's process."""
        self.control, self.run = control, run
        self.slots = [Slot(files) for files in slots]
        self.own_uids, self.filter = own_uids, seccomp.program()
        self.home = os.open("/proc/self/ns/pid", os.O_RDONLY)
        self.jobs: list[_Job] = []
        self.count = 0

    # -- control
    def serve(self) -> None:
        while True:
            watching = any(not job.slot.attach for job in self.jobs)
            waiting = [self.control, *(j.lifeline for j in self.jobs), *(j.pidfd for j in self.jobs)]
            readable = set(select.select(waiting, [], [], _WATCH_SECONDS if watching else None)[0])
            for job in list(self.jobs):
                if job.pidfd in readable:
                    job.finish()
                    self.jobs.remove(job)
                elif job.lifeline in readable:  # whatever came, or the end: nobody speaks on a lifeline
                    job.kill()
            if watching:
                self._watch()
            if self.control in readable and not self._command():
                return

    def _command(self) -> bool:
        data, ancillary, _, _ = self.control.recvmsg(PACKET, socket.CMSG_SPACE(16 * 4))
        fds: list[int] = []
        for level, kind, payload in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                numbers = array.array("i")
                numbers.frombytes(payload[: len(payload) - len(payload) % numbers.itemsize])
                fds += numbers
        if not data:
            return False
        request = json.loads(data)
        if request["op"] == "prepare":
            self.control.send(json.dumps({"ready": self._prepare(request["preload"])}).encode())
        elif request["op"] == "job":
            self._start(request, fds)
        for fd in fds:
            os.close(fd)
        return True

    def _prepare(self, preload: list[str]) -> dict:
        signal.alarm(_PRELOAD_SECONDS)
        versions, failed = {}, []
        for name in preload:
            try:
                module = importlib.import_module(name)
                versions[name] = str(getattr(module, "__version__", ""))[:40]
            except Exception:  # an environment without it: the run's own import will say so
                failed.append(name)
        self.run.warm()
        signal.alarm(0)
        threads = len(os.listdir("/proc/self/task"))
        gc.collect()
        gc.freeze()
        return {"python": sys.version.split()[0], "modules": versions, "failed": failed, "threads": threads}

    # -- jobs
    def _start(self, request: dict, fds: list[int]) -> None:
        slot = self.slots[request["slot"]]
        self.count += 1
        bounds = Bounds(uid=self.count % _UIDS + 1 if self.own_uids else None, attach=slot.attach,
                        data_limit=not slot.attach, **request["bounds"])
        lifeline = socket.socket(fileno=os.dup(fds[0]))
        try:
            if len(os.listdir("/proc/self/task")) != 1:
                raise OSError("a preloaded module started a thread: a fork is not safe")
            slot.set(bounds.memory_bytes, bounds.processes + 2)
            linux.unshare(linux.CLONE_NEWPID)
        except OSError as error:
            print(f"a job could not be started: {error}", file=sys.__stderr__, flush=True)
            lifeline.send(json.dumps({"code": 0, "signal": 0, "kills": 0, "over": "", "failed": True}).encode())
            lifeline.close()
            return
        pid = os.fork()
        if pid == 0:
            self._init(bounds, fds[1:])
        linux.setns(self.home)
        self.jobs.append(_Job(pid, lifeline, slot, bounds))

    def _init(self, bounds: Bounds, fds: list[int]) -> None:
        """The first process of the job's namespace: confine, start the one that works, wait. Never returns."""
        code = _ISOLATION_FAILED
        try:
            words = os.dup(2)
            null = os.open("/dev/null", os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(null, standard)
            try:
                enter_limits(bounds)
                confine(bounds, self.filter)
            except OSError as error:  # for the operator; nobody's code has run yet
                os.write(words, f"a job could not be isolated: {error}\n".encode())
                raise
            linux.close_all_but({0, 1, 2, *fds})
            worker = os.fork()
            code = 1
            if worker == 0:
                try:
                    linux.die_with_parent()
                    linux.not_dumpable()
                    self.run(fds, bounds)
                    code = 0
                finally:
                    os._exit(code)
            linux.close_all_but({0, 1, 2})
            while True:
                ended, status = os.wait()
                if ended == worker:
                    code = 0 if status == 0 else 1
                    break
        finally:
            os._exit(code)

    # -- without control groups
    def _watch(self) -> None:
        """Count the memory and processes of each job; kill what is over."""
        parents, pages = {}, {}
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/stat") as file:
                    rest = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(name)], pages[int(name)] = int(rest[1]), int(rest[21])
        totals = {job.pid: [0, 0] for job in self.jobs}
        for pid in parents:
            above = pid
            while above in parents and above not in totals:
                above = parents[above]
            if above in totals:
                totals[above][0] += 1
                totals[above][1] += pages[pid] * 4096
        shared = pages.get(os.getpid(), 0) * 4096
        for job in self.jobs:
            count, size = totals[job.pid]
            if size - shared * count > job.bounds.memory_bytes:
                job.over = "memory"
            elif count > job.bounds.processes + 2:
                job.over = "processes"
            if job.over:
                job.kill()


def main(arguments: list[str]) -> None:
    """``[kind, control fd, JSON {"slots", "own_uids"}]``, as the template in autograders.sandbox.start gives them."""
    kind, control_fd, text = arguments
    settings = json.loads(text)
    os.environ.update(_ENVIRONMENT, **pins())
    time.tzset()
    if kind == "L":
        from .learner_side import LearnerSide as Side
    elif kind == "T":
        from .tests_side import TestsSide as Side
    else:
        raise SystemExit("the kind is L or T")
    control = socket.socket(fileno=int(control_fd))
    linux.not_dumpable()
    Server(control, Side(), settings["slots"], settings["own_uids"]).serve()
