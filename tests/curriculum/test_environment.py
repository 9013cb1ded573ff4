"""Every track's family has a constraints file of exact pins, and the environment made from it can import what tracks use."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from curriculum.catalogue import load_catalogue
from tests.curriculum.grading import track_python

TRACKS = Path(__file__).parents[2] / "images/singleuser/tracks"
FAMILIES = sorted({track.family for track in load_catalogue().tracks})
PIN = re.compile(r"([a-z0-9_.-]+)==([0-9][0-9a-z.+-]*)")


def pins(family: str) -> dict[str, str]:
    lines = [line for line in (TRACKS / f"{family}.txt").read_text().splitlines() if line and not line.startswith("#")]
    found = [PIN.fullmatch(line) for line in lines]
    assert lines and all(found), f"{family}.txt holds nothing but exact pins"
    return {pin[1]: pin[2] for pin in found}


@pytest.mark.parametrize("family", FAMILIES)
def test_pins_are_exact_and_their_size_is_said(family):
    assert pins(family)
    assert re.search(r"Download \d+ MB, installed \d+ MB", (TRACKS / f"{family}.txt").read_text())
    assert f"| `{family}` |" in (TRACKS / "README.md").read_text()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_environment_is_what_the_pins_say(family):
    python = track_python(family)
    program = "import sys\nfrom importlib.metadata import version\nprint(*(version(name) for name in sys.argv[1:]))"
    wanted = pins(family)
    done = subprocess.run([python, "-c", program, *wanted], check=True, capture_output=True, text=True)
    assert done.stdout.split() == list(wanted.values())


@pytest.mark.parametrize("family", FAMILIES)
def test_what_modules_preload_can_be_imported(family):
    names = sorted({name for track in load_catalogue().tracks if track.family == family for module in track.modules for name in module.preload})
    program = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\nimport ipykernel"
    subprocess.run([track_python(family), "-c", program, *names], check=True, capture_output=True, timeout=120)
    assert names
