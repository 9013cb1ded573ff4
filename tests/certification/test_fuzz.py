"""A short run of the fuzzer over every parser; ``python -m tests.certification.fuzz 600`` is the long one."""
from __future__ import annotations

import pytest

from tests.certification import fuzz


@pytest.mark.slow
def test_no_input_gets_anything_but_our_answers():
    counts = fuzz.run(20, seed=20261123, keep=False)
    assert set(counts) == set(fuzz.TARGETS) and min(counts.values()) > 50


def test_the_fuzzer_sees_a_foreign_exception(monkeypatch):
    def broken(data: bytes) -> None:
        raise KeyError("x")

    monkeypatch.setitem(fuzz.TARGETS, "verify", (broken, [b"{}"]))
    with pytest.raises(fuzz.Broken, match="verify: KeyError"):
        fuzz.run(5, seed=1, keep=False)


def test_inputs_that_once_broke_something_stay():
    assert sorted(fuzz.CORPUS.glob("*.bin"))
