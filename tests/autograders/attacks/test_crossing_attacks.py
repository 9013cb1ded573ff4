"""Attacks on what crosses, and on what might be left for the next submission: nothing earned, nothing found."""
from __future__ import annotations

from dataclasses import replace

import pytest

from autograders.examination import Status

from ..examining import SMALL, examine
from .catalogue import MARKER
from .crossers import ANSWER, CROSSERS, OWN, STATE

pytestmark = pytest.mark.attack
QUICK = replace(SMALL, cell_seconds=3.0, seconds=15.0)


@pytest.mark.parametrize("name", CROSSERS)
def test_an_attack_on_what_crosses_earns_nothing(name, tmp_path):
    attack = CROSSERS[name]
    (tmp_path / "table.csv").write_text("a\n1\n")
    result = examine(attack.tests, attack.source, record=attack.record, given=attack.given, limits=QUICK, shared_files=tmp_path)
    assert [v.score for v in result.verdicts] == [0.0], result.verdicts
    assert result.verdicts[0].status is not Status.PASSED and MARKER not in repr(result)


def test_the_tests_of_the_attacks_pass_for_honest_work():
    assert examine(ANSWER, CROSSERS["bound: no mapping"].record).score == 2


def test_the_attacks_reach_their_own_half_of_the_protocol():
    found = "found = [] if session.names and session.kept and session.streams and side.read else [1]"
    assert examine("assert found == []", OWN + found, record="found = []").score == 2


@pytest.mark.parametrize("name", STATE)
def test_nothing_is_left_for_the_next_submission(name):
    leave, find = STATE[name]
    examine("assert True", f"{leave}\nfound = []", record="found = []")
    result = examine("assert isinstance(found, list) and found == []", find, record="found = []")
    assert result.score == 2, result.verdicts


@pytest.mark.parametrize("name", STATE)
def test_nothing_is_left_for_the_tests_of_the_same_submission(name):
    leave, find = STATE[name]
    if "get_ipython" in find:
        find = "found = [1] if 'left' in globals() else []"
    result = examine(f"{find}\nassert found == []", f"{leave}\nfound = []", record="found = []")
    assert result.score == 2, result.verdicts
