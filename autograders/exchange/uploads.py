"""Resumable uploads: a file comes in pieces, in order, over as many connections as it takes.

Rules
- An upload belongs to a learner and a content hash. Nobody learns whether somebody else has sent the same file.
- The offset is the number of bytes held. A piece that begins before it is cut, one that begins after it is refused
  with the offset to go on from; sending the same piece again changes nothing (idempotent).
- The last byte makes it complete, if the bytes have the announced hash; otherwise it begins again at 0.
- Unfinished uploads: at most ``MAX_OPEN`` a learner, the oldest goes first; after ``MAX_AGE`` seconds they go anyway.
"""
from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from autograders.exchange.blobs import Blobs, room
from autograders.intake import Rules, check_name, check_size
from autograders.receipt import rfc3339
from autograders.records import Records, Upload
from autograders.refusal import Refusal

__all__ = ["MAX_AGE", "MAX_OPEN", "Progress", "Uploads"]

MAX_OPEN = 4
MAX_AGE = 14 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of an upload is held."""

    offset: int
    complete: bool


class Uploads:
    def __init__(self, directory: Path, blobs: Blobs, records: Records, rules: Rules = Rules(), *,
                 clock: Callable[[], float] = time.time) -> None:
        self.directory, self.blobs, self.records, self.rules, self.clock = Path(directory), blobs, records, rules, clock
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._locks = [threading.Lock() for _ in range(64)]

    def progress(self, learner: str, digest: str) -> Progress:
        self.blobs.path(digest)
        with self.records.read() as session:
            done = session.get(Upload, (learner, digest))
        if done is not None and self.blobs.holds(digest):
            return Progress(done.size, True)
        draft = self._draft(learner, digest)
        return Progress(draft.stat().st_size if draft.exists() else 0, False)

    def piece(self, learner: str, digest: str, offset: int, total: int, data: bytes) -> Progress:
        """Take ``data``, the bytes from ``offset`` of a file of ``total`` bytes."""
        check_size(total, self.rules)
        if offset < 0 or offset + len(data) > total:
            raise Refusal("bad-range", "The piece does not lie within the file.", "Ask for the offset and go on from there.", 400)
        draft = self._draft(learner, digest)
        with self._lock(draft):
            held = self.progress(learner, digest)
            if held.complete:
                return held
            if offset > held.offset:
                raise Refusal("gap", f"{held.offset} bytes have arrived; the piece begins at {offset}.",
                              "Go on from the offset.", 409, offset=held.offset)
            fresh = data[held.offset - offset:]
            if fresh or not held.offset:
                self._make_room(draft, learner)
                with room(), open(draft, "ab") as file:
                    file.write(fresh)
            size = draft.stat().st_size
            if size < total:
                return Progress(size, False)
            try:
                self.blobs.adopt(draft, digest)
            except Refusal:
                draft.unlink(missing_ok=True)
                raise
            self._complete(learner, digest, total, "")
            return Progress(total, True)

    def whole(self, learner: str, data: bytes, name: str = "") -> str:
        """Take a file that came in one request; its content hash."""
        check_size(len(data), self.rules)
        if name:
            check_name(name, self.rules)
        digest = self.blobs.put(data)
        self._complete(learner, digest, len(data), name)
        return digest

    def _complete(self, learner: str, digest: str, size: int, name: str) -> None:
        now = rfc3339(datetime.fromtimestamp(self.clock(), timezone.utc))
        with self.records.write() as session:
            if session.get(Upload, (learner, digest)) is None:
                session.add(Upload(learner=learner, content_hash=digest, size=size, name=name, completed=now))

    def _draft(self, learner: str, digest: str) -> Path:
        self.blobs.path(digest)  # refuses what is not a hash
        owner = hashlib.sha256(learner.encode()).hexdigest()[:32]
        return self.directory / f"{owner}-{digest.removeprefix('sha256:')}"

    def _lock(self, draft: Path) -> threading.Lock:
        return self._locks[hash(draft.name) % len(self._locks)]

    def _make_room(self, draft: Path, learner: str) -> None:
        if draft.exists():
            return
        owner = draft.name[:32]
        own = []
        for path in self.directory.glob(f"{owner}-*"):
            try:
                own.append((path.stat().st_mtime, path))
            except FileNotFoundError:
                continue
        own.sort()
        keep = len(own) - (MAX_OPEN - 1)
        for number, (changed, path) in enumerate(own):
            if number < keep or changed < self.clock() - MAX_AGE:
                path.unlink(missing_ok=True)
