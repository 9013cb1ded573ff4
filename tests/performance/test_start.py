"""How long an operator waits: the second `make install`, `academy up`, a restart of each service, Ctrl-C. Prints the figures."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hub_config.places import SERVICES
from tests.journeys.whole import ROOT, System

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def told(capsys, text: str) -> None:
    with capsys.disabled():
        print(f"  {text}")


def test_a_second_installation(capsys):
    prefix = Path(sys.prefix).resolve().parent.parent
    assert prefix / "envs/service" == Path(sys.prefix).resolve(), "run the tests with an installed environment"
    argv = ["/usr/bin/python3", "-B", "-m", "hub_config.install", "--prefix", str(prefix), "--no-link"]
    subprocess.run(argv, cwd=ROOT, check=True)
    begin = time.monotonic()
    subprocess.run(argv, cwd=ROOT, check=True)
    took = time.monotonic() - begin
    told(capsys, f"make install with nothing to do: {took:.1f} s")
    assert took < 3


def test_start_restart_and_stop(capsys):
    with System() as system:
        told(capsys, f"academy up, new state: {system.ready['seconds']} s; processes: {len(system.processes())}")
        for name in ["launcher", *sorted(SERVICES)]:
            since, begin = len(system.lines), time.monotonic()
            os.kill(system.service(name), signal.SIGKILL)
            system.wait_for(f"{name} ready after", 60, since)
            told(capsys, f"{name} killed, back after {time.monotonic() - begin:.1f} s")
        told(capsys, f"Ctrl-C: {system.stop():.1f} s")
        system.start()
        told(capsys, f"academy up, the same state: {system.ready['seconds']} s")
        assert system.ready["seconds"] <= 15
