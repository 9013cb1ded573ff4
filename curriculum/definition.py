"""Reading a definition file: a closed set of keys, each of one type, and errors that name the likely mistake.

Rules
- An unknown key is fatal, with "did you mean". So is a missing key, and a value of another type.
- A bool is not an int here; an int is accepted where a float is meant.
"""
from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import DefinitionError, did_you_mean

__all__ = ["Key", "check_table", "read_toml"]

REQUIRED: Any = object()


@dataclass(frozen=True, slots=True)
class Key:
    """A key's type (``str``, ``int``, ``float``, ``bool``, ``list[str]`` as ``[str]``, tables as ``[dict]``, ``dict``)."""

    type: Any
    default: Any = REQUIRED


def read_toml(path: Path) -> dict[str, Any]:
    """The file's table. A missing, unreadable or ill-formed file is a DefinitionError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DefinitionError(f"{path}: there is no such file; every track and module folder needs one") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{path}: not valid TOML ({error}); correct the line it names") from None


def check_table(table: Mapping[str, Any], keys: Mapping[str, Key], where: str) -> dict[str, Any]:
    """``table`` with its defaults filled in; ``where`` begins every error message."""
    for name in table:
        if name not in keys:
            raise DefinitionError(f"{where}: unknown key {name!r}; {did_you_mean(name, keys)}")
    checked = {}
    for name, key in keys.items():
        if name not in table:
            if key.default is REQUIRED:
                raise DefinitionError(f"{where}: the key {name!r} is missing; add it ({_called(key.type)})")
            checked[name] = key.default
        elif not _fits(table[name], key.type):
            raise DefinitionError(f"{where}: {name!r} is {table[name]!r}, but must be {_called(key.type)}")
        else:
            checked[name] = table[name]
    return checked


def _fits(value: Any, kind: Any) -> bool:
    if isinstance(kind, list):
        return isinstance(value, list) and all(_fits(item, kind[0]) for item in value)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _called(kind: Any) -> str:
    names = {str: "text", int: "a whole number", float: "a number", bool: "true or false", dict: "a table"}
    return f"a list of {names[kind[0]].removeprefix('a ')}s" if isinstance(kind, list) else names[kind]
