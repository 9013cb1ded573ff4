"""The learner's names in T, kept in step with L: what a test deletes, binds again or puts back, and what a call binds.

Rules
- A name is the learner's if a solution cell of the record binds it. Deleting it in a test deletes it in L; putting
  back what was there, or any object of L, puts it back in L.
- Another value that a test binds to it goes to L only if a function of the record reads that name (`needs`), or the
  cell shares it; a name that only tests bind goes only if it is shared.
- What L says it bound in a call is believed only for names that a function of the record binds or changes.
"""
from __future__ import annotations

from .errors import LearnerError
from .update import update

__all__ = ["Names", "Owned"]

_MISSING = object()


class Owned:
    """T's side."""

    def __init__(self, link, space: dict[str, object], reads: set[str], writes: set[str]) -> None:
        self._link, self._space, self._reads, self.writes = link, space, reads, writes
        self.imports: dict[str, tuple | None] = {}      # the learner's names -> how the record imports them
        self.shared: set[str] = set()
        self._origin: dict[str, object] = {}            # what came from L
        self._seen: dict[str, object] = {}              # what L has, as far as T knows
        self._sent: dict[str, object] = {}              # the trees of shared names, as L has them

    def came(self, name: str, value: object = _MISSING) -> None:
        """``name`` is bound, or not bound, to what L has under it."""
        if value is _MISSING:
            self._space.pop(name, None)
        else:
            self._space[name] = value
        self._origin[name] = self._seen[name] = value

    def lost(self, name: str) -> None:
        """``name`` must not be bound any more, here or in L."""
        self._space.pop(name, None)
        self._seen[name] = None

    def settle(self) -> None:
        """Both sides ran the same cell: what is bound here is bound there."""
        for name in {*self.imports, *self.shared}:
            self._seen[name] = self._space.get(name, _MISSING)

    def news(self) -> list[list]:
        """[name, what to do, tree] for each name that is not what L has."""
        found: list[list] = []
        for name in sorted({*self.imports, *self.shared}):
            now = self._space.get(name, _MISSING)
            if name in self.shared and now is not _MISSING:
                found += self._shared(name, now)
                continue
            if now is self._seen.get(name, _MISSING):
                continue
            if now is _MISSING:
                found.append([name, "delete", None])
            elif now is self._origin.get(name):
                found.append([name, "restore", None])
            elif name in self._reads or self._link.mirrors.number(now) is not None:
                try:
                    tree = self._link.encode(now)
                except TypeError:
                    continue
                found.append([name, "set", tree])
                if type(tree) is list and tree[0] in ("callback", "lent"):  # alive for one call: told again
                    self._seen[name] = _MISSING
                    continue
            else:
                continue
            self._seen[name] = now
        return found

    def _shared(self, name: str, now: object) -> list[list]:
        """A shared name goes again whenever its value is not what L has, also if it changed in place."""
        try:
            tree = self._link.encode(now)
        except TypeError:
            return []
        loan = type(tree) is list and tree[0] in ("callback", "lent")  # alive for one call: told again
        if not loan and name in self._sent and self._sent[name] == tree:
            return []
        self._sent[name] = tree
        return [[name, "set", tree]]

    def take(self, told: object) -> None:
        """What L says it bound in a call: {name: tree}."""
        for name, tree in told.items() if type(told) is dict else ():
            if name not in self.writes:
                continue
            try:
                value = self._link.decode(tree)
            except LearnerError:  # what cannot cross stays what it was here
                continue
            here = self._space.get(name, _MISSING)
            if here is _MISSING or not update(here, value):
                self._space[name] = self._origin[name] = self._seen[name] = value


class Names:
    """L's side: does what it is told, and tells what calls have bound. ``encode`` raises what it cannot encode."""

    def __init__(self, space: dict[str, object], encode) -> None:
        self._space, self._encode = space, encode
        self._stash: dict[str, object] = {}
        self._watched: dict[str, object] = {}

    def watch(self, names: list[str]) -> None:
        self._watched = dict.fromkeys(names, _MISSING)

    def apply(self, news: list[list], decode) -> None:
        for name, what, tree in news:
            if name in self._space:
                self._stash.setdefault(name, self._space[name])
            if what == "delete":
                self._space.pop(name, None)
            elif what == "restore":
                if name in self._stash:
                    self._space[name] = self._stash.pop(name)
            else:
                self._space[name] = decode(tree)

    def settle(self) -> None:
        """A cell has run: what it bound is read by T itself, and nothing is put back over it."""
        self._stash.clear()
        self.changed()

    def changed(self) -> dict[str, object]:
        """The trees of watched names that are not what they were."""
        found: dict[str, object] = {}
        for name, before in self._watched.items():
            try:
                tree = self._encode(self._space[name])
            except BaseException:
                continue
            if tree != before:
                self._watched[name] = found[name] = tree
        return found
