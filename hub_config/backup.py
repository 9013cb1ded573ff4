"""``academy backup`` and ``academy restore``: the whole state in one file, taken while the system runs.

The file is a gzip'ed tar: ``state/…`` and, last, ``manifest.json`` with the version, and for every entry its owner (by
name, not number), mode, size and SHA-256. Without that last entry a file is no backup: a torn one is refused.

Rules
- A SQLite database is copied through SQLite's own backup interface, so each is whole at one moment. Stores are copied
  downstream first (signer, grader, portal, …) and databases before files: what a copied record points to was there
  earlier and is copied later, so nothing refers to what is missing.
- Learners can change their files meanwhile and may be hostile: nothing is opened through a link, on the way in or out.
- Left out: sockets, logs, locks, half-written files (``*.new``), learners' caches. They are made again.
- A restore writes only into an empty place, checks every hash, and leaves nothing behind if anything is wrong.
"""
from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import stat
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hub_config.errors import AcademyError
from hub_config.places import FIRST_LEARNER_UID, SERVICES, Places
from hub_config.tree import OPERATORS_OWN, VERSION, check_version, directory

__all__ = ["FORMAT", "ORDER", "back_up", "restore"]

FORMAT = 1
ORDER = ("public", "signer", "grader", "portal", "accounts", "hub")  # then everything else
LEFT_OUT = {"run", "log", "lock", "l", "f"}
MAGIC = b"SQLite format 3\0"
CHUNK = 1 << 20
Say = Callable[[str], None] | None


@dataclass
class _Entry:
    name: str
    kind: str  # file, directory, link
    owner: str
    mode: int
    size: int = 0
    sha256: str = ""
    target: str = ""


