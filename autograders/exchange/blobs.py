"""Files by content hash: written once, flushed to the disk before anybody is told, never changed.

A blob lies in ``<first two hex digits>/<the other 62>``. It appears under that name complete or not at all.
"""
from __future__ import annotations

import errno
import hashlib
import os
import secrets
from contextlib import contextmanager
from collections.abc import Iterator
from pathlib import Path

from autograders.intake import content_hash, is_content_hash
from autograders.refusal import Refusal

__all__ = ["Blobs", "room"]


@contextmanager
def room() -> Iterator[None]:
    """Turns a full disk into a refusal that says so."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refusal("disk-full", "The server's disk is full. Nothing that you have a receipt for is lost.",
                          "Keep your file and submit again later; the operator has to make room.", 507) from error
        raise


def sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Blobs:
    def __init__(self, directory: Path) -> None:
        self.directory = Path(directory)
        self.drafts = self.directory / "drafts"
        self.drafts.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, digest: str) -> Path:
        if not is_content_hash(digest):
            raise Refusal("bad-hash", "This is not a content hash.", "A content hash is sha256: and 64 hex digits.", 400)
        name = digest.removeprefix("sha256:")
        return self.directory / name[:2] / name[2:]

    def holds(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def read(self, digest: str) -> bytes:
        """The bytes, checked against their name: a damaged disk is noticed here, not by a wrong verdict."""
        try:
            data = self.path(digest).read_bytes()
        except FileNotFoundError as error:
            raise Refusal("no-such-file", "The server does not have this file.", "Submit it.", 404) from error
        if content_hash(data) != digest:
            raise Refusal("damaged-file", "The stored file is damaged.", "The operator has to restore it from a backup.", 500)
        return data

    def put(self, data: bytes) -> str:
        """Store ``data``; its content hash."""
        digest = content_hash(data)
        if not self.holds(digest):
            draft = self.drafts / secrets.token_hex(16)
            with room():
                try:
                    draft.write_bytes(data)
                    self.adopt(draft, digest)
                finally:
                    draft.unlink(missing_ok=True)
        return digest

    def adopt(self, draft: Path, digest: str) -> None:
        """Move a complete draft (on the same file system) to its place; it must have the hash ``digest``."""
        place = self.path(digest)
        with room(), open(draft, "rb+") as file:
            if "sha256:" + hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise Refusal("hash-differs", "What arrived is not what was announced.", "Send it again from the start.", 409)
            os.fsync(file.fileno())
            new = not place.parent.exists()
            place.parent.mkdir(exist_ok=True, mode=0o700)
            os.chmod(draft, 0o400)
            os.replace(draft, place)
            sync_directory(place.parent)
            if new:
                sync_directory(self.directory)
