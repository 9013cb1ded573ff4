"""Credentials inside pictures: read from PNG and SVG, and put into a PNG.

Source: Open Badges 3.0, section 5.3 (baking): PNG has one ``iTXt`` chunk with the keyword ``openbadgecredential``, SVG one
``credential`` element of the namespace https://purl.imsglobal.org/ob/v3p0 with the JSON as its text, or a JWT in ``verify``.

Rules
- A picture of at most LARGEST_PICTURE bytes holds exactly one credential; with two, programs disagree on which is shown.
- Every chunk of a PNG has its length and checksum; what is compressed is unpacked to at most a credential's size.
- An SVG declares no entities and has no internal subset, so nothing in it can grow or fetch.
- What is taken out is bytes like any others: `document.parse` judges them.
"""
from __future__ import annotations

import struct
import zlib

from certification.errors import ParseError

__all__ = ["LARGEST_PICTURE", "bake_png", "is_picture", "unbake"]

LARGEST_PICTURE = 8 << 20
KEYWORD = b"openbadgecredential"
NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
_PNG = b"\x89PNG\r\n\x1a\n"
_DEEPEST = 200


def is_picture(data: bytes) -> bool:
    """Whether ``data`` starts as a PNG or as XML does."""
    return data.startswith(_PNG) or data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def unbake(data: bytes, most: int) -> bytes:
    """The credential in the picture ``data``, of at most ``most`` bytes. Raises ParseError."""
    if len(data) > LARGEST_PICTURE:
        raise ParseError(f"the picture has more than {LARGEST_PICTURE >> 20} MiB", "give the credential as JSON")
    found = _png(data, most) if data.startswith(_PNG) else _svg(data)
    if not found:
        raise ParseError("the picture holds no credential", "download the credential as JSON from its page")
    if len(found) > 1:
        raise ParseError("the picture holds more than one credential: programs disagree on which counts", "do not rely on this picture")
    if len(found[0]) > most:
        raise ParseError(f"the credential in the picture has more than {most:,} bytes", "give the credential alone, without attachments")
    return found[0]


def _png(data: bytes, most: int) -> list[bytes]:
    found, place, end = [], len(_PNG), False
    while place < len(data) and not end:
        if len(data) - place < 12:
            raise _damaged("PNG")
        length, kind = struct.unpack_from(">I4s", data, place)
        body = data[place + 8:place + 8 + length]
        if len(body) != length or data[place + 8 + length:place + 12 + length] != struct.pack(">I", zlib.crc32(kind + body)):
            raise _damaged("PNG")
        if kind == b"iTXt" and body.startswith(KEYWORD + b"\0"):
            found.append(_text(body[len(KEYWORD) + 1:], most))
        place, end = place + 12 + length, kind == b"IEND"
    if not end or place != len(data):
        raise _damaged("PNG")
    return found


def _text(body: bytes, most: int) -> bytes:
    """The text of an iTXt chunk after its keyword: compression flag and method, language, translated keyword, text."""
    rest = body[2:].split(b"\0", 2)
    if len(body) < 2 or len(rest) != 3:
        raise _damaged("PNG")
    if body[0] == 0:
        return rest[2]
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(rest[2], most + 1)
    except zlib.error:
        raise _damaged("PNG") from None
    if len(text) <= most and (not unpacker.eof or unpacker.unused_data):
        raise _damaged("PNG")
    return text


def _svg(data: bytes) -> list[bytes]:
    from xml.parsers import expat

    found: list[list[str]] = []
    depth, inside = 0, 0

    def refuse(*arguments) -> None:
        raise ParseError("the picture declares entities of its own", "do not rely on this picture; give the credential as JSON")

    def doctype(name, system, public, has_subset) -> None:
        if has_subset:
            refuse()

    def start(name: str, attributes: dict) -> None:
        nonlocal depth, inside
        depth += 1
        if depth > _DEEPEST:
            raise ParseError("the picture is nested too deeply", "give the credential as JSON")
        if inside:
            raise _damaged("SVG")
        if name == f"{NAMESPACE} credential":
            inside = depth
            found.append([attributes["verify"]] if attributes.get("verify") else [])

    def end(name: str) -> None:
        nonlocal depth, inside
        if depth == inside:
            inside = 0
        depth -= 1

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = doctype, refuse
    parser.CharacterDataHandler = lambda text: found[-1].append(text) if inside else None
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError):  # LookupError: an encoding that nobody knows
        raise _damaged("SVG") from None
    return [text.encode() for parts in found if (text := "".join(parts).strip())]


def _damaged(kind: str) -> ParseError:
    return ParseError(f"this is {'a PNG' if kind == 'PNG' else 'an XML, SVG or HTML'} file, but not a whole {kind}", "use the file as it was downloaded, or give the credential as JSON")


def bake_png(picture: bytes, credential: bytes) -> bytes:
    """``picture`` with ``credential`` (JSON text) in it, before the end. Raises ParseError if that is no PNG, or one with a credential."""
    if not picture.startswith(_PNG) or _png(picture, len(picture)):
        raise ParseError("only a PNG without a credential can take one", "start from the badge's plain picture")
    body = KEYWORD + b"\0\0\0\0\0" + credential
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    return picture[:-12] + chunk + picture[-12:]
