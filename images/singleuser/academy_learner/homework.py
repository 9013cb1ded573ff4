"""Where lessons and assessments lie in a learner's home, and how they come there: ``<track>/<module>/<kind>.ipynb``.

Rules
- What the learner has is never overwritten, whatever it is. A new file appears complete or not at all.
- A newer version of an assessment is put beside the older one, as ``assessment-<version>.ipynb``.
- Without the academy what is already there still opens.
"""
from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from academy_learner.gateway import ExchangeRefusal, Gateway

__all__ = ["KINDS", "about", "fetch", "newest"]

KINDS = ("lesson", "assessment")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")


def _checked(*names: str) -> None:
    if not all(_NAME.match(name) and ".." not in name for name in names):
        raise ExchangeRefusal("no-such-notebook", "There is no such lesson or assessment.", "Open it from the course page.", 404)


def about(path: Path) -> dict:
    """What a notebook that was handed out says of itself: track, module, version, kind; empty if it is none."""
    try:
        found = json.loads(path.read_bytes())["metadata"]["academy"]
        return {key: found[key] for key in ("track", "module", "version", "kind") if isinstance(found[key], str)}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def newest(home: Path, track: str, module: str, kind: str, version: str | None = None) -> Path | None:
    """The learner's notebook of ``version`` (None: whichever is newest); None if there is none."""
    _checked(track, module, kind)
    folder = home / track / module
    found = [path for path in (folder / f"{kind}.ipynb", *folder.glob(f"{kind}-*.ipynb")) if path.is_file()]
    if version is None:
        return max(found, key=lambda path: path.stat().st_mtime, default=None)
    fitting = [path for path in found if about(path).get("version", version) == version]
    return fitting[-1] if fitting else None


def fetch(home: Path, gateway: Gateway, track: str, module: str, kind: str, placed: Callable[[bytes], None] = lambda data: None) -> Path:
    """The learner's notebook, handed out now if it is not there yet; its path. Raises ExchangeRefusal.

    ``placed(data)`` is told what was put there, and not called if nothing was."""
    _checked(track, module, kind)
    if kind not in KINDS:
        raise ExchangeRefusal("no-such-notebook", "A module has a lesson and an assessment.", "Open one from the course page.", 404)
    present = newest(home, track, module, kind)
    if present is not None:
        try:
            data = gateway.once("GET", f"/exchange/assignments/{track}/{module}/{kind}")
        except ExchangeRefusal:
            return present
        version = _version(data)
        if (same := newest(home, track, module, kind, version)) is not None:
            return same
        return _place(home / track / module / f"{kind}-{version}.ipynb", data, placed)
    return _place(home / track / module / f"{kind}.ipynb", gateway.notebook(track, module, kind), placed)


def _version(data: bytes) -> str:
    try:
        version = str(json.loads(data)["metadata"]["academy"]["version"])
    except (ValueError, KeyError, TypeError):
        return "new"
    return version if _NAME.match(version) else "new"


def _place(path: Path, data: bytes, placed: Callable[[bytes], None]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        draft.write_bytes(data)
        try:
            os.link(draft, path)  # fails if anything of that name exists
            placed(data)
        except FileExistsError:
            pass
    finally:
        draft.unlink(missing_ok=True)
    return path
