"""Where cells run: IPython's shell without history if there is one, and the output that is kept for the answer."""
from __future__ import annotations

import ast
import contextlib
import sys
import types

__all__ = ["Output", "Shell", "ipython"]

MAX_OUTPUT = 64 << 10  # characters that travel with one answer


class Output:
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


def ipython():
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


class Shell:
    """Runs the learner's cells in one namespace, ``space``."""

    def __init__(self) -> None:
        self._ipython = ipython()
        self.last: object = None  # the value of the last expression of the cell before
        if self._ipython is not None:
            self._ipython.run_cell("None", store_history=False)
            self._ipython.user_ns.pop("In", None)

    def open(self) -> dict[str, object]:
        """The namespace, of a fresh process."""
        if self._ipython is not None:
            return self._ipython.user_ns
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        self._space = vars(main)
        return self._space

    def run(self, source: str) -> BaseException | None:
        """Run one cell; what it raised."""
        self.last = None
        if self._ipython is not None:
            result = self._ipython.run_cell(source, store_history=False)
            self.last = result.result
            return result.error_before_exec or result.error_in_exec
        try:
            tree = ast.parse(source)
            end = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "<cell>", "exec"), self._space)
            if end is not None:
                self.last = eval(compile(ast.Expression(end.value), "<cell>", "eval"), self._space)
        except BaseException as error:
            return error
        return None
