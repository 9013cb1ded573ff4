"""An examiner that really executes cells, in one process of the learner's interpreter and without any isolation.

It speaks the protocol of `autograders.examination`; L's and T's cells share one namespace, in document order, as in a stock
kernel. Never use it for a stranger's code.
"""
from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from autograders.examination import CellKind, CellVerdict, Limits, Run, RunResult, Status

PROGRAM = r"""
import ast, contextlib, io, json, os, random, sys
run = json.load(sys.stdin)
out = os.fdopen(int(sys.argv[1]), "w")
sys.path[:0] = [p for p in (run["instructor_files"],) if p]
if run["shared_files"]:
    os.chdir(run["shared_files"])
random.seed(run["seed"])
T = {"__name__": "__main__"}

def execute(source, space):
    lines = [("pass" if line.lstrip()[:1] in "%!" and line.strip() else line) for line in source.split("\n")]
    tree = ast.parse("\n".join(lines))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), space)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), space) if last else None

def failing_line(error):
    line, frame = None, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == "<cell>" and line is None and frame.tb_frame.f_globals is T:
            line = frame.tb_lineno
        frame = frame.tb_next
    return line

class Sink(io.StringIO):
    size = 0
    def write(self, text):
        Sink.size += len(text)
        if Sink.size > run["limits"]["output_bytes"]:
            raise MemoryError("too much output")
        return len(text)

for cell in run["cells"]:
    with contextlib.redirect_stdout(Sink()), contextlib.redirect_stderr(Sink()):
        if cell["submitted"] is not None:
            try:
                execute(cell["submitted"], T)
            except Exception:
                pass
        elif cell["kind"] == "tests":
            verdict = {"id": cell["id"], "status": "passed", "score": cell["points"], "line": None}
            try:
                value = execute(cell["record"], T)
                if type(value) in (int, float) and 0 <= value <= cell["points"]:
                    verdict |= {"score": float(value), "status": "passed" if value == cell["points"] else "partial"}
            except Exception as error:
                status = "failed" if isinstance(error, AssertionError) else "error"
                verdict |= {"status": status, "score": 0.0, "line": failing_line(error)}
            out.write(json.dumps(verdict) + "\n"); out.flush()
out.write('{"end": true}\n'); out.flush()
"""


@dataclass
class SimulatedExaminer:
    """``rewrite`` lets a test forge what comes back."""

    identity: dict[str, Any] = field(default_factory=lambda: {
        "version": "simulator-1", "environment": "simulator", "python": "3.11", "cpu": "any", "certifying": False})
    python: str = sys.executable
    rewrite: Any = None
    runs: list[Run] = field(default_factory=list)

    def __enter__(self) -> SimulatedExaminer:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def examine(self, run: Run, limits: Limits = Limits()) -> RunResult:
        self.runs.append(run)
        started = time.monotonic()
        verdicts, ended = self._execute(run, limits)
        result = RunResult(run.seed, tuple(verdicts), ended, time.monotonic() - started, ("simulated",))
        return self.rewrite(result) if self.rewrite else result

    def _execute(self, run: Run, limits: Limits) -> tuple[list[CellVerdict], Status]:
        import os
        import tempfile

        message = asdict(run) | {"limits": asdict(limits)}
        message["instructor_files"], message["shared_files"] = (str(p) if p else None for p in (run.instructor_files, run.shared_files))
        with tempfile.TemporaryFile("w+") as verdicts, tempfile.TemporaryDirectory() as home:
            os.set_inheritable(verdicts.fileno(), True)
            process = subprocess.Popen([self.python, "-I", "-c", PROGRAM, str(verdicts.fileno())], stdin=subprocess.PIPE, cwd=home,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(verdicts.fileno(),))
            try:
                process.communicate(json.dumps(message).encode(), timeout=limits.seconds)
                ended = Status.DIED
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                ended = Status.TIMEOUT
            verdicts.seek(0)
            lines = [json.loads(line) for line in verdicts.read().splitlines() if line.endswith("}")]
        if lines and lines[-1].get("end"):
            lines.pop()
            ended = Status.PASSED
        by_id = {line["id"]: line for line in lines}
        made = []
        for cell in run.cells:
            if cell.kind is CellKind.TESTS:
                found = by_id.get(cell.id, {"status": "not_run", "score": 0.0, "line": None})
                made.append(CellVerdict(cell.id, Status(found["status"]), found["score"], cell.points, found["line"]))
        return made, ended
