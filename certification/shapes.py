"""Documents of a shape seen before: their canonical text by filling in a template, equal to the full algorithm's to the byte.

A shape is a JSON text with its values taken out. What RDF a text makes depends on its member names, its types and those
values whose words are terms (all of these are part of the shape), on which of the other texts are equal to each other, and on
nothing else: so the template learnt from one document holds for every one of its shape. Canonical names follow RDFC-1.0: an
unnamed object's name depends on its first-degree hash alone as long as no two are equal.

Rules
- Only shapes in the contexts of `contexts.LISTS`, of at most LARGEST letters and MOST_TEXTS texts; at most `most` templates; many threads
  may use one cache.
- A shape is learnt when it is seen for the second time, through the full algorithm on the same shape with sentinels for its
  texts; the template must then give the canonical text that the full algorithm gave for the document itself.
- Whatever is not certain is left to the full algorithm (`match` gives None): a tie of hashes, a repeated statement, an
  identifier that is none, an odd letter, a text with several meanings.

Sources: RDFC-1.0 sections 4.4 and 4.6; RFC 8259 section 7 (strings).
"""
from __future__ import annotations

import json
import re
import threading
from hashlib import sha256
from operator import itemgetter
from typing import Any, NamedTuple

from certification import contexts
from certification.errors import CertificationError
from certification.expand import IRI, Quad, escape, quads_and_terms

__all__ = ["LARGEST", "MOST_TEXTS", "Shapes"]

LARGEST = 64 << 10
MOST_TEXTS = 1_000
MOST_VARIANTS = 8
_STRING = re.compile(r'"([^"\\\x00-\x1f\x7f]*(?:\\.[^"\\\x00-\x1f\x7f]*)*)"')
_SENTINEL = "urn:academy:shape:"
_KEPT = frozenset({"type", "@language", "@direction"})  # members whose values decide what statements there are
_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_TO_ESCAPE = re.compile(r"[\x00-\x1f\x7f\"\\]")
_IRIS = re.compile(rf"(?:{IRI.pattern}\n)*")


def _several(indices: list[int]):
    """Like itemgetter, always a tuple."""
    if len(indices) > 1:
        return itemgetter(*indices)
    return (lambda row: (row[indices[0]],)) if indices else (lambda row: ())


class _Template:
    """How the canonical text follows from the distinct texts of a document."""

    def __init__(self, statements: list[Quad], sentinels: dict[str, int]) -> None:
        self._sentinels = sentinels
        blanks = list(dict.fromkeys(term for quad in statements for term in (quad.subject, quad.object, quad.graph)
                                    if term.startswith("_:")))
        self.blanks = len(blanks)
        self.iris = sorted({sentinels[term[1:-1]] for quad in statements for term in quad if term[:1] == "<" and term[1:-1] in sentinels})
        self._pick_iris = _several(self.iris)
        names = {blank: len(sentinels) + number for number, blank in enumerate(blanks)}
        self._whole, self._whole_values = self._format("\n", [[quad] for quad in statements], names, None)
        groups = [[quad for quad in statements if blank in (quad.subject, quad.object, quad.graph)] for blank in blanks]
        self._first, self._first_values = self._format("\0", groups, names, blanks)

    def _format(self, between: str, groups: list[list[Quad]], names: dict[str, int], of: list[str] | None):
        """A format for all lines of all groups, and what gives its values; ``of``: first-degree lines, each group of its blank node."""
        indices: list[int] = []
        texts = []
        for number, group in enumerate(groups):
            lines = []
            for quad in group:
                words = [self._word(term, names, indices, of[number] if of else None) for term in quad if term]
                lines.append(" ".join(words) + " .")
            texts.append("\n".join(lines))
        return between.join(texts), _several(indices)

    def _word(self, term: str, names: dict[str, int], indices: list[int], self_: str | None) -> str:
        if term.startswith("_:"):
            if self_ is not None:
                return "_:a" if term == self_ else "_:z"
            indices.append(names[term])
            return "%s"
        close = ">" if term[0] == "<" else '"'
        inner, _, rest = term[1:].partition(close)
        if inner in self._sentinels:
            indices.append(self._sentinels[inner])
            return f"{term[0]}%s{close}{rest.replace('%', '%%')}"
        return term.replace("%", "%%")

    def fill(self, texts: list[str], plain: bool = False) -> bytes | None:
        """The canonical text for these distinct texts, or None if the full algorithm must decide. ``plain``: none is to be escaped."""
        if self.iris and not _IRIS.fullmatch("\n".join(self._pick_iris(texts)) + "\n"):
            return None
        if not plain and _TO_ESCAPE.search("".join(texts)):
            texts = [escape(text) for text in texts]
        hashes = []
        if self.blanks:
            for group in (self._first % self._first_values(texts)).split("\0"):
                lines = group.split("\n")
                lines.sort()
                lines.append("")
                hashes.append(sha256("\n".join(lines).encode()).digest())
            order = sorted(range(self.blanks), key=hashes.__getitem__)
            if len(set(hashes)) != self.blanks:
                return None
            names = [""] * self.blanks
            for rank, number in enumerate(order):
                names[number] = f"_:c14n{rank}"
            texts = texts + names
        lines = (self._whole % self._whole_values(texts)).split("\n")
        lines.sort()
        if len(set(lines)) != len(lines):
            return None
        lines.append("")
        return "\n".join(lines).encode()


class _Shape(NamedTuple):
    count: int                      # texts in the document
    fixed: tuple[str, ...]          # those that belong to the shape, and what picks them out
    pick_fixed: Any
    pick_free: Any                  # picks out the others (a proof's apart)
    equal: tuple[int, ...]          # which of the others are equal: the number of the first like it
    template: _Template


