"""A submission as it arrives: hostile bytes, read within bounds into the few facts the pipeline uses.

Taken from a submitted notebook: for each cell its type, text, nbformat id, grade_id and tags. Everything else (outputs,
points, marks, kernelspec, other metadata) is not even read. nbformat is not asked: it would trust and repair.

Errors: SubmissionError(ValueError): what is wrong and what to do, in words a learner can use.
"""
from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograders.record import Marks, cell_source

__all__ = ["MAX_BYTES", "MAX_CELLS", "MAX_CELL_BYTES", "MAX_CODE_BYTES", "Submission", "SubmissionError", "SubmittedCell",
           "read_bytes", "read_file"]

MAX_BYTES = 32 << 20        # the file, with its outputs
MAX_CELLS = 2000
MAX_CELL_BYTES = 1 << 20    # one cell's text
MAX_CODE_BYTES = 8 << 20    # all cells' text


class SubmissionError(ValueError):
    """This file cannot be examined as a submission."""


@dataclass(frozen=True, slots=True)
class SubmittedCell:
    code: bool
    source: str
    grade_id: str | None = None
    key: str | None = None
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Submission:
    cells: tuple[SubmittedCell, ...]

    @classmethod
    def of(cls, notebook: Any) -> Submission:
        """Read a parsed notebook. Raises SubmissionError."""
        if not isinstance(notebook, Mapping):
            raise SubmissionError("this is not a notebook: submit the .ipynb file itself")
        if notebook.get("nbformat") != 4:
            raise SubmissionError("this is not a notebook of format 4: open it in Jupyter, save it and submit it again")
        cells = notebook.get("cells")
        if not isinstance(cells, list):
            raise SubmissionError("this notebook holds no list of cells: fetch the assessment again")
        if len(cells) > MAX_CELLS:
            raise SubmissionError(f"this notebook has {len(cells)} cells, {MAX_CELLS} are allowed: remove some")
        read, total = [], 0
        for number, cell in enumerate(cells, 1):
            if not isinstance(cell, Mapping) or cell.get("cell_type") not in ("code", "markdown", "raw"):
                raise SubmissionError(f"cell {number} is not a notebook cell: fetch the assessment again")
            source = cell_source(cell)
            size = len(source.encode())
            total += size
            if size > MAX_CELL_BYTES:
                raise SubmissionError(f"the text of cell {number} has {size} bytes, {MAX_CELL_BYTES} are allowed: shorten it")
            if total > MAX_CODE_BYTES:
                raise SubmissionError(f"the cells' text has more than {MAX_CODE_BYTES} bytes: shorten it")
            metadata = cell.get("metadata")
            tags = metadata.get("tags") if isinstance(metadata, Mapping) else None
            read.append(SubmittedCell(
                code=cell["cell_type"] == "code", source=source, grade_id=Marks.of(cell).grade_id,
                key=cell.get("id") if isinstance(cell.get("id"), str) else None,
                tags=frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset()))
        return cls(tuple(read))


def read_bytes(data: bytes, limit: int = MAX_BYTES) -> Submission:
    """Read a notebook's bytes. Raises SubmissionError."""
    if len(data) > limit:
        raise SubmissionError(f"the file has {len(data)} bytes, {limit} are allowed: clear the outputs and save it again")
    if not data.strip():
        raise SubmissionError("the file is empty: save the notebook and submit it again")
    try:
        notebook = json.loads(data.decode("utf-8"), parse_constant=lambda name: None)
    except RecursionError as error:
        raise SubmissionError("this is not a notebook: its JSON is nested too deeply") from error
    except ValueError as error:  # also UnicodeDecodeError and JSONDecodeError
        raise SubmissionError("this is not a notebook: the file is not JSON in UTF-8") from error
    return Submission.of(notebook)


def read_file(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file that is reached without a symbolic link as its last step. Raises SubmissionError."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        reason = {errno.ELOOP: "it is a symbolic link: submit the file itself", errno.ENOENT: "there is no such file",
                  errno.EACCES: "it may not be read"}.get(error.errno, os.strerror(error.errno or 0))
        raise SubmissionError(f"the file cannot be read: {reason}") from error
    except ValueError as error:
        raise SubmissionError("the file cannot be read: its name is not one") from error
    try:
        facts = os.fstat(fd)
        if not stat.S_ISREG(facts.st_mode):
            raise SubmissionError("the file cannot be read: it is not a regular file")
        if facts.st_size > limit:
            raise SubmissionError(f"the file has {facts.st_size} bytes, {limit} are allowed: clear the outputs and save it again")
        with open(fd, "rb", closefd=False) as file:
            return file.read(limit + 1)
    except OSError as error:
        raise SubmissionError(f"the file cannot be read: {os.strerror(error.errno or 0)}") from error
    finally:
        os.close(fd)
