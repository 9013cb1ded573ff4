"""Which limits this machine gives: control groups version 2 (delegated) or 1, else rlimits only.

Rules
- A slot is a group of its own for one job at a time; its files are opened here and passed on as descriptors.
- Groups are made only below ``academy/``, in each version 1 controller or in the delegated version 2 group.
- rlimits alone bound one process, not a job: a watching server kills what is over, later. They never certify.
"""
from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["CGROUPS", "LimitBackend", "Slots", "probe"]

CGROUPS = Path("/sys/fs/cgroup")


@dataclass
class Slots:
    """The control groups of one server: open files by slot, and the folders to remove afterwards."""

    files: list[dict] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)

    def fds(self) -> list[int]:
        found: list[int] = []
        for slot in self.files:
            for value in slot.values():
                found += value if isinstance(value, list) else [value]
        return found

    def close_files(self) -> None:
        for fd in self.fds():
            os.close(fd)
        self.files = []

    def remove(self) -> bool:
        """Remove the groups; False if one is still in use."""
        left = []
        for folder in reversed(self.folders):
            try:
                folder.rmdir()
            except FileNotFoundError:
                pass
            except OSError:
                left.append(folder)
        self.folders = left[::-1]
        return not left


@dataclass(frozen=True, slots=True)
class LimitBackend:
    """``name``: cgroup-v2, cgroup-v1 or rlimits. ``roots``: where groups may be made, by controller."""

    name: str
    roots: dict[str, Path]

    @property
    def bounds_jobs(self) -> bool:
        """Whether memory and processes of a whole job are bounded by the kernel: needed to certify."""
        return self.name != "rlimits"

    def slots(self, label: str, count: int) -> Slots:
        """``count`` groups named after ``label``, opened. Raises OSError, and leaves nothing then."""
        made = Slots()
        self.sweep()
        try:
            for number in range(count):
                made.files.append(self._slot(made, f"{label}-{number}"))
        except OSError:
            made.close_files()
            made.remove()
            raise
        return made

    def sweep(self) -> None:
        """Remove the empty groups of processes that died without tidying up."""
        for folder in [f for root in set(self.roots.values()) for f in root.iterdir() if f.is_dir()]:
            owner = folder.name.partition("-")[0]
            if owner.isdigit() and not Path("/proc", owner).exists():
                with contextlib.suppress(OSError):  # still in use, or already gone
                    folder.rmdir()

    def _slot(self, made: Slots, name: str) -> dict:
        if self.name == "rlimits":
            return {}
        folders = {}
        for controller, root in self.roots.items():
            folders[controller] = folder = root / name
            if folder not in made.folders:
                folder.mkdir(parents=True)
                made.folders.append(folder)
        memory, pids = folders["memory"], folders["pids"]

        def opened(path: Path) -> int:
            return os.open(path, os.O_RDWR | os.O_CLOEXEC)

        if self.name == "cgroup-v1":
            files = {
                "attach": [opened(memory / "cgroup.procs"), opened(pids / "cgroup.procs")],
                "memory": opened(memory / "memory.limit_in_bytes"), "processes": opened(pids / "pids.max"),
                "events": os.open(memory / "memory.oom_control", os.O_RDONLY | os.O_CLOEXEC),
            }
            if (memory / "memory.memsw.limit_in_bytes").exists():
                files["together"] = opened(memory / "memory.memsw.limit_in_bytes")
            return files
        files = {
            "attach": [opened(memory / "cgroup.procs")], "memory": opened(memory / "memory.max"),
            "processes": opened(memory / "pids.max"),
            "events": os.open(memory / "memory.events", os.O_RDONLY | os.O_CLOEXEC),
        }
        if (memory / "memory.swap.max").exists():
            files["swap"] = opened(memory / "memory.swap.max")
        if (memory / "memory.oom.group").exists():
            (memory / "memory.oom.group").write_text("1")
        return files


def _version_2(base: Path) -> LimitBackend | None:
    """A version 2 group that is ours to divide: the root's as root, the delegated one of this process otherwise."""
    mounts = (base / "unified", base)
    mount = next((m for m in mounts if (m / "cgroup.controllers").exists()), None)
    if mount is None:
        return None
    try:
        own = next(line[3:].strip() for line in Path("/proc/self/cgroup").read_text().splitlines() if line[:3] == "0::")
        group = mount if os.geteuid() == 0 else (mount / own.lstrip("/")).parent
        if not {"memory", "pids"} <= set((group / "cgroup.controllers").read_text().split()):
            return None
        root = group / "academy"
        root.mkdir(exist_ok=True)
        for folder in (group, root):
            enabled = (folder / "cgroup.subtree_control").read_text().split()
            if not {"memory", "pids"} <= set(enabled):
                (folder / "cgroup.subtree_control").write_text("+memory +pids")
    except (OSError, StopIteration):
        return None
    return LimitBackend("cgroup-v2", {"memory": root, "pids": root})


def _version_1(base: Path) -> LimitBackend | None:
    roots = {}
    for controller in ("memory", "pids"):
        root = base / controller / "academy"
        try:
            if not (base / controller / "cgroup.procs").exists():
                return None
            root.mkdir(exist_ok=True)
        except OSError:
            return None
        if not os.access(root, os.W_OK):
            return None
        roots[controller] = root
    return LimitBackend("cgroup-v1", roots)


def probe(base: Path = CGROUPS) -> LimitBackend:
    """The best backend this process may use."""
    return _version_2(base) or _version_1(base) or LimitBackend("rlimits", {})
