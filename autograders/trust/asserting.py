"""What a tests cell can find at all, read from its text.

A check is an ``assert`` or ``raise``, a call of something named ``assert…``, ``raises`` or ``fail``, or the last expression, whose
number is the score. A check of something that is always true is none: a constant, or a tuple with its message in brackets.
"""
from __future__ import annotations

import ast

from autograders.steps.names import RecordSyntaxError, parse

__all__ = ["assertions", "checks_nothing"]


def assertions(source: str) -> dict[int, str]:
    """The ``assert`` statements that can fail: first line → text."""
    try:
        tree = parse(source)
    except RecordSyntaxError:
        return {}
    return {node.lineno: ast.unparse(node.test) for node in ast.walk(tree) if isinstance(node, ast.Assert) and not _always(node.test)}


def checks_nothing(source: str) -> bool:
    """Whether no line of the cell can fail an answer on purpose."""
    try:
        tree = parse(source)
    except RecordSyntaxError:
        return False
    if assertions(source) or any(isinstance(node, ast.Raise) for node in ast.walk(tree)):
        return False
    names = (_called(node) for node in ast.walk(tree) if isinstance(node, ast.Call))
    if any(name.startswith(("assert", "check", "test")) or name in ("raises", "fail", "exit") for name in names):
        return False
    last = tree.body[-1] if tree.body else None
    return not (isinstance(last, ast.Expr) and not isinstance(last.value, ast.Constant)
                and not (isinstance(last.value, ast.Call) and _called(last.value) == "print"))


def _always(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value) or isinstance(test, ast.Tuple) and bool(test.elts)


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
