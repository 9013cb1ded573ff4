"""T: runs the instructor's cells and reports a verdict for each tests cell. It drives L and believes none of it.

Rules
- One namespace, a real dict, in document order; a cell's error does not stop the run.
- A given cell runs the record here and the submission in L. After a solution cell, the names the record binds there are
  bound to what L has under them, or are missing; so are names of data the record changes there. A tests cell runs
  here only.
- A tests cell passes if it runs to its end. A last expression that is a number is the score it gives, within bounds.
- If L ends, or breaks the protocol, the run ends: nothing after that, nor the cell it happened in, can pass.
- A cell that is late (`clock`) is interrupted. What a late solution cell bound is taken away, here and in L: an answer
  that was partly executed is none. A late tests cell cannot pass.
- Every report carries the nonce of the run and the cell's own token.
"""
from __future__ import annotations

import ast
import builtins
import contextlib
import math
import os
import socket
import sys
import types

from . import needs
from . import source as text
from .bans import Bans
from .claims import Claims
from .clock import Late, monotonic
from .codec import CodecError, encode
from .files import unpack
from .frames import Channel
from .isolate import WORK
from .learner_side import reseed
from .link import LearnerError, LearnerGone, Link
from .mirrors import Mirrors
from .outputs import Outputs, declared, named
from .owned import Owned
from .shell import ipython
from .streams import Streams

__all__ = ["TestsSide"]

