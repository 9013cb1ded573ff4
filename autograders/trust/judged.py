"""A person's judgements in ``equivalent.toml`` of a module: changes of the right answer that nobody could notice.

    [equivalent]
    3f2a9c81e0 = "adding 0 before the loop or after it is the same"

A key is a generated change's; the reason is a sentence. A key that is not made any more is told by the gate.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from curriculum.definition import Key, check_table, read_toml
from curriculum.errors import DefinitionError

if TYPE_CHECKING:
    from curriculum.model import Module

__all__ = ["FILE", "judged"]

FILE = "equivalent.toml"


def judged(module: Module) -> dict[str, str]:
    """Key → reason. Raises DefinitionError."""
    path = module.path / FILE
    if not path.exists():
        return {}
    table = check_table(read_toml(path), {"equivalent": Key(dict)}, str(path))["equivalent"]
    for key, why in table.items():
        if not re.fullmatch(r"[0-9a-f]{10}", key) or not isinstance(why, str) or len(why.split()) < 3:
            raise DefinitionError(f"{path}: {key!r}: write the change's key and a sentence that says why nobody could notice it")
    return table
