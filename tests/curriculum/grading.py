"""What tests of content share: the track environment's interpreter and the grading of whole notebooks with it."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from autograders.checks.bundle import instructor_files
from curriculum import marking
from curriculum.model import Module
from curriculum.parameters import inject
from hub_config.places import Places

RUNNER = Path(__file__).with_name("runner.py")


def track_python(family: str) -> Path:
    """The interpreter of a track environment; the test is passed over where it was not installed yet."""
    python = Places.default().track_envs / family / "bin/python"
    if not python.exists():
        pytest.skip(f"needs the {family} environment: start the track once, or install images/singleuser/tracks/{family}.txt")
    return python


def job(module: Module, record, submission, name: str, seed: int) -> dict:
    """The submission's solution cells in the instructor's record, at one seed."""
    answers = marking.solutions(submission)
    cells = []
    for cell in inject(record, {"SEED": seed}).cells:
        if cell.cell_type == "code":
            grade_id = marking.mark(cell).get("grade_id")
            source = answers[grade_id] if marking.is_solution(cell) else cell.source
            cells.append([grade_id or cell.id, source, marking.is_graded(cell)])
    return {"name": name, "preload": list(module.preload), "cells": cells}


def grade(module: Module, jobs: list[dict], tmp_path: Path) -> dict[str, dict]:
    """The results by name of job."""
    files = instructor_files(module.path, tmp_path / "instructor")
    done = subprocess.run(
        [track_python(module.family), str(RUNNER), str(files)], input=json.dumps(jobs), text=True, check=True,
        capture_output=True, timeout=1500, env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "HOME": os.devnull},
    )
    return {result["name"]: result for result in map(json.loads, done.stdout.splitlines())}
