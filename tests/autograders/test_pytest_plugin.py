"""The fixture ``examine`` in an author's own tests, as pytest loads it."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.autograders.builders import demo, submission

ROOT = Path(__file__).resolve().parents[2]
TESTS = '''
import pytest

def test_right(examine):
    done = examine("source/ps1/sums.ipynb", "right.ipynb")
    assert done.scored.tasks[0].score == 1 and len(done.scored.tasks[0].runs) == 2

def test_wrong(examine):
    done = examine("source/ps1/sums.ipynb", "wrong.ipynb")
    assert done.scored.tasks[0].score == 0 and done.scored.tasks[1].score == 2

def test_no_source(examine):
    with pytest.raises(FileNotFoundError, match="none.ipynb"):
        examine("none.ipynb", "right.ipynb")
'''


@pytest.mark.parametrize(("seeds", "outcome"), [("2", "3 passed"), ("0", "at least 1")])
def test_an_authors_tests(tmp_path, seeds, outcome):
    (tmp_path / "source/ps1").mkdir(parents=True)
    (tmp_path / "source/ps1/sums.ipynb").write_text(json.dumps(demo()))
    (tmp_path / "right.ipynb").write_text(json.dumps(submission()))
    (tmp_path / "wrong.ipynb").write_text(json.dumps(submission(total="total = 0")))
    (tmp_path / "test_course.py").write_text(TESTS)
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *loaded(), "--academy-seeds", seeds], cwd=tmp_path,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if "SandboxError" in done.stdout:
        pytest.skip("no sandbox can be made here")
    assert outcome in done.stdout + done.stderr


def loaded() -> list[str]:
    """Nothing, where the installed distribution names the plugin already."""
    from importlib.metadata import entry_points

    return [] if any(entry.name == "academy" for entry in entry_points(group="pytest11")) else ["-p", "autograders.pytest_plugin"]
