"""L's objects that are no plain values: numbered, so that T can name them in a call.

What L says about an object (its kind, its class, which methods it has) is a claim. T takes it as one.
"""
from __future__ import annotations

import types

from .codec import CodecError

__all__ = ["DUNDERS", "Objects", "builtin_exception"]

MAX_OBJECTS = 100_000
_NAMES = (
    "len iter next reversed getitem setitem delitem contains call str repr format bool int float index "
    "complex array hash abs neg pos invert round enter exit eq ne lt le gt ge add sub mul truediv "
    "floordiv mod divmod pow matmul and or xor lshift rshift radd rsub rmul rtruediv rfloordiv rmod rpow "
    "rmatmul rand ror rxor iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor"
)
DUNDERS = frozenset(f"__{name}__" for name in _NAMES.split())


def builtin_exception(kind: type) -> str | None:
    """The name of the nearest built-in exception ``kind`` is, below Exception."""
    for base in kind.__mro__:
        if base.__module__ == "builtins" and issubclass(base, Exception):
            return base.__name__
    return None


class Objects:
    """Numbers for objects, and back. One object has one number for the whole run."""

    def __init__(self) -> None:
        self._objects: list[object] = []
        self._numbers: dict[int, int] = {}
        self.borrowed = None  # what T lent

    def number(self, value: object) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            if len(self._objects) >= MAX_OBJECTS:
                raise CodecError("too many objects")
            number = self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)
        return number

    def find(self, number: object) -> object:
        if type(number) is not int or not 0 <= number < len(self._objects):
            raise CodecError("no such object")
        return self._objects[number]

    def escape(self, value: object) -> list:
        """The tree that stands for an object."""
        kind = type(value)
        key = self.borrowed.key(value) if self.borrowed is not None else None
        if key is not None:
            return ["lent", key]
        if kind is types.ModuleType:
            return ["module", kind.__getattribute__(value, "__name__")]
        if issubclass(kind, type):
            return ["type", self.number(value)]
        if kind is types.FunctionType:
            return ["function", self.number(value), value.__name__, value.__qualname__]
        if kind is types.MethodType or kind is types.BuiltinMethodType:
            return ["method", self.number(value), value.__name__, str(getattr(value, "__qualname__", ""))]
        return ["handle", self.number(value), self.number(kind)]

    def describe(self, number: int) -> dict:
        """What a class claims to be."""
        kind = self.find(number)
        if not isinstance(kind, type):
            raise CodecError("not a class")
        own = [b for b in kind.__bases__ if b.__module__ == "__main__"]
        foreign = [b for k in kind.__mro__ if k.__module__ == "__main__" for b in k.__bases__ if b.__module__ not in (
            "__main__", "builtins", "abc", "typing")]
        return {
            "name": kind.__name__, "module": str(kind.__module__),
            "library": [[str(b.__module__), b.__name__] for b in foreign[:5]],
            "doc": kind.__doc__ if type(kind.__doc__) is str else None,
            "bases": [self.number(b) for b in own],
            "dunders": sorted(name for name in DUNDERS if any(
                name in vars(b) and vars(b)[name] is not None for b in kind.__mro__ if b is not object)),
            "exception": builtin_exception(kind) if issubclass(kind, BaseException) else None,
        }
