"""The journal: an append-only file that says what was decided before anything is signed.

A line is ``<sha256 of (previous line's digest + body), hex> <body as RFC 8785 JSON>\\n``. The bodies hold ids, indices and
digests, never a name: what must be erasable lies elsewhere.

Invariants
- `append` returns only after fsync: what it took is there after a power cut.
- One process writes: the file is locked (flock) as long as it is open.
- A torn last line, which a crash leaves, is cut off when the journal is opened: nothing was done on its strength yet. Any
  other line that does not fit its digest is JournalError, and nothing is issued (fail closed).
"""
from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from certification.canonical import jcs
from certification.errors import CertificationError

__all__ = ["Journal", "JournalError"]

_START = hashlib.sha256(b"academy.journal/1").hexdigest()


class JournalError(CertificationError):
    """The journal does not hold, or cannot be written: nothing may be issued."""


def _digest(previous: str, body: bytes) -> str:
    return hashlib.sha256(previous.encode() + body).hexdigest()


class Journal:
    """Opens (or starts) the journal at ``path``; ``entries`` holds every body in order."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise JournalError(f"{self.path.name} is open in another process",
                                   "only one signer may run on a store: stop the other one") from error
            self._last = _START
            self.entries: list[dict] = list(self._read())
            _sync_directory(self.path.parent)
        except BaseException:
            os.close(self._fd)
            raise

    def _read(self) -> Iterator[dict]:
        data = self.path.read_bytes()
        end = data.rfind(b"\n") + 1
        if end < len(data):
            os.ftruncate(self._fd, end)
            os.fsync(self._fd)
        for number, line in enumerate(data[:end].split(b"\n")[:-1], 1):
            digest, _, body = line.partition(b" ")
            if digest.decode("ascii", "replace") != _digest(self._last, body):
                raise JournalError(f"line {number} of {self.path.name} does not fit its digest",
                                   "restore the signer's store from a backup: academy restore")
            self._last = digest.decode()
            yield json.loads(body)

    @property
    def head(self) -> str:
        """The digest of the last line: it names the whole history."""
        return self._last

    def append(self, *entries: dict) -> None:
        """Write ``entries`` as one block and fsync once. Either all of them are recorded or JournalError is raised."""
        last, lines = self._last, []
        for entry in entries:
            body = jcs(entry)
            last = _digest(last, body)
            lines.append(last.encode() + b" " + body + b"\n")
        size = os.fstat(self._fd).st_size
        try:
            _write_all(self._fd, b"".join(lines))
            os.fsync(self._fd)
        except OSError as error:
            os.ftruncate(self._fd, size)
            raise JournalError(f"{self.path.name} cannot be written ({error.strerror})",
                               "free space on the disk; nothing was issued") from error
        self._last = last
        self.entries += entries

    def of_kind(self, kind: str) -> Iterable[dict]:
        return (entry for entry in self.entries if entry.get("kind") == kind)

    def close(self) -> None:
        os.close(self._fd)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
