"""What a test takes out of a library must be gone for the learner too: ``np.linalg.solve = None`` bans a solver.

Without this the ban would silently vanish: the learner's function runs in L, where the library is whole.

Rules
- Only attributes of modules, found in the text of the cells; what a test sets travels with the next request.
- None and plain constants travel as they are; anything else a test puts there becomes, in L, something that raises.
- When T's module has its own attribute back, so has L's.
"""
from __future__ import annotations

import ast
import sys
import types

from .source import parse

__all__ = ["Bans", "apply"]

_MISSING = object()
_PLAIN = (type(None), bool, int, float, str)


def _targets(source: str) -> list[ast.Attribute]:
    """The attributes a cell assigns or deletes."""
    try:
        tree = parse(source)[1]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [node for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del))]


class Bans:
    """T's side: watches the module attributes that cells assign."""

    def __init__(self, space: dict[str, object]) -> None:
        self._space = space
        self._watched: dict[tuple[str, str], object] = {}  # (module, attribute) -> its own value
        self._told: dict[tuple[str, str], object] = {}

    def read(self, source: str) -> None:
        """Watch what ``source``, about to run, assigns."""
        for target in _targets(source):
            module = self._module(target.value)
            if module is not None and sys.modules.get(module.__name__) is module:
                key = (module.__name__, target.attr)
                value = vars(module).get(target.attr, _MISSING)
                self._watched.setdefault(key, value)
                self._told.setdefault(key, value)

    def _module(self, node: ast.expr) -> types.ModuleType | None:
        if isinstance(node, ast.Name):
            found = self._space.get(node.id)
        elif isinstance(node, ast.Attribute):
            outer = self._module(node.value)
            found = None if outer is None else getattr(outer, node.attr, None)
        else:
            return None
        return found if type(found) is types.ModuleType else None

    def news(self) -> list[list]:
        """What L has to be told: [module, attribute, what to do, value]."""
        found: list[list] = []
        for (name, attribute), own in self._watched.items():
            now = vars(sys.modules[name]).get(attribute, _MISSING)
            if now is self._told[name, attribute]:
                continue
            self._told[name, attribute] = now
            if now is own:
                found.append([name, attribute, "restore", None])
            elif now is _MISSING:
                found.append([name, attribute, "delete", None])
            elif type(now) in _PLAIN:
                found.append([name, attribute, "set", now])
            else:
                found.append([name, attribute, "refuse", None])
        return found


_originals: dict[tuple[str, str], object] = {}


def apply(news: list[list]) -> None:
    """L's side."""
    for name, attribute, what, value in news:
        module = sys.modules.get(name)
        if module is None:
            continue
        own = _originals.setdefault((name, attribute), vars(module).get(attribute, _MISSING))
        if what == "restore" and own is not _MISSING:
            setattr(module, attribute, own)
        elif what in ("restore", "delete"):
            vars(module).pop(attribute, None)
        elif what == "set":
            setattr(module, attribute, value)
        else:
            setattr(module, attribute, _refuse)


def _refuse(*args: object, **kwargs: object) -> None:
    raise RuntimeError("the test does not allow this function here")
