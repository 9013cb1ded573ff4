"""A document in known contexts → RDF quads: the part of JSON-LD 1.1 that credentials need, in safe mode.

Sources: JSON-LD 1.1 API, sections 4.1 (context processing), 5.1 (expansion), 8.1 (to RDF); VCDM 2.0 section 5.2 (JSON-LD
must not be undefined or dropped); I-JSON (RFC 7493) for numbers.

Rules: what a signature would not cover, or would cover in two spellings, is an error (`ShapeError` with its place)
- Every member is a term of the context in force; no keyword (``@…``), no IRI and no ``prefix:name`` as a member name.
- No null, no empty object, no empty or nested array, no repeated value in a set: RDF would drop them silently.
- A value that stands alone is not wrapped in an array, and a term whose container is a set or list always is.
- Identifiers are absolute IRIs; blank node names (``_:b0``) do not come from outside.
- The same identified thing is described once, or each time in the same words: objects that share an id merge.
- A text may name its language and direction (VCDM 2.0 section 11.1), in ``@value``, ``@language`` and ``@direction`` and nothing else;
  the direction is signed as well, as a datatype of https://www.w3.org/ns/i18n# (JSON-LD API, section 8.2, ``i18n-datatype``).
- A term that is protected keeps its meaning; type-scoped contexts end at the next object, property-scoped ones do not.
"""
from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, NamedTuple

from certification import contexts
from certification.errors import ShapeError

__all__ = ["DEEPEST", "IRI", "MOST_QUADS", "Quad", "escape", "literal", "number_text", "quads",
           "quads_and_terms"]

DEEPEST = 32
MOST_QUADS = 20_000
LARGEST_INTEGER = 2**53 - 1
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
# Members that may hold one value or several, though their container does not say so (VCDM 2.0, Open Badges 3.0).
MULTIPLE = frozenset({"confidenceMethod", "credentialSchema", "credentialStatus", "credentialSubject", "domain", "evidence", "previousProof",
                      "proof", "refreshService", "relatedResource", "renderMethod", "statusMessage", "statusPurpose",
                      "termsOfUse"})
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_ESCAPED = re.compile(r"[\x00-\x1f\x7f\"\\]")
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


class Quad(NamedTuple):
    """Four terms in canonical N-Quads spelling; the default graph is the empty text."""

    subject: str
    predicate: str
    object: str
    graph: str


class _Term(NamedTuple):
    iri: str
    type: str | None = None
    container: str | None = None
    context: Any = False  # False: no scoped context
    protected: bool = False
    prefix: bool = False


class _Active:
    """An active context: terms, the context to return to at the next object, and the scopes derived from it."""

    __slots__ = ("_scopes", "previous", "terms", "vocabulary")

    def __init__(self, terms: dict[str, _Term], previous: _Active | None = None, vocabulary: str | None = None) -> None:
        self.terms, self.previous, self.vocabulary, self._scopes = terms, previous, vocabulary, {}

    def find(self, name: str) -> _Term | None:
        """The term ``name``. A default vocabulary, which no context of `contexts.LISTS` has, defines every word."""
        term = self.terms.get(name)
        if term is None and self.vocabulary and ":" not in name and not name.startswith("@"):
            return _Term(self.vocabulary + name)
        return term

    def below(self, local: dict, previous: _Active | None, override: bool = False) -> _Active:
        """This context with the definitions of ``local`` (JSON-LD API 4.1.2 and 4.2.2)."""
        protected = local.get("@protected", False)
        vocabulary = local.get("@vocab", self.vocabulary)
        found = dict(self.terms)
        for name, value in local.items():
            if name.startswith("@") or value in ("@id", "@type"):
                continue  # in every context of the tables, id and type are the aliases of @id and @type
            simple = isinstance(value, str)
            value = {"@id": value} if simple else value
            iri = self._full(value["@id"], local, vocabulary)
            kind = value.get("@type")
            if kind and not kind.startswith("@"):
                kind = self._full(kind, local, vocabulary)
            term = _Term(iri, kind, value.get("@container"), value.get("@context", False), protected, simple and iri[-1:] in ":/?#[]@")
            old = self.terms.get(name)
            if old and old.protected and not override:
                if old[:4] != term[:4]:
                    raise ShapeError(f"{name!r} has two meanings here: the types of this object contradict each other")
                term = old
            found[name] = term
        return _Active(found, previous, vocabulary)

    def _full(self, word: str, local: dict, vocabulary: str | None) -> str:
        """The IRI that ``word`` stands for inside a definition (JSON-LD API 5.2.2): a term, a compact IRI, or itself."""
        if word in local:
            value = local[word]
            return self._full(value if isinstance(value, str) else value["@id"], local, vocabulary)
        prefix, colon, rest = word.partition(":")
        if not colon:
            term = self.terms.get(word)
            return term.iri if term else (vocabulary or "") + word
        if not rest.startswith("//"):
            if isinstance(local.get(prefix), str):
                return local[prefix] + rest
            if (term := self.terms.get(prefix)) and term.prefix:
                return term.iri + rest
        return word

    def of_types(self, types: list[str]) -> _Active:
        """The context inside an object of these types (type-scoped, ends at the next object)."""
        key = tuple(sorted(name for name in types if (t := self.terms.get(name)) and t.context is not False))
        if not key:
            return self
        if key not in self._scopes:
            scope = self
            for name in key:
                scope = scope.below(self.terms[name].context, self.previous or self)
            self._scopes[key] = scope
        return self._scopes[key]

    def of_property(self, name: str, term: _Term) -> _Active:
        """The context of the values of a term that has a scope of its own (reaches into every object below)."""
        if term.context is None:
            raise ShapeError(f"{name!r} cannot be used here", "verify each credential of a presentation on its own")
        key = (name, id(term.context))
        if key not in self._scopes:
            self._scopes[key] = self.below(term.context, self.previous, override=True)
        return self._scopes[key]


