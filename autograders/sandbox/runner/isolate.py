"""From a fork of the server to a prisoner: what a child does before it runs one line of a learner or an instructor.

Rules
- The order matters: what needs privileges comes first, they go in the middle, the filter comes last.
- Each job has its own mount, process, network, IPC and host name namespaces and, where the server has a range of them,
  its own uid that no other job ever has at the same time.
- ``/tmp`` and ``/dev/shm`` are empty, sized and the job's alone; everything else is read-only.
- Any step that fails ends the child: there is no weaker mode to fall back to.
"""
from __future__ import annotations

import os
import resource
from dataclasses import dataclass, field

from . import linux

__all__ = ["HOME", "WORK", "Bounds", "confine", "enter_limits"]

WORK, HOME = "/tmp/work", "/tmp/home"
_INODES = 20000
_NOBODY = 1000


@dataclass(frozen=True)
class Bounds:
    """Limits of one job, as the server got them. ``uid`` is None where there is only one uid to run as."""

    seconds: int
    memory_bytes: int
    processes: int
    file_bytes: int
    uid: int | None = None
    data_limit: bool = False          # no cgroup: bound the private memory of each process by RLIMIT_DATA
    attach: tuple[int, ...] = field(default=())  # open cgroup.procs files


def enter_limits(bounds: Bounds) -> None:
    """Move this process into its control groups: before the first page of its own."""
    for fd in bounds.attach:
        os.write(fd, b"0")


def _mounts(bounds: Bounds) -> None:
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS | linux.CLONE_NEWNET)
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    quiet = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("tmpfs", "/tmp", "tmpfs", quiet, f"size={bounds.file_bytes},nr_inodes={_INODES},mode=1777")
    linux.mount("tmpfs", "/dev/shm", "tmpfs", quiet | linux.MS_NOEXEC,
                f"size={bounds.file_bytes},nr_inodes=1000,mode=1777")
    linux.mount("proc", "/proc", "proc", quiet | linux.MS_NOEXEC, "hidepid=2")
    for covered in ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"):
        if os.path.exists(covered):
            linux.mount(covered, covered, flags=linux.MS_BIND)
            linux.mount("none", covered, flags=linux.MS_BIND | linux.MS_REMOUNT | linux.MS_RDONLY | quiet
                        | linux.MS_NOEXEC)


def _data_size() -> int:
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmData:"):
                return int(line.split()[1]) << 10
    return 0


def _resources(bounds: Bounds) -> None:
    limits = {
        resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: bounds.seconds + 5, resource.RLIMIT_FSIZE: bounds.file_bytes,
        resource.RLIMIT_NOFILE: 256, resource.RLIMIT_MEMLOCK: 1 << 16, resource.RLIMIT_MSGQUEUE: 1 << 16,
    }
    # Counted per user namespace since Linux 5.14, per uid of the whole machine before.
    if bounds.uid is not None or tuple(int(p) for p in os.uname().release.split(".")[:2]) >= (5, 14):
        limits[resource.RLIMIT_NPROC] = bounds.processes + (0 if bounds.uid is not None else 8)
    if bounds.data_limit:
        limits[resource.RLIMIT_DATA] = _data_size() + bounds.memory_bytes
    for what, value in limits.items():
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))


def _nobody() -> None:
    """Where there is one uid only: a user namespace of the job's own, in which that uid is not root."""
    linux.unshare(linux.CLONE_NEWUSER)
    for name, line in (("setgroups", "deny"), ("uid_map", f"{_NOBODY} 0 1"), ("gid_map", f"{_NOBODY} 0 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(line)


def confine(bounds: Bounds, filter_program: bytes) -> None:
    """Isolate the calling process, the first one of a new process namespace. Raises OSError."""
    os.setsid()
    _mounts(bounds)
    os.umask(0o077)
    _resources(bounds)
    if bounds.uid is None:
        _nobody()
    linux.drop_bounding_set()
    if bounds.uid is not None:
        os.setgroups([])
        os.setresgid(bounds.uid, bounds.uid, bounds.uid)
        os.setresuid(bounds.uid, bounds.uid, bounds.uid)
    linux.drop_capabilities()
    linux.no_new_privileges()
    linux.die_with_parent()
    linux.not_dumpable()
    for path in (WORK, HOME):
        os.mkdir(path, 0o700)
    os.chdir(WORK)
    linux.install_filter(filter_program)