def back_up(places: Places, file: Path, *, say: Say = None) -> dict:
    """Write the backup; returns {"files", "bytes", "seconds"}. Raises backup, not-a-state, newer-state."""
    if not check_version(places.state):
        raise AcademyError("not-a-state", f"{places.state} is no state directory", "name it: academy backup FILE --data DIR")
    if file.exists():
        raise AcademyError("backup", f"{file} exists already", "name a new file; a backup is never overwritten")
    if places.state.resolve() in file.absolute().resolve().parents:
        raise AcademyError("backup", f"{file} lies in the state itself", "name a file elsewhere, best on another disk")
    begin, new, told = time.monotonic(), file.with_name(file.name + ".new"), time.monotonic()
    entries: list[_Entry] = []
    try:
        new.unlink(missing_ok=True)
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3, format=tarfile.PAX_FORMAT) as tar:
            for entry, content in _everything(places):
                _add(tar, entry, content)
                entries.append(entry)
                if say and time.monotonic() - told > 2:
                    told = time.monotonic()
                    say(f"backup: {len(entries)} entries, {sum(one.size for one in entries) / 1e6:.0f} MB")
            manifest = json.dumps({"backup": FORMAT, "state": VERSION, "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                                   "entries": [vars(entry) for entry in entries]}).encode()
            info = tarfile.TarInfo("manifest.json")
            info.size = len(manifest)
            tar.addfile(info, io.BytesIO(manifest))
        with open(new, "rb") as written:
            os.fsync(written.fileno())
        os.replace(new, file)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise AcademyError("backup", f"{file} could not be written: {error.strerror or error}",
                           "see that there is space and that you may write there; run it as the owner of the state") from error
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    return {"file": str(file), "files": sum(entry.kind == "file" for entry in entries),
            "bytes": sum(entry.size for entry in entries), "seconds": round(time.monotonic() - begin, 2)}


def _everything(places: Places) -> Iterator[tuple[_Entry, io.IOBase | None]]:
    names = [path.name for path in places.state.iterdir() if path.name not in LEFT_OUT and not path.name.endswith(".new")]
    ordered = sorted(names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    plain = [name for name in ordered if not (places.state / name).is_dir()]
    folders = [name for name in ordered if name not in plain]
    for name in folders:
        yield from _tree(places, name, databases=True)
    for name in folders:
        yield from _tree(places, name, databases=False)
    yield from _files(places, "", plain, os.open(places.state, os.O_RDONLY | os.O_DIRECTORY), databases=False, close=True)


def _tree(places: Places, top: str, *, databases: bool) -> Iterator[tuple[_Entry, io.IOBase | None]]:
    # fwalk opens every directory by descriptor and without following links
    for folder, folders, files, fd in os.fwalk(str(places.state / top), follow_symlinks=False, onerror=_unreadable):
        relative = str(Path(folder).relative_to(places.state))
        links = [name for name in folders if stat.S_ISLNK(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode)]
        if top == "learners":
            folders[:] = [name for name in folders if name not in (".cache", ".ipynb_checkpoints")]
        if not databases:
            yield _entry(places, relative, "directory", os.fstat(fd)), None
        yield from _files(places, relative, [*links, *files], fd, databases=databases)


def _unreadable(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _files(places: Places, folder: str, names: list[str], fd: int, *, databases: bool, close: bool = False):
    try:
        for name in sorted(names):
            relative = f"{folder}/{name}" if folder else name
            if name.endswith((".new", "-wal", "-shm", "-journal")):
                continue
            try:
                found = os.stat(name, dir_fd=fd, follow_symlinks=False)
                if stat.S_ISLNK(found.st_mode):
                    if not databases:
                        entry = _entry(places, relative, "link", found)
                        entry.target = os.readlink(name, dir_fd=fd)
                        yield entry, None
                    continue
                if not stat.S_ISREG(found.st_mode):
                    continue
                opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fd)
            except (FileNotFoundError, IsADirectoryError):
                continue
            with os.fdopen(opened, "rb") as file:
                found = os.fstat(opened)
                if not stat.S_ISREG(found.st_mode):
                    continue
                ours = not folder.startswith("learners")
                database = ours and file.read(len(MAGIC)) == MAGIC
                file.seek(0)
                if database != databases:
                    continue
                entry = _entry(places, relative, "file", found)
                if not database:
                    yield entry, file
                    continue
                with tempfile.TemporaryDirectory(prefix="academy-backup-") as scratch:
                    copy = Path(scratch) / "copy.sqlite"
                    _copy_database(places.state / relative, copy)
                    with open(copy, "rb") as whole:
                        yield entry, whole
    finally:
        if close:
            os.close(fd)


def _copy_database(source: Path, copy: Path) -> None:
    """One moment of a database that others write to. Read-only: not even a journal of ours stays in the store."""
    try:
        reader = sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=30)
        writer = sqlite3.connect(copy)
        try:
            reader.backup(writer, pages=-1)
            writer.execute("pragma journal_mode = delete")
        finally:
            writer.close()
            reader.close()
    except sqlite3.Error as error:
        raise AcademyError("backup", f"{source} could not be copied: {error}", "academy doctor") from error


def _entry(places: Places, name: str, kind: str, found: os.stat_result) -> _Entry:
    return _Entry(name, kind, _owner_name(places, found.st_uid), stat.S_IMODE(found.st_mode) & 0o777)


def _owner_name(places: Places, uid: int) -> str:
    """Who owns it, in words that another machine understands, or a system of one user."""
    if not places.separate_uids or uid == 0:
        return "operator"
    service = next((name for name, number in SERVICES.items() if number == uid), None)
    return service or (f"learner {uid - FIRST_LEARNER_UID}" if uid > FIRST_LEARNER_UID else "operator")


def _owner_uid(places: Places, entry: dict) -> int:
    if not places.separate_uids:
        return os.geteuid()
    parts = PurePosixPath(entry["name"]).parts
    owner = entry["owner"]
    if owner == "operator":  # perhaps from a system of one user: then the place says whose it is
        owner = parts[0] if parts[0] in SERVICES else "signer" if parts[0] == "public" else owner
        if parts[0] == "learners" and len(parts) > 1 and parts[1].isdigit():
            owner = f"learner {parts[1]}"
    if owner.startswith("learner "):
        return places.learner_uid(int(owner.split()[1]))
    return places.uid(owner) if owner in SERVICES else 0


def _add(tar: tarfile.TarFile, entry: _Entry, content: io.IOBase | None) -> None:
    info = tarfile.TarInfo(f"state/{entry.name}")
    info.mode = entry.mode
    if entry.kind == "directory":
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
    elif entry.kind == "link":
        info.type, info.linkname = tarfile.SYMTYPE, entry.target
        tar.addfile(info)
    else:
        info.size = os.fstat(content.fileno()).st_size
        reader = _Hashing(content, info.size)
        tar.addfile(info, reader)
        entry.size, entry.sha256 = info.size, reader.hash.hexdigest()


class _Hashing(io.RawIOBase):
    """Exactly ``size`` bytes of ``source`` (a file may grow or shrink meanwhile), hashed as they pass."""

    def __init__(self, source: io.IOBase, size: int) -> None:
        self.source, self.left, self.hash = source, size, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = self.left if size < 0 else min(size, self.left)
        data = self.source.read(wanted)
        data += b"\0" * (wanted - len(data))
        self.left -= len(data)
        self.hash.update(data)
        return data


def restore(places: Places, file: Path, *, say: Say = None) -> dict:
    """Put a backup into ``places.state``, which must be empty. Raises backup, not-empty, newer-state."""
    state = places.state
    if state.exists() and {path.name for path in state.iterdir()} - OPERATORS_OWN:
        raise AcademyError("not-empty", f"{state} is not empty", "restore into a new directory: academy restore FILE --data DIR")
    state.parent.mkdir(parents=True, exist_ok=True)
    building = state.with_name(state.name + ".restoring")
    shutil.rmtree(building, ignore_errors=True)
    directory(building, 0o700)
    begin = time.monotonic()
    try:
        entries = _unpack(file, building, say)
        for entry in sorted(entries, key=lambda one: one["name"].count("/"), reverse=True):
            _settle(places, building, entry)
        os.chmod(building, 0o711)
        if state.exists():
            for own in OPERATORS_OWN - {"lost+found"}:
                if (state / own).exists():
                    os.replace(state / own, building / own)
            if not (state / "lost+found").exists():
                state.rmdir()
        if state.exists():  # a mount point: its own directory stays
            for path in building.iterdir():
                os.replace(path, state / path.name)
            building.rmdir()
        else:
            os.replace(building, state)
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as error:
        raise AcademyError("backup", f"{file} is not a whole backup: {error}", "take another copy of it, or an older backup") from error
    except OSError as error:
        raise AcademyError("backup", f"{file} could not be restored: {error.strerror or error}",
                           "see that the file is whole, that there is space, and that you may write there") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return {"state": str(state), "files": sum(entry["kind"] == "file" for entry in entries), "seconds": round(time.monotonic() - begin, 2)}


def _safe(name: str) -> str:
    """A relative name below state/. ValueError for anything that leads elsewhere."""
    parts = PurePosixPath(name).parts
    if parts[:1] != ("state",) or len(parts) < 2 or ".." in parts or "\0" in name:
        raise ValueError(f"it holds an entry outside the state: {name!r}")
    return "/".join(parts[1:])


def _unpack(file: Path, building: Path, say: Say) -> list[dict]:
    """Files and folders first, links last, so that nothing is ever written through a link. Returns the manifest's entries."""
    manifest, hashes, folders, links, told = None, {}, set(), {}, time.monotonic()
    with tarfile.open(file, "r:gz") as tar:
        for info in tar:
            if info.name == "manifest.json":
                manifest = json.loads(tar.extractfile(info).read())
                continue
            name = _safe(info.name)
            target = building / name
            if info.isdir():
                target.mkdir(mode=0o700, parents=True, exist_ok=True)
                folders.add(name)
            elif info.issym():
                links[name] = info.linkname
            elif info.isfile():
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                hashes[name] = _write(tar.extractfile(info), target)
            else:
                raise ValueError(f"it holds something that is neither file nor folder: {name!r}")
            if say and time.monotonic() - told > 2:
                told = time.monotonic()
                say(f"restore: {len(hashes)} files")
    if manifest is None:
        raise ValueError("its end is missing")
    if manifest["backup"] > FORMAT or manifest["state"] > VERSION:
        raise AcademyError("newer-state", f"{file} was written by a newer version", "install that version, then restore")
    for entry in manifest["entries"]:
        _safe("state/" + entry["name"])
        found = {"file": lambda e: hashes.pop(e["name"], None) == e["sha256"], "directory": lambda e: e["name"] in folders,
                 "link": lambda e: links.get(e["name"]) == e["target"]}[entry["kind"]](entry)
        if not found:
            raise ValueError(f"{entry['name']} is missing or was changed")
    if hashes:
        raise ValueError(f"it holds files that its list does not name: {sorted(hashes)[0]}")
    for name, target in links.items():
        (building / name).symlink_to(target)
    return manifest["entries"]


def _write(source: io.IOBase, target: Path) -> str:
    found = hashlib.sha256()
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        while data := source.read(CHUNK):
            found.update(data)
            file.write(data)
    return found.hexdigest()


def _settle(places: Places, building: Path, entry: dict) -> None:
    """Owner, group and mode, deepest first."""
    path, uid = building / entry["name"], _owner_uid(places, entry)
    gid = uid if places.separate_uids else -1
    os.chown(path, uid if places.separate_uids else -1, gid, follow_symlinks=False)
    if entry["kind"] != "link":
        os.chmod(path, int(entry["mode"]) & 0o777)
