"""Rate limits: a bucket of tokens a person (or, before sign-in, an address) and kind of request, in memory, bounded."""
from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

from autograders.refusal import Refusal

__all__ = ["Limits", "Rate"]


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` at once, then ``per_minute``."""

    burst: int
    per_minute: float


RATES = {
    "page": Rate(120, 120), "write": Rate(20, 20), "sign-in": Rate(30, 30), "pieces": Rate(600, 1200), "open": Rate(30, 30),
}


class Limits:
    def __init__(self, rates: Mapping[str, Rate] = RATES, *, kept: int = 20_000, clock: Callable[[], float] = time.monotonic) -> None:
        self.rates, self.kept, self.clock = dict(rates), kept, clock
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, kind: str, who: str) -> None:
        """Count one request; a Refusal with the seconds to wait if it is one too many."""
        rate, now, key = self.rates[kind], self.clock(), (kind, who)
        with self._lock:
            level, since = self._buckets.pop(key, (float(rate.burst), now))
            level = min(rate.burst, level + (now - since) * rate.per_minute / 60)
            enough = level >= 1
            self._buckets[key] = (level - 1 if enough else level, now)
            while len(self._buckets) > self.kept:
                self._buckets.popitem(last=False)
        if not enough:
            wait = ceil((1 - level) * 60 / rate.per_minute)
            raise Refusal("too-fast", "These were too many requests in a short time.", f"Wait {wait} seconds, then try again.", 429, wait=wait)