@lru_cache(maxsize=256)
def _root(urls: tuple[str, ...]) -> _Active:
    active = _Active({})
    for url in urls:
        active = active.below(contexts.context(url)["@context"], None)
    return active


def number_text(value: int | float, place: str = "") -> tuple[str, str]:
    """A number's lexical form and natural datatype (JSON-LD API 8.2: doubles as xsd:double in canonical form)."""
    if isinstance(value, float) and value.is_integer() and str(value) != "-0.0":
        value = int(value)
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ShapeError(f"{place}: the number is beyond 2^53 - 1: programs disagree on it", "write it as text")
        return str(value), XSD + "integer"
    # -0.0, NaN, infinities, more than 16 digits; 1e-7, which JavaScript programs take for a whole number
    if not 1e-6 <= abs(value) < 1e21 or float(f"{value:.15E}") != value:
        raise ShapeError(f"{place}: the number {value} has no single spelling", "write it as text, or with fewer digits")
    mantissa, exponent = f"{value:.15E}".split("E")
    mantissa = mantissa.rstrip("0")
    return f"{mantissa}{'0' if mantissa.endswith('.') else ''}E{int(exponent)}", XSD + "double"


def quads(urls: tuple[str, ...], document: dict, embedded: Callable[[dict], tuple[str, ...]] | None = None) -> list[Quad]:
    """The quads of ``document`` (``@context`` taken off) in the contexts ``urls``; `ShapeError` if any part has none.

    ``embedded`` gives the contexts of a credential inside a presentation; without it there may be none.
    """
    return _Expansion(embedded).run(_root(urls), document)


def quads_and_terms(urls: tuple[str, ...], document: dict) -> tuple[list[Quad], set[str | None]]:
    """The quads, and the values that were read as terms; None among these if a value was taken whole (``@json``)."""
    expansion = _Expansion()
    return expansion.run(_root(urls), document), expansion.terms


