"""T's end of the line to L: one request at a time, answered with plain values, numbers of objects, or an exception.

Rules
- An answer carries the number of its request; anything else means L cannot be believed any more, and the line is dead.
- The learner's exceptions come back as built-in ones by name, or as LearnerError; only ``Exception`` and below, and
  StopIteration only where an iterator was asked (elsewhere it would silently end a loop of the test).
- Arguments are copied in and, where they changed, copied out into the caller's own objects.
- What a test passes and L cannot copy is lent (`lent`). What tests changed since the last request goes along with the
  next one; what a call changed comes back with its answer (`riders`).
"""
from __future__ import annotations

import sys
from collections.abc import Callable

from .clock import Alarm, Late, Stopwatch, monotonic
from .codec import CodecError, decode, encode
from .errors import EXCEPTIONS, LearnerError, LearnerGone, library_exception, theirs
from .frames import Channel, ChannelError
from .lent import INPUT, Loans
from .tracked import Tracked
from .update import update

__all__ = ["LearnerError", "LearnerGone", "Link"]

MAX_CALLBACKS = 100_000
_ITERATION = ("__next__", "send", "throw", "close")


class Link:
    def __init__(self, channel: Channel) -> None:
        self.channel, self.dead, self.number = channel, False, 0
        self.alarm, self.late = Alarm(), False  # late: the cell under way has used its time
        self.deadline: float | None = None
        self.codec, self.watch = 0.0, Stopwatch()
        self.calls = 0
        self.waiting: set[int] = set()      # requests posted and not yet answered
        self.early: dict[int, dict] = {}    # answers that came while another was read
        self.riders: dict[str, object] = {}  # set by T: what goes along with requests and answers
        self.mirrors = None  # set by Mirrors: numbers <-> what stands for them here
        self.input: Callable = input
        self.given: Callable[[str], object] = lambda name: None
        self.loans = Loans(lambda name: self.given(name))
        self.tracked = Tracked(self._handle)

    # -- the line
    def request(self, op: str, **fields) -> dict:
        return self.answer(self.post(op, **fields))

    def post(self, op: str, **fields) -> int:
        """Send a request whose `answer` is read later; returns its number."""
        if self.dead:
            raise LearnerGone
        for name, rider in self.riders.items():
            if news := rider.news():
                fields[name] = news
        if changes := self.tracked.news():
            fields["pushes"] = changes
        if self.deadline is not None:
            fields["left"] = max(self.deadline - monotonic(), 0.01)
        self.number += 1
        self.waiting.add(self.number)
        self.alarm.busy = True
        try:
            self.channel.send({"op": op, "n": self.number, **fields})
        except ChannelError as error:
            if "allowed" in str(error):
                self.waiting.discard(self.number)
                raise LearnerError("an argument is too large") from None
            self._lost()
        finally:
            self.alarm.busy = False
        return self.number

    def answer(self, number: int) -> dict:
        while number not in self.early:
            self.alarm.busy = True
            try:
                message = self.channel.receive()
            except ChannelError:
                self._lost()
            finally:
                self.alarm.busy = False
            if type(message) is not dict:
                self._lost()
            if "callback" in message:
                self._called(message)
            elif type(message.get("n")) is int and message["n"] in self.waiting:
                self.waiting.discard(message["n"])
                self.early[message["n"]] = message
            else:
                self._lost()
        answer = self.early.pop(number)
        if answer.get("late") is True:
            self.late = True
            raise Late
        return answer

    def _lost(self) -> None:
        self.dead = True
        self.channel.close()
        raise LearnerGone

    # -- calls
    def call(self, number: int, args: tuple, kwargs: dict, name: str | None = None) -> object:
        """Call L's object ``number``, or its method ``name``."""
        started, codec, before = monotonic(), self.codec, self.loans.begin()
        try:
            trees = [self.encode(a) for a in args]
            fields = {"name": name} if name is not None else {}
            answer = self.request("call", object=number, args=trees, **fields,
                                  kwargs={k: self.encode(v) for k, v in kwargs.items()})
        finally:
            self.loans.end(before)
        self._along(answer)
        given = dict(enumerate(args)) | kwargs
        for key, tree in self._pairs(answer.get("changed"), given):
            update(given[key], self.decode(tree))
        for key, held in self._pairs(answer.get("held"), given):
            self.tracked.hold(held, given[key])
        tree = self._value(answer, iterating=name in _ITERATION)
        if type(tree) is list and len(tree) == 2 and tree[0] == "argument" and tree[1] in range(len(args)):
            return args[tree[1]]
        value = self.take(answer, tree)
        self.watch.leave_out(started, self.codec - codec)
        return value

    def get(self, number: int, name: str) -> object:
        answer = self.request("get", object=number, name=name)
        self._along(answer)
        return self.take(answer, self._value(answer))

    def take(self, answer: dict, tree: object) -> object:
        """The value of an answer; the copy that already stands for it, if there is one."""
        return self.tracked.take(answer.get("kept"), self.decode(tree), tree)

    def _along(self, answer: dict) -> None:
        """What came with an answer: printed text, and what the riders take."""
        text = answer.get("out")
        if type(text) is str and text:
            sys.stdout.write(text)
        for name, rider in self.riders.items():
            if name in answer and hasattr(rider, "take"):
                rider.take(answer[name])

    def set(self, number: int, name: str, value: object) -> None:
        self._value(self.request("set", object=number, name=name, value=self.encode(value)))

    def delete(self, number: int, name: str) -> None:
        self._value(self.request("delete", object=number, name=name))

    def ask(self, op: str, **fields) -> object:
        """An answer's value as it came: a JSON tree."""
        return self._value(self.request(op, **fields))

    @staticmethod
    def _pairs(tree: object, known: dict) -> list[list]:
        """The pairs in ``tree`` whose first part is a key of ``known``."""
        return [pair for pair in tree if type(pair) is list and len(pair) == 2 and type(pair[0]) in (int, str)
                and pair[0] in known] if type(tree) is list else []

    @staticmethod
    def _list(tree: object) -> list:
        return tree if type(tree) is list else []

    def _value(self, answer: dict, iterating: bool = False) -> object:
        if "error" in answer:
            raise self._exception(answer["error"], iterating)
        return answer.get("value")

    # -- values
    def encode(self, value: object) -> object:
        started = monotonic()
        try:
            return encode(value, self._escape)
        except CodecError as error:
            raise TypeError(f"this cannot be given to the learner's code: {error}") from None
        finally:
            self.codec += monotonic() - started

    def decode(self, tree: object) -> object:
        started = monotonic()
        try:
            return decode(tree, self._resolve)
        except CodecError as error:
            raise theirs(LearnerError(f"what the learner's code gave cannot cross: {error}")) from None
        finally:
            self.codec += monotonic() - started

    def _resolve(self, tag: str, parts: list) -> object:
        if tag == "lent" and len(parts) == 1:
            try:
                return self.loans.find(parts[0])
            except KeyError:
                raise CodecError("nothing that was lent") from None
        return self.mirrors.resolve(tag, parts)

    def _handle(self, value: object) -> list:
        number = self.mirrors.number(value)
        if number is None:
            raise CodecError("no plain value")
        return ["object", number]

    def _escape(self, value: object) -> list:
        number = self.mirrors.number(value)
        return self.loans.tree(value) if number is None else ["object", number]

    def _called(self, message: dict) -> None:
        """L uses a function or an object of the test, during a call of the test."""
        self.calls += 1
        try:
            target = self.input if message.get("callback") == INPUT else self.loans.find(message.get("callback"))
        except KeyError:
            self._lost()
        if self.calls > MAX_CALLBACKS:
            self._lost()
        serious = None
        try:
            args = [self.decode(t) for t in self._list(message.get("args"))]
            kwargs = message.get("kwargs")
            named = {str(k): self.decode(t) for k, t in kwargs.items()} if type(kwargs) is dict else {}
            answer = {"value": self.encode(self.loans.use(target, message.get("name"), args, named))}
        except BaseException as error:
            name = type(error).__name__
            answer = {"error": name if name in EXCEPTIONS else "RuntimeError"}
            serious = None if isinstance(error, Exception) else error
        if not self.dead:
            try:
                self.channel.send(answer)
            except ChannelError:
                self._lost()
        if serious is not None:  # the cell's time is over, or L is gone: not for a callback to hide
            raise serious

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
        kind = EXCEPTIONS.get(name) if type(name) is str else None
        if kind is not None and issubclass(kind, (StopIteration, StopAsyncIteration)) and not iterating:
            kind, args = LearnerError, [name]
        if type(tree.get("class")) is int:
            found = library_exception(tree.get("module"), tree.get("name"))
            kind = found or self.mirrors.exception(tree["class"], kind) if not iterating or kind is None else kind
        try:
            return theirs((kind or LearnerError)(*args))
        except Exception:
            return theirs(LearnerError(message))
