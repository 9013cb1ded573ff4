"""Bounds on memory, processes and processor time of a group of processes, by whichever cgroup version works here.
Standard library only: the root process imports it.

| | version 2 | version 1 |
|---|---|---|
| memory | memory.max, memory.swap.max, memory.oom.group=0 | memory.limit_in_bytes, memory.memsw.limit_in_bytes |
| processes | pids.max | pids.max |
| processor | cpu.max | cpu.cfs_quota_us |

A controller that cannot be used is left out and missing from `Group.bounded`; the caller then falls back on resource
limits and watches the memory itself.
"""
from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Group", "open_group"]

ROOT = Path("/sys/fs/cgroup")
CONTROLLERS = ("memory", "pids", "cpu")
PERIOD = 100_000


@dataclass(frozen=True, slots=True)
class Group:
    """``folders`` in which processes are put; ``bounded`` names the controllers in force."""

    folders: tuple[Path, ...]
    bounded: tuple[str, ...]

    def add(self, pid: int) -> None:
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(pid))

    def kill_and_remove(self, seconds: float = 3.0) -> None:
        """Ends whatever is left in the group and removes it."""
        until = time.monotonic() + seconds
        for folder in self.folders:
            while folder.exists():
                for pid in _pids(folder):
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, 9)
                with contextlib.suppress(OSError):
                    folder.rmdir()
                    break
                if time.monotonic() > until:
                    break
                time.sleep(0.02)


def _pids(folder: Path) -> list[int]:
    try:
        return [int(line) for line in (folder / "cgroup.procs").read_text().split()]
    except OSError:
        return []


def _own(controller: str, root: Path) -> Path:
    """Where our own process is, so that our children stay within whatever bounds us."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return root
    for line in lines:
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return root / path.lstrip("/") if (root / path.lstrip("/")).is_dir() else root
    return root


def _write(folder: Path, **values: object) -> bool:
    """Every value written. A name's last underscores are dots: memory_max is memory.max."""
    try:
        for name, value in values.items():
            controller, _, rest = name.partition("_")
            (folder / f"{controller}.{rest.replace('__', '.')}").write_text(str(value))
    except OSError:
        return False
    return True


def open_group(name: str, memory_bytes: int, processes: int, cpus: float, root: Path = ROOT) -> Group:
    """A group with these bounds, as far as this machine allows; ``folders`` may be empty."""
    found = _second(name, memory_bytes, processes, cpus, root)
    return found if found.bounded else _first(name, memory_bytes, processes, cpus, root)


def _second(name: str, memory_bytes: int, processes: int, cpus: float, root: Path) -> Group:
    base = _own("", root)
    try:
        offered = set((base / "cgroup.controllers").read_text().split()) & set(CONTROLLERS)
        if not offered:
            return Group((), ())
        if base != root:                        # a group with children holds no processes itself
            (base / "academy-launcher").mkdir(exist_ok=True)
            (base / "academy-launcher/cgroup.procs").write_text(str(os.getpid()))
        (base / "cgroup.subtree_control").write_text(" ".join(f"+{c}" for c in sorted(offered)))
        folder = base / f"academy-{name}"
        folder.mkdir(exist_ok=True)
    except OSError:
        return Group((), ())
    bounded = []
    if "memory" in offered and _write(folder, memory_max=memory_bytes):
        _write(folder, memory_swap__max=0)
        bounded.append("memory")
    if "pids" in offered and _write(folder, pids_max=processes):
        bounded.append("pids")
    if cpus and "cpu" in offered and _write(folder, cpu_max=f"{int(cpus * PERIOD)} {PERIOD}"):
        bounded.append("cpu")
    return Group((folder,), tuple(bounded))


def _first(name: str, memory_bytes: int, processes: int, cpus: float, root: Path) -> Group:
    values: dict[str, dict[str, object]] = {"memory": {"memory_limit_in_bytes": memory_bytes}, "pids": {"pids_max": processes}}
    if cpus:
        values["cpu"] = {"cpu_cfs_period_us": PERIOD, "cpu_cfs_quota_us": int(cpus * PERIOD)}
    folders, bounded = [], []
    for controller, settings in values.items():
        folder = _own(controller, root / controller) / f"academy-{name}"
        try:
            folder.mkdir(exist_ok=True)
        except OSError:
            continue
        if not _write(folder, **settings):
            with contextlib.suppress(OSError):
                folder.rmdir()
            continue
        if controller == "memory":
            _write(folder, memory_memsw__limit_in_bytes=memory_bytes)
        folders.append(folder)
        bounded.append(controller)
    return Group(tuple(folders), tuple(bounded))
