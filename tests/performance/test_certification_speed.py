"""Issuing and verifying in bulk, beside the npm library and Ed25519 alone; figures with ``-s``."""
from __future__ import annotations

import os

import pytest

from tests.performance import bench_certification as bench

pytestmark = [pytest.mark.slow]


def told(capsys, text: str) -> None:
    with capsys.disabled():
        print(f"  {text}")


def at_the_reference(microseconds: float, unit: float) -> float:
    """What it would be on a core that needs REFERENCE us for an Ed25519 verification."""
    return microseconds * bench.REFERENCE / unit


def test_issue_and_verify(capsys):
    """The goals are 250 us a credential on a free core of the stated speed and 20 times the npm library in the same run; what is asserted
    leaves room for a machine that does other work meanwhile."""
    unit = bench.ed25519()
    issue = min(bench.issuing(4000) for _ in range(3))
    verify = min(bench.verifying(1000) for _ in range(3))
    template, full = bench.canonical()
    npm = bench.peer(300)
    unit = min(unit, bench.ed25519())
    told(capsys, f"Ed25519 verification alone: {unit:.0f} us here, {bench.REFERENCE:.0f} us on the core that the goals are stated for")
    for name, ours, theirs in (("issue, journal, status, log and database", issue[0], npm["issue"]), ("verify in a batch, two status lists", verify, npm["verify"])):
        told(capsys, f"{name}: {ours:.0f} us of one core ({ours / unit:.1f} verifications; {at_the_reference(ours, unit):.0f} us there); "
                     f"npm {theirs:.0f} us, {theirs / ours:.1f} times as long")
    told(capsys, f"issue, elapsed with the disk: {issue[1]:.0f} us; canonical text: template {template:.0f} us, full algorithm {full:.0f} us")
    assert at_the_reference(issue[0], unit) <= 400 and at_the_reference(verify, unit) <= 400
    assert npm["verify"] / verify >= 14 and npm["issue"] / issue[0] >= 14


def test_a_hundred_thousand(capsys):
    """Two signers on two cores: the goal is 10 s for 100,000. ACADEMY_BENCH_ISSUE=100000 is the whole drill, by default a tenth of it."""
    count = int(os.environ.get("ACADEMY_BENCH_ISSUE", "10000"))
    unit = bench.ed25519()
    elapsed, processor = bench.two_at_once(count)
    each = processor / count * 1e6
    whole = 100_000 * at_the_reference(each, unit) / 2 / 1e6
    told(capsys, f"{count:,} credentials by two signers: {elapsed:.1f} s elapsed, {processor:.1f} s of processor, {each:.0f} us each; "
                 f"100,000 on two free cores of the stated speed: {whole:.1f} s")
    assert whole <= 25
