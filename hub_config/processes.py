"""Processes as the kernel tells of them, and the note that is kept of a running server. Standard library only."""
from __future__ import annotations

import contextlib
import json
import os
import resource
from dataclasses import asdict, dataclass
from pathlib import Path

from .cgroups import Group

__all__ = ["Running", "children", "descendants", "resident", "start_time"]


def start_time(pid: int) -> int | None:
    """When the process started, in the kernel's ticks; None if there is none, or only its ashes."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def children(pid: int) -> list[int]:
    found = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            found += [int(word) for word in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
    return found


def descendants(pid: int) -> list[int]:
    """All processes below ``pid``, the nearest first."""
    found = children(pid)
    for child in found:                         # grows while it is walked
        found += children(child)
    return found


def resident(pid: int) -> int:
    """Bytes of memory the process holds; 0 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


@dataclass(frozen=True, slots=True)
class Running:
    """A server as it is written down: bubblewrap's outer process, and the enclosure's first one, ``child``.

    Times are the kernel's start times: a pid alone may be somebody else's by now.
    """

    number: int
    outer: int
    outer_time: int
    child: int
    child_time: int
    folders: tuple[str, ...]
    bounded: tuple[str, ...]

    @property
    def alive(self) -> bool:
        return start_time(self.child) == self.child_time

    @property
    def enclosed(self) -> bool:
        """Alive, and bubblewrap's outer process still stands around it."""
        return self.alive and start_time(self.outer) == self.outer_time

    @property
    def group(self) -> Group:
        return Group(tuple(map(Path, self.folders)), self.bounded)

    def save(self, path: Path) -> None:
        new = path.with_suffix(".new")
        new.write_text(json.dumps(asdict(self)))
        os.replace(new, path)

    @classmethod
    def read(cls, path: Path) -> Running | None:
        """None if there is no note; ValueError if it cannot be read."""
        try:
            values = json.loads(path.read_text())
            return cls(**{**values, "folders": tuple(values["folders"]), "bounded": tuple(values["bounded"])})
        except FileNotFoundError:
            return None
        except (TypeError, KeyError) as error:
            raise ValueError(f"{path.name} is no note of a server") from error
