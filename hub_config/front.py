"""The two doors of a learner's server: where it binds its socket, and where hub and proxy find it. Standard library only.

Rules
- The server binds in a directory of its learner's (0700). Nobody of ours ever opens a path in there, except to make a
  hard link of what lies there; a symbolic link is linked as such, and then refused.
- The link lies in a directory of root's (0710, the group of hub and proxy), and is checked there: a socket, and the
  learner's own. Thus no learner can point the proxy at another socket of the machine.
- It has two names: the hub connects to ``s.sock``, the proxy to ``s.sock:80``.
"""
from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path

from .places import FRONT_GROUP, Places

__all__ = ["Front", "FrontError"]

NAMES = ("s.sock", "s.sock:80")


class FrontError(Exception):
    """What lies where the server should have bound its socket is not its socket."""


class Front:
    def __init__(self, places: Places, number: int) -> None:
        self._own = places.learner_bind(number)
        self._front = places.learner_front(number)
        self._uid, self._separate = places.learner_uid(number), places.separate_uids

    def prepare(self) -> None:
        """Both directories, empty."""
        self.close()
        for folder, mode in ((self._own, 0o700), (self._front, 0o710)):
            folder.mkdir(mode=mode, exist_ok=True)
        if self._separate:
            os.chown(self._own, self._uid, self._uid, follow_symlinks=False)
            os.chown(self._front, 0, FRONT_GROUP)
        self._front.chmod(0o710)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._own / NAMES[0])             # the name, never what it may point to

    def open(self) -> Path | None:
        """The door for hub and proxy, or None while the server does not listen yet."""
        link = self._front / NAMES[0]
        try:
            os.link(self._own / NAMES[0], link, follow_symlinks=False)
        except FileNotFoundError:
            return None
        found = os.lstat(link)
        if not stat.S_ISSOCK(found.st_mode) or found.st_uid != self._uid:
            self.close()
            raise FrontError("the server's socket is not its own")
        try:
            with socket.socket(socket.AF_UNIX) as probe:    # it answers only when its own mode is set for good
                probe.settimeout(2)
                probe.connect(str(link))
        except (ConnectionError, BlockingIOError, TimeoutError):
            self.close()
            return None
        if self._separate:
            os.chown(link, -1, FRONT_GROUP, follow_symlinks=False)
        os.chmod(link, 0o660)
        os.link(link, self._front / NAMES[1])
        return link

    def close(self) -> None:
        for name in NAMES:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._front / name)
