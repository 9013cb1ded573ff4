"""Progress for whoever watches, person or log. Standard library only: the installer runs before anything is installed."""
from __future__ import annotations

import sys
import time

__all__ = ["Progress"]


class Progress:
    """One line that is rewritten on a terminal, or a new line every few seconds elsewhere."""

    def __init__(self, stream=None, every: float = 10.0) -> None:
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.every, self._last, self._open = every, 0.0, False

    def now(self, text: str) -> None:
        if self.live:
            self.stream.write(f"\r\033[K  {text[:110]}")
            self._open = True
        elif time.monotonic() - self._last > self.every:
            self._last = time.monotonic()
            self.stream.write(f"  {text}\n")
        self.stream.flush()

    def line(self, text: str) -> None:
        self.stream.write(("\r\033[K" if self._open else "") + text + "\n")
        self._open, self._last = False, time.monotonic()
        self.stream.flush()
