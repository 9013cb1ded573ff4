"""T's end of the line to L: one request at a time, answered with plain values, numbers of objects, or an exception.

Rules
- An answer carries the number of its request; anything else means L cannot be believed any more, and the line is dead.
- The learner's exceptions come back as built-in ones by name, or as LearnerError; only ``Exception`` and below, and
  StopIteration only where an iterator was asked (elsewhere it would silently end a loop of the test).
- Arguments are copied in and, where they changed, copied out into the caller's own objects.
- A function or object of the test that L may use lives exactly as long as the call it was passed to. Of an object L
  reaches public attributes and methods and a few protocols; of a function nothing but the call; of a module, a class, a
  frame nothing at all.
"""
from __future__ import annotations

import builtins
import collections
import sys
import types
from collections.abc import Callable

from .codec import CodecError, decode, encode
from .frames import Channel, ChannelError
from .objects import LENT

__all__ = ["LearnerError", "LearnerGone", "Link"]

MAX_CALLBACKS = 100_000
_LIBRARIES = ("numpy.", "pandas.", "scipy.", "sklearn.", "torch.", "opendp.", "json.", "decimal.", "statsmodels.")
_CALLABLE = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.LambdaType)
_ITERATION = ("__next__", "send", "throw", "close")


class LearnerError(Exception):
    """An exception of a class the learner defined, or one that has no meaning here."""


class LearnerGone(BaseException):
    """L has ended, or what it sends is no protocol. No test may go on, whatever it catches."""


class Link:
    def __init__(self, channel: Channel) -> None:
        self.channel, self.dead, self.number = channel, False, 0
        self.callbacks: dict[int, Callable] = {}
        self.calls = 0
        self.lent = 0
        self.waiting: set[int] = set()      # requests posted and not yet answered
        self.early: dict[int, dict] = {}    # answers that came while another was read
        self.seeds: list[list] = []         # seeds the test has set, for L to set before the next request
        self.bans = None    # set by T: what a test has taken out of a library
        self.mirrors = None  # set by Mirrors: numbers <-> what stands for them here

    # -- the line
    def request(self, op: str, **fields) -> dict:
        return self.answer(self.post(op, **fields))

    def post(self, op: str, **fields) -> int:
        """Send a request whose `answer` is read later; returns its number."""
        if self.dead:
            raise LearnerGone
        self.number += 1
        self.waiting.add(self.number)
        if self.bans is not None and (news := self.bans.news()):
            fields["bans"] = news
        if self.seeds:
            fields["seeds"], self.seeds = self.seeds, []
        try:
            self.channel.send({"op": op, "n": self.number, **fields})
        except ChannelError as error:
            if "allowed" in str(error):
                self.waiting.discard(self.number)
                raise LearnerError("an argument is too large") from None
            self._lost()
        return self.number

    def answer(self, number: int) -> dict:
        while number not in self.early:
            try:
                message = self.channel.receive()
            except ChannelError:
                self._lost()
            if type(message) is not dict:
                self._lost()
            if "callback" in message:
                self._called(message)
            elif type(message.get("n")) is int and message["n"] in self.waiting:
                self.waiting.discard(message["n"])
                self.early[message["n"]] = message
            else:
                self._lost()
        return self.early.pop(number)

    def _lost(self) -> None:
        self.dead = True
        self.channel.close()
        raise LearnerGone

    # -- calls
    def call(self, number: int, args: tuple, kwargs: dict, name: str | None = None) -> object:
        """Call L's object ``number``, or its method ``name``."""
        before = set(self.callbacks)
        try:
            trees = [self.encode(a) for a in args]
            fields = {"name": name} if name is not None else {}
            answer = self.request("call", object=number, args=trees, **fields,
                                  kwargs={k: self.encode(v) for k, v in kwargs.items()})
        finally:
            for key in set(self.callbacks) - before:
                del self.callbacks[key]
        self._print(answer)
        for change in self._list(answer.get("changed", [])):
            if type(change) is list and len(change) == 2 and type(change[0]) is int and 0 <= change[0] < len(args):
                update(args[change[0]], self.decode(change[1]))
        tree = self._value(answer, iterating=name in _ITERATION)
        if type(tree) is list and len(tree) == 2 and tree[0] == "argument" and tree[1] in range(len(args)):
            return args[tree[1]]
        return self.decode(tree)

    def get(self, number: int, name: str) -> object:
        return self.decode(self._value(self.request("get", object=number, name=name)))

    def set(self, number: int, name: str, value: object) -> None:
        self._value(self.request("set", object=number, name=name, value=self.encode(value)))

    def delete(self, number: int, name: str) -> None:
        self._value(self.request("delete", object=number, name=name))

    def ask(self, op: str, **fields) -> object:
        """An answer's value as it came: a JSON tree."""
        return self._value(self.request(op, **fields))

    def _print(self, answer: dict) -> None:
        text = answer.get("out")
        if type(text) is str and text:
            sys.stdout.write(text)

    @staticmethod
    def _list(tree: object) -> list:
        return tree if type(tree) is list else []

    def _value(self, answer: dict, iterating: bool = False) -> object:
        if "error" in answer:
            raise self._exception(answer["error"], iterating)
        return answer.get("value")

    # -- values
    def encode(self, value: object) -> object:
        try:
            return encode(value, self._escape)
        except CodecError as error:
            raise TypeError(f"this cannot be given to the learner's code: {error}") from None

    def decode(self, tree: object) -> object:
        try:
            return decode(tree, self._resolve)
        except CodecError as error:
            raise _theirs(LearnerError(f"what the learner's code gave cannot cross: {error}")) from None

    def _resolve(self, tag: str, parts: list) -> object:
        if tag == "lent" and len(parts) == 1 and type(parts[0]) is int and parts[0] in self.callbacks:
            return self.callbacks[parts[0]]
        return self.mirrors.resolve(tag, parts)

    def _escape(self, value: object) -> list:
        number = self.mirrors.number(value)
        if number is not None:
            return ["object", number]
        if isinstance(value, _CALLABLE) or type(value).__name__ in ("partial", "ufunc", "_ArrayFunctionDispatcher"):
            return ["callback", self._lend(value)]
        if isinstance(value, (type, types.ModuleType, types.FrameType, types.TracebackType, types.CodeType)):
            raise CodecError(f"a {type(value).__name__}")
        return ["lent", self._lend(value), [name for name in LENT if hasattr(type(value), name)]]

    def _lend(self, value: object) -> int:
        key = next((k for k, v in self.callbacks.items() if v is value), None)
        if key is None:
            self.lent += 1
            key = self.lent
            self.callbacks[key] = value
        return key

    def _use(self, value: object, name: object, args: list, kwargs: dict) -> object:
        """What L does with what it was lent."""
        if name is None:
            if not isinstance(value, _CALLABLE) and not callable(value):
                raise TypeError
            return value(*args, **kwargs)
        if type(name) is not str or isinstance(value, _CALLABLE):
            raise AttributeError
        if name.startswith("."):
            if name.startswith("._"):
                raise AttributeError
            return getattr(value, name[1:])
        if name not in LENT:
            raise AttributeError
        return getattr(type(value), name)(value, *args, **kwargs)

    def _called(self, message: dict) -> None:
        """L uses a function or an object of the test, during a call of the test."""
        self.calls += 1
        function = self.callbacks.get(message.get("callback")) if type(message.get("callback")) is int else None
        if function is None or self.calls > MAX_CALLBACKS:
            self._lost()
        try:
            args = [self.decode(t) for t in self._list(message.get("args"))]
            kwargs = message.get("kwargs")
            named = {str(k): self.decode(t) for k, t in kwargs.items()} if type(kwargs) is dict else {}
            answer = {"value": self.encode(self._use(function, message.get("name"), args, named))}
        except Exception as error:
            name = type(error).__name__
            answer = {"error": name if name in _EXCEPTIONS else "RuntimeError"}
        try:
            self.channel.send(answer)
        except ChannelError:
            self._lost()

    # -- exceptions
    def _exception(self, tree: object, iterating: bool) -> Exception:
        if type(tree) is not dict:
            self._lost()
        name, message = tree.get("type"), tree.get("message")
        message = message if type(message) is str else ""
        try:
            args = [decode(a) for a in self._list(tree.get("args"))]
        except CodecError:
            args = [message]
        kind = _EXCEPTIONS.get(name) if type(name) is str else None
        if kind is not None and issubclass(kind, (StopIteration, StopAsyncIteration)) and not iterating:
            kind, args = LearnerError, [name]
        if type(tree.get("class")) is int:
            found = library_exception(tree.get("module"), tree.get("name"))
            kind = found or self.mirrors.exception(tree["class"], kind) if not iterating or kind is None else kind
        try:
            return _theirs((kind or LearnerError)(*args))
        except Exception:
            return _theirs(LearnerError(message))


