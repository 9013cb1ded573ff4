"""Every attack of the catalogue, on real fork servers: nothing is earned, nothing is reached, nothing leaks."""
from __future__ import annotations

from dataclasses import replace

import pytest

from autograders.examination import Status
from autograders.sandbox.runner.seccomp import DENIED

from ..examining import SMALL, examine
from .catalogue import MARKER, RECORD, TESTS
from .disruptions import DISRUPTIONS
from .forgeries import FORGERIES
from .probes import PROBES

ATTACKS = FORGERIES | DISRUPTIONS
pytestmark = pytest.mark.attack


def test_the_honest_answer_earns_everything():
    result = examine(list(TESTS), RECORD)
    assert result.score == 2 * len(TESTS), result.verdicts


@pytest.mark.parametrize("name", ATTACKS)
def test_a_forgery_earns_nothing(name):
    attack = ATTACKS[name]
    limits = replace(SMALL, cell_seconds=1.0, seconds=12.0) if "timeout" in attack.ended else SMALL
    result = examine(list(TESTS), attack.source, record=RECORD, limits=limits)
    assert [v.score for v in result.verdicts] == [0.0] * len(TESTS), result.verdicts
    assert not any(v.status is Status.PASSED for v in result.verdicts)
    assert result.ended.value in attack.ended.split("|")
    assert MARKER not in repr(result)


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("side", ["L", "T"])
def test_a_probe_finds_nothing(name, side):
    """The verdict's score says how much was found: 2 for nothing."""
    source = PROBES[name].source
    if side == "L":
        result = examine("assert isinstance(found, list), found\nassert found == []", source, record="found = []")
    else:
        result = examine(f"{source}\nassert found == []", "pass")
    assert result.score == 2, result.verdicts


def test_every_rule_of_the_filter_is_in_force():
    """Each refused call is tried from inside, with arguments that could do nothing."""
    numbers = {name: pair for name, pair in DENIED.items()}
    source = (f"import ctypes, errno, os\nlibc = ctypes.CDLL(None, use_errno=True)\nrules = {numbers!r}\n"
              "column = {'x86_64': 0, 'aarch64': 1}[os.uname().machine]\nfound = []\nfor name, pair in rules.items():\n"
              "    if pair[column] is None: continue\n    ctypes.set_errno(0)\n"
              "    answer = libc.syscall(ctypes.c_long(pair[column]), *[ctypes.c_long(-1)] * 6)\n"
              "    if answer != -1 or ctypes.get_errno() != errno.EPERM: found.append((name, ctypes.get_errno()))\n"
              "if libc.syscall(435, 0, 0) != -1 or ctypes.get_errno() != errno.ENOSYS: found.append('clone3')")
    for tests, submitted in (("assert found == []", source), (source + "\nassert found == []", "found = []")):
        assert examine(tests, submitted, record="found = []").score == 2


LEAKS = {
    "prints": "def f(x):\n    print(x)\n    import sys, os\n    sys.stderr.write(x)\n    os.write(1, x.encode())",
    "raises": "def f(x):\n    raise ValueError(x)",
    "raises a class of that name": "def f(x):\n    raise type('E' + x, (Exception,), {})(x)",
    "gives it back": "def f(x):\n    return x",
    "names an object so": "def f(x):\n    return type('C' + x, (), {})()",
}


@pytest.mark.parametrize("name", LEAKS)
def test_what_L_says_of_an_argument_is_not_in_the_result(name):
    result = examine(f"f('secret{MARKER}')\nassert False", LEAKS[name])
    assert result.score == 0 and MARKER not in repr(result)


def test_a_callback_that_is_called_without_end():
    result = examine("f(lambda x: x)\nassert False", "def f(g):\n    while True:\n        g(1)")
    assert result.score == 0 and result.verdicts[0].status in (Status.TIMEOUT, Status.DIED)


def test_a_callback_kept_beyond_its_call_is_dead():
    keeper = "kept = []\ndef keep(g):\n    kept.append(g)\ndef use():\n    return kept[0]()"
    result = examine("keep(lambda: 1)\nuse()", keeper)
    assert result.score == 0 and result.ended is Status.DIED


def test_a_run_after_an_attack_scores_as_without_it():
    before = examine(list(TESTS), RECORD).score
    examine(list(TESTS), ATTACKS["memory"].source, record=RECORD)
    examine(list(TESTS), ATTACKS["forks"].source, record=RECORD)
    assert examine(list(TESTS), RECORD).score == before == 2 * len(TESTS)
