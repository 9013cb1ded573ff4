"""The transparency log: every credential has a place in one append-only Merkle tree, so back-dating shows.

Sources: RFC 6962 section 2.1 (tree hashes, inclusion proofs), C2SP tlog-checkpoint and signed-note (the signed root),
C2SP tlog-tiles (the static files). A leaf is ``SHA-256(salt || SHA-256(signed credential))``: who holds the credential and
its salt can find it, nobody can read a name or guess one.

Invariants
- Leaves are only ever added; `append` of a leaf that is there already returns its place (idempotent).
- A checkpoint is signed only over leaves that are on disk (fsync first).
- Opening compares the leaves with the last checkpoint: fewer leaves, or another root, is LogError (a rollback or rewrite).
- A torn record at the end, which a crash leaves, is cut off; it was never under a checkpoint.
"""
from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from certification.errors import CertificationError

__all__ = ["Checkpoint", "Inclusion", "Log", "LogError", "leaf", "open_checkpoint", "root_of", "sign_checkpoint",
           "verify_inclusion"]

WIDTH = 256   # hashes a tile (C2SP tlog-tiles)
_ZERO = hashlib.sha256(b"").digest()


class LogError(CertificationError):
    """A leaf, proof or checkpoint that does not hold."""


def leaf(salt: bytes, document: bytes) -> bytes:
    """The leaf of a signed credential, given as its RFC 8785 bytes."""
    return hashlib.sha256(salt + hashlib.sha256(document).digest()).digest()


def _leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below ``size`` (RFC 6962, section 2.1)."""
    return 1 << (size - 1).bit_length() - 1


class _Tree:
    """Complete levels of node hashes: level 0 are leaf hashes, level n the roots of complete 2^n subtrees."""

    def __init__(self) -> None:
        self.levels: list[list[bytes]] = [[]]

    @property
    def size(self) -> int:
        return len(self.levels[0])

    def add(self, data: bytes) -> None:
        level, value = 0, _leaf_hash(data)
        while True:
            if level == len(self.levels):
                self.levels.append([])
            row = self.levels[level]
            row.append(value)
            if len(row) % 2:
                return
            value, level = _node(row[-2], row[-1]), level + 1

    def range(self, start: int, end: int) -> bytes:
        """The Merkle tree hash of leaves ``start`` to ``end``; ``start`` is a multiple of the subtree's width."""
        width = end - start
        if width & (width - 1) == 0 and start % width == 0:
            return self.levels[width.bit_length() - 1][start // width]
        middle = start + _split(width)
        return _node(self.range(start, middle), self.range(middle, end))

    def root(self, size: int | None = None) -> bytes:
        size = self.size if size is None else size
        return self.range(0, size) if size else _ZERO

    def path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self.path(index, start, middle), self.range(middle, end)]
        return [*self.path(index, middle, end), self.range(start, middle)]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of ``leaves``."""
    tree = _Tree()
    for data in leaves:
        tree.add(data)
    return tree.root()


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The proof that ``leaf`` stands at ``index`` in the tree under ``checkpoint`` (a signed note)."""

    leaf: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    def as_json(self) -> dict:
        return {"leaf": self.leaf.hex(), "index": self.index, "path": [node.hex() for node in self.path],
                "checkpoint": self.checkpoint}


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """RFC 9162, section 2.1.3.2. Raises LogError if ``leaf`` is not at ``index`` in the tree of ``size`` with ``root``."""
    if not 0 <= index < size:
        raise LogError(f"leaf {index} is outside a tree of {size}", "ask for a newer checkpoint")
    node, last, value = index, size - 1, _leaf_hash(leaf)
    for other in path:
        if last == 0:
            raise LogError("the inclusion proof is too long", "ask the log for the proof again")
        if node & 1 or node == last:
            value = _node(other, value)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            value = _node(value, other)
        node, last = node >> 1, last >> 1
    if last or value != root:
        raise LogError("the inclusion proof does not lead to the signed root",
                       "the credential is not in this log: ask its issuer")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """C2SP tlog-checkpoint: the log's name, its size and its root."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]


def sign_checkpoint(checkpoint: Checkpoint, sign: Callable[[bytes], bytes], public: bytes) -> str:
    """A signed note (C2SP signed-note, Ed25519) over ``checkpoint``, by the key of the log's name."""
    text, name = checkpoint.body(), checkpoint.origin
    blob = _key_hash(name, public) + sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(blob).decode()}\n"


