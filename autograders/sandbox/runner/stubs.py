"""A learner's function in T: a real function, with what the submitted cell's text says of it, and every call asked of L.

Rules
- Name, docstring, signature, annotations and source come from the text as submitted, never from L.
- ``inspect.getsource`` of a learner's class finds its text too.
"""
from __future__ import annotations

import ast
import inspect
import linecache
import types
from collections.abc import Callable

from .source import annotation, function_facts, signature

__all__ = ["Facts", "stub"]


class Facts:
    """What the submitted cells say of functions (by qualified name), lambdas (by the name they are bound to) and classes."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ast.AST]] = {}
        ours, inspect.findsource = inspect.findsource, lambda thing: self._class_source(thing) or ours(thing)

    def learn(self, file: str, source: str) -> None:
        for name, node in function_facts(source).items():
            self._known[name] = file, node

    def find(self, name: str) -> tuple[str, ast.AST] | None:
        return self._known.get(name)

    def _class_source(self, thing: object) -> tuple[list[str], int] | None:
        if not hasattr(type(thing), "_academy_mirror"):
            return None
        fact = self._known.get(type.__getattribute__(thing, "__name__"))
        if fact is None or not isinstance(fact[1], ast.ClassDef):
            return None
        return linecache.getlines(fact[0]), _line(fact[1]) - 1

    def signature_of(self, name: str) -> inspect.Signature | None:
        """How a class is called."""
        fact = self._known.get(f"{name}.__init__")
        found = signature(fact[1]) if fact is not None else None
        return None if found is None else found.replace(parameters=list(found.parameters.values())[1:])


def _line(node: ast.AST) -> int:
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])


def stub(call: Callable, number: int, name: str, bound: bool, fact: tuple[str, ast.AST] | None) -> object:
    """What stands for L's function ``number``; ``call`` is the link's."""
    if bound:
        def made(self, *args, **kwargs):
            return call(number, args, kwargs, None)
    else:
        def made(*args, **kwargs):
            return call(number, args, kwargs, None)
    made.__name__ = made.__qualname__ = name
    made.__module__ = "__main__"
    made.__code__ = made.__code__.replace(co_name=name, co_qualname=name, co_filename="<learner>")
    describe(made, fact)
    return types.MethodType(made, made) if bound else made


def describe(made: types.FunctionType, fact: tuple[str, ast.AST] | None) -> None:
    """Give a stub what its text says."""
    if fact is None or not isinstance(fact[1], (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return
    file, node = fact
    made.__code__ = made.__code__.replace(co_filename=file, co_firstlineno=_line(node))
    found = signature(node)
    if found is not None:
        made.__signature__ = found
    if not isinstance(node, ast.Lambda):
        made.__doc__ = ast.get_docstring(node, clean=False)
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        notes = {a.arg: annotation(a.annotation) for a in arguments if a is not None and a.annotation is not None}
        made.__annotations__ = notes | ({"return": annotation(node.returns)} if node.returns is not None else {})
