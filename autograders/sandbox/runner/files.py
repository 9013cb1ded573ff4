"""Files that go into a sandbox with a job: an uncompressed tar in an anonymous file, made by the supervisor.

Rules: regular files and folders only, relative names without ``..``, a bound on their number and size.
"""
from __future__ import annotations

import io
import mmap
import os
import tarfile
from pathlib import Path, PurePosixPath

__all__ = ["MAX_BYTES", "MAX_FILES", "FilesError", "pack", "unpack"]

MAX_FILES, MAX_BYTES = 2000, 256 << 20


class FilesError(Exception):
    """A folder that cannot go into a sandbox: too many files, too large, or not regular files."""


def pack(folder: Path | None) -> bytes:
    """The regular files below ``folder`` as a tar; links and special files are left out. Raises FilesError."""
    if folder is None:
        return b""
    buffer, count, size = io.BytesIO(), 0, 0
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_symlink() or not path.is_file() or "__pycache__" in path.parts:
                continue
            count, size = count + 1, size + path.stat().st_size
            if count > MAX_FILES or size > MAX_BYTES:
                raise FilesError(f"{folder} holds more than {MAX_FILES} files or {MAX_BYTES >> 20} MB; "
                                 "put large data into the environment's read-only folders")
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            entry.size = path.stat().st_size
            with path.open("rb") as file:
                archive.addfile(entry, file)
    return buffer.getvalue()


def unpack(fd: int, folder: str, read_only: bool = False) -> int:
    """Write the files in ``fd`` below ``folder``; returns how many."""
    count = 0
    size = os.fstat(fd).st_size
    if size == 0:
        return count
    # A map, not reads: L and T share the descriptor's position, and read at the same time.
    with mmap.mmap(fd, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) as content, \
            tarfile.open(fileobj=content, mode="r:") as archive:
        for entry in archive:
            name = PurePosixPath(entry.name)
            if not entry.isreg() or name.is_absolute() or ".." in name.parts:
                raise FilesError(f"{entry.name!r} may not go into a sandbox")
            target = Path(folder) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.extractfile(entry).read())
            if read_only:
                target.chmod(0o400)
            count += 1
    return count