INSTRUCTOR = "/tmp/instructor"
_DEPTH = 1000
_PATIENCE = 0.4  # seconds that L has to give way before T's own cell is interrupted


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
        self.seconds = task["cell_seconds"]
        anchors: set[str] = set()
        reads: set[str] = set()
        writes: set[str] = set()
        for cell in self.cells:
            if cell["kind"] in ("given", "solution"):
                anchors |= text.classes(cell["record"])
                found = needs.of_functions(cell["record"])
                reads, writes = reads | found[0], writes | found[1]
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        self.space = vars(main)
        self.claims = Claims(self.space, self._figure)
        self.mirrors = Mirrors(link, anchors, self.claims)
        self.owned = Owned(link, self.space, reads, writes)
        self.streams, self.outputs = Streams(), Outputs()
        link.riders = {"bans": Bans(self.space), "bound": self.owned, "streams": self.streams}
        link.given, link.input = self._given_class, self._input
        self._stdin, self._asks = sys.stdin, builtins.input
        self.late: set[str] = set()             # names that a late solution cell should have bound
        self.count = 0                          # executed cells, as Out counts them
        self.out: dict[int, object] = {}
        self.shows_last = any(c["kind"] == "tests" and text.uses(c["record"], {"_", "Out"}) for c in self.cells)
        link.watch.install()

    def run(self) -> None:
        reseed(self.seed, "T")
        try:
            self.link.ask("start", seed=self.seed, watch=sorted(self.owned.writes))
            for index, cell in enumerate(self.cells):
                self.supervisor.send({"nonce": self.nonce, "begin": index})
                self.link.deadline, self.link.late = monotonic() + self.seconds, False
                try:
                    getattr(self, f"_{cell['kind']}")(index, cell)
                except Late:
                    self._lost(cell)
                finally:
                    self.link.alarm.set(None)
            self.supervisor.send({"nonce": self.nonce, "end": "done"})
        except LearnerGone:
            self.supervisor.send({"nonce": self.nonce, "end": "gone"})

    def _given_class(self, name: str) -> object:
        """What an instructor's cell bound here; the learner's own names are not given."""
        return None if name in self.owned.imports else self.space.get(name)

    def _figure(self, name: str) -> object:
        answer = self.link.request("figure", name=name)
        return self.link.take(answer, answer.get("value"))

    def _input(self, prompt: str) -> str:
        """L asks for input: a test may have replaced it; there is nobody else to ask."""
        own = self.space.get("input")
        if callable(own) or builtins.input is not self._asks:
            return (own if callable(own) else builtins.input)(prompt)
        if sys.stdin is not self._stdin and (line := sys.stdin.readline()):
            return line.rstrip("\n")
        raise EOFError

    # -- cells
    def _given(self, index: int, cell: dict) -> None:
        number = None if cell["submitted"] is None else self.link.post("cell", source=cell["submitted"])
        error, _ = self._execute(cell["record"], f"<given {cell['id']}>")
        if number is not None and not isinstance(error, LearnerGone):
            with contextlib.suppress(Late):
                self.link.answer(number)
        for known in (self.owned, self.streams, self.link.tracked):  # L has run the same cell
            known.settle()

    def _solution(self, index: int, cell: dict) -> None:
        imports = text.imports(cell["record"])
        self.owned.imports.update({name: imports.get(name) for name in cell["names"]})
        theirs = [n for n in sorted(text.changed(cell["record"])) if n not in cell["names"] and self._is_data(n)]
        self.owned.imports.update(dict.fromkeys(theirs))
        if cell["submitted"] is not None:
            self._submit(cell)
        self.outputs.names |= named(cell["record"])
        self._bind([*cell["names"], *theirs], cell["submitted"] is not None)

    def _lost(self, cell: dict) -> None:
        """A cell was late: what it should have bound is not bound."""
        for name in cell["names"]:
            self.owned.lost(name)
            self.late.add(name)

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
            self._bind(list(self.owned.imports), True)

    def _submit(self, cell: dict) -> None:
        file = f"<submitted {cell['id']}>"
        text.remember(file, cell["submitted"])
        self.mirrors.learn_source(file, cell["submitted"])
        answer = self.link.request("cell", source=cell["submitted"])
        self.streams.take(answer.get("streams"))
        self.count += 1
        if self.shows_last:
            with contextlib.suppress(Exception):
                answer = self.link.request("last")
                if (value := self.link.take(answer, answer["value"])) is not None:
                    self.space["_"] = self.out[self.count] = value
                    self.space["Out"] = self.out

    def _bind(self, names: list[str], submitted: bool) -> None:
        """Bind names to what L has under them; what it has not, or what cannot cross, is not bound."""
        imports = {n: w for n in names if (w := self.owned.imports.get(n)) is not None}
        found, kept = self._fetch(names, imports) if submitted and names else ({}, {})
        for name in names:
            self.owned.came(name)
            tree = found.get(name)
            if name not in found or tree == ["unreadable"]:
                continue
            self.late.discard(name)
            with contextlib.suppress(Exception, RecursionError):
                value = _import(*imports[name]) if tree == ["import"] else self.link.take({"kept": kept.get(name)}, tree)
                self.mirrors.named(name, value)
                self.owned.came(name, value)

    def _fetch(self, names: list[str], imports: dict) -> tuple[dict, dict]:
        """The trees of names and the numbers of those that are tracked: all at once, or one by one if they are too
        large together."""
        found: dict = {}
        kept: dict = {}
        for asked in ([names], [[name] for name in names]):
            for some in asked:
                with contextlib.suppress(Exception):
                    answer = self.link.request("names", names=some, imports=imports)
                    for told, into in ((answer.get("value"), found), (answer.get("kept"), kept)):
                        into.update(told if type(told) is dict else {})
            if found:
                break
        return found, kept

    def _tests(self, index: int, cell: dict) -> None:
        file = f"<tests {cell['id']}>"
        text.remember(file, cell["record"])
        report = {"nonce": self.nonce, "cell": index, "token": cell["token"], "line": None}
        try:
            self._prepare(cell["record"])
            error, value = self._execute(cell["record"], file)
        except LearnerGone as gone:
            error, value = gone, None
        line = _line(error, file)
        if self.link.dead or isinstance(error, LearnerGone):
            self.supervisor.send({**report, "status": "died", "score": 0.0, "line": line})
            raise LearnerGone
        if self.link.late or isinstance(error, Late) or (isinstance(error, NameError) and error.name in self.late):
            self.supervisor.send({**report, "status": "timeout", "score": 0.0, "line": line})
            return
        if error is not None:
            status = "error" if getattr(error, "from_learner", False) is True else "failed"
            self.supervisor.send({**report, "status": status, "score": 0.0, "line": line})
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

    def _prepare(self, source: str) -> None:
        """What a tests cell needs of L before it runs: files, shared names."""
        self.owned.shared |= needs.shared(source)
        self.outputs.names |= declared(source)
        if self.outputs.expected():
            with contextlib.suppress(LearnerError, CodecError, OSError, Late):
                self.outputs.write(self.link.ask("files", names=self.outputs.expected()))

    def _execute(self, source: str, file: str) -> tuple[BaseException | None, object]:
        """Run a cell of the record; its exception, and the value of a last expression."""
        try:
            python, tree = text.parse(source)
            tree = self.claims.rewrite(tree)
            last = None
            if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
                last = ast.Expression(tree.body.pop().value)
            self.link.riders["bans"].read(python)
            if "get_ipython" in python:
                self._offer_shell()
            code = compile(tree, file, "exec")
            self.link.alarm.set(self.link.deadline - monotonic() + _PATIENCE)
            try:
                exec(code, self.space)
                return None, None if last is None else eval(compile(last, file, "eval"), self.space)
            finally:
                self.link.alarm.set(None)
        except BaseException as error:
            return error, None

    def _offer_shell(self) -> None:
        """get_ipython for cells with magics; the shell shares this namespace."""
        if "get_ipython" not in self.space and (shell := ipython()) is not None:
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