def open_checkpoint(note: str, public: bytes) -> Checkpoint:
    """Check ``note`` against the log's raw Ed25519 key. Raises LogError."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    text, found, tail = note.rpartition("\n\n")
    text += "\n"
    lines = text.split("\n")
    try:
        if not found or len(lines) < 4 or not lines[1].isascii() or not lines[1].isdigit():
            raise ValueError
        checkpoint = Checkpoint(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
        if len(checkpoint.root) != 32 or str(checkpoint.size) != lines[1]:
            raise ValueError
        for line in tail.splitlines():
            dash, name, blob = line.split(" ")
            data = base64.b64decode(blob, validate=True)
            if dash == "—" and name == checkpoint.origin and data[:4] == _key_hash(name, public):
                Ed25519PublicKey.from_public_bytes(public).verify(data[4:], text.encode())
                return checkpoint
    except InvalidSignature:
        raise LogError("the signature of the checkpoint is wrong", "do not rely on this log: ask its operator") from None
    except ValueError:
        raise LogError("this is not a checkpoint", "fetch the log's checkpoint again") from None
    raise LogError("the checkpoint is not signed by the log's key", "check that key and log belong together")


class Log:
    """The log in directory ``path``: ``leaves`` (32 bytes a record) and ``checkpoint``.

    ``origin`` names it (a host and path without scheme); ``sign`` and ``public`` are the log's own Ed25519 key.
    """

    def __init__(self, path: Path, origin: str, sign: Callable[[bytes], bytes], public: bytes) -> None:
        self.path, self.origin, self._sign, self._public = Path(path), origin, sign, public
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = self.path / "leaves"
        self._fd = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        data = self._file.read_bytes()
        if len(data) % 32:
            os.ftruncate(self._fd, len(data) - len(data) % 32)
        self._tree, self._leaves, self._index = _Tree(), [], {}
        for start in range(0, len(data) - len(data) % 32, 32):
            self._take(data[start:start + 32])
        self._note = self._last_checkpoint()

    def _take(self, data: bytes) -> None:
        self._index[data] = len(self._leaves)
        self._leaves.append(data)
        self._tree.add(data)

    def _last_checkpoint(self) -> str | None:
        file = self.path / "checkpoint"
        if not file.exists():
            return None
        note = file.read_text("utf-8")
        last = open_checkpoint(note, self._public)
        if last.size > self.size or self._tree.root(last.size) != last.root:
            raise LogError(f"the log holds {self.size} leaves that do not fit its own checkpoint over {last.size}",
                           "the log was rolled back or rewritten: restore the signer's store (academy restore)")
        return note

    @property
    def size(self) -> int:
        return len(self._leaves)

    def append(self, *leaves: bytes) -> list[int]:
        """Add ``leaves`` (32 bytes each) with one fsync; return each one's index, old or new."""
        new = [data for data in dict.fromkeys(leaves) if data not in self._index]
        if any(len(data) != 32 for data in new):
            raise LogError("a leaf has 32 bytes", "append the result of leaf()")
        if new:
            size = os.fstat(self._fd).st_size
            try:
                view = memoryview(b"".join(new))
                while view:
                    view = view[os.write(self._fd, view):]
                os.fsync(self._fd)
            except OSError as error:
                os.ftruncate(self._fd, size)
                raise LogError(f"the log cannot be written ({error.strerror})", "free space on the disk") from error
            for data in new:
                self._take(data)
        return [self._index[data] for data in leaves]

    def place(self, data: bytes) -> int | None:
        """Where ``data`` stands, or None."""
        return self._index.get(data)

    def checkpoint(self) -> str:
        """The signed note over all leaves; the same bytes as long as nothing is added."""
        current = Checkpoint(self.origin, self.size, self._tree.root())
        if self._note is None or not self._note.startswith(current.body() + "\n"):
            note = sign_checkpoint(current, self._sign, self._public)
            temporary = self.path / "checkpoint.new"
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path / "checkpoint")
            self._note = note
        return self._note

    def inclusion(self, data: bytes) -> Inclusion:
        """The proof for ``data`` under the current checkpoint. Raises LogError if it is not in the log."""
        index = self.place(data)
        if index is None:
            raise LogError("this leaf is not in the log", "append it first")
        return Inclusion(data, index, tuple(self._tree.path(index, 0, self.size)), self.checkpoint())

    def vkey(self) -> str:
        """The verifier key as C2SP signed-note writes it."""
        key = base64.b64encode(b"\x01" + self._public).decode()
        return f"{self.origin}+{_key_hash(self.origin, self._public).hex()}+{key}"

    def tiles(self, since: int = 0) -> dict[str, bytes]:
        """The static files of C2SP tlog-tiles that changed after ``since`` leaves, by path below the log's address."""
        files: dict[str, bytes] = {}
        level = 0
        while self.size >> 8 * level:
            row, old = self._tree.levels[8 * level], since >> 8 * level
            for tile in range(old // WIDTH, (len(row) + WIDTH - 1) // WIDTH):
                hashes = row[tile * WIDTH:(tile + 1) * WIDTH]
                files[f"tile/{level}/{_tile_name(tile, len(hashes))}"] = b"".join(hashes)
            level += 1
        for tile in range(since // WIDTH, (self.size + WIDTH - 1) // WIDTH):
            entries = self._leaves[tile * WIDTH:(tile + 1) * WIDTH]
            files[f"tile/entries/{_tile_name(tile, len(entries))}"] = b"".join(
                len(data).to_bytes(2, "big") + data for data in entries)
        return files

    def close(self) -> None:
        os.close(self._fd)


def _tile_name(number: int, width: int) -> str:
    """1234067 is ``x001/x234/067``; a tile with fewer than 256 hashes ends in ``.p/<width>``."""
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03d}")
    return "/".join(parts) + ("" if width == WIDTH else f".p/{width}")
