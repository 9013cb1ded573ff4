"""`academy grade` against stock `nbgrader autograde`, on the same 20 submissions, in one run: only the ratio counts.

The work is an ordinary assignment: numpy, pandas and scikit-learn are imported, six functions are graded. Stock opens a kernel
a submission; ours forks an isolated pair for each. Both start cold. Ours is measured with one run a submission (the same work)
and with the three that a certificate needs. The marks of ours must be the known ones.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.autograders.builders import checks, code, locked, notebook, solution

__all__ = ["Figures", "assignment", "measure", "submissions"]

ROOT = Path(__file__).parents[2]
COUNT = 20


def assignment() -> dict:
    """Six functions, 10 points; every point needs the learner's code to run."""
    return notebook(
        code("import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import LogisticRegression"),
        locked("data", "rng = np.random.default_rng(0)\nframe = pd.DataFrame({'region': rng.integers(0, 5, 400), 'x': rng.normal(size=400)})\n"
                       "frame['y'] = (frame.x + rng.normal(size=400) > 0).astype(int)"),
        solution("mean", "def mean(values):\n    ### BEGIN SOLUTION\n    return float(np.mean(values))\n    ### END SOLUTION"),
        checks("t_mean", 1, "assert mean([1, 2, 6]) == 3.0"),
        solution("by_region", "def by_region(frame):\n    ### BEGIN SOLUTION\n    return frame.groupby('region').x.mean()\n    ### END SOLUTION"),
        checks("t_by_region", 2, "pd.testing.assert_series_equal(by_region(frame), frame.groupby('region').x.mean())"),
        solution("trimmed", "def trimmed(values, share):\n    ### BEGIN SOLUTION\n    v = sorted(values)\n    k = int(len(v) * share)\n"
                            "    return float(np.mean(v[k:len(v) - k]))\n    ### END SOLUTION"),
        checks("t_trimmed", 2, "assert trimmed([0, 1, 2, 3, 100], 0.2) == 2.0"),
        solution("counts", "def counts(values):\n    ### BEGIN SOLUTION\n    return dict(pd.Series(values).value_counts().sort_index())\n    ### END SOLUTION"),
        checks("t_counts", 1, "assert {int(k): int(v) for k, v in counts([1, 1, 2]).items()} == {1: 2, 2: 1}"),
        solution("rate", "def rate(x, y):\n    ### BEGIN SOLUTION\n    model = LogisticRegression().fit(x, y)\n"
                         "    return float(model.score(x, y))\n    ### END SOLUTION"),
        checks("t_rate", 3, "assert 0.6 < rate(frame[['x']], frame.y) < 1"),
        solution("label", "def label(n):\n    ### BEGIN SOLUTION\n    return f'region {n}'\n    ### END SOLUTION"),
        checks("t_label", 1, "assert label(3) == 'region 3'"),
    )


WRONG = {"mean": "def mean(values):\n    return 0.0", "trimmed": "def trimmed(values, share):\n    raise ValueError",
         "label": "def label(n)\n    return n", "rate": "def rate(x, y):\n    return 2.0"}
POINTS = {"mean": 1, "trimmed": 2, "label": 1, "rate": 3}


def submissions() -> list[tuple[dict, float]]:
    """COUNT submissions with the marks they deserve: right, and with each of the mistakes."""
    from nbformat import from_dict

    from curriculum.notebooks import solutions, with_solutions

    instructor = from_dict(assignment())
    given, made = solutions(instructor), []
    for number in range(COUNT):
        wrong = [name for bit, name in enumerate(WRONG) if (number >> bit) & 1]
        own = with_solutions(instructor, given | {name: WRONG[name] for name in wrong})
        made.append((json.loads(json.dumps(own)), 10.0 - sum(POINTS[name] for name in wrong)))
    return made


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds for COUNT submissions; ``right``: how many of ours got the known marks."""

    stock: float
    one_run: float
    three_runs: float
    right: int

    def text(self) -> str:
        return (f"{COUNT} submissions, cold: stock nbgrader {self.stock:.1f} s; academy grade {self.one_run:.1f} s with one run "
                f"({self.stock / self.one_run:.1f} times), {self.three_runs:.1f} s with three ({self.stock / self.three_runs:.1f} times); "
                f"{self.right} of {COUNT} known marks")


def measure(folder: Path) -> Figures:
    """Run all three in ``folder``, one after the other."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    course = folder / "course"
    (course / "source/ps").mkdir(parents=True)
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
    (course / "source/ps/p.ipynb").write_text(json.dumps(assignment()))
    made = submissions()

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "-m", *arguments], cwd=course, env=environment, capture_output=True, text=True, timeout=900)

    done = run("nbgrader", "generate_assignment", "ps")
    assert done.returncode == 0, done.stderr[-2000:]
    for number, (own, _) in enumerate(made):
        place = course / f"submitted/s{number:02}/ps"
        place.mkdir(parents=True)
        (place / "p.ipynb").write_text(json.dumps(own))
    seconds, lines = {}, []
    started = time.monotonic()
    done = run("nbgrader", "autograde", "ps")
    seconds["stock"] = time.monotonic() - started
    assert done.returncode == 0, done.stderr[-2000:]
    for runs in (1, 3):
        started = time.monotonic()
        done = run("hub_config.cli", "grade", "--source", "source/ps/p.ipynb", "--json", "--seeds", str(runs),
                   *(f"submitted/s{number:02}/ps/p.ipynb" for number in range(COUNT)))
        seconds[runs] = time.monotonic() - started
        assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
        lines = [json.loads(line) for line in done.stdout.splitlines()]
    right = sum(line["score"] == marks for line, (_, marks) in zip(lines, made, strict=True))
    return Figures(seconds["stock"], seconds[1], seconds[3], right)
