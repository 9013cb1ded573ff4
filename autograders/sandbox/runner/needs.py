"""Which names of the notebook the instructor's own functions need: read from the record's text, never from L.

A test may change a name of the learner's before it calls (``del squares``, ``A = 3``), and a call may change a name
(``global count``). In one process both would be seen. Here they cross where the instructor's own solution shows the
need, and nowhere else: a value that a test binds must not reach a learner by accident.

| need | found as |
|---|---|
| reads | a function of the record reads the name as a global |
| writes | a function of the record declares it global and binds it, or changes its object in place |
| shared | a comment ``# share: A, B`` in a tests cell: L may see what tests bind to these names |
"""
from __future__ import annotations

import ast
import re
import symtable

from .source import changed_in, parse

__all__ = ["of_functions", "shared"]

_SCOPES = re.compile(r"\b(def|lambda|class)\b")
_SHARE = re.compile(r"^\s*#+\s*share:\s*\[?([\w, ]+)\]?\s*$", re.M | re.I)


def shared(source: str) -> set[str]:
    """The names that a tests cell shares."""
    return {name for found in _SHARE.findall(source) for name in re.split(r"[,\s]+", found) if name.isidentifier()}


def of_functions(source: str) -> tuple[set[str], set[str]]:
    """(reads, writes) of the functions, classes' methods and lambdas in a cell."""
    if not _SCOPES.search(source):
        return set(), set()
    try:
        python, tree = parse(source)
        table = symtable.symtable(python, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(), set()
    reads: set[str] = set()
    writes: set[str] = set()
    waiting = list(table.get_children())
    while waiting:
        inner = waiting.pop()
        waiting += inner.get_children()
        for symbol in inner.get_symbols():
            if symbol.is_global():
                if symbol.is_referenced():
                    reads.add(symbol.get_name())
                if symbol.is_assigned():
                    writes.add(symbol.get_name())
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            writes |= changed_in(ast.Module(node.body, [])) & reads
    return reads | writes, writes