def _theirs(error: Exception) -> Exception:
    """Mark an exception as the learner's own."""
    error.from_learner = True
    return error


def library_exception(module: object, name: object) -> type | None:
    """An exception class of a well-known library that is loaded here, by the name L claims."""
    if type(module) is not str or type(name) is not str or not f"{module}.".startswith(_LIBRARIES):
        return None
    found = vars(sys.modules.get(module, types.ModuleType(""))).get(name)
    return found if isinstance(found, type) and issubclass(found, Exception) else None


_EXCEPTIONS = {n: e for n, e in vars(builtins).items() if isinstance(e, type) and issubclass(e, Exception)}


def update(old: object, new: object) -> None:
    """Make ``old`` hold what ``new`` holds, in place, where both are of one kind that can change."""
    kind = type(old)
    if kind is not type(new):
        return
    if kind is list:
        for index, (a, b) in enumerate(zip(old, new, strict=False)):
            if type(a) in _MUTABLE and type(a) is type(b):
                update(a, b)
            else:
                old[index] = b
        del old[len(new):]
        old.extend(new[len(old):])
    elif kind in (dict, collections.OrderedDict, collections.defaultdict, collections.Counter):
        kept = {k: old[k] for k in new if k in old and type(old[k]) in _MUTABLE and type(old[k]) is type(new[k])}
        for key, value in kept.items():
            update(value, new[key])
        old.clear()
        for key, value in new.items():
            old[key] = kept.get(key, value)
    elif kind is set:
        old.clear()
        old.update(new)
    elif kind in (bytearray, collections.deque):
        old.clear()
        old.extend(new)
    elif kind.__module__ == "numpy" and kind.__name__ == "ndarray":
        if old.shape == new.shape and old.dtype == new.dtype and old.flags.writeable:
            old[...] = new
    elif kind.__module__.startswith("pandas") and kind.__name__ in ("DataFrame", "Series"):
        old._update_inplace(new)
    elif kind.__name__ in ("StringIO", "BytesIO"):
        old.seek(0)
        old.truncate()
        old.write(new.getvalue())
        old.seek(new.tell())


_MUTABLE = (list, dict, set, bytearray, collections.deque, collections.OrderedDict, collections.defaultdict,
            collections.Counter)
