"""Published vectors for the tests: the whole collection where it lies beside the clone, otherwise the part copied into `vectors`.

The copied part always runs, so that no stranger's clone passes without having checked anything. Nothing of it is read by
the product. Sources of the copy: W3C vc-di-eddsa (TestVectors) and rdf-canon (tests), under the W3C 3-clause BSD licence that lies beside.
"""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["COPIED", "folder", "load", "whole"]

COPIED = Path(__file__).parent / "vectors"
_ROOT = Path(__file__).resolve().parents[2]
_BESIDE = (_ROOT.parent / "shared/standards", _ROOT / "shared/standards")


def whole() -> Path | None:
    """The whole collection, if it lies beside the clone."""
    return next((path for path in _BESIDE if path.is_dir()), None)


def folder(name: str) -> Path | None:
    """The folder ``name`` of the collection, or of the copied part; None if neither has it."""
    places = [base / name for base in (whole(), COPIED) if base]
    return next((path for path in places if path.is_dir()), None)


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
