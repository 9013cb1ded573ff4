"""What a test passes to the learner's code and L cannot copy: functions, and objects of the instructor's classes.

Rules
- A function lives exactly as long as the call it was passed to; nothing but the call of it is offered.
- An object keeps its number for the whole run, so that it comes back as itself. L reaches public attributes and methods
  and a few protocols of it; of a module, a class, a frame nothing at all.
- An object of a class that the instructor gave (both sides have it) is an object of that class in L too: its methods run
  in L, its own attributes are read and set in T. What the class defines is never replaced from L.
"""
from __future__ import annotations

import inspect
import types
from collections.abc import Callable

from .codec import CodecError

__all__ = ["INPUT", "Borrowed", "Loans"]

INPUT = 0  # the number of the test's input()
MAX_LOANS = 20_000
_PROTOCOLS = ("__len__", "__iter__", "__next__", "__getitem__", "__contains__", "__str__", "__float__", "__int__", "__bool__",
              "__call__")
_CALLABLE = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
_CLOSED = (type, types.ModuleType, types.FrameType, types.TracebackType, types.CodeType)
_FUNCTIONS = ("partial", "ufunc", "_ArrayFunctionDispatcher")


class Loans:
    """T's side: numbers for what is lent, and what L may do with it."""

    def __init__(self, given: Callable[[str], object]) -> None:
        """``given(name)``: what the instructor's cells bound here under a name."""
        self._given = given
        self._functions: dict[int, Callable] = {}
        self._objects: dict[int, object] = {}
        self._numbers: dict[int, int] = {}  # id of an object -> its number
        self._next = INPUT

    def begin(self) -> set[int]:
        """What is lent before a call; to be handed to `end`."""
        return set(self._functions)

    def end(self, before: set[int]) -> None:
        for key in set(self._functions) - before:
            del self._functions[key]

    def tree(self, value: object) -> list:
        """The tree of a loan. Raises CodecError for what is never lent."""
        if isinstance(value, _CALLABLE) or type(value).__name__ in _FUNCTIONS:
            key = next((k for k, v in self._functions.items() if v is value), None)
            if key is None:
                key = self._number()
                self._functions[key] = value
            return ["callback", key]
        if isinstance(value, _CLOSED):
            raise CodecError(f"a {type(value).__name__}")
        key = self._numbers.get(id(value))
        if key is None:
            key = self._number()
            self._objects[key], self._numbers[id(value)] = value, key
        kind = type(value)
        return ["lent", key, [n for n in _PROTOCOLS if hasattr(kind, n)], kind.__name__ if self._is_given(kind) else None]

    def _number(self) -> int:
        self._next += 1
        if self._next > MAX_LOANS:
            raise CodecError("too many objects")
        return self._next

    def _is_given(self, kind: type) -> bool:
        return kind.__module__ == "__main__" and self._given(kind.__name__) is kind

    def find(self, key: object) -> object:
        """What is lent under ``key``. Raises KeyError."""
        if type(key) is not int:
            raise KeyError(key)
        return self._functions[key] if key in self._functions else self._objects[key]

    def use(self, value: object, name: object, args: list, kwargs: dict) -> object:
        """What L does with what it was lent."""
        if name is None:
            if not callable(value):
                raise TypeError
            return value(*args, **kwargs)
        if type(name) is not str or isinstance(value, _CALLABLE) or name.startswith((".__", "=__", "~__")):
            raise AttributeError
        given = self._is_given(type(value))
        if name.startswith("."):
            if name.startswith("._") and not (given and name[1:] in vars(value)):
                raise AttributeError
            return getattr(value, name[1:])
        if name[:1] in ("=", "~"):
            own = inspect.getattr_static(type(value), name[1:], None)
            if not given or callable(own) or isinstance(own, (property, classmethod, staticmethod)):
                raise AttributeError
            return setattr(value, name[1:], *args) if name[0] == "=" else delattr(value, name[1:])
        if name not in _PROTOCOLS:
            raise AttributeError
        return getattr(type(value), name)(value, *args, **kwargs)


class Borrowed:
    """L's side: one stand-in for each number. ``ask(key, name, args, kwargs)`` uses what is lent."""

    def __init__(self, ask: Callable, space: dict[str, object]) -> None:
        self._ask, self._space = ask, space
        self._things: dict[tuple[str, int], object] = {}
        self._keys: dict[int, int] = {}

    def key(self, value: object) -> int | None:
        """The number of a stand-in."""
        return self._keys.get(id(value))

    def get(self, tag: str, parts: list) -> object:
        found = self._things.get((tag, parts[0]))
        if found is None:
            found = self._function(parts[0]) if tag == "callback" else self._object(*parts)
            self._things[tag, parts[0]] = found
            self._keys[id(found)] = parts[0]
        return found

    def _function(self, key: int) -> Callable:
        return lambda *args, **kwargs: self._ask(key, None, args, kwargs)

    def _object(self, key: int, protocols: list[str], given: str | None) -> object:
        def protocol(name: str):
            return lambda self, *args, **kwargs: ask(key, name, args, kwargs)

        ask, kind = self._ask, self._space.get(given) if given else None
        if isinstance(kind, type):
            try:
                return object.__new__(_given_class(kind, key, ask))
            except TypeError:
                pass
        space = {name: protocol(name) for name in protocols if name in _PROTOCOLS}
        space["__getattr__"] = lambda self, name: ask(key, "." + name, (), {})
        return type("Lent", (), space)()


def _given_class(kind: type, key: int, ask: Callable) -> type:
    """A class whose objects have ``kind``'s methods here and their attributes in T."""
    def read(self, name: str):
        own = inspect.getattr_static(kind, name, None)
        if name.startswith("__") or callable(own) or isinstance(own, (property, classmethod, staticmethod)):
            return object.__getattribute__(self, name)
        return ask(key, "." + name, (), {})

    return type(kind.__name__, (kind,), {
        "__getattribute__": read, "__module__": kind.__module__,
        "__setattr__": lambda self, name, value: ask(key, "=" + name, (value,), {}),
        "__delattr__": lambda self, name: ask(key, "~" + name, (), {})})
