"""RDF Dataset Canonicalization 1.0 with a bound on its work.

Source: W3C RDFC-1.0, sections 4.4 (algorithm), 4.6 (first degree), 4.7 (related), 4.8 (n-degree).

Blank nodes whose first-degree hashes differ from all others, that is every blank node of an ordinary credential, are
named in one pass. Only the rest is searched, and every hash, name and permutation of that search counts against
MOST_WORK: a graph made to be hard (a clique of equal nodes) ends in `ComplexityError` after the same number of steps on
every machine, within about a second.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from itertools import permutations

from certification.errors import ComplexityError
from certification.expand import Quad

__all__ = ["MOST_BLANKS", "MOST_WORK", "canonical_names", "canonical_nquads"]

MOST_BLANKS = 4_000
MOST_WORK = 300_000


class _Issuer:
    """Gives names in the order they are asked for (RDFC-1.0, section 4.5)."""

    __slots__ = ("names", "prefix")

    def __init__(self, prefix: str, names: dict[str, str] | None = None) -> None:
        self.prefix, self.names = prefix, names if names is not None else {}

    def issue(self, blank: str) -> str:
        if blank not in self.names:
            self.names[blank] = f"_:{self.prefix}{len(self.names)}"
        return self.names[blank]

    def copy(self) -> _Issuer:
        return _Issuer(self.prefix, dict(self.names))


class _State:
    def __init__(self, quads: list[Quad], most_work: int, hash: Callable = sha256) -> None:
        self.work, self.most_work, self._function = 0, most_work, hash
        self.canonical = _Issuer("c14n")
        self.quads_of: dict[str, list[Quad]] = {}
        for quad in quads:
            for blank in {term for term in (quad.subject, quad.object, quad.graph) if term.startswith("_:")}:
                self.quads_of.setdefault(blank, []).append(quad)
        if len(self.quads_of) > MOST_BLANKS:
            raise ComplexityError(f"the document has more than {MOST_BLANKS} unnamed objects", "this is no ordinary credential")
        self.first = {blank: self._first_degree(blank) for blank in self.quads_of}

    def _hash(self, text: str) -> str:
        return self._function(text.encode()).hexdigest()

    def _first_degree(self, blank: str) -> str:
        def seen(term: str) -> str:
            return term if not term.startswith("_:") else "_:a" if term == blank else "_:z"

        return self._hash("".join(sorted(
            _line(seen(q.subject), q.predicate, seen(q.object), seen(q.graph)) for q in self.quads_of[blank])))

    def spend(self, steps: int) -> None:
        self.work += steps
        if self.work > self.most_work:
            raise ComplexityError("the document's unnamed objects are too alike to be put in order with bounded work",
                                  "this is no ordinary credential: do not rely on it")

    def name_all(self) -> None:
        groups: dict[str, list[str]] = {}
        for blank, digest in self.first.items():
            groups.setdefault(digest, []).append(blank)
        alike = []
        for digest in sorted(groups):
            if len(groups[digest]) == 1:
                self.canonical.issue(groups[digest][0])
            else:
                alike.append(groups[digest])
        for group in alike:
            found = []
            for blank in group:
                if blank not in self.canonical.names:
                    issuer = _Issuer("b")
                    issuer.issue(blank)
                    found.append(self._n_degree(blank, issuer, 0))
            for _, issuer in sorted(found, key=lambda pair: pair[0]):
                for blank in issuer.names:
                    self.canonical.issue(blank)

    def _related(self, related: str, quad: Quad, issuer: _Issuer, position: str) -> str:
        name = self.canonical.names.get(related) or issuer.names.get(related) or self.first[related]
        return self._hash(position + (quad.predicate if position != "g" else "") + name)

    def _n_degree(self, blank: str, issuer: _Issuer, depth: int) -> tuple[str, _Issuer]:
        self.spend(len(self.quads_of[blank]))
        if depth > 200:
            raise ComplexityError("the document's unnamed objects form too long a chain of equal ones",
                                  "this is no ordinary credential: do not rely on it")
        groups: dict[str, list[str]] = {}
        for quad in self.quads_of[blank]:
            for position, term in (("s", quad.subject), ("o", quad.object), ("g", quad.graph)):
                if term.startswith("_:") and term != blank:
                    groups.setdefault(self._related(term, quad, issuer, position), []).append(term)
        data = ""
        for digest in sorted(groups):
            best, chosen = "", issuer
            for order in permutations(groups[digest]):
                self.spend(len(order) + len(issuer.names))
                tried = self._path(order, issuer.copy(), best, depth)
                if tried is not None and (not best or tried[0] < best):
                    best, chosen = tried
            data += digest + best
            issuer = chosen
        return self._hash(data), issuer

    def _path(self, order: tuple[str, ...], issuer: _Issuer, best: str, depth: int) -> tuple[str, _Issuer] | None:
        """The path of one permutation, or None as soon as it is worse than ``best``."""
        path, deeper = "", []
        for related in order:
            if related in self.canonical.names:
                path += self.canonical.names[related]
            else:
                if related not in issuer.names:
                    deeper.append(related)
                path += issuer.issue(related)
            if best and len(path) >= len(best) and path > best:
                return None
        for related in deeper:
            digest, found = self._n_degree(related, issuer, depth + 1)
            path += f"{issuer.issue(related)}<{digest}>"
            issuer = found
            if best and len(path) >= len(best) and path > best:
                return None
        return path, issuer


def _line(subject: str, predicate: str, object: str, graph: str) -> str:
    return f"{subject} {predicate} {object} {graph} .\n" if graph else f"{subject} {predicate} {object} .\n"


def canonical_names(quads: Iterable[Quad], most_work: int = MOST_WORK, hash: Callable = sha256) -> dict[str, str]:
    """The canonical name of each blank node (RDFC-1.0 section 4.4.3). ``hash``: another function of hashlib, if asked for."""
    state = _State(list(dict.fromkeys(quads)), most_work, hash)
    state.name_all()
    return state.canonical.names


def canonical_nquads(quads: Iterable[Quad], most_work: int = MOST_WORK, hash: Callable = sha256) -> str:
    """The canonical N-Quads text of a dataset: the same for every naming of its blank nodes and every order."""
    quads = list(dict.fromkeys(quads))
    names = canonical_names(quads, most_work, hash)
    return "".join(sorted(
        _line(names.get(q.subject, q.subject), q.predicate, names.get(q.object, q.object), names.get(q.graph, q.graph))
        for q in quads))
