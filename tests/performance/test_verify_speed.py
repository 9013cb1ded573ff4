"""What verification costs: one file from cold, and one credential after another in a running process.

Run with ``-s`` to see the figures. Processor time is what is bounded, the best of several runs: on an idle core it is the
time one waits, and what else the machine does is not measured.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import timeit
from pathlib import Path

import hub_config
from certification.canonical import canonize
from tests.certification.kit import LISTS, REGISTRY, SIGNED, check, credential, sign

ROOT = Path(hub_config.__file__).parent.parent


def processor_time(command: list[str]) -> float:
    """Milliseconds of user and system time of the process, the best of seven."""
    found = []
    for _ in range(7):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        used = os.wait4(process.pid, 0)[2]
        process.returncode = 0
        found.append((used.ru_utime + used.ru_stime) * 1000)
    return min(found)


def microseconds(work, number: int = 50) -> float:
    return min(timeit.repeat(work, number=number, repeat=5, timer=time.process_time)) / number * 1e6


def test_from_cold(tmp_path):
    """``academy verify FILE``: at most 150 ms, start of Python included."""
    (tmp_path / "credential.json").write_text(json.dumps(SIGNED))
    (tmp_path / "lists.json").write_text(json.dumps(LISTS))
    command = [sys.executable, "-m", "hub_config.cli", "verify", str(tmp_path / "credential.json"), "--offline",
               "--status", str(tmp_path / "lists.json")]

    bare, cold = processor_time([sys.executable, "-c", "pass"]), processor_time(command)
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
