"""The global random streams of random and numpy, one in T and one in L, as if they were one stream.

Rules
- Nothing crosses before a cell of the record seeds a stream: an unseeded stream of T's is nobody's to know.
- From then on T's state goes along with each request, if T has drawn since; L draws where T stopped.
- What L says of its state is believed only if it lies ahead of T's own, by at most `BLOCKS` blocks of draws: a learner
  can draw, as in one process, but cannot choose the state that makes the inputs of the tests.
- The half of a pair that gauss keeps back is never taken from L.
"""
from __future__ import annotations

import random
import sys

__all__ = ["BLOCKS", "LearnerStreams", "Streams", "ahead"]

BLOCKS, _WORDS = 100, 624


def _get(library: str) -> tuple[list[int], float | None] | None:
    """(624 words and the position, what gauss keeps), or None if the stream is of another kind."""
    if library == "random":
        version, words, kept = random.getstate()
        return list(words), kept
    state = sys.modules["numpy"].random.get_state(legacy=False)
    if state.get("bit_generator") != "MT19937":
        return None
    kept = state["gauss"] if state["has_gauss"] else None
    return [*state["state"]["key"].tolist(), int(state["state"]["pos"])], kept


def _set(library: str, words: list[int], kept: float | None) -> None:
    if library == "random":
        random.setstate((3, tuple(words), kept))
        return
    numpy = sys.modules["numpy"]
    numpy.random.set_state({
        "bit_generator": "MT19937", "state": {"key": numpy.array(words[:_WORDS], numpy.uint32), "pos": words[_WORDS]},
        "has_gauss": int(kept is not None), "gauss": kept or 0.0})


def _words(value: object) -> list[int] | None:
    if type(value) is list and len(value) == _WORDS + 1 and all(type(w) is int and 0 <= w < 1 << 32 for w in value) and (
            0 < value[-1] <= _WORDS):
        return value
    return None


def ahead(start: list[int], goal: list[int]) -> bool:
    """Whether the stream in state ``start`` comes to ``goal`` within `BLOCKS` blocks."""
    if start[:_WORDS] == goal[:_WORDS]:
        return start[-1] <= goal[-1]
    stream, words = random.Random(), start[:_WORDS]
    for _ in range(BLOCKS):
        stream.setstate((3, (*words, _WORDS), None))
        stream.getrandbits(32)
        words = list(stream.getstate()[1][:_WORDS])
        if words == goal[:_WORDS]:
            return True
    return False


class Streams:
    """T's side."""

    def __init__(self) -> None:
        self._told: dict[str, tuple | None] = {}  # the seeded libraries -> the state L has
        for library, module in (("random", random), ("numpy", getattr(sys.modules.get("numpy"), "random", None))):
            if module is not None:
                self._notice(library, module)

    def _notice(self, library: str, module) -> None:
        seed = module.seed

        def seeding(*args, **kwargs):
            seed(*args, **kwargs)
            if args or kwargs:
                self._told.setdefault(library, None)

        module.seed = seeding

    def news(self) -> dict[str, list]:
        """The seeded libraries, and [library, words, kept] of each stream that L has to follow."""
        found: list[list] = []
        for library, told in self._told.items():
            state = _get(library)
            if state is not None and state != told:
                self._told[library] = state
                found.append([library, *state])
        return {"seeded": list(self._told), "states": found} if self._told else {}

    def settle(self) -> None:
        """Both sides ran the same cell."""
        for library in self._told:
            self._told[library] = _get(library)

    def take(self, told: object) -> None:
        """What L says of its streams."""
        for item in told if type(told) is list else ():
            if type(item) is not list or len(item) != 2 or item[0] not in self._told:
                continue
            words, own = _words(item[1]), _get(item[0])
            if words is not None and own is not None and ahead(own[0], words):
                _set(item[0], words, None)
                self._told[item[0]] = (words, None)


class LearnerStreams:
    """L's side."""

    def __init__(self) -> None:
        self._followed: dict[str, tuple | None] = {}

    def apply(self, news: list[list]) -> None:
        for library, words, kept in news:
            _set(library, words, kept)

    def begin(self, libraries: list[str]) -> None:
        self._followed = {library: _get(library) for library in libraries}

    def changed(self) -> list[list]:
        found = []
        for library, before in self._followed.items():
            now = _get(library)
            if now is not None and now != before:
                self._followed[library] = now
                found.append([library, now[0]])
        return found
