"""Each rule finds what it is there for: the built-in module is clean, and one change breaks one rule."""
from __future__ import annotations

import re
import shutil

import pytest

from curriculum.catalogue import load_catalogue
from curriculum.lint import Finding, lint

MODULES = [(track.id, module.id) for track in load_catalogue().tracks for module in track.modules]
LESSON, ASSESSMENT, TOML = "lesson.md", "assessment.py", "module.toml"


@pytest.mark.parametrize(("track", "module"), MODULES)
def test_released_modules_are_clean(track, module):
    assert lint(load_catalogue().module(track, module)) == []


@pytest.fixture
def changed(tmp_path):
    """The first built-in module with one text exchanged."""

    def change(file: str, old: str, new: str, count: int = 1):
        source = load_catalogue().tracks[0]
        shutil.copytree(source.path, tmp_path / "pack" / source.id)
        path = tmp_path / "pack" / source.id / source.modules[0].id / file
        text = path.read_text()
        assert re.search(old, text, re.DOTALL), old
        path.write_text(re.sub(old, lambda _: new, text, count=count, flags=re.DOTALL))
        return lint(load_catalogue([tmp_path / "pack"]).tracks[0].modules[0])

    return change


LONG = "word " * 260
@pytest.mark.parametrize(("file", "old", "new", "rule", "message"), [
    (LESSON, "Only Motu is hidden", LONG + "Only", "1", "split the cell at 250"),
    (LESSON, r"Only Motu is hidden\. A journalist", "word " * 310 + "\n\nA journalist", "2", "words since the last code cell"),
    (LESSON, "total = sum\\(PATIENTS\\)", "total = sum(PATIENTS)\n" + "total = total\n" * 30, "3", "split the cell at 25"),
    (LESSON, "This takes 40 minutes", "word. " * 200 + "This takes", "4", "the first code comes after"),
    (LESSON, "Any rule that always", "word " * 240 + "\n\n+++\n\n" + "word " * 240 + "\n\n+++\n\nAny", "5", "at most 1,900"),
    (LESSON, r"\"patients in treatment \(persons\)\"", '"patients in treatment"', "7", "its unit in brackets"),
    (LESSON, r'show\("Three districts have fewer than eight patients",', 'show(', "7", "a title and a label for each axis"),
    (LESSON, r'show\("Three districts.*?\)\n```', 'plt.bar([1], [2])\n```', "7", "a plot without show"),
    (LESSON, r'alt="Horizontal bar chart.*?each\."', 'alt="A chart."', "7", "the description has 2 words"),
    (LESSON, "## The register", "## The register of all the people of the islands", "9", "a heading has at most 7 words"),
    (LESSON, r"\*\*Data:\*\*", "Data:", "9", "say after"),
    (LESSON, r"\*\*Sources:\*\*", "Sources:", "9", "at least two sources"),
    (LESSON, "Only Motu is hidden", "Only 11.1 % are hidden", "10", "is typed; print it"),
    (LESSON, "Only Motu is hidden", "Obviously Motu is hidden", "10", "the word 'Obviously'"),
    (LESSON, "Only Motu is hidden\\.", "Motu is hidden!", "10", "an exclamation mark"),
    (LESSON, r"default_rng\(7\)", "default_rng()", "10", "draws without a seed"),
    (LESSON, "This takes size for safety.*?</details>", "Wrong.\n</details>", "10", "the feedback on"),
    (LESSON, "Right\\. With noise", "With noise", "10", "exactly one option"),
    (LESSON, r"<details><summary>C\. Rounding.*?</details>", "", "10", "2 options"),
    (LESSON, r"Compute the scale of the noise, in boats, and store it in `boat_scale` as a float\.", "Compute it.", "10", "the name of its result as code"),
    (LESSON, "## The register", "#### The register", "H", "from level 1 to 4"),
    (LESSON, "## The register", "# The register", "H", "exactly one first-level heading"),
    (LESSON, "Only Motu is hidden", "![](map.png) Only", "H", "without a description"),
    (TOML, r'prerequisites = \[.*?\]', "", "M", "prerequisites"),
    (TOML, "minutes = 40", "minutes = 90", "M", "90 minutes of reading"),
    (ASSESSMENT, r"\*\*Edge cases\*\*", "**Edges**", "A1", "needs, in this order"),
    (ASSESSMENT, r"\*\*Points\*\*: 3", "**Points**: 4", "A2", "Points.*: 3"),
    (ASSESSMENT, r', "recover must return.*?"\n', "\n", "A3", "an assert needs a fixed message"),
])
def test_a_broken_rule_is_found(changed, file, old, new, rule, message):
    found = changed(file, old, new)
    assert any(finding.rule == rule and re.search(message, finding.message) for finding in found), found


def test_actions_and_sentences(changed):
    found = changed(LESSON, r"\*\*(Predict|predict|Try it|Exercise \d|Question \d)", "**Look", count=0)
    assert {"8"} <= {finding.rule for finding in found}


def test_a_rule_is_set_aside_for_one_cell_with_a_reason(changed):
    assert changed(LESSON, "Only Motu is hidden", '+++ {"lint": "10: a figure of speech"}\n\nOnly 11.1 % are hidden') == []


def test_a_reason_is_needed(changed):
    assert changed(LESSON, "Only Motu is hidden", '+++ {"lint": "10"}\n\nOnly 11.1 % are hidden') != []


def test_a_finding_reads_as_one_line():
    assert str(Finding("7", "cell-08", "no text follows the plot")) == "[7] cell-08: no text follows the plot"
