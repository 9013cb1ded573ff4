"""Attacks on the examiner: what each tries, what stops it, and the cell that does it (in `forgeries`,
`disruptions` and `probes`).

A forgery replaces the answer to `RECORD` and must earn nothing from `TESTS`. A probe looks around from inside and puts
what it could reach into ``found``, which must stay empty: in L, and in T. The notebook tests build on the same tables.
"""
from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MARKER", "RECORD", "TESTS", "Forgery", "Probe"]

MARKER = "7391"  # in every value of the tests that no learner may see in a result
RECORD = "def total(items):\n    return sum(items)\n\nanswer = 42\nfinal = 2.5\n"
TESTS = (
    f"expected = 42\nsecret = 'hidden-{MARKER}'\nassert answer == expected",
    f"cases = [[1, 2, {MARKER}], [0.5] * 7, []]\nfor items in cases:\n    assert total(items) == sum(items)",
    "import math\nassert math.isclose(final, 2.5) and abs(final - 2.5) < 1e-9\nassert isinstance(final, float)",
    "import numpy as np\nnp.testing.assert_allclose(answer, 42)\nnp.testing.assert_equal(final, 2.5)",
    "import unittest\ncase = unittest.TestCase()\ncase.assertEqual(answer, 42)\ncase.assertAlmostEqual(final, 2.5)",
    "assert answer in (42, 43) and 42 in [answer]\nassert 7 in {total([3, 4]): 1}",
    "import hashlib\nassert hashlib.sha256(str(answer).encode()).hexdigest()[:8] == '73475cb4'",
    "assert total([3, 4]) == 7 and total(range(5)) == 10\nassert all(map(lambda x: total([x]) == x, [1, 2, 3]))",
)


@dataclass(frozen=True)
class Forgery:
    tries: str
    stopped_by: str
    source: str
    ended: str = "passed"  # how the run ends: passed, died, timeout, memory


@dataclass(frozen=True)
class Probe:
    tries: str
    stopped_by: str
    source: str
