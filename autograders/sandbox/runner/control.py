"""The control groups of one slot, as open files: set before a job, read after it.

The files are opened by whoever may (root, or the owner of a delegated group) and reach the fork server as descriptors;
no path, and no right to make a group, is needed in here.
"""
from __future__ import annotations

import os

__all__ = ["Slot"]


class Slot:
    """``files``: {"attach": [fd…], "memory": fd, "swap" or "together": fd, "processes": fd, "events": fd}, or {} where
    there are only rlimits."""

    def __init__(self, files: dict) -> None:
        self.attach: tuple[int, ...] = tuple(files.get("attach", ()))
        self._files = files

    def set(self, memory_bytes: int, processes: int) -> None:
        """Set the limits. Version 1 counts memory and swap together and must never be below memory alone."""
        if not self.attach:
            return
        if "together" in self._files:
            self._write("together", -1)
            self._write("memory", memory_bytes)
            self._write("together", memory_bytes)
        else:
            self._write("memory", memory_bytes)
            if "swap" in self._files:
                self._write("swap", 0)
        self._write("processes", processes)

    def kills(self) -> int:
        """How often the kernel has killed here for want of memory."""
        if "events" not in self._files:
            return 0
        for line in os.pread(self._files["events"], 4096, 0).decode().splitlines():
            name, _, number = line.partition(" ")
            if name == "oom_kill":
                return int(number)
        return 0

    def _write(self, name: str, value: int) -> None:
        os.pwrite(self._files[name], str(value).encode(), 0)
