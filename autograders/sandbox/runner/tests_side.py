"""T: runs the instructor's cells and reports a verdict for each tests cell. It drives L and believes none of it.

Rules
- One namespace, a real dict, in document order; a cell's error does not stop the run.
- A given cell runs the record here and the submission in L. After a solution cell, the names the record binds there are
  bound to what L has under them, or are missing; so are names of data the record changes there. A tests cell runs
  here only.
- A tests cell passes if it runs to its end. A last expression that is a number is the score it gives, within bounds.
- If L ends, or breaks the protocol, the run ends: nothing after that, nor the cell it happened in, can pass.
- Every report carries the nonce of the run and the cell's own token.
"""
from __future__ import annotations

import ast
import contextlib
import math
import os
import random
import socket
import sys
import time
import types

from . import source as text
from .bans import Bans
from .codec import CodecError, encode
from .files import unpack
from .frames import Channel
from .isolate import WORK
from .learner_side import reseed
from .link import LearnerGone, Link
from .mirrors import Mirrors

__all__ = ["TestsSide"]

INSTRUCTOR = "/tmp/instructor"
_DEPTH = 1000


class _Sink:
    """Where the instructor's prints go: nowhere."""

    encoding, errors = "utf-8", "replace"

    def write(self, words: str) -> int:
        return len(words)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


class TestsSide:
    """The side's work, as the fork server runs it."""

    def warm(self) -> None:
        """Once, in the server: the building blocks, and the types of what is preloaded."""
        sys.path.insert(0, "/academy/lib")
        with contextlib.suppress(ImportError):
            import autograders.checks  # noqa: F401
        encode(0)

    def __call__(self, fds: list[int], bounds) -> None:
        """``fds``: the socket to L, the supervisor's, the shared files, the instructor's files."""
        learner, supervisor, shared, instructor = fds
        unpack(shared, WORK)
        os.mkdir(INSTRUCTOR, 0o700)
        if unpack(instructor, INSTRUCTOR, read_only=True):
            sys.path.insert(0, INSTRUCTOR)
        for fd in (shared, instructor):
            os.close(fd)
        sys.stdout = sys.stderr = _Sink()
        channel = Channel(socket.socket(fileno=supervisor), limit=256 << 20)
        _Session(channel, Link(Channel(socket.socket(fileno=learner)))).run()


