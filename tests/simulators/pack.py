"""A small course pack, written to disk: a track of two modules with two tasks each, for tests of what lies around them."""
from __future__ import annotations

import json
from pathlib import Path

TRACK = '''title = {title}
summary = "Sums and means of a small survey, and what they are worth."
version = "1.0.0"
family = "core"
level = "aware"
competencies = ["C1"]
assessment = "public"
pass_share = 0.7
'''
MODULE = '''title = {title}
summary = "Add up what was counted, and say how sure you are."
version = "{version}"
hours = 2.0
minutes = 25
data_licence = "CC0-1.0"

[[outcome]]
code = "O1"
verb = "Compute"
text = "a total and its mean"
competency = "C1"

[[task]]
grade_id = "test_total"
answers = "total"
title = "The total"
outcome = "O1"

[[task]]
grade_id = "test_mean"
answers = "mean"
title = "The mean"
outcome = "O1"
'''
LESSON = '''# {title}

A total is a sum.

```{{code-cell}} python
sum([1, 2, 3])
```
'''


def _cell(mark: dict, source: str, tags: str = "") -> str:
    marked = f" nbgrader={json.dumps(mark)}" if mark else ""
    return f"# %%{tags}{marked}\n{source}\n\n"


def _mark(grade_id: str, **more) -> dict:
    return {"schema_version": 3, "grade_id": grade_id, "grade": False, "solution": False, "locked": False, "task": False} | more


ASSESSMENT = (
    "# %% [markdown]\n# # Assessment\n\n"
    + _cell({}, "SEED = 0", ' tags=["parameters"]')
    + _cell(_mark("total", solution=True), "### BEGIN SOLUTION\ntotal = lambda xs: sum(xs)\n### END SOLUTION")
    + _cell(_mark("test_total", grade=True, locked=True, points=2), "assert total([1, 2]) == 3")
    + _cell(_mark("mean", solution=True), "### BEGIN SOLUTION\nmean = lambda xs: sum(xs) / len(xs)\n### END SOLUTION")
    + _cell(_mark("test_mean", grade=True, locked=True, points=3), "assert mean([1, 3]) == 2")
)


def write_pack(folder: Path, *, track: str = "counting", title: str = "Counting well",
               modules: tuple[tuple[str, str], ...] = (("01_totals", "Totals"), ("02_means", "Means")), version: str = "1.0.0") -> Path:
    """The folder, now a pack."""
    place = folder / track
    place.mkdir(parents=True, exist_ok=True)
    (place / "track.toml").write_text(TRACK.format(title=json.dumps(title, ensure_ascii=False)), encoding="utf-8")
    for name, module_title in modules:
        module = place / name
        module.mkdir(exist_ok=True)
        (module / "module.toml").write_text(MODULE.format(title=json.dumps(module_title, ensure_ascii=False), version=version), encoding="utf-8")
        (module / "lesson.md").write_text(LESSON.format(title=module_title), encoding="utf-8")
        (module / "assessment.py").write_text(ASSESSMENT, encoding="utf-8")
    return folder
