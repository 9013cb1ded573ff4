"""The seeds of an examination: the learner's own first, then fresh secret ones, each with the salt of its commitment.

`own_seeds` gives what is written into the assessment that a learner gets, and what the first run of it is made with. There
is one notebook a learner and module, submitted as often as it takes: every submission of it belongs to attempt 1's seed.

A commitment (`curriculum.parameters.commitment`) goes into the transcript before anyone may know the
seed: later the seed can be shown to be the one that was used. Seeds and salts stay in the grader's store.
"""
from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from curriculum.parameters import SALT_BYTES, SEED_BITS, commitment, learner_seed

__all__ = ["FRESH", "OwnSeed", "Seeds", "draw", "own_seeds"]

FRESH = 2       # secret seeds beside the learner's own, at least
OwnSeed = Callable[[str, str, str], int]  # (learner, track, module) → the learner's own seed


@dataclass(frozen=True, slots=True)
class Seeds:
    values: tuple[int, ...]
    salts: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not self.values or len(self.values) != len(self.salts) or any(len(salt) != SALT_BYTES for salt in self.salts):
            raise ValueError("every seed has a salt of its own, and there is at least one seed")

    @property
    def commitments(self) -> tuple[str, ...]:
        return tuple(commitment(salt, seed) for salt, seed in zip(self.salts, self.values, strict=True))


def own_seeds(key: bytes) -> OwnSeed:
    """The learners' own seeds under the course ``key``. Whoever hands out and whoever examines use the same key."""
    def own(learner: str, track: str, module: str) -> int:
        return learner_seed(key, learner, f"{track}/{module}", 1)
    return own


def draw(own: int, fresh: int = FRESH) -> Seeds:
    """The ``own`` seed and ``fresh`` different secret ones, from the system's random source."""
    values = [own]
    while len(values) < fresh + 1:
        value = secrets.randbits(SEED_BITS)
        if value not in values:
            values.append(value)
    return Seeds(tuple(values), tuple(secrets.token_bytes(SALT_BYTES) for _ in values))
