"""Wrong answers made from the right one: one small change each, in a fixed order.

| kind | change |
|---|---|
| operator | ``+`` to ``-``, ``and`` to ``or``, ``<`` to ``>=``, ``min`` to ``max``, a condition turned round |
| constant | a number made one larger or smaller, a truth turned round, another text |
| off by one | ``<`` to ``<=``; a range or a slice that ends one earlier |
| dropped statement | a statement left out |
| returned argument | an argument, or nothing, returned instead of the result |

Rules
- Docstrings, annotations, messages of exceptions and parts of f-strings stay: no check should read them.
- A change that leaves the text as it was is none, and the same text is tried once.
- ``key`` names a change by the text that it makes, so that a person's judgement of it holds until the answer is edited.
- Whether a change matters cannot be computed. What no check notices is listed for a person, who strengthens the check or
  notes in ``equivalent.toml`` why nobody could notice.
"""
from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autograders.steps.names import parse

__all__ = ["KINDS", "Generated", "choose", "generate"]

KINDS = ("operator", "constant", "off by one", "dropped statement", "returned argument")
Change = tuple[str, str, Callable[[ast.AST], None]]

BINARY = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Mod: ast.Mult,
          ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
          ast.MatMult: ast.Mult, ast.BitXor: ast.BitAnd}
TURNED = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
          ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}
EDGE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
KEPT = (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal)


@dataclass(frozen=True, slots=True)
class Generated:
    """One wrong answer: ``source`` stands in the solution cell, ``what`` says what was changed."""

    key: str
    kind: str
    line: int
    what: str
    source: str


def generate(source: str) -> list[Generated]:
    """Every single change of ``source``. Raises RecordSyntaxError."""
    tree = parse(source)
    same = ast.unparse(tree)
    found: dict[str, Generated] = {}
    for index, (node, arguments) in enumerate(_nodes(tree)):
        for number, (kind, what, _) in enumerate(_changes(node, arguments)):
            changed = copy.deepcopy(tree)
            other, names = next(pair for place, pair in enumerate(_nodes(changed)) if place == index)
            list(_changes(other, names))[number][2](other)
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text != same and text not in found:
                key = hashlib.sha256(text.encode()).hexdigest()[:10]
                found[text] = Generated(key, kind, _line(node), what, text)
    return list(found.values())


def choose(made: list[Generated], most: int) -> list[Generated]:
    """At most ``most`` of them: as many of each kind as there are, then always the same ones."""
    by_kind = [sorted((one for one in made if one.kind == kind), key=lambda one: one.key) for kind in KINDS]
    taken: list[Generated] = []
    while len(taken) < most and any(by_kind):
        for kind in by_kind:
            if kind and len(taken) < most:
                taken.append(kind.pop(0))
    return sorted(taken, key=lambda one: (one.line, one.what, one.key))


def _nodes(tree: ast.AST) -> Iterator[tuple[ast.AST, tuple[str, ...]]]:
    """The nodes that may change, in order, each with the arguments of the function around it."""
    def walk(node: ast.AST, arguments: tuple[str, ...]) -> Iterator[tuple[ast.AST, tuple[str, ...]]]:
        yield node, arguments
        if isinstance(node, FUNCTIONS):
            own = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args) if argument.arg not in ("self", "cls")]
            for child in (*node.args.defaults, *node.body):
                yield from walk(child, tuple(own))
        elif isinstance(node, (ast.Raise, ast.JoinedStr)) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            return
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                yield from walk(node.value, arguments)
        else:
            for child in ast.iter_child_nodes(node):
                yield from walk(child, arguments)
    return walk(tree, ())


def _line(node: ast.AST) -> int:
    return next((child.lineno for child in ast.walk(node) if hasattr(child, "lineno")), 1)


def _changes(node: ast.AST, arguments: tuple[str, ...]) -> Iterator[Change]:
    """What can be changed in ``node`` itself. The last of each is called with the node of a copy."""
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in BINARY:
        to = BINARY[type(node.op)]
        yield "operator", f"{_name(node.op)} to {to.__name__}", lambda n: setattr(n, "op", to())
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield "operator", f"{_name(node.op)} to {other.__name__}", lambda n: setattr(n, "op", other())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        yield "operator", f"{_name(node.op)} left out", _twice
    elif isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for kind, table in (("operator", TURNED), ("off by one", EDGE)):
                if type(operator) in table:
                    yield kind, f"{_name(operator)} to {table[type(operator)].__name__}", _compare(place, table[type(operator)])
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.Slice) and node.upper is not None and not isinstance(node.upper, ast.Constant):
        yield "off by one", "the slice ends one earlier", lambda n: setattr(n, "upper", _less(n.upper))
    elif isinstance(node, (ast.If, ast.While, ast.IfExp)) and not isinstance(node.test, ast.Compare):
        yield "operator", "the condition turned round", lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))
    elif isinstance(node, ast.Return) and node.value is not None:
        for name in arguments:
            yield "returned argument", f"returns {name}", lambda n, name=name: setattr(n, "value", ast.Name(name, ast.Load()))
        yield "returned argument", "returns nothing", lambda n: setattr(n, "value", None)
    for field in ("body", "orelse", "finalbody"):
        for place, statement in enumerate(getattr(node, field, None) or () if not isinstance(node, (ast.Lambda, ast.IfExp)) else ()):
            if not isinstance(statement, KEPT) and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                yield "dropped statement", f"without line {statement.lineno}: {ast.unparse(statement).splitlines()[0][:60]}", _drop(field, place)


def _constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", f"{value} to {not value}", lambda n: setattr(n, "value", not value)
    elif isinstance(value, (int, float)):
        for other in (value + 1, value - 1):
            yield "constant", f"{value!r} to {other!r}", lambda n, other=other: setattr(n, "value", other)
    elif isinstance(value, str):
        yield "constant", f"{value[:20]!r} to another text", lambda n: setattr(n, "value", value + "_")


def _call(node: ast.Call) -> Iterator[Change]:
    function = node.func
    name = function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    if name in CALLS:
        field = "id" if isinstance(function, ast.Name) else "attr"
        yield "operator", f"{name} to {CALLS[name]}", lambda n: setattr(n.func, field, CALLS[name])
    if name == "range" and node.args:
        place = min(len(node.args) - 1, 1)
        yield "off by one", "the range ends one earlier", lambda n: n.args.__setitem__(place, _less(n.args[place]))


def _less(node: ast.expr) -> ast.expr:
    return ast.BinOp(node, ast.Sub(), ast.Constant(1))


def _twice(node: ast.UnaryOp) -> None:
    node.operand = ast.UnaryOp(type(node.op)(), node.operand)


def _compare(place: int, to: type[ast.cmpop]) -> Callable[[ast.AST], None]:
    return lambda node: node.ops.__setitem__(place, to())


def _drop(field: str, place: int) -> Callable[[ast.AST], None]:
    return lambda node: getattr(node, field).__setitem__(place, ast.Pass())


def _name(node: ast.AST) -> str:
    return type(node).__name__
