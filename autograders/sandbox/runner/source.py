"""What T reads from source text: never from L. Names, imports and classes of the record, functions as submitted."""
from __future__ import annotations

import ast
import inspect
import linecache

__all__ = ["changed", "classes", "function_facts", "imports", "parse", "remember", "signature"]


def parse(source: str) -> tuple[str, ast.Module]:
    """The source as Python, with IPython's magics rewritten if it has any. Raises SyntaxError."""
    try:
        return source, ast.parse(source)
    except SyntaxError:
        try:
            from IPython.core.inputtransformer2 import TransformerManager
        except ImportError:
            raise
        rewritten = TransformerManager().transform_cell(source)
        return rewritten, ast.parse(rewritten)


def _tree(source: str) -> ast.Module:
    try:
        return parse(source)[1]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def remember(name: str, source: str) -> None:
    """Let inspect.getsource and tracebacks find ``source`` under the file name ``name``."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True) or [""], name)


def imports(source: str) -> dict[str, tuple[str, str | None]]:
    """name -> (module, attribute or None), for the imports at the top level of a cell."""
    found: dict[str, tuple[str, str | None]] = {}
    for node in _tree(source).body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                found[name] = (alias.name if alias.asname else name, None)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                if alias.name != "*":
                    found[alias.asname or alias.name] = (node.module, alias.name)
    return found


def classes(source: str) -> set[str]:
    """The names of the classes a cell defines, at any depth."""
    return {node.name for node in ast.walk(_tree(source)) if isinstance(node, ast.ClassDef)}


_METHODS = (
    "append extend insert remove pop clear sort reverse add update discard setdefault popitem fill appendleft popleft"
)
_CHANGING = frozenset(_METHODS.split())


def changed(source: str) -> set[str]:
    """The names whose objects a cell changes in place: items or attributes set, or a method that changes its object."""
    found: set[str] = set()

    def root(node: ast.AST) -> str | None:
        while isinstance(node, (ast.Subscript, ast.Attribute)):
            node = node.value
        return node.id if isinstance(node, ast.Name) else None

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
                continue
            if isinstance(child, (ast.Subscript, ast.Attribute)) and isinstance(child.ctx, (ast.Store, ast.Del)):
                found.add(root(child) or "")
            elif isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and (
                    child.func.attr in _CHANGING or any(k.arg == "inplace" for k in child.keywords)):
                found.add(root(child.func) or "")
            visit(child)

    visit(_tree(source))
    return found - {""}


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> inspect.Signature | None:
    """The signature as written. A default that is no literal is shown as ``...``."""
    def default(tree: ast.expr | None) -> object:
        if tree is None:
            return inspect.Parameter.empty
        try:
            return ast.literal_eval(tree)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return ...

    a = node.args
    parameters = []
    ordinary = [*a.posonlyargs, *a.args]
    defaults = [None] * (len(ordinary) - len(a.defaults)) + list(a.defaults)
    for index, (argument, tree) in enumerate(zip(ordinary, defaults, strict=True)):
        kind = inspect.Parameter.POSITIONAL_ONLY if index < len(a.posonlyargs) else (
            inspect.Parameter.POSITIONAL_OR_KEYWORD)
        parameters.append(inspect.Parameter(argument.arg, kind, default=default(tree)))
    if a.vararg:
        parameters.append(inspect.Parameter(a.vararg.arg, inspect.Parameter.VAR_POSITIONAL))
    for argument, tree in zip(a.kwonlyargs, a.kw_defaults, strict=True):
        parameters.append(inspect.Parameter(argument.arg, inspect.Parameter.KEYWORD_ONLY, default=default(tree)))
    if a.kwarg:
        parameters.append(inspect.Parameter(a.kwarg.arg, inspect.Parameter.VAR_KEYWORD))
    try:
        return inspect.Signature(parameters)
    except ValueError:
        return None


def function_facts(source: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions a cell defines at its top level: name -> its last definition."""
    return {node.name: node for node in _tree(source).body
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
