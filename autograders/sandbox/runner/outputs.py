"""Files that the learner's code writes and tests read: their bytes, copied from L's working directory to T's.

Rules
- Only names that the record shows: text that looks like a file in a solution cell of the record, or a comment
  ``# files: report.csv`` in a tests cell. Relative, without ``..``.
- Only data: a name by which T could import or unpickle something is refused, whatever it is said to be.
- Never over a file that was there before the first cell. Read-only in T.
"""
from __future__ import annotations

import ast
import base64
import os
import re
from pathlib import Path

from .codec import CodecError
from .isolate import WORK
from .source import parse

__all__ = ["Outputs", "declared", "named", "read"]

MAX_FILES, MAX_BYTES = 20, 8 << 20
_DATA = "csv tsv txt json jsonl xml html htm md png jpg jpeg gif svg pdf npy parquet feather xlsx xls db sqlite log dat tex"
_NAME = re.compile(r"(?!\.)[\w.\- ]+(/(?!\.)[\w.\- ]+)*\.(" + "|".join((*_DATA.split(), "bmp", "out", "bib", "ods")) + ")", re.I)
_FILES = re.compile(r"^\s*#+\s*files?:\s*(.+)$", re.M | re.I)


def _data(name: str) -> bool:
    return len(name) <= 200 and ".." not in name and _NAME.fullmatch(name) is not None


def named(source: str) -> set[str]:
    """What looks like a data file's name in a cell of the record."""
    try:
        tree = parse(source)[1]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and type(node.value) is str
            and _data(node.value)}


def declared(source: str) -> set[str]:
    """The files that a tests cell declares."""
    return {name for line in _FILES.findall(source) for name in re.split(r"[,\s]+", line.strip("[] ")) if _data(name)}


def read(names: list[str]) -> dict[str, str]:
    """L's side: the regular files there are, as base64."""
    found, left = {}, MAX_BYTES
    for name in names[:MAX_FILES]:
        path = Path(WORK, name)
        if path.is_file() and path.stat().st_size <= left:
            data = path.read_bytes()
            left -= len(data)
            found[name] = base64.b64encode(data).decode()
    return found


class Outputs:
    """T's side: which names may come, and what came."""

    def __init__(self) -> None:
        self._own = {str(path.relative_to(WORK)) for path in Path(WORK).rglob("*")}
        self.names: set[str] = set()

    def expected(self) -> list[str]:
        return sorted(name for name in self.names if name not in self._own)[:MAX_FILES]

    def write(self, told: object) -> None:
        """Put what L gave under the expected names in place of what was there. Raises CodecError."""
        given = told if type(told) is dict else {}
        for name in self.expected():
            path = Path(WORK, name)
            if path.is_file():
                path.unlink()
            if type(given.get(name)) is not str:
                continue
            try:
                data = base64.b64decode(given[name], validate=True)
            except ValueError as error:
                raise CodecError("not a file") from error
            if data[:1] == b"\x80" or len(data) > MAX_BYTES:  # a pickle, whatever its name
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o400)
            with os.fdopen(fd, "wb") as file:
                file.write(data)
