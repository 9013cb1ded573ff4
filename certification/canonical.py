"""The one byte text of a document that a signature is made over.

Sources: W3C RDFC-1.0 for JSON-LD documents (eddsa-rdfc-2022), RFC 8785 (JCS) for our own signed records and eddsa-jcs-2022.
"""
from __future__ import annotations

import json
from typing import Any

from certification import contexts
from certification.document import inspect
from certification.errors import ShapeError
from certification.expand import LARGEST_INTEGER, quads
from certification.rdfc import canonical_nquads
from certification.shapes import Shapes

__all__ = ["SHAPES", "canonize", "canonize_in_full", "canonize_unread", "jcs", "jcs_of_simple"]

SHAPES = Shapes()


def canonize(document: dict, urls: tuple[str, ...] | None = None) -> bytes:
    """Canonical N-Quads of ``document``, whose ``@context`` is checked (or given as ``urls``, already checked).

    Raises ContextError, ShapeError or ComplexityError; never drops a member.
    """
    if urls is None:
        urls = contexts.context_list(document)
    body = {key: value for key, value in document.items() if key != "@context"}
    try:
        text = json.dumps(body, ensure_ascii=False)
    except (TypeError, ValueError):
        return canonize_in_full(body, urls)
    found = SHAPES.match(text, urls)
    if found is None:
        found = canonize_in_full(body, urls)
        SHAPES.learn(text, body, urls, found, inside=False)
    return found


def canonize_in_full(body: dict, urls: tuple[str, ...]) -> bytes:
    """The same by the full algorithm, whatever was seen before. ``body`` has no ``@context``."""
    return canonical_nquads(quads(urls, body)).encode()


def canonize_unread(document: dict, urls: tuple[str, ...]) -> bytes:
    """Canonical N-Quads of a document that no parser has looked at: by the rules of `document.inspect` as well.

    A known shape has been inspected: its names are terms, its numbers are part of it, its texts are looked at when matched.
    """
    try:
        found = SHAPES.match(json.dumps({key: value for key, value in document.items() if key != "@context"}, ensure_ascii=False), urls)
    except (TypeError, ValueError):
        found = None
    if found is None:
        inspect(document)
        found = canonize(document, urls)
    return found


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_LEAVES = frozenset({str, bool, type(None)})


def _simple(value: Any) -> bool:
    """Whether json.dumps writes ``value`` as RFC 8785 does: ASCII names, whole exact numbers, nothing but JSON's own types."""
    kind = type(value)
    if kind is dict:
        for key, member in value.items():
            if type(key) is not str or not key.isascii() or (type(member) is not str and not _simple(member)):
                return False
        return True
    if kind is list:
        return all([type(member) is str or _simple(member) for member in value])
    return kind in _LEAVES or (kind is int and -LARGEST_INTEGER <= value <= LARGEST_INTEGER)


def jcs_of_simple(value: Any) -> bytes:
    """The same for a part of what `jcs` has written, or for ASCII names and texts."""
    return _ENCODER.encode(value).encode()


def jcs(value: Any) -> bytes:
    """JSON Canonicalization Scheme of a JSON value. Raises ShapeError for what JSON cannot carry exactly."""
    try:
        if _simple(value):
            return jcs_of_simple(value)
        import rfc8785

        return rfc8785.dumps(value)
    except (ValueError, RecursionError) as error:  # rfc8785's own errors and those of encoding are ValueErrors
        raise ShapeError(f"this cannot be written as canonical JSON: {error}", "use text, whole numbers below 2^53, lists and objects") from None