class _Session:
    def __init__(self, supervisor: Channel, link: Link) -> None:
        self.supervisor, self.link = supervisor, link
        task = supervisor.receive()
        self.nonce, self.seed, self.cells = task["nonce"], task["seed"], task["cells"]
        anchors: set[str] = set()
        for cell in self.cells:
            if cell["kind"] in ("given", "solution"):
                anchors |= text.classes(cell["record"])
        self.mirrors = Mirrors(link, anchors)
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        self.space = vars(main)
        link.bans = Bans(self.space)
        self.owned: dict[str, tuple | None] = {}  # the learner's names so far -> how the record imports them

    def run(self) -> None:
        reseed(self.seed, "T")
        for library, module in (("random", random), ("numpy", getattr(sys.modules.get("numpy"), "random", None))):
            if module is not None:
                self._mirror_seeds(library, module)
        try:
            self.link.ask("start", seed=self.seed)
            for index, cell in enumerate(self.cells):
                self.supervisor.send({"nonce": self.nonce, "begin": index})
                getattr(self, f"_{cell['kind']}")(index, cell)
            self.supervisor.send({"nonce": self.nonce, "end": "done"})
        except LearnerGone:
            self.supervisor.send({"nonce": self.nonce, "end": "gone"})

    def _mirror_seeds(self, library: str, module: types.ModuleType) -> None:
        """What a test seeds, L seeds too: its functions then draw as they would in one process. Never the other way: a
        state that came from L would choose the test's inputs."""
        seed = module.seed

        def seeding(*args, **kwargs):
            seed(*args, **kwargs)
            if len(args) == 1 and type(args[0]) is int and not kwargs:
                self.link.seeds = [s for s in self.link.seeds if s[0] != library] + [[library, args[0]]]

        module.seed = seeding

    # -- cells
    def _given(self, index: int, cell: dict) -> None:
        number = None if cell["submitted"] is None else self.link.post("cell", source=cell["submitted"])
        self._execute(cell["record"], f"<given {cell['id']}>")
        if number is not None:
            self.link.answer(number)
            self.link.seeds = []  # L has run the same cell

    def _solution(self, index: int, cell: dict) -> None:
        if cell["submitted"] is not None:
            self._submit(cell)
        imports = text.imports(cell["record"])
        self.owned.update({name: imports.get(name) for name in cell["names"]})
        theirs = [n for n in sorted(text.changed(cell["record"])) if n not in cell["names"] and self._is_data(n)]
        self.owned.update(dict.fromkeys(theirs))
        self._bind([*cell["names"], *theirs], cell["submitted"] is not None)

    def _is_data(self, name: str) -> bool:
        """Whether ``name`` is plain data here; the record's solution makes it the learner's."""
        try:
            encode(self.space[name])
        except (KeyError, CodecError):
            return False
        return True

    def _extra(self, index: int, cell: dict) -> None:
        if cell["submitted"] is not None:
            self._submit(cell)
            self._bind(list(self.owned), True)

    def _submit(self, cell: dict) -> None:
        file = f"<submitted {cell['id']}>"
        text.remember(file, cell["submitted"])
        self.mirrors.learn_source(file, cell["submitted"])
        self.link.request("cell", source=cell["submitted"])

    def _bind(self, names: list[str], submitted: bool) -> None:
        """Bind names to what L has under them; what it has not, or what cannot cross, is not bound."""
        imports = {n: w for n in names if (w := self.owned.get(n)) is not None}
        found = self._fetch(names, imports) if submitted and names else {}
        for name in names:
            self.space.pop(name, None)
            tree = found.get(name)
            if name not in found or tree == ["unreadable"]:
                continue
            try:
                self.space[name] = _import(*imports[name]) if tree == ["import"] else self.link.decode(tree)
            except (Exception, RecursionError):
                continue

    def _fetch(self, names: list[str], imports: dict) -> dict:
        """The trees of names, all at once, or one by one if they are too large together."""
        for asked in ([names], [[name] for name in names]):
            found: dict = {}
            for some in asked:
                with contextlib.suppress(Exception):
                    answer = self.link.ask("names", names=some, imports=imports)
                    found |= answer if type(answer) is dict else {}
            if found:
                break
        return found

    def _tests(self, index: int, cell: dict) -> None:
        started = time.monotonic()
        file = f"<tests {cell['id']}>"
        text.remember(file, cell["record"])
        error, value = self._execute(cell["record"], file)
        report = {"nonce": self.nonce, "cell": index, "token": cell["token"],
                  "seconds": time.monotonic() - started, "line": None}
        if self.link.dead or isinstance(error, LearnerGone):
            self.supervisor.send({**report, "status": "died", "score": 0.0, "line": _line(error, file)})
            raise LearnerGone
        if error is not None:
            status = "error" if getattr(error, "from_learner", False) is True else "failed"
            self.supervisor.send({**report, "status": status, "score": 0.0, "line": _line(error, file)})
            return
        points = cell["points"]
        kind = type(value)
        if kind in (int, float) or (kind.__module__ == "numpy" and kind.__name__.startswith(("float", "int", "uint"))):
            number = float(value)
            score = 0.0 if math.isnan(number) else min(max(number, 0.0), points)
        else:
            score = points
        status = "passed" if score >= points else "partial" if score > 0 else "failed"
        self.supervisor.send({**report, "status": status, "score": score})

    def _execute(self, source: str, file: str) -> tuple[BaseException | None, object]:
        """Run a cell of the record; its exception, and the value of a last expression."""
        try:
            python, tree = text.parse(source)
            last = None
            if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
                last = ast.Expression(tree.body.pop().value)
            self.link.bans.read(python)
            if "get_ipython" in python:
                self._offer_shell()
            exec(compile(tree, file, "exec"), self.space)
            return None, None if last is None else eval(compile(last, file, "eval"), self.space)
        except BaseException as error:
            return error, None

    def _offer_shell(self) -> None:
        """get_ipython for cells with magics; the shell shares this namespace."""
        if "get_ipython" in self.space:
            return
        with contextlib.suppress(ImportError):
            from .learner_side import _shell
            if (shell := _shell()) is not None:
                shell.user_ns = self.space
                self.space["get_ipython"] = lambda: shell


def _import(module: str, attribute: str | None) -> object:
    """T's own import of what the record imports."""
    __import__(module)
    return sys.modules[module] if attribute is None else getattr(sys.modules[module], attribute)


def _line(error: BaseException | None, file: str) -> int | None:
    """The last line of the cell that the exception passed through."""
    line = None
    trace = error.__traceback__ if error is not None else None
    for _ in range(_DEPTH):
        if trace is None:
            break
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    if line is None and isinstance(error, SyntaxError):
        line = error.lineno
    return line
