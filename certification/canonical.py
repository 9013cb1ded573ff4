"""The one byte text of a document that a signature is made over.

Sources: W3C RDFC-1.0 for JSON-LD documents (eddsa-rdfc-2022), RFC 8785 (JCS) for our own signed records.
"""
from __future__ import annotations

from typing import Any

from certification import contexts
from certification.errors import ShapeError
from certification.expand import quads
from certification.rdfc import canonical_nquads

__all__ = ["canonize", "jcs"]


def canonize(document: dict, urls: tuple[str, ...] | None = None) -> bytes:
    """Canonical N-Quads of ``document``, whose ``@context`` is checked (or given as ``urls``, already checked).

    Raises ContextError, ShapeError or ComplexityError; never drops a member.
    """
    if urls is None:
        urls = contexts.context_list(document)
    body = {key: value for key, value in document.items() if key != "@context"}
    return canonical_nquads(quads(urls, body)).encode()


def jcs(value: Any) -> bytes:
    """JSON Canonicalization Scheme of a JSON value. Raises ShapeError for what JSON cannot carry exactly."""
    import rfc8785

    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise ShapeError(f"this cannot be written as canonical JSON: {error}", "use text, whole numbers below 2^53, lists and objects") from None
