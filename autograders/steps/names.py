"""The names that a solution cell binds at its top level, found in the instructor's text, never by running it.

These are the names that cross from L to T: bound there to plain values or mirrors of what the learner's cell bound.

Rules
- Bound: assignments (also unpacked, starred, annotated with a value, augmented), def, class, import, for, with, walrus,
  match captures, and what a function declares ``global`` and binds. Not bound: comprehension variables, the name of an
  ``except ... as``, attributes and items, ``import *``.
- A ``del`` at the top level of the cell takes a name back.
- IPython's lines (``%magic``, ``!command``, ``name?``) bind nothing, ``x = !command`` and ``x = %magic`` bind x; a cell
  magic's first line is left out and the rest read as Python.
- A record that is not Python is the instructor's error: `RecordSyntaxError` with the line.
"""
from __future__ import annotations

import ast
import re

__all__ = ["RecordSyntaxError", "bound_names", "python_text"]

_LINE = re.compile(r"^(\s*)([%!?]|[\w.]+\?{1,2}\s*$)")
_ASSIGNED = re.compile(r"^(\s*)([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*=\s*[%!]")
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class RecordSyntaxError(ValueError):
    """The instructor's cell cannot be read as Python."""


def python_text(source: str) -> str:
    """``source`` with IPython's own lines replaced, line for line, so that line numbers stay."""
    lines = source.split("\n")
    for number, line in enumerate(lines):
        if number == 0 and line.startswith("%%"):
            lines[0] = ""
        elif found := _ASSIGNED.match(line):
            lines[number] = f"{found[1]}{found[2]} = __import__"
        elif found := _LINE.match(line):
            lines[number] = f"{found[1]}pass"
    return "\n".join(lines)


def parse(source: str) -> ast.Module:
    """The cell as a tree: as it stands, or else without IPython's lines (``a\\n% b`` is Python)."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        pass
    try:
        return ast.parse(python_text(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        raise RecordSyntaxError(f"not Python{f' in line {line}' if line else ''}: {error.__class__.__name__}") from error


class _Binder(ast.NodeVisitor):
    """Collects what one scope binds; for nested scopes only their ``global`` names."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}

    def add(self, name: str | None) -> None:
        if name:
            self.names[name] = None

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.add(node.id)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.add(alias.asname or alias.name.split(".")[0])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self.add(alias.asname or alias.name)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.add(node.name)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        self.add(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.add(node.rest)
        self.generic_visit(node)

    def _comprehension(self, node: ast.AST) -> None:
        """Only a walrus binds out of a comprehension; its targets are its own."""
        for child in _same_scope(node):
            if isinstance(child, ast.NamedExpr):
                self.add(child.target.id)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self.add(node.name)
        for outside in [*node.decorator_list, *getattr(node, "bases", ())]:
            self.visit(outside)
        self._globals(node)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _definition

    def visit_Lambda(self, node: ast.Lambda) -> None:
        return

    def _globals(self, scope: ast.AST) -> None:
        """What ``scope`` and the scopes inside it declare global and bind."""
        body = list(_same_scope(scope))
        declared = {name for child in body if isinstance(child, ast.Global) for name in child.names}
        if declared:
            inner = _Binder()
            for statement in scope.body:
                inner.visit(statement)
            for name in inner.names:
                if name in declared:
                    self.add(name)
        for child in body:
            if isinstance(child, _SCOPES) and not isinstance(child, ast.Lambda):
                self._globals(child)


def _same_scope(scope: ast.AST):
    """The nodes below ``scope``; of a nested definition the definition itself, not its inside."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, _SCOPES):
            yield from _same_scope(child)


def bound_names(source: str) -> tuple[str, ...]:
    """The names ``source`` binds at its top level, in the order of their first binding."""
    binder = _Binder()
    for statement in parse(source).body:
        if isinstance(statement, ast.Delete):
            for target in statement.targets:
                for node in ast.walk(target):
                    if isinstance(node, ast.Name):
                        binder.names.pop(node.id, None)
        else:
            binder.visit(statement)
    return tuple(binder.names)
