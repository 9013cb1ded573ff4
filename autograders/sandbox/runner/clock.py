"""Time within one run: the soft deadline of a cell, and clocks that leave out the crossing between L and T.

Rules
- At the deadline the code under way is interrupted by `Late`, again and again until it gives way. What does not give
  way is ended from outside a little later: the supervisor's deadline is the one that counts.
- A cell that was late never passes, whatever a test catches.
- A test's clocks (time, perf_counter, monotonic, process_time) stand still while T itself encodes and decodes: only
  T's own work is left out, never what L says it needed.
"""
from __future__ import annotations

import signal
import time
from collections.abc import Callable

__all__ = ["Alarm", "Late", "Stopwatch"]

monotonic = time.monotonic
_AGAIN = 0.25


class Late(BaseException):
    """The cell has used its time."""


class Alarm:
    """The alarm of this process. While ``busy`` (a frame is under way) it only notes that it rang."""

    def __init__(self) -> None:
        self.busy = self.rang = False
        signal.signal(signal.SIGALRM, self._ring)

    def _ring(self, number: int, frame: object) -> None:
        self.rang = True
        if not self.busy:
            raise Late

    def set(self, seconds: float | None) -> None:
        """Ring after ``seconds``, then repeatedly; None: not any more."""
        self.rang = False
        if seconds is None:
            signal.setitimer(signal.ITIMER_REAL, 0)
        else:
            signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.01), _AGAIN)

    def exchange(self, work: Callable[[], object]) -> object:
        """Do ``work``, which must not be interrupted; raise afterwards if the alarm rang."""
        outer, self.busy = self.busy, True
        try:
            return work()
        finally:
            self.busy = outer
            if self.rang and not outer:
                raise Late


class Stopwatch:
    """Counts the codec's time within calls, and takes it off the clocks that tests read."""

    def __init__(self) -> None:
        self.crossing = 0.0

    def install(self) -> None:
        wall, counter, steady = time.time, time.perf_counter, time.monotonic
        time.time = lambda: wall() - self.crossing
        time.perf_counter = lambda: counter() - self.crossing
        time.monotonic = lambda: steady() - self.crossing
        time.process_time = lambda: steady() - self.crossing  # L's work is not in T's processor time
        for name in ("time", "perf_counter", "monotonic", "process_time"):
            seconds = getattr(time, name)
            setattr(time, f"{name}_ns", lambda seconds=seconds: int(seconds() * 1e9))
            seconds.__name__ = name

    def leave_out(self, started: float, codec: float) -> None:
        """A call began at ``started``; encoding and decoding took ``codec`` here, and as much in L."""
        self.crossing += min(2 * codec, monotonic() - started)
