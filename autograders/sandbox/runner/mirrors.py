"""What stands in T for the learner's functions, classes and objects. Thin: everything but the name is asked of L.

Rules
- A function is a real function here (`stubs`), with what the submitted cell's text says of it.
- A class is a class here, its objects are instances of it; one object of L is one mirror here.
- What an object says of itself (type, methods, truth) is a claim. Therefore no mirror takes part in a comparison with
  a value of the test; arithmetic with one, and ``in``, ask L only if the object's class is defined in the instructor's
  record: a lying object cannot say that it equals, differs by nothing from, or holds what was expected.
- Conversions (float, int, str, numpy's array) give plain values, fixed before the test compares them.
- The doors by which libraries read memory or hand over control are shut: array interfaces, dispatch, pickling.
"""
from __future__ import annotations

import abc
import builtins
import sys
import types

from .claims import Claims
from .codec import CodecError
from .errors import LearnerError
from .link import Link
from .objects import DUNDERS
from .stubs import Facts, describe, stub

__all__ = ["Mirror", "Mirrors"]

_COMPARISONS = frozenset(f"__{n}__" for n in ("eq", "ne", "lt", "le", "gt", "ge"))
_NAMES = (
    "len iter next reversed getitem setitem delitem call str repr format bool int float index complex array "
    "enter exit"
)
_ALWAYS = frozenset(f"__{name}__" for name in _NAMES.split())
_TEXTS = ("__name__", "__qualname__", "__doc__", "__module__")
_own = object.__getattribute__


class MirrorClass(type):
    """The class of mirror classes: what a test does with a class itself is asked of L."""

    _academy_mirror = True

    def __call__(cls, *args, **kwargs):
        return cls._academy_link.call(cls._academy_number, args, kwargs)

    def __getattribute__(cls, name: str):
        if name.startswith(("__", "_academy", "_abc_")) or name == "mro":
            return type.__getattribute__(cls, name)
        return cls._academy_link.get(cls._academy_number, name)

    def __setattr__(cls, name: str, value: object) -> None:
        cls._academy_link.set(cls._academy_number, name, value)

    def __iter__(cls):
        return cls._academy_link.call(cls._academy_number, (), {}, "__iter__")

    def __len__(cls):
        return cls._academy_link.call(cls._academy_number, (), {}, "__len__")

    def __bool__(cls):
        return True

    def __getitem__(cls, key: object):
        return cls._academy_link.call(cls._academy_number, (key,), {}, "__getitem__")

    def __contains__(cls, item: object):
        return cls._academy_link.call(cls._academy_number, (item,), {}, "__contains__") is True

    def __dir__(cls):
        return cls._academy_link.decode(cls._academy_link.ask("list", object=cls._academy_number))


class Mirror(metaclass=MirrorClass):
    """An object of L. ``_academy_number`` is its number; every attribute is L's."""

    _academy_link: Link
    _academy_number: int
    _academy_claim = staticmethod(lambda load: None)

    def __getattribute__(self, name: str):
        kind = type(self)
        if name == "__class__":
            return type.__getattribute__(kind, "_academy_claim")(False) or kind
        if name in ("__copy__", "__deepcopy__"):
            return _own(self, name)
        if name.startswith("_academy"):
            raise AttributeError(name)
        if name.startswith("__") and name.endswith("__") and name != "__dict__" and name not in _TEXTS:
            if name in DUNDERS and any(name in vars(base) for base in kind.__mro__ if base is not Mirror):
                return _own(self, name)
            raise AttributeError(name)
        link = type.__getattribute__(kind, "_academy_link")
        return link.get(_own(self, "_academy_number"), name)

    def __setattr__(self, name: str, value: object) -> None:
        type(self)._academy_link.set(_own(self, "_academy_number"), name, value)

    def __delattr__(self, name: str) -> None:
        type(self)._academy_link.delete(_own(self, "_academy_number"), name)

    def __dir__(self):
        link = type(self)._academy_link
        return link.decode(link.ask("list", object=_own(self, "_academy_number")))

    def __copy__(self):
        return _copied(self, deep=False)

    def __deepcopy__(self, memo: dict):
        return _copied(self, deep=True)

    def __reduce_ex__(self, version: int):
        raise TypeError("an object of the learner's code cannot be pickled here")


def _copied(mirror: Mirror, deep: bool) -> object:
    """A copy, made by L."""
    link = type(mirror)._academy_link
    return link.decode(link.ask("copy", object=_own(mirror, "_academy_number"), deep=deep))


def _forward(name: str):
    if name in _COMPARISONS:
        def forward(self, other):
            if not isinstance(type(other), MirrorClass):
                return NotImplemented
            return type(self)._academy_link.call(_own(self, "_academy_number"), (other,), {}, name)
    elif name in ("__bool__", "__contains__"):
        def forward(self, *args):
            return type(self)._academy_link.call(_own(self, "_academy_number"), args, {}, name) is True
    elif name == "__array__":
        def forward(self, dtype=None, copy=None):
            numpy = sys.modules["numpy"]
            array = type(self)._academy_link.call(_own(self, "_academy_number"), (), {}, name)
            if type(array) is not numpy.ndarray:
                raise TypeError("the learner's object gives no array")
            return array if dtype is None else array.astype(dtype)
    elif name == "__exit__":
        def forward(self, kind, error, trace):
            plain = (None, None, None) if kind is None else (None, str(error), None)
            return type(self)._academy_link.call(_own(self, "_academy_number"), plain, {}, name) is True
    else:
        def forward(self, *args, **kwargs):
            return type(self)._academy_link.call(_own(self, "_academy_number"), args, kwargs, name)
    forward.__name__ = forward.__qualname__ = name
    return forward


_FORWARDS = {name: _forward(name) for name in DUNDERS}


