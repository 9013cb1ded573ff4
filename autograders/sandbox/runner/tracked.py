"""Copies of the learner's values that a test may change in place: the change is written through to L.

``stack.items.append(3)`` changes a copy in T. Before the next request each copy is compared with what came, and what
changed is sent along; L makes its own object hold it. The same object of L is the same copy in T.

Rules
- L offers a number only for a value that something else in L refers to: a fresh result is nobody's.
- Copies are few and small (`COPIES`, `NODES`): a larger value is a plain copy, and a change of it stays in T.
- A copy that no test refers to any more is forgotten after its last comparison.
"""
from __future__ import annotations

import sys
from collections import OrderedDict

from .codec import CodecError, encode
from .update import changeable, update

__all__ = ["COPIES", "Kept", "Tracked"]

COPIES, NODES, CHARACTERS = 200, 5000, 1 << 18
_ALONE = 3  # references: the entry, the loop's variable, getrefcount's argument


def _small(tree: object) -> bool:
    left, size, waiting = NODES, CHARACTERS, [tree]
    while waiting:
        part = waiting.pop()
        left -= 1
        if type(part) is list:
            if len(part) > left:
                return False
            waiting += part
        elif type(part) is str:
            size -= len(part)
        if left < 0 or size < 0:
            return False
    return True


class Tracked:
    """T's side."""

    def __init__(self, escape) -> None:
        """``escape`` is the encoder's: it gives the trees of handles and never lends anything."""
        self._escape = escape
        self._copies: OrderedDict[int, list] = OrderedDict()  # L's number -> [the copy, its tree]

    def take(self, number: object, value: object, wire: object) -> object:
        """``value`` came as the tree ``wire``, with L's ``number``: the copy that stands for it from now on."""
        if type(number) is not int or not changeable(value) or not _small(wire):
            return value
        known = self._copies.pop(number, None)
        if known is not None and update(known[0], value):
            value = known[0]
        self.hold(number, value)
        return value

    def hold(self, number: object, value: object) -> None:
        """``value`` is the copy of L's ``number``: what came, or an argument of the test's that L has kept."""
        try:
            tree = encode(value, self._escape) if type(number) is int and changeable(value) else None
        except CodecError:
            return
        if tree is not None and _small(tree):
            self._copies[number] = [value, tree]
            while len(self._copies) > COPIES:
                self._copies.popitem(last=False)

    def news(self) -> list[list]:
        """[number, tree] of each copy that a test has changed since the last time."""
        found: list[list] = []
        for number in list(self._copies):
            value, tree = self._copies[number]
            try:
                now = encode(value, self._escape)
            except CodecError:
                continue
            if now != tree:
                self._copies[number][1] = now
                found.append([number, now])
            if sys.getrefcount(value) <= _ALONE:
                del self._copies[number]
        return found

    def settle(self) -> None:
        """What changed until now is known to L (both sides ran the same cell)."""
        self.news()


class Kept:
    """L's side: the objects behind the copies."""

    def __init__(self) -> None:
        self._objects: OrderedDict[int, object] = OrderedDict()
        self._numbers: dict[int, int] = {}
        self._next = 0

    def number(self, value: object, references: int) -> int | None:
        """A number for ``value``, if it can change and more than ``references`` refer to it."""
        if not changeable(value) or sys.getrefcount(value) <= references:
            return None
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = self._next
            self._next += 1
            self._objects[number] = value
            if len(self._objects) > 2 * COPIES:
                del self._numbers[id(self._objects.popitem(last=False)[1])]
        return number

    def push(self, number: object, value: object) -> None:
        known = self._objects.get(number)
        if known is not None:
            update(known, value)
