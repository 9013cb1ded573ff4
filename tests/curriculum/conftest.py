"""A small content pack, written out file by file, that tests change in one place."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from curriculum.catalogue import load_catalogue
from curriculum.model import Module

TRACK = '''title = "Prices"
summary = "Index numbers."
version = "1.0.0"
family = "core"
level = "aware"
competencies = ["C5"]
assessment = "public"
pass_share = 0.6
'''
MODULE = '''title = "Averages"
summary = "Means."
version = "1.2.0"
hours = 1.5
minutes = 30
data_licence = "CC0-1.0"
prerequisites = ["Python"]

[[outcome]]
code = "P-1"
verb = "Compute"
text = "a mean"
competency = "C5"

[[task]]
grade_id = "test_mean"
answers = "mean"
title = "The mean"
outcome = "P-1"
'''
ASSESSMENT = '''# %% [markdown]
# # Averages

# %% tags=["parameters"]
SEED = 1

# %% [markdown]
# ## Task 1
# Compute the mean.

# %% nbgrader={"grade": false, "grade_id": "mean", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mean(values):
    """The mean."""
    if not values:
        ### BEGIN SOLUTION
        return 0.0
    total = sum(values)
    return total / len(values)
        ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_mean", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
assert mean([2, 4]) == 3, "The mean of 2 and 4 must be 3"
### BEGIN HIDDEN TESTS
assert mean([SEED]) == SEED, "The mean of one number must be that number"
### END HIDDEN TESTS
'''
LESSON = '''# Averages

Text.

```{code-cell} ipython3
:tags: [example]

x = 1
```
'''
FILES = {
    "prices/track.toml": TRACK, "prices/01_averages/module.toml": MODULE, "prices/01_averages/assessment.py": ASSESSMENT,
    "prices/01_averages/lesson.md": LESSON,
    "prices/01_averages/mutants/total.py": "# fails: test_mean\n# why: forgets to divide\ndef mean(values):\n    return sum(values)\n",
    "prices/01_averages/alternatives/library.py": "# solves: test_mean\n# why: the standard library\nfrom statistics import mean\n",
}


@pytest.fixture
def pack(tmp_path) -> Callable[..., Path]:
    """Writes the pack; a file named as keyword ``path=`` is changed by ``replace={old: new}``, or given as ``text=``."""

    def write(path: str = "", replace: dict[str, str] | None = None, text: str | None = None) -> Path:
        for name, content in FILES.items():
            file = tmp_path / "pack" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if name == path:
                for old, new in (replace or {}).items():
                    assert old in content
                    content = content.replace(old, new)
            file.write_text(content)
        if text is not None:
            (tmp_path / "pack" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "pack" / path).write_text(text)
        return tmp_path / "pack"

    return write


@pytest.fixture
def module(pack) -> Callable[..., Module]:
    """The pack's module, with the same changes."""
    return lambda *args, **kwargs: load_catalogue([pack(*args, **kwargs)]).module("prices", "01_averages")
