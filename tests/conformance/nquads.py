"""N-Quads text → quads in canonical spelling, for the vectors of W3C rdf-canon. Lines end at LF only."""
from __future__ import annotations

import re

from certification.expand import Quad, literal

__all__ = ["read"]

_TERM = re.compile(r'\s*(?:(?P<iri><[^>]*>)|(?P<blank>_:[^\s<"]+?(?=[\s<"]|\.?\s*$))|"(?P<text>(?:[^"\\]|\\.)*)"'
                   r'(?:\^\^<(?P<type>[^>]*)>|@(?P<language>[A-Za-z0-9-]+))?)\s*')
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_STRING = "http://www.w3.org/2001/XMLSchema#string"


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _LETTERS.get(m[3], m[3]), text)


def _term(found: re.Match) -> str:
    if found["iri"]:
        return _plain(found["iri"])
    if found["blank"]:
        return found["blank"]
    if found["language"]:
        return f"{literal(_plain(found['text']), _STRING)}@{found['language']}"
    return literal(_plain(found["text"]), _plain(found["type"] or _STRING))


def read(text: str) -> list[Quad]:
    quads = []
    for line in text.split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        terms, place = [], 0
        while found := _TERM.match(line, place):
            terms.append(_term(found))
            place = found.end()
        assert line[place:].strip() == "." and 3 <= len(terms) <= 4, line
        quads.append(Quad(*terms, *[""] * (4 - len(terms))))
    return quads