class Shapes:
    """A cache of at most ``most`` templates. The oldest is given up for a new one."""

    def __init__(self, most: int = 256) -> None:
        self.most = most
        self._known: dict[tuple, list[_Shape]] = {}
        self._seen: dict[int, None] = {}
        self._count = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._count

    def match(self, text: str, urls: tuple[str, ...] | None = None) -> bytes | None:
        """The canonical text of the document in ``text`` without its proof, or None. ``urls``: its contexts, if they are not in it."""
        parts = _parts(text)
        shapes = self._known.get((urls, '"'.join(parts[::2])))
        if shapes is None:
            return None
        try:
            texts = _said(parts[1::2])
        except ValueError:
            return None
        for shape in shapes:
            if len(texts) != shape.count or shape.pick_fixed(texts) != shape.fixed:
                continue
            first: dict[str, int] = {}
            if tuple([first.setdefault(value, number) for number, value in enumerate(shape.pick_free(texts))]) == shape.equal:
                return shape.template.fill(list(first), "\\" not in text)
        return None

    def learn(self, text: str, document: dict, urls: tuple[str, ...], canonical: bytes, inside: bool = True) -> None:
        """Remember the shape of ``document``, whose text and canonical text these are, if it was seen before and is a simple one.

        ``inside``: the document holds its contexts, so that they are part of the shape.
        """
        if len(text) > LARGEST or urls not in contexts.LISTS or not self.most:
            return
        parts = _parts(text)
        key = (None if inside else urls, '"'.join(parts[::2]))
        with self._lock:
            if not self._again(hash(key)):
                return
            known = self._known.get(key, [])
            shape = _learnt(parts[1::2], document, urls, canonical) if len(known) < MOST_VARIANTS else None
            if shape is None:
                return
            self._known[key] = [*known, shape]
            self._count += 1
            while self._count > self.most:
                oldest = next(iter(self._known))
                self._count -= len(self._known.pop(oldest))

    def _again(self, mark: int) -> bool:
        """Whether this was seen before; remembers it."""
        if mark in self._seen:
            return True
        if len(self._seen) >= 4 * self.most:
            self._seen.pop(next(iter(self._seen)))
        self._seen[mark] = None
        return False


def _parts(text: str) -> list[str]:
    """A JSON text cut at its strings: every second part is what stands between two quotation marks."""
    return _STRING.split(text) if "\\" in text else text.split('"')


def _said(texts: list[str]) -> list[str]:
    """What the strings of a JSON text say. Raises ValueError for what `document.inspect`, or JSON, would refuse in them."""
    joined = "".join(texts)
    if "\\" in joined:
        texts = [json.loads(f'"{text}"') if "\\" in text else text for text in texts]
        if _ODD.search("".join(texts)):
            raise ValueError
    elif not (joined.isascii() and joined.isprintable()) and _CONTROL.search(joined):
        raise ValueError
    return texts


def _learnt(texts: list[str], document: dict, urls: tuple[str, ...], canonical: bytes) -> _Shape | None:
    """The shape of a document whose texts in their order are ``texts``; None for one that no template can stand for."""
    words: list[tuple[str, bool | None]] = []   # each text, and whether it belongs to the shape (None: to the proof)
    _collect(document, words, False, True)
    said = [word for word, _ in words]
    try:
        if len(texts) > MOST_TEXTS or said != _said(texts) or _SENTINEL in "".join(said):
            return None
    except ValueError:
        return None
    meanings: set[str] = set()
    for _ in range(2):
        fixed = [number for number, (word, part) in enumerate(words) if part or (part is False and word in meanings)]
        free = [number for number, (word, part) in enumerate(words) if part is False and word not in meanings]
        first: dict[str, int] = {}
        equal = tuple(first.setdefault(words[number][0], place) for place, number in enumerate(free))
        sentinel = {word: f"{_SENTINEL}{number}:end" for number, word in enumerate(first)}
        body = {key: _replaced(value, sentinel, key in _KEPT) for key, value in document.items() if key not in ("@context", "proof")}
        try:
            statements, terms = quads_and_terms(urls, body)
        except CertificationError:
            return None
        if None in terms:
            return None
        if not terms & set(sentinel.values()):
            break
        meanings |= {word for word, stands in sentinel.items() if stands in terms}
    else:
        return None
    template = _Template(statements, {stands: number for number, stands in enumerate(sentinel.values())})
    if template.fill(list(first)) != canonical:
        return None
    return _Shape(len(texts), tuple(said[number] for number in fixed), _several(fixed), _several(free), equal, template)


def _collect(value: Any, words: list, part: bool | None, top: bool = False) -> None:
    """The texts of a document in the order of its JSON text."""
    if isinstance(value, str):
        words.append((value, part))
    elif isinstance(value, list):
        for entry in value:
            _collect(entry, words, part)
    elif isinstance(value, dict):
        for key, entry in value.items():
            words.append((key, True))
            inner = True if key in _KEPT or (top and key == "@context") else part
            _collect(entry, words, None if part is None or (top and key == "proof") else inner)


def _replaced(value: Any, sentinel: dict[str, str], keep: bool = False) -> Any:
    if isinstance(value, str):
        return value if keep else sentinel.get(value, value)
    if isinstance(value, list):
        return [_replaced(entry, sentinel, keep) for entry in value]
    if isinstance(value, dict):
        return {key: _replaced(entry, sentinel, key in _KEPT) for key, entry in value.items()}
    return value
