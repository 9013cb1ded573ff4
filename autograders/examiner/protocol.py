"""What passes between the supervisor and T, checked: the task going in, the reports coming out.

Rules (fail closed)
- A report counts only with the run's nonce, for the cell that is under way, with that cell's own token, once.
- Cells begin in order, each once. Anything out of order, unknown, too long or malformed ends the run there.
- A score is what its status allows: all points if passed, none if failed, strictly between if partial.
- A tests cell without a report that counts has no points, whatever else happened.
"""
from __future__ import annotations

import hmac
import json
import math
import secrets
import struct
from dataclasses import dataclass, field

from ..examination import Cell, CellKind, CellVerdict, Run, Status

__all__ = ["ProtocolError", "Reader", "Reports", "task"]

MAX_REPORT, MAX_TASK = 4096, 200 << 20
_HEAD = struct.Struct(">I")
_FROM_T = {s.value: s for s in (
    Status.PASSED, Status.PARTIAL, Status.FAILED, Status.ERROR, Status.DIED, Status.TIMEOUT)}


class ProtocolError(Exception):
    """What came from T is no report of this run."""


class Reader:
    """Frames out of a stream that arrives in pieces."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[dict]:
        """The reports completed by ``data``. Raises ProtocolError."""
        self._buffer += data
        found = []
        while len(self._buffer) >= _HEAD.size:
            (size,) = _HEAD.unpack_from(self._buffer)
            if size > MAX_REPORT:
                raise ProtocolError("a report too long")
            if len(self._buffer) < _HEAD.size + size:
                break
            body = bytes(self._buffer[_HEAD.size: _HEAD.size + size])
            del self._buffer[: _HEAD.size + size]
            try:
                report = json.loads(body)
            except (ValueError, RecursionError) as error:
                raise ProtocolError("not a report") from error
            if not isinstance(report, dict):
                raise ProtocolError("not a report")
            found.append(report)
        return found


@dataclass
class Reports:
    """The reports of one run, as they are accepted."""

    run: Run
    nonce: str = field(default_factory=lambda: secrets.token_hex(16))
    tokens: dict[int, str] = field(default_factory=dict)
    current: int = -1
    end: str | None = None
    _verdicts: dict[int, CellVerdict] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, cell in enumerate(self.run.cells):
            if cell.kind is CellKind.TESTS:
                self.tokens[index] = secrets.token_hex(16)

    def accept(self, report: dict, seconds: float) -> None:
        """Take one report; ``seconds`` is how long the cell under way took by our clock. Raises ProtocolError."""
        if self.end is not None or not _same(report.get("nonce"), self.nonce):
            raise ProtocolError("a report of another run")
        if "begin" in report:
            if type(report["begin"]) is not int or report["begin"] != self.current + 1 or (
                    report["begin"] >= len(self.run.cells)):
                raise ProtocolError("a cell out of order")
            self.current += 1
        elif "cell" in report:
            self._verdict(report, seconds)
        elif report.get("end") in ("done", "gone"):
            if report["end"] == "done" and self.current != len(self.run.cells) - 1:
                raise ProtocolError("an end before the last cell")
            self.end = report["end"]
        else:
            raise ProtocolError("an unknown report")

    def _verdict(self, report: dict, seconds: float) -> None:
        index, score, status = report["cell"], report.get("score"), _FROM_T.get(str(report.get("status")))
        if type(index) is not int or index != self.current or index in self._verdicts or not _same(
                report.get("token"), self.tokens.get(index)):
            raise ProtocolError("a verdict out of order")
        cell = self.run.cells[index]
        if status is None or type(score) not in (int, float) or not math.isfinite(score):
            raise ProtocolError("not a verdict")
        right = score == cell.points if status is Status.PASSED else 0 < score < cell.points if (
            status is Status.PARTIAL) else score == 0
        if not right:
            raise ProtocolError("a score its status does not allow")
        line = report.get("line")
        if type(line) is not int or not 1 <= line <= cell.record.count("\n") + 1:
            line = None
        self._verdicts[index] = CellVerdict(cell.id, status, float(score), cell.points, line, round(seconds, 6))

    def verdicts(self, ended: Status) -> tuple[CellVerdict, ...]:
        """One verdict for each tests cell. The first one missing says how the run ended, later ones were not run."""
        found, why = [], Status.DIED if ended is Status.PASSED else ended
        for index, cell in enumerate(self.run.cells):
            if cell.kind is not CellKind.TESTS:
                continue
            verdict = self._verdicts.get(index)
            if verdict is None or verdict.status is Status.DIED:
                line = verdict.line if verdict is not None else None
                verdict = CellVerdict(cell.id, why, 0.0, cell.points, line)
                why = Status.NOT_RUN
            found.append(verdict)
        return tuple(found)


def _same(given: object, known: str | None) -> bool:
    return isinstance(given, str) and known is not None and hmac.compare_digest(given.encode(), known.encode())


def task(reports: Reports, cell_seconds: float = 60.0) -> bytes:
    """The frame that tells T what to run. ``cell_seconds``: after them T itself interrupts a cell."""
    def plain(index: int, cell: Cell) -> dict:
        return {"id": cell.id, "kind": cell.kind.value, "record": cell.record, "submitted": cell.submitted,
                "points": float(cell.points), "names": list(cell.names), "token": reports.tokens.get(index)}

    body = json.dumps({"nonce": reports.nonce, "seed": reports.run.seed, "cell_seconds": cell_seconds,
                       "cells": [plain(i, c) for i, c in enumerate(reports.run.cells)]}).encode()
    if len(body) > MAX_TASK:
        raise ProtocolError(f"the cells of this run have {len(body)} bytes, {MAX_TASK} are allowed")
    return _HEAD.pack(len(body)) + body
