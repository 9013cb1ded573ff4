"""What is the same for every submission to one assessment: read and staged once, used for the whole batch.

Rules
- An `Assignment` comes from a module of the curriculum or from any nbgrader source notebook.
- Files for a run are staged as copies in a directory of their own: the tests' helper modules and data for T, the data that
  learners got for L and T. A source notebook, a mutant or an alternative is never staged: L must not find a solution.
- Preloaded libraries are those the record imports, out of `PRELOADABLE`: what a fork server may import for everybody.
"""
from __future__ import annotations

import ast
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from autograders.examination import Limits
from autograders.record import Record, RecordError
from autograders.steps.names import RecordSyntaxError, parse
from autograders.steps.parameterise import declared_seed

if TYPE_CHECKING:
    from curriculum.model import Module

__all__ = ["PRELOADABLE", "Assignment", "from_module", "from_notebook", "preload", "released_texts"]

PRELOADABLE = ("numpy", "pandas", "scipy", "sklearn", "statsmodels", "matplotlib", "torch", "opendp", "opacus")
NEVER_STAGED = (".ipynb", ".pyc")
MAX_FILES, MAX_BYTES = 2000, 256 << 20


@dataclass(frozen=True, slots=True)
class Assignment:
    source: Mapping[str, Any]
    record: Record
    assessment: Mapping[str, str]
    limits: Limits = field(default_factory=Limits)
    titles: Mapping[str, str] = field(default_factory=dict)
    released: Mapping[str, str] = field(default_factory=dict)
    preload: tuple[str, ...] = ()
    instructor_files: Path | None = None
    shared_files: Path | None = None

    @property
    def declared_seed(self) -> int:
        """The seed that a submission is run with first when no learner's own seed is known."""
        found = declared_seed(self.record)
        return 1 if found is None else found


@contextmanager
def from_notebook(source: Mapping[str, Any], *, name: str, track: str = "", files: Path | None = None,
                  limits: Limits | None = None, record: Record | None = None) -> Iterator[Assignment]:
    """An assignment from an nbgrader source notebook; ``files`` is a folder of what learners got with it.

    Raises RecordError."""
    record = record or Record.of(source)
    with TemporaryDirectory(prefix="academy-files-") as staged:
        shared = _stage(files, Path(staged) / "files") if files else None
        yield Assignment(source, record, {"track": track, "module": name, "version": record.source_hash}, limits or Limits(), {},
                         released_texts(source), preload(record), shared, shared)


@contextmanager
def from_module(module: Module) -> Iterator[Assignment]:
    """An assignment from a module of the curriculum. ``checks.py`` and `autograders.checks` go to T, ``data/`` to L and T."""
    from autograders.checks.bundle import instructor_files
    from curriculum.notebooks import instructor_notebook

    source = instructor_notebook(module)
    record = Record.of(source)
    with TemporaryDirectory(prefix="academy-files-") as staged:
        data = module.path / "data"
        shared = _stage(data, Path(staged) / "data") if data.is_dir() else None
        instructor = instructor_files(module.path, Path(staged) / "checks")
        _readable(Path(staged))
        yield Assignment(
            source, record, {"track": module.track, "module": module.id, "version": module.version},
            Limits(seconds=float(module.limits.assessment_seconds), memory_bytes=module.limits.assessment_mib << 20),
            {task.grade_id: task.title for task in module.tasks}, released_texts(source),
            module.preload or preload(record), instructor, shared)


def preload(record: Record) -> tuple[str, ...]:
    """The modules out of PRELOADABLE that the record's cells import, in the order of their first import."""
    found: dict[str, None] = {}
    for cell in record.cells:
        if not cell.code:
            continue
        try:
            tree = parse(cell.source)
        except RecordSyntaxError:
            continue
        for node in ast.walk(tree):
            names = ([alias.name for alias in node.names] if isinstance(node, ast.Import)
                     else [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else [])
            found |= {name: None for name in names if name.split(".")[0] in PRELOADABLE}
    return tuple(found)


def released_texts(source: Mapping[str, Any]) -> dict[str, str]:
    """What stood in each marked cell when learners got it, by grade_id; nothing if the source cannot be released."""
    from nbformat import from_dict

    from curriculum.errors import CurriculumError
    from curriculum.marking import mark
    from curriculum.notebooks import release

    try:
        cells = release(from_dict(dict(source))).cells
    except (CurriculumError, KeyError, AttributeError):
        return {}
    return {mark(cell)["grade_id"]: cell.source for cell in cells if mark(cell).get("grade_id")}


def _stage(folder: Path, target: Path) -> Path:
    """Copy the regular files of ``folder``, readable by every uid; no links, no hidden files, no notebooks."""
    count = size = 0
    target.mkdir(parents=True)
    for path in _files(folder):
        count, size = count + 1, size + path.stat().st_size
        if count > MAX_FILES or size > MAX_BYTES:
            raise RecordError(f"{folder} holds more than {MAX_FILES} files or {MAX_BYTES >> 20} MiB; "
                              "name a folder with only the assignment's files")
        copy = target / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    _readable(target.parent)
    return target


def _readable(folder: Path) -> None:
    """Staged files are public to every uid of this machine: they were released, or hold no answer of a learner."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _files(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__pycache__")) or path.is_symlink():
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file() and path.suffix not in NEVER_STAGED:
            yield path
