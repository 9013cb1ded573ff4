"""How many failed sign-ins are too many: sliding windows in memory, bounded, forgotten by a restart.

| counted by | failures in the window | protects against |
|---|---|---|
| account and address | n | guessing at one account |
| account | 5 n | the same from many addresses |
| address | 20 n | trying many accounts; an office behind one address still works |

A right password clears the count of its account and address.
"""
from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

__all__ = ["Attempts"]


class Attempts:
    def __init__(self, allowed: int = 5, window: float = 300.0, *,
                 most: int = 20_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = {"pair": allowed, "account": 5 * allowed, "address": 20 * allowed}
        self._window, self._most, self._clock = window, most, clock
        self._failures: OrderedDict[tuple, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    @staticmethod
    def _keys(account: str, address: str) -> tuple[tuple, ...]:
        return ("pair", account, address), ("account", account), ("address", address)

    def wait(self, account: str, address: str) -> int:
        """Whole seconds until the next attempt is let in; 0 if it is now."""
        now, longest = self._clock(), 0.0
        with self._lock:
            for key in self._keys(account, address):
                times = self._failures.get(key)
                while times and times[0] <= now - self._window:
                    times.popleft()
                limit = self._limits[key[0]]
                if times and len(times) >= limit:
                    longest = max(longest, times[-limit] + self._window - now)
        return -int(-longest // 1)

    def failed(self, account: str, address: str) -> Callable[[], None]:
        """Count one failure. The answer takes it back, and all of this account's from this address."""
        now = self._clock()
        keys = self._keys(account, address)
        with self._lock:
            for key in keys:
                self._failures.setdefault(key, deque(maxlen=self._limits[key[0]])).append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > self._most:
                self._failures.popitem(last=False)

        def forget() -> None:
            with self._lock:
                self._failures.pop(keys[0], None)
                for key in keys[1:]:
                    times = self._failures.get(key)
                    if times and now in times:
                        times.remove(now)
        return forget

    def forget(self, account: str) -> None:
        """The account got a new password: start again."""
        with self._lock:
            for key in [key for key in self._failures if key[0] != "address" and key[1] == account]:
                del self._failures[key]
