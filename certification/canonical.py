"""The one byte text of a document that a signature is made over.

Sources: W3C RDFC-1.0 for JSON-LD documents (eddsa-rdfc-2022), RFC 8785 (JCS) for our own signed records and eddsa-jcs-2022.
"""
from __future__ import annotations

import json
import re
from typing import Any

from certification import contexts
from certification.errors import ShapeError
from certification.expand import quads
from certification.rdfc import canonical_nquads
from certification.shapes import Shapes

__all__ = ["SHAPES", "canonize", "canonize_in_full", "jcs"]

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


def jcs(value: Any) -> bytes:
    """JSON Canonicalization Scheme of a JSON value. Raises ShapeError for what JSON cannot carry exactly."""
    import rfc8785

    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise ShapeError(f"this cannot be written as canonical JSON: {error}", "use text, whole numbers below 2^53, lists and objects") from None
