"""Bytes → a JSON object that every program reads the same way.

Sources: RFC 8259 (JSON), RFC 7493 (I-JSON: unique names, exact numbers, no lone surrogates).

Rules
- At most LARGEST bytes (a picture that it is baked into: `baked`); UTF-8; one object; no member twice; no NaN or infinity; no nesting beyond what `expand` takes.
- No control characters but tab and line ends: canonicalisation programs disagree on the others.
- Numbers are whole and exact, or have one spelling of at most 16 digits.
"""
from __future__ import annotations

import json
import re
from typing import Any

from certification.baked import LARGEST_PICTURE, is_picture, unbake
from certification.errors import CertificationError, ParseError, UnsupportedFormatError
from certification.expand import DEEPEST, number_text

__all__ = ["LARGEST", "inspect", "parse", "read_json", "text_of"]

LARGEST = 1 << 20
MOST_VALUES = 50_000
_CONTROLS = frozenset(map(chr, [*range(9), 11, 12, *range(14, 32), 127]))
_JOSE = re.compile(r"\s*eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_~.-]*\s*\Z")
_OTHERS = {b"%PDF": "a PDF file", b"PK\x03\x04": "a zip file"}


def check_size(data: bytes | str, pictures: bool = True) -> None:
    if len(data) > LARGEST and not (pictures and isinstance(data, bytes) and len(data) <= LARGEST_PICTURE and is_picture(data)):
        raise ParseError(f"the document has {len(data):,} bytes; a credential has at most {LARGEST:,}",
                         "give the credential alone, without attachments")


def parse(data: bytes | str) -> dict:
    """The JSON object in ``data``. Raises ParseError with the place of the trouble."""
    return read_json(text_of(data, pictures=False))


def text_of(data: bytes | str, pictures: bool = True) -> str:
    """The text of a document, taken out of its picture if it may be baked into one. Raises ParseError."""
    check_size(data, pictures)
    if isinstance(data, bytes):
        for start, what in _OTHERS.items():
            if data.startswith(start):
                raise ParseError(f"this is {what}, not the JSON text of a credential",
                                 "download the credential as JSON from its page")
        if is_picture(data):
            if not pictures:
                raise ParseError("this is a picture, or an XML, SVG or HTML file, not a JSON text", "give the document as JSON")
            data = unbake(data, LARGEST)
        try:
            data = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ParseError(f"the document is not UTF-8 text (byte {error.start + 1})",
                             "use the file as it was downloaded: it was re-encoded or damaged") from None
    if _JOSE.match(data):
        raise UnsupportedFormatError("this is a JWT (compact JOSE), which this verifier cannot check",
                                     "ask the issuer for the credential with an embedded proof, as JSON")
    return data


def read_json(data: str) -> dict:
    """The JSON object in a text. Raises ParseError with the place of the trouble."""
    if not data.strip():
        raise ParseError("the document is empty", "give the file of the credential")
    try:
        found = json.loads(data, object_pairs_hook=_unique, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise ParseError(f"the document is not JSON: {error.msg} in line {error.lineno}, column {error.colno}",
                         "use the file as it was downloaded: it was cut off or edited") from None
    except RecursionError:
        raise ParseError("the document is nested too deeply", "this is no ordinary credential") from None
    except ValueError:
        raise ParseError("the document holds a number too long to be read", "this is no ordinary credential") from None
    if not isinstance(found, dict):
        raise ParseError("the document is not a JSON object", "give one credential: { … }")
    inspect(found)
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ParseError(f"the member {twice[:60]!r} is given twice in one object: programs disagree on which counts",
                         "whoever changed this file, do not rely on it")
    return found


def _constant(name: str) -> Any:
    raise ParseError(f"{name} is not a JSON number", "whoever wrote this file, it is no credential")


def inspect(document: dict) -> None:
    """The same rules for an object that was parsed elsewhere. Raises ParseError."""
    waiting: list[tuple[Any, int, str]] = [(document, 0, "")]
    seen = 0
    while waiting:
        value, depth, place = waiting.pop()
        seen += 1
        if seen > MOST_VALUES or depth > 2 * DEEPEST:
            raise ParseError("the document holds too many values or is nested too deeply", "this is no ordinary credential")
        if isinstance(value, str):
            _text(value, place)
        elif isinstance(value, dict):
            for key, member in value.items():
                if not isinstance(key, str):
                    raise ParseError("a member's name must be a text")
                _text(key, place)
                waiting.append((member, depth + 1, f"{place}.{key}" if place else key))
        elif isinstance(value, list):
            waiting.extend((member, depth + 1, place) for member in value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                number_text(value, place)
            except CertificationError as error:
                raise ParseError(error.message, error.next) from None
        elif value is not None and not isinstance(value, bool):
            raise ParseError(f"{place}: a {type(value).__name__} is no JSON value")


def _text(value: str, place: str) -> None:
    if value.isascii() and value.isprintable():
        return
    for letter in value:
        if letter in _CONTROLS or "\ud800" <= letter <= "\udfff":
            raise ParseError(f"{place or 'a member name'} holds the control character U+{ord(letter):04X}: programs disagree on it",
                             "ask the issuer for a credential without it")