class Mirrors:
    """Makes mirrors, one for each number, and knows the number of each."""

    def __init__(self, link: Link, anchors: set[str], claims: Claims) -> None:
        """``anchors``: the names of the classes that the instructor's record defines."""
        self.link, self.anchors, self.claims = link, anchors, claims
        link.mirrors = self
        self._here: dict[int, object] = {}      # number -> what stands for it
        self._numbers: dict[int, int] = {}      # id of what stands for it -> number
        self._making: set[int] = set()
        self.facts = Facts()

    def learn_source(self, file: str, source: str) -> None:
        """Read the functions of a submitted cell, for signatures, docstrings and getsource."""
        self.facts.learn(file, source)

    def named(self, name: str, value: object) -> None:
        """``value`` is bound to ``name`` now: where a lambda's text is found."""
        if type(value) is types.FunctionType and value.__name__ == "<lambda>" and self.number(value) is not None:
            describe(value, self.facts.find(name))

    def number(self, value: object) -> int | None:
        """The number of L's object that ``value`` stands for, if it does."""
        if isinstance(type(value), MirrorClass):
            return _own(value, "_academy_number")
        number = self._numbers.get(id(value))
        return number if number is not None and self._here.get(number) is value else None

    def resolve(self, tag: str, parts: list) -> object:
        """A handle's tree, as something a test can use."""
        if not parts or type(parts[0]) is not int:
            raise CodecError("not a handle")
        number = parts[0]
        if tag == "type":
            return self._class(number)
        if number in self._here:
            return self._here[number]
        if tag == "handle" and len(parts) == 2 and type(parts[1]) is int:
            kind = self._class(parts[1], instance=True)
            mirror = object.__new__(kind)
            object.__setattr__(mirror, "_academy_number", number)
            return self._keep(number, mirror)
        if tag in ("function", "method") and len(parts) == 3 and type(parts[1]) is str and type(parts[2]) is str:
            name = parts[1][:100] if parts[1].isidentifier() or parts[1] == "<lambda>" else "function"
            return self._keep(number, stub(self.link.call, number, name, tag == "method", self.facts.find(parts[2])))
        raise CodecError("not a handle")

    def _keep(self, number: int, value: object) -> object:
        self._here[number] = value
        self._numbers[id(value)] = number
        return value

    # -- classes
    def exception(self, number: int, base: type | None) -> type:
        """The class of the learner's exception ``number``."""
        found = self._here.get(number)
        if isinstance(found, type) and issubclass(found, Exception):
            return found
        found = self._class(number)
        return found if issubclass(found, Exception) else LearnerError

    def _class(self, number: int, instance: bool = False) -> type:
        found = self._here.get(number if not instance else -1 - number)
        if found is not None:
            return found
        if number in self._making or len(self._making) > 50:
            raise CodecError("a class that is its own base")
        self._making.add(number)
        try:
            facts = self.link.ask("class", object=number)
            made = self._make(number, facts if type(facts) is dict else {}, instance)
        finally:
            self._making.discard(number)
        self._here[-1 - number if instance else number] = made
        if not instance or not issubclass(made, Exception):
            self._here.setdefault(number, made)
            self._here.setdefault(-1 - number, made)
            self._numbers[id(self._here[number])] = number
        return made

    def _make(self, number: int, facts: dict, instance: bool) -> type:
        name = facts.get("name")
        name = name[:100] if type(name) is str and name.isidentifier() else "Learner"
        kind = _EXCEPTION_BASES.get(facts.get("exception")) if type(facts.get("exception")) is str else None
        if kind is not None and not instance:
            bases = (LearnerError,) if kind is Exception else (LearnerError, kind)
            try:
                return type(name, bases, {"__module__": "__main__"})
            except TypeError:
                return type(name, (LearnerError,), {"__module__": "__main__"})
        anchored = facts.get("module") == "__main__" and name in self.anchors
        where, library = facts.get("module"), facts.get("library")

        def claim(load: bool) -> type | None:
            """Looked up when it is asked for: a test may import the library later. ``load``: for ``type(x)``."""
            if where == "__main__":
                return None if load else self.claims.shadow(name, library)
            return self.claims.library([where, name], load)

        space: dict[str, object] = {
            "__module__": "__main__" if anchored else "learner", "_academy_link": self.link, "_academy_number": number,
            "_academy_claim": staticmethod(claim), "__hash__": object.__hash__,
        }
        doc, call = facts.get("doc"), self.facts.signature_of(name) if anchored else None
        if type(doc) is str:
            space["__doc__"] = doc[:10000]
        if call is not None:
            space["__signature__"] = call
        claims = facts.get("dunders")
        for dunder in claims if type(claims) is list else []:
            if type(dunder) is str and dunder in DUNDERS and (dunder in _ALWAYS or anchored):
                space[dunder] = _FORWARDS[dunder]
        bases = []
        for base in facts.get("bases") or [] if type(facts.get("bases")) is list else []:
            if type(base) is int and len(bases) < 20:
                one = self._class(base, instance=True)
                if issubclass(one, Mirror) and one not in bases:
                    bases.append(one)
        given = self.claims.given(name) if where == "__main__" else None
        for bases in ([*bases, Mirror, given], bases, [Mirror]) if given is not None else (bases, [Mirror]):
            try:
                made = MirrorClass(name, tuple(bases) or (Mirror,), space)
                object.__new__(made)
                if isinstance(given, abc.ABCMeta):
                    given.register(made)
                return made
            except TypeError:
                continue
        raise CodecError("a class that cannot be shown")


_EXCEPTION_BASES = {
    n: e for n, e in vars(builtins).items()
    if isinstance(e, type) and issubclass(e, Exception) and e not in (StopIteration, StopAsyncIteration)}
