"""What L says an object or a class is, where a test asks T: always a claim, never evidence.

Rules
- A claimed library class counts only if its library is on the list; a plain type is never claimed.
- The instructor's own classes, which both sides have, are taken from T.
- ``type(x)`` written in a cell of the record gives the claimed class of a handle; everything else that looks at a
  mirror's type sees the mirror's class.
- ``plt.gca()``, ``gcf()`` and ``get_fignums()`` written there are L's, where T has drawn nothing itself.
"""
from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import sys
import types
from collections.abc import Callable

__all__ = ["Claims"]

_LIBRARIES = (
    "sklearn.", "matplotlib.", "altair.", "opendp.", "statsmodels.", "torch.", "plotly.", "seaborn.", "scipy.", "numpy.random.",
    "pandas.core.groupby.", "pandas.api.typing.", "collections.abc.",
)
_BUILTIN = {"generator": types.GeneratorType, "coroutine": types.CoroutineType}
_TYPE, _CURRENT = "__academy_type__", "__academy_current__"
_CURRENTS = ("gca", "gcf", "get_fignums")


class _Rewriter(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _CURRENTS and not node.args and not node.keywords:
            name = ast.copy_location(ast.Constant(node.func.attr), node)
            node.args, node.func = [node.func.value, name], ast.copy_location(ast.Name(_CURRENT, ast.Load()), node.func)
        if isinstance(node.func, ast.Name) and node.func.id == "type" and len(node.args) == 1 and not node.keywords and not (
                isinstance(node.args[0], ast.Starred)):
            node.func = ast.copy_location(ast.Name(_TYPE, ast.Load()), node.func)
        return node


class Claims:
    """Looks up what is claimed, in T."""

    def __init__(self, space: dict[str, object], ask_figure: Callable[[str], object]) -> None:
        """``ask_figure(name)``: what L's pyplot gives."""
        self._space, self._ask_figure = space, ask_figure
        self._shadows: dict[tuple, type] = {}
        setattr(builtins, _TYPE, self.type_of)
        setattr(builtins, _CURRENT, self._current)

    @staticmethod
    def rewrite(tree: ast.Module) -> ast.Module:
        """The cell, with its ``type(x)`` asking here."""
        return _Rewriter().visit(tree)

    @staticmethod
    def type_of(value: object) -> type:
        kind = type(value)
        claim = getattr(kind, "_academy_claim", None) if hasattr(type(kind), "_academy_mirror") else None
        return kind if claim is None else claim(True) or kind

    def _current(self, owner: object, name: str) -> object:
        """``owner.name()``, asked of L if it is pyplot's and there is no figure here."""
        if owner is sys.modules.get("matplotlib.pyplot") and owner is not None and not owner.get_fignums():
            return self._ask_figure(name)
        return getattr(owner, name)()

    def given(self, name: str) -> type | None:
        """The class that an instructor's cell bound to ``name``."""
        found = self._space.get(name)
        own = isinstance(found, type) and found.__module__ == "__main__" and not hasattr(type(found), "_academy_mirror")
        return found if own else None

    def library(self, where: object, load: bool = False) -> type | None:
        """The class claimed as [module, name]; ``load``: import the library here if need be."""
        if type(where) is not list or len(where) != 2 or not all(type(part) is str for part in where):
            return None
        module, name = where
        if module == "builtins":
            return _BUILTIN.get(name)
        if not f"{module}.".startswith(_LIBRARIES):
            return None
        if load and module not in sys.modules:
            try:
                importlib.import_module(module)
            except Exception:
                return None
        found = vars(sys.modules.get(module, types.ModuleType(""))).get(name)
        return found if inspect.isclass(found) else None

    def shadow(self, name: str, wheres: object) -> type | None:
        """A class ``name`` below the library's: what ``isinstance(net, nn.Module)`` asks of a learner's class."""
        bases = tuple(b for where in (wheres if type(wheres) is list else []) if (b := self.library(where)) is not None)
        if not bases:
            return None
        if (name, bases) not in self._shadows:
            try:
                self._shadows[name, bases] = types.new_class(name, bases, {}, lambda space: space.update(__module__="__main__"))
            except Exception:
                return None
        return self._shadows[name, bases]
