"""L: runs the learner's cells and answers T's calls. Nothing in here is trusted once the first cell has run.

L gets the source of a cell when T wants it run, and arguments when T calls: never a test, never an expected value.
What L answers is plain values and numbers of objects; what it prints travels with the answer of a call, and ends in T.
"""
from __future__ import annotations

import builtins
import hashlib
import json
import os
import random
import socket
import sys
import threading

from .bans import apply
from .clock import Alarm, Late
from .codec import CodecError, decode, encode
from .files import unpack
from .frames import Channel, ChannelError
from .isolate import WORK
from .lent import INPUT, Borrowed
from .objects import Objects, builtin_exception
from .outputs import read
from .owned import Names
from .shell import Output, Shell
from .streams import LearnerStreams
from .tracked import Kept

__all__ = ["LearnerSide", "reseed"]

_MISSING = object()
_SHARED = 4  # references to a value that nothing but its answer holds: two names, two calls


def reseed(seed: int, side: str) -> None:
    """The random streams of a fresh process: the same for the same seed, different in L and in T."""
    number = int.from_bytes(hashlib.sha256(f"{side}:{seed}".encode()).digest()[:4], "big")
    random.seed(number)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(number)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(number)


class LearnerSide:
    """The side's work, as the fork server runs it."""

    def __init__(self) -> None:
        self.shell: Shell | None = None

    def warm(self) -> None:
        """Once, in the server: what every child needs."""
        sys.stdout = sys.stderr = self.output = Output()
        self.shell = Shell()
        encode(0)  # learn the types of what is preloaded

    def __call__(self, fds: list[int], bounds) -> None:
        """``fds``: the socket to T, the shared files."""
        unpack(fds[1], WORK)
        os.close(fds[1])
        _Session(Channel(socket.socket(fileno=fds[0])), self.shell, self.output).serve()


