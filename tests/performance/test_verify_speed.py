"""What verification costs: one file from cold, and one credential after another in a running process.

Run with ``-s`` to see the figures. The bounds hold on one core of a small machine; the best of several runs counts,
so that what else the machine does is not measured.
"""
from __future__ import annotations

import json
import subprocess
import sys
import timeit
from pathlib import Path

import hub_config
from certification.canonical import canonize
from tests.certification.kit import LISTS, REGISTRY, SIGNED, check, credential, sign

ROOT = Path(hub_config.__file__).parent.parent


def microseconds(work, number: int = 50) -> float:
    return min(timeit.repeat(work, number=number, repeat=5)) / number * 1e6


def test_from_cold(tmp_path):
    """``academy verify FILE``: at most 150 ms, start of Python included."""
    (tmp_path / "credential.json").write_text(json.dumps(SIGNED))
    (tmp_path / "lists.json").write_text(json.dumps(LISTS))
    command = [sys.executable, "-m", "hub_config.cli", "verify", str(tmp_path / "credential.json"), "--offline",
               "--status", str(tmp_path / "lists.json")]

    def run(arguments: list[str]) -> None:
        subprocess.run(arguments, capture_output=True, cwd=ROOT, check=False)

    bare = min(timeit.repeat(lambda: run([sys.executable, "-c", "pass"]), number=1, repeat=7)) * 1000
    cold = min(timeit.repeat(lambda: run(command), number=1, repeat=7)) * 1000
    print(f"\nacademy verify FILE from cold: {cold:.0f} ms (Python alone: {bare:.0f} ms)")
    assert cold < 150


def test_one_after_another():
    text = json.dumps(SIGNED).encode()
    figures = {
        "canonical text": microseconds(lambda: canonize(credential())),
        "sign": microseconds(lambda: sign(credential())),
        "verify without status": microseconds(lambda: check(text, registry=REGISTRY, status=())),
        "verify with two status lists": microseconds(lambda: check(text)),
    }
    print("\n" + "\n".join(f"{name}: {value:.0f} us" for name, value in figures.items()))
    assert figures["verify with two status lists"] < 10_000
