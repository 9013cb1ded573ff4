"""What may be handed in: rules about the file's name, its size and its cells, and the content hash.

Rules
- The content hash is ``sha256:`` and the hex digest of the bytes as they arrived; nothing is rewritten.
- A notebook is UTF-8 JSON of nbformat 4 without duplicate keys, NaN or Infinity, of at most ``Rules.max_bytes`` bytes.
- Every cell that the assessment marks (nbgrader's ``grade_id``) is there exactly once, and no other mark is.
- The kernel's language is the assessment's; the kernel's name does not matter (the examiner uses its own).
- A refusal names the rule, the cell where there is one, and the next step. The bytes stay where the caller put them.
"""
from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from autograders.refusal import Refusal

__all__ = ["Rules", "check_name", "check_notebook", "check_size", "check_time", "content_hash", "is_content_hash", "marks"]

_HASH = re.compile(r"sha256:[0-9a-f]{64}\Z")
_AGAIN = "Open the assessment from the course page, copy your answers into it, save it and submit that file."


@dataclass(frozen=True, slots=True)
class Rules:
    """Bounds of one submission."""

    max_bytes: int = 10 << 20
    max_cells: int = 2000
    max_name: int = 160


def content_hash(data: bytes) -> str:
    """``sha256:`` and the hex digest of ``data``."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def is_content_hash(text: str) -> bool:
    return bool(_HASH.match(text))


def check_name(name: str, rules: Rules = Rules()) -> str:
    """The plain file name of a notebook, as given. Refuses paths, hidden files, control and direction characters."""
    if not name.strip():
        raise Refusal("name-empty", "No file was chosen.", "Choose a file whose name ends in .ipynb.")
    if len(name) > rules.max_name or len(name.encode("utf-8", "surrogatepass")) > 255:
        raise Refusal("name-too-long", f"The file's name is longer than {rules.max_name} characters.", "Rename it.")
    if any(c in "/\\" or unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in name) or name[0] in ".-":
        raise Refusal("name-odd", "The file's name holds characters that a notebook's name cannot have.",
                      "Rename it, for instance to assessment.ipynb.")
    if not name.lower().endswith(".ipynb"):
        raise Refusal("not-a-notebook", "This is not a notebook: its name does not end in .ipynb.",
                      "Choose the .ipynb file that you worked in.")
    return name


def check_size(size: int, rules: Rules = Rules()) -> None:
    if size > rules.max_bytes:
        raise Refusal("too-large", f"The notebook has {size / 1e6:.1f} MB; {rules.max_bytes / 1e6:.1f} MB are allowed.",
                      "Clear its outputs (Edit > Clear Outputs of All Cells), save it and submit it again.", 413)
    if size < 1:
        raise Refusal("empty", "The file is empty.", "Save the notebook and submit it again.")


def check_time(received: datetime, opens: datetime | None = None, due: datetime | None = None) -> None:
    """The server's time of arrival against the assessment's dates; no dates: always open."""
    if opens is not None and received < opens:
        raise Refusal("too-early", f"This assessment opens on {opens:%d %B %Y at %H:%M} UTC.", "Submit it then.", 403)
    if due is not None and received > due:
        raise Refusal("late", f"This assessment closed on {due:%d %B %Y at %H:%M} UTC. Your upload is kept.",
                      "Ask your instructor: if the date is moved, submit the same file again.", 403)


def _unique(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _parse(data: bytes, rules: Rules) -> dict:
    broken = "Open it in the notebook editor, save it and submit it again."
    try:
        notebook = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal("not-a-notebook", "This is not a notebook: its content cannot be read as one.", broken) from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not isinstance(notebook.get("metadata"), dict):
        raise Refusal("not-a-notebook", "This is not a notebook: it has no cells.", broken)
    if notebook.get("nbformat") != 4:
        raise Refusal("old-format", "This notebook is not of format 4.", broken)
    if len(cells) > rules.max_cells:
        raise Refusal("too-many-cells", f"The notebook has {len(cells)} cells; {rules.max_cells} are allowed.",
                      "Remove the cells that you do not need.")
    for number, cell in enumerate(cells, 1):
        source = cell.get("source") if isinstance(cell, dict) else None
        text = isinstance(source, str) or (isinstance(source, list) and all(isinstance(s, str) for s in source))
        if not text or cell.get("cell_type") not in ("code", "markdown", "raw") or not isinstance(cell.get("metadata"), dict):
            raise Refusal("not-a-notebook", f"Cell {number} is not a notebook cell.", broken)
    return notebook


def marks(notebook: Mapping) -> list[str]:
    """The grade_ids of a notebook's cells, in order, as often as they stand there."""
    found = []
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("nbgrader")
        if isinstance(mark, Mapping) and isinstance(mark.get("grade_id"), str):
            if any(mark.get(key) for key in ("grade", "solution", "locked", "task")):
                found.append(mark["grade_id"])
    return found


def _language(notebook: Mapping) -> str:
    meta = notebook["metadata"]
    for key, name in (("kernelspec", "language"), ("language_info", "name")):
        section = meta.get(key)
        if isinstance(section, Mapping) and isinstance(section.get(name), str):
            return section[name].lower()
    return "python"


def check_notebook(data: bytes, released: Mapping, rules: Rules = Rules()) -> dict:
    """The submitted notebook as plain JSON, if it is one of the ``released`` assessment; refuses it otherwise."""
    check_size(len(data), rules)
    notebook = _parse(data, rules)
    found, wanted = Counter(marks(notebook)), marks(released)
    if wanted and not set(wanted) & set(found):
        raise Refusal("other-notebook", "This is not the notebook of this assessment: none of its marked cells is there.", _AGAIN)
    if missing := [mark for mark in wanted if mark not in found]:
        raise Refusal("missing-cells", f"These cells of the assessment are missing: {', '.join(missing)}.", _AGAIN, cells=missing)
    if twice := [mark for mark, times in found.items() if times > 1]:
        raise Refusal("duplicate-cells", f"These cells are there more than once: {', '.join(twice)}.",
                      "Keep the one with your answer, delete its copies, save and submit again.", cells=twice)
    if foreign := [mark for mark in found if mark not in wanted]:
        raise Refusal("foreign-cells", f"These marked cells do not belong to this assessment: {', '.join(foreign)}.", _AGAIN, cells=foreign)
    if _language(notebook) != _language(released):
        raise Refusal("other-language", f"The notebook's kernel is for {_language(notebook)[:40]}, the assessment is in {_language(released)}.",
                      "Choose the assessment's kernel (Kernel > Change Kernel), save and submit again.")
    return notebook
