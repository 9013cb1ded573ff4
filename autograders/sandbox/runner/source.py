"""What T reads from source text: never from L. Names, imports and classes of the record, functions as submitted."""
from __future__ import annotations

import ast
import functools
import inspect
import linecache

__all__ = [
    "annotation", "changed", "changed_in", "classes", "function_facts", "imports", "parse", "remember", "signature", "uses",
]


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


@functools.lru_cache(maxsize=512)
def _tree(source: str) -> ast.Module:
    """The cell as a tree that nobody changes; empty if it is no Python."""
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


def uses(source: str, names: set[str]) -> bool:
    """Whether a cell reads one of ``names``."""
    return any(isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load)
               for node in ast.walk(_tree(source)))


_METHODS = (
    "append extend insert remove pop clear sort reverse add update discard setdefault popitem fill appendleft popleft"
)
_CHANGING = frozenset(_METHODS.split())
_CHANGERS = frozenset("shuffle heapify heappush heappop insort insort_left insort_right fill_diagonal put copyto setattr".split())


def changed(source: str) -> set[str]:
    """The names whose objects a cell changes in place: items or attributes set, a method that changes its object, or a
    function that is known to change its first argument."""
    return changed_in(_tree(source))


def changed_in(tree: ast.AST) -> set[str]:
    """The same for a piece of a cell, without what functions in it do."""
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
            if isinstance(child, ast.Call) and child.args and getattr(
                    child.func, "attr", getattr(child.func, "id", "")) in _CHANGERS:
                found.add(root(child.args[0]) or "")
            visit(child)

    visit(tree)
    return found - {""}


_TYPES = {t.__name__: t for t in (int, float, complex, bool, str, bytes, list, dict, tuple, set, frozenset, object, type)}


def annotation(tree: ast.expr | None) -> object:
    """An annotation as written: built-in types as they are, anything else as its text."""
    if tree is None:
        return inspect.Parameter.empty
    if isinstance(tree, ast.Constant):
        return tree.value
    if isinstance(tree, ast.Name) and tree.id in _TYPES:
        return _TYPES[tree.id]
    if isinstance(tree, ast.Subscript) and isinstance(tree.value, ast.Name) and tree.value.id in ("list", "set", "dict", "tuple"):
        parts = [annotation(p) for p in (tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice])]
        if all(isinstance(p, type) for p in parts):
            return _TYPES[tree.value.id].__class_getitem__(tuple(parts) if len(parts) > 1 else parts[0])
    return ast.unparse(tree)


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> inspect.Signature | None:
    """The signature as written. A default that is no literal is shown as ``...``."""
    def default(tree: ast.expr | None) -> object:
        if tree is None:
            return inspect.Parameter.empty
        try:
            return ast.literal_eval(tree)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return ...

    def parameter(argument: ast.arg, kind, tree: ast.expr | None = None) -> inspect.Parameter:
        return inspect.Parameter(argument.arg, kind, default=default(tree), annotation=annotation(argument.annotation))

    a, kinds = node.args, inspect.Parameter
    parameters = []
    ordinary = [*a.posonlyargs, *a.args]
    defaults = [None] * (len(ordinary) - len(a.defaults)) + list(a.defaults)
    for index, (argument, tree) in enumerate(zip(ordinary, defaults, strict=True)):
        kind = kinds.POSITIONAL_ONLY if index < len(a.posonlyargs) else kinds.POSITIONAL_OR_KEYWORD
        parameters.append(parameter(argument, kind, tree))
    if a.vararg:
        parameters.append(parameter(a.vararg, kinds.VAR_POSITIONAL))
    for argument, tree in zip(a.kwonlyargs, a.kw_defaults, strict=True):
        parameters.append(parameter(argument, kinds.KEYWORD_ONLY, tree))
    if a.kwarg:
        parameters.append(parameter(a.kwarg, kinds.VAR_KEYWORD))
    try:
        return inspect.Signature(parameters, return_annotation=annotation(getattr(node, "returns", None)))
    except ValueError:
        return None


def function_facts(source: str) -> dict[str, ast.AST]:
    """What a cell defines at its top level: functions, classes, their methods (``Class.method``), and lambdas by the
    name they are bound to; the last definition of each."""
    found: dict[str, ast.AST] = {}
    for node in _tree(source).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{inner.name}": inner for inner in node.body
                      if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef))}
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            found |= {t.id: node.value for t in node.targets if isinstance(t, ast.Name)}
    return found