class _Session:
    def __init__(self, channel: Channel, shell: Shell, output: Output) -> None:
        self.channel, self.shell, self.output = channel, shell, output
        self.space = shell.open()
        self.objects, self.kept = Objects(), Kept()
        self.borrowed = self.objects.borrowed = Borrowed(self._ask, self.space)
        self.names, self.streams = Names(self.space, self._encode), LearnerStreams()
        self.thread = threading.get_ident()
        self.depth = 0
        builtins.input = lambda prompt="": self._input(prompt)
        self.alarm = Alarm()

    def serve(self) -> None:
        while True:
            try:
                request = self.channel.receive()
            except ChannelError:
                return
            self._answer(request)

    def _answer(self, request: dict) -> None:
        outer = self.output.parts, self.output.left
        self.output.start()
        self.depth += 1
        try:
            try:
                apply(request.get("bans", ()))
                self.streams.apply(request.get("streams", {}).get("states", ()))
                self.streams.begin(request.get("streams", {}).get("seeded", ()))
                self.names.apply(request.get("bound", ()), self._decode)
                for number, tree in request.get("pushes", ()):
                    self.kept.push(number, self._decode(tree))
                if self.depth == 1 and "left" in request:
                    self.alarm.set(request["left"])
                answer = getattr(self, f"_do_{request['op']}")(request)
            finally:
                if self.depth == 1:
                    self.alarm.set(None)
        except Late:
            answer = {"late": True}
        except BaseException as error:
            answer = {"error": self._error(error)}
        if request["op"] in ("call", "get") and (bound := self.names.changed()):
            answer["bound"] = bound
        if drawn := self.streams.changed():
            answer["streams"] = drawn
        answer["out"] = self.output.take()
        answer["n"] = request["n"]
        self.output.parts, self.output.left = outer
        self.depth -= 1
        try:
            self.channel.send(answer)
        except (ChannelError, ValueError, RecursionError):
            self.channel.send({"n": request["n"], "error": {"type": "", "message": "too large", "args": []}})

    # -- operations
    def _do_start(self, request: dict) -> dict:
        reseed(request["seed"], "L")
        self.names.watch(request["watch"])
        return {"value": None}

    def _do_cell(self, request: dict) -> dict:
        raised = self.shell.run(request["source"])
        if isinstance(raised, Late):
            raise raised
        self.names.settle()
        return {"value": raised is not None}

    def _do_last(self, request: dict) -> dict:
        """The value of the last expression of the cell before."""
        return {"value": self._encode(self.shell.last)}

    def _do_figure(self, request: dict) -> dict:
        """pyplot's current figure or axes, or the numbers of its figures."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        return {"value": self._encode(getattr(pyplot, request["name"])())}

    def _do_files(self, request: dict) -> dict:
        return {"value": read(request["names"])}

    def _do_names(self, request: dict) -> dict:
        """The values of names; what is not bound is left out. ``imports``: name -> [module, attribute or None]."""
        found, kept = {}, {}
        for name in request["names"]:
            value = self.space.get(name, _MISSING)
            if value is _MISSING:
                continue
            where = request["imports"].get(name)
            if where is not None and _imported(*where) is value:
                found[name] = ["import"]
                continue
            try:
                found[name] = self._encode(value)
            except Exception:
                found[name] = ["unreadable"]
                continue
            number = self.kept.number(value, 0)
            if number is not None:
                kept[name] = number
        return {"value": found, "kept": kept}

    def _do_call(self, request: dict) -> dict:
        """Call an object, or (``name``) a method of it; say which arguments changed."""
        target = self.objects.find(request["object"])
        name = request.get("name")
        trees = request["args"]
        args = [self._decode(t) for t in trees]
        keywords = {k: self._decode(t) for k, t in request["kwargs"].items()}
        if name is None:
            value = target(*args, **keywords)
        elif name.startswith("__") and name != "__array__":
            value = getattr(type(target), name)(target, *args, **keywords)
        elif name == "__array__":
            import numpy
            value = numpy.asarray(getattr(type(target), name)(target))
        else:
            value = getattr(target, name)(*args, **keywords)
        changed, held = [], []
        for key in (*range(len(args)), *keywords):
            before, after = (trees[key], args[key]) if type(key) is int else (request["kwargs"][key], keywords[key])
            if type(before) is list and before[0] not in ("object", "callback", "lent"):
                tree = self._encode(after)
                if json.dumps(tree) != json.dumps(before):
                    changed.append([key, tree])
                number = self.kept.number(after, _SHARED)
                if number is not None:
                    held.append([key, number])
        found = {"changed": changed, "held": held}
        for index, argument in enumerate(args):
            if value is argument and type(trees[index]) is list:
                return {"value": ["argument", index], **found}
        return self._given(value) | found

    def _do_get(self, request: dict) -> dict:
        value = getattr(self.objects.find(request["object"]), request["name"])
        return self._given(value)

    def _do_set(self, request: dict) -> dict:
        setattr(self.objects.find(request["object"]), request["name"], self._decode(request["value"]))
        return {"value": None}

    def _do_delete(self, request: dict) -> dict:
        delattr(self.objects.find(request["object"]), request["name"])
        return {"value": None}

    def _do_list(self, request: dict) -> dict:
        return {"value": encode([n for n in dir(self.objects.find(request["object"])) if type(n) is str])}

    def _do_copy(self, request: dict) -> dict:
        import copy
        value = self.objects.find(request["object"])
        return {"value": self._encode(copy.deepcopy(value) if request["deep"] else copy.copy(value))}

    def _do_class(self, request: dict) -> dict:
        return {"value": self.objects.describe(request["object"])}

    # -- values
    def _encode(self, value: object) -> object:
        return encode(value, self.objects.escape)

    def _given(self, value: object) -> dict:
        """An answer that gives ``value``, with a number if it can change and something else in L refers to it."""
        number = self.kept.number(value, _SHARED)
        return {"value": self._encode(value)} if number is None else {"value": self._encode(value), "kept": number}

    def _decode(self, tree: object) -> object:
        return decode(tree, self._resolve)

    def _resolve(self, tag: str, parts: list) -> object:
        if tag == "object":
            return self.objects.find(parts[0])
        if tag in ("callback", "lent"):
            return self.borrowed.get(tag, parts)
        raise CodecError("not a tree")

    def _ask(self, key: int, name: str | None, args: tuple, kwargs: dict) -> object:
        """Use something of T's, during T's call of us."""
        if threading.get_ident() != self.thread:
            raise RuntimeError("what a test passes works in the main thread only")
        message = {"callback": key, "name": name, "args": [self._encode(a) for a in args],
                   "kwargs": {k: self._encode(v) for k, v in kwargs.items()}}
        answer = self.alarm.exchange(lambda: self._exchange(message))
        if "error" in answer:
            raise getattr(builtins, answer["error"])()
        return self._decode(answer["value"])

    def _exchange(self, message: dict) -> dict:
        self.channel.send(message)
        answer = self.channel.receive()
        while "op" in answer:  # the test's function calls us in turn
            busy, self.alarm.busy = self.alarm.busy, False
            try:
                self._answer(answer)
            finally:
                self.alarm.busy = busy
            answer = self.channel.receive()
        return answer

    def _input(self, prompt: object) -> str:
        """The test's answer, if it has replaced input(); there is nobody else to ask."""
        self.output.write(str(prompt))
        return self._ask(INPUT, None, (str(prompt),), {})

    def _error(self, error: BaseException) -> dict:
        """An exception as T may raise it again: a name, a message, plain arguments."""
        kind = type(error)
        try:
            message = str(error)[:2000]
        except BaseException:
            message = ""
        try:
            arguments = [encode(a) for a in error.args][:5]
        except BaseException:
            arguments = [message]
        if kind.__module__ == "builtins":
            return {"type": kind.__name__, "message": message, "args": arguments}
        return {"type": builtin_exception(kind) or "", "message": message, "args": arguments,
                "module": str(kind.__module__), "name": kind.__name__, "class": self.objects.number(kind)}


def _imported(module: str, attribute: str | None) -> object:
    found = sys.modules.get(module, _MISSING)
    return found if attribute is None else getattr(found, attribute, _MISSING)