class _Expansion:
    """One document on its way to quads."""

    def __init__(self, embedded: Callable[[dict], tuple[str, ...]] | None = None) -> None:
        self.embedded = embedded
        self.quads: list[Quad] = []
        self.blanks = 0
        self.described: dict[str, dict] = {}
        self.terms: set[str | None] = set()

    def run(self, active: _Active, document: dict) -> list[Quad]:
        self.node(active, document, "", "", 0)
        return self.quads

    def add(self, *terms: str) -> None:
        if len(self.quads) >= MOST_QUADS:
            raise ShapeError(f"the document makes more than {MOST_QUADS} statements", "this is no ordinary credential")
        self.quads.append(Quad(*terms))

    def blank(self) -> str:
        self.blanks += 1
        return f"_:b{self.blanks - 1}"

    def iri(self, value: Any, place: str) -> str:
        if not isinstance(value, str):
            raise ShapeError(f"{place} must be an identifier (an absolute address such as https://… or urn:…)")
        if not IRI.fullmatch(value):
            raise ShapeError(f"{place} is not an absolute identifier: {value[:80]!r}", "write it in full: https://…, did:…, urn:…")
        return f"<{value}>"

    def node(self, active: _Active, value: dict, graph: str, place: str, depth: int) -> str:
        """Add the quads of an object and return its name."""
        here = place or "the document"
        if depth > DEEPEST:
            raise ShapeError(f"{here} is nested more than {DEEPEST} levels deep", "this is no ordinary credential")
        if not value:
            raise ShapeError(f"{here} is an empty object: a signature does not cover it", "leave it out")
        name = self.iri(value["id"], f"{place}.id" if place else "id") if "id" in value else self.blank()
        if "id" in value and len(value) > 1:
            if self.described.setdefault(name, value) != value:
                raise ShapeError(f"{here} describes {name} a second time and differently: a signature cannot tell the two apart",
                                 "describe it in one object and refer to it by its id elsewhere")
        types = self.types(value, place)
        for entry in types:
            term = active.find(entry)
            if not term and not IRI.fullmatch(entry):
                raise self.undefined(active, entry, f"{place}.type" if place else "type", "the type ")
            self.add(name, f"<{RDF}type>", f"<{term.iri}>" if term else f"<{entry}>", graph)
        active = active.of_types(types)
        for key, member in value.items():
            if key in ("id", "type"):
                continue
            at = f"{place}.{key}" if place else key
            term = active.find(key)
            if term is None:
                raise self.undefined(active, key, at)
            self.member(active, name, key, term, member, graph, at, depth)
        return name

    @staticmethod
    def types(value: dict, place: str) -> list[str]:
        if "type" not in value:
            return []
        found = value["type"]
        found = found if isinstance(found, list) else [found]
        at = f"{place}.type" if place else "type"
        if not found or not all(isinstance(entry, str) for entry in found):
            raise ShapeError(f"{at} must be a name or a list of names")
        if len(set(found)) != len(found):
            raise ShapeError(f"{at} names a type twice: a signature does not cover the repetition", "name it once")
        return found

    @staticmethod
    def undefined(active: _Active, key: str, at: str, what: str = "") -> ShapeError:
        if key == "@context" and not what:
            return ShapeError(f"{at}: a context below the first level could redefine what was signed", "do not rely on this document")
        if key.startswith("@") and not what:
            return ShapeError(f"{at}: the JSON-LD keyword {key!r} is a second spelling that other programs overlook",
                              "write id, type and plain values")
        if what:
            return ShapeError(f"{at}: {what}{key[:60]!r} is not defined by the contexts", "ask the issuer for a credential without it")
        if ":" in key:
            return ShapeError(f"{at}: a member named by an address instead of a term is overlooked by other programs",
                              "use the term of the context")
        near = get_close_matches(key, active.terms, 1)
        return ShapeError(f"{at} is not defined by the contexts: a signature does not cover it",
                          f"did you mean {near[0]!r}?" if near else "whoever added it, the issuer did not sign it")

    def member(self, active: _Active, subject: str, key: str, term: _Term, value: Any, graph: str, at: str, depth: int) -> None:
        predicate = f"<{term.iri}>"
        if term.type == "@json":
            from certification.canonical import jcs

            self.terms.add(None)
            self.add(subject, predicate, literal(jcs(value).decode(), RDF + "JSON"), graph)
            return
        if isinstance(value, list):
            if term.container is None and key not in MULTIPLE and not _languages(value):
                raise ShapeError(f"{at} must be a single value, not a list: programs disagree on which entry counts")
            if not value and term.container != "@list":
                raise ShapeError(f"{at} is an empty list: a signature does not cover it", "leave it out")
            values = value
        else:
            if term.container in ("@set", "@list"):
                raise ShapeError(f"{at} must be a list, also of one value", f"write [ … ] around the value of {key}")
            values = [value]
        embeds = term.context is None and self.embedded is not None
        if term.context is not False and not embeds:
            active = active.of_property(key, term)
        many = isinstance(value, list)
        objects = []
        for position, entry in enumerate(values):
            place = f"{at}[{position}]" if many else at
            inner = graph
            if term.container == "@graph":
                inner = self.blank()
                if not isinstance(entry, dict):
                    raise ShapeError(f"{place} must be an object")
            if embeds and isinstance(entry, dict):  # it starts from its own contexts, not from those around it
                body = {name: part for name, part in entry.items() if name != "@context"}
                named = self.node(_root(self.embedded(entry)), body, inner, place, depth + 1)
            else:
                named = self.value(active, term, entry, inner, place, depth)
            objects.append(inner if term.container == "@graph" else named)
        if term.container == "@list":
            self.list(subject, predicate, objects, graph)
            return
        if len(set(objects)) != len(objects):
            raise ShapeError(f"{at} holds the same value twice: a signature does not cover the repetition", "give it once")
        for entry in objects:
            self.add(subject, predicate, entry, graph)

    def value(self, active: _Active, term: _Term, value: Any, graph: str, place: str, depth: int) -> str:
        """One value as an N-Quads term; objects add their own quads first."""
        if isinstance(value, dict):
            if "@value" in value and ("@language" in value or "@direction" in value):
                return self.worded(term, value, place)
            if term.type and ("XMLSchema#" in term.type or term.type.startswith("xsd:")):  # a class as datatype (3.0.0) does not matter
                raise ShapeError(f"{place} must be a plain value, not an object")
            # At an object, a type-scoped context ends (JSON-LD API 5.1.2, step 7).
            outer = active.previous if active.previous else active
            if term.context is not False and active.previous:
                outer = active.previous.of_property("", term)
            return self.node(outer, value, graph, place, depth + 1)
        if value is None or isinstance(value, list):
            raise ShapeError(f"{place} is {'null' if value is None else 'a list in a list'}: a signature does not cover it",
                             "leave it out" if value is None else "write one flat list")
        if term.type == "@id":
            return self.iri(value, place)
        if term.type == "@vocab":
            self.terms.add(value if isinstance(value, str) else None)
            found = active.find(value) if isinstance(value, str) else None
            return f"<{found.iri}>" if found else self.iri(value, place)
        if isinstance(value, bool):
            return literal("true" if value else "false", term.type or XSD + "boolean")
        if isinstance(value, (int, float)):
            text, natural = number_text(value, place)
            return literal(text, term.type or natural)
        return literal(value, term.type or XSD + "string")

    @staticmethod
    def worded(term: _Term, value: dict, place: str) -> str:
        """A text with its language or direction. Letters of a language tag have no case (BCP 47): they are signed small."""
        text, language, direction = value["@value"], value.get("@language", ""), value.get("@direction", "")
        if extra := value.keys() - {"@value", "@language", "@direction"}:
            raise ShapeError(f"{place}: a text with a language has no other member such as {min(extra)[:60]!r}", "write it beside the text")
        if term.type or not isinstance(text, str):
            raise ShapeError(f"{place} must be a plain value: only a text has a language")
        if ("@language" in value and not (isinstance(language, str) and _LANGUAGE.fullmatch(language))) or \
                ("@direction" in value and direction not in ("ltr", "rtl")):
            raise ShapeError(f"{place}: @language is a tag such as \"en\" (BCP 47), @direction is \"ltr\" or \"rtl\"")
        if direction:
            return literal(text, f"https://www.w3.org/ns/i18n#{language.lower()}_{direction}")
        return f'"{escape(text)}"@{language.lower()}'

    def list(self, subject: str, predicate: str, entries: list[str], graph: str) -> None:
        cells = [self.blank() for _ in entries]
        ends = [*cells, f"<{RDF}nil>"]
        self.add(subject, predicate, ends[0], graph)
        for cell, entry, end in zip(cells, entries, ends[1:], strict=True):
            self.add(cell, f"<{RDF}first>", entry, graph)
            self.add(cell, f"<{RDF}rest>", end, graph)


def _languages(values: list) -> bool:
    """Whether these are the same text in several languages, each named once (VCDM 2.0 section 11.1)."""
    tags = [entry["@language"].lower() for entry in values
            if isinstance(entry, dict) and "@value" in entry and isinstance(entry.get("@language"), str)]
    return len(tags) == len(values) > 1 and len(set(tags)) == len(tags)


def escape(text: str) -> str:
    """A text between the quotation marks of a canonical N-Quads literal."""
    if _ESCAPED.search(text):
        return _ESCAPED.sub(lambda m: _ESCAPES.get(m[0]) or f"\\u{ord(m[0]):04X}", text)
    return text


def literal(text: str, datatype: str) -> str:
    """A literal in canonical N-Quads (RDF 1.1 N-Quads, RDFC-1.0 section 5.1)."""
    text = escape(text)
    return f'"{text}"' if datatype == XSD + "string" else f'"{text}"^^<{datatype}>'
