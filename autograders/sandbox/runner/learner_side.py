"""L: runs the learner's cells and answers T's calls. Nothing in here is trusted once the first cell has run.

L gets the source of a cell when T wants it run, and arguments when T calls: never a test, never an expected value.
What L answers is plain values and numbers of objects; what it prints travels with the answer of a call, and ends in T.
"""
from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import random
import socket
import sys
import threading
import types
from collections.abc import Callable

from .bans import apply
from .codec import CodecError, decode, encode
from .files import unpack
from .frames import Channel, ChannelError
from .isolate import WORK
from .objects import Objects, builtin_exception, lent

__all__ = ["LearnerSide", "reseed"]

MAX_OUTPUT = 64 << 10  # characters that travel with one answer
_MISSING = object()


def reseed(seed: int, side: str) -> None:
    """The random streams of a fresh process: the same for the same seed, different in L and in T."""
    number = int.from_bytes(hashlib.sha256(f"{side}:{seed}".encode()).digest()[:4], "big")
    random.seed(number)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(number)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(number)


class _Output:
    """Standard output and error: kept up to a bound for the answer under way, dropped beyond it."""

    encoding, errors = "utf-8", "replace"

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.left = 0

    def start(self) -> None:
        self.parts, self.left = [], MAX_OUTPUT

    def take(self) -> str:
        text, self.parts, self.left = "".join(self.parts), [], 0
        return text

    def write(self, text: str) -> int:
        if self.left > 0 and type(text) is str:
            self.parts.append(text[: self.left])
            self.left -= len(text)
        return len(text)

    def writelines(self, lines) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def fileno(self) -> int:
        return 1


def _shell():
    """An IPython shell without history, or None where there is no IPython."""
    try:
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config
    except ImportError:
        return None
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    for name in ("showtraceback", "showsyntaxerror", "showindentationerror"):
        setattr(shell, name, lambda *a, **k: None)
    shell._tee = lambda channel: contextlib.nullcontext()  # newer versions keep all output in memory
    return shell


class LearnerSide:
    """The side's work, as the fork server runs it."""

    def __init__(self) -> None:
        self.shell = None

    def warm(self) -> None:
        """Once, in the server: what every child needs."""
        sys.stdout = sys.stderr = self.output = _Output()
        self.shell = _shell()
        encode(0)  # learn the types of what is preloaded
        if self.shell is not None:
            self.shell.run_cell("None", store_history=False)
            self.shell.user_ns.pop("In", None)

    def __call__(self, fds: list[int], bounds) -> None:
        """``fds``: the socket to T, the shared files."""
        unpack(fds[1], WORK)
        os.close(fds[1])
        _Session(Channel(socket.socket(fileno=fds[0])), self.shell, self.output).serve()


class _Session:
    def __init__(self, channel: Channel, shell, output: _Output) -> None:
        self.channel, self.shell, self.output = channel, shell, output
        self.objects = Objects()
        self.thread = threading.get_ident()
        if shell is not None:
            self.space = shell.user_ns
        else:
            main = types.ModuleType("__main__")
            sys.modules["__main__"] = main
            self.space = vars(main)

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
        try:
            apply(request.get("bans", ()))
            for library, number in request.get("seeds", ()):
                (random if library == "random" else sys.modules["numpy"].random).seed(number)
            answer = getattr(self, f"_do_{request['op']}")(request)
        except BaseException as error:
            answer = {"error": self._error(error)}
        answer["out"] = self.output.take()
        answer["n"] = request["n"]
        self.output.parts, self.output.left = outer
        try:
            self.channel.send(answer)
        except (ChannelError, ValueError, RecursionError):
            self.channel.send({"n": request["n"], "error": {"type": "", "message": "too large", "args": []}})

    # -- operations
    def _do_start(self, request: dict) -> dict:
        reseed(request["seed"], "L")
        return {"value": None}

    def _do_cell(self, request: dict) -> dict:
        source = request["source"]
        if self.shell is not None:
            result = self.shell.run_cell(source, store_history=False)
            raised = not result.success
        else:
            try:
                exec(compile(ast.parse(source), "<cell>", "exec"), self.space)
                raised = False
            except BaseException:
                raised = True
        return {"value": raised}

    def _do_names(self, request: dict) -> dict:
        """The values of names; what is not bound is left out. ``imports``: name -> [module, attribute or None]."""
        found = {}
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
            except BaseException:
                found[name] = ["unreadable"]
        return {"value": found}

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
        changed = []
        for index, (before, after) in enumerate(zip(trees, args, strict=True)):
            if type(before) is list and before[0] not in ("object", "callback", "lent"):
                tree = self._encode(after)
                if json.dumps(tree) != json.dumps(before):
                    changed.append([index, tree])
        for index, argument in enumerate(args):
            if value is argument and type(trees[index]) is list:
                return {"value": ["argument", index], "changed": changed}
        return {"value": self._encode(value), "changed": changed}

    def _do_get(self, request: dict) -> dict:
        return {"value": self._encode(getattr(self.objects.find(request["object"]), request["name"]))}

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

    def _decode(self, tree: object) -> object:
        return decode(tree, self._resolve)

    def _resolve(self, tag: str, parts: list) -> object:
        if tag == "object":
            return self.objects.find(parts[0])
        if tag == "callback":
            return self._callback(parts[0])
        if tag == "lent":
            return lent(parts[0], parts[1], self._callback(parts[0]))
        raise CodecError("not a tree")

    def _callback(self, number: int) -> Callable:
        """A function of T's, alive while T's call of us is."""

        def callback(*args, _name: str | None = None, **kwargs):
            if threading.get_ident() != self.thread:
                raise RuntimeError("what a test passes works in the main thread only")
            self.channel.send({"callback": number, "name": _name, "args": [self._encode(a) for a in args],
                               "kwargs": {k: self._encode(v) for k, v in kwargs.items()}})
            answer = self.channel.receive()
            while "op" in answer:  # the test's function calls us in turn
                self._answer(answer)
                answer = self.channel.receive()
            if "error" in answer:
                raise getattr(__import__("builtins"), answer["error"])()
            return self._decode(answer["value"])

        return callback

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
