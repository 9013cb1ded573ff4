from __future__ import annotations

import nbformat
import pytest

from curriculum import notebooks
from curriculum.errors import NotebookError

ASSESSMENT, MUTANT = "prices/01_averages/assessment.py", "prices/01_averages/mutants/total.py"


def test_the_instructors_notebook_is_valid_and_marked(module):
    notebook = notebooks.instructor_notebook(module())
    nbformat.validate(notebook)
    assert notebook.metadata["kernelspec"] == {"name": "core", "display_name": "Python (core)", "language": "python"}
    assert [cell.id for cell in notebook.cells] == ["cell-01", "cell-02", "cell-03", "mean", "test_mean"]
    assert notebook.cells[1].metadata["tags"] == ["parameters"]
    assert notebook.cells[4].metadata["nbgrader"]["points"] == 2
    assert "HIDDEN" in notebook.cells[4].source and not any(cell.get("outputs") for cell in notebook.cells)


def test_the_same_text_gives_the_same_bytes(module):
    one = module()
    assert notebooks.notebook_bytes(notebooks.release_notebook(one)) == notebooks.notebook_bytes(notebooks.release_notebook(one))


def test_stripping_keeps_the_indent_of_the_region(module):
    """A region that begins deeper than it ends leaves a stub that parses."""
    source = notebooks.release_notebook(module()).cells[3].source
    compile(source, "mean", "exec")
    assert source.splitlines()[-2:] == ["        # YOUR CODE HERE", "        raise NotImplementedError()"]


def test_the_instructors_own_answers_still_run(module):
    source = notebooks.solutions(notebooks.instructor_notebook(module()))["mean"]
    space = {}
    exec(source, space)
    assert space["mean"]([2, 4]) == 3 and space["mean"]([]) == 0.0


def test_a_submission_has_the_given_answers_and_blanks(module):
    instructor = notebooks.instructor_notebook(module())
    assert notebooks.with_solutions(instructor, {}) == notebooks.release(instructor)
    filled = notebooks.with_solutions(instructor, {"mean": "mean = max"})
    assert filled.cells[3].source == "mean = max" and "HIDDEN" not in filled.cells[4].source
    with pytest.raises(NotebookError, match="no solution cell 'means'; did you mean 'mean'"):
        notebooks.with_solutions(instructor, {"means": ""})


def test_variants_are_whole_submissions(module):
    one = module()
    (mutant,), (other,) = notebooks.mutants(one), notebooks.alternatives(one)
    assert (mutant.name, mutant.task, mutant.answers, mutant.why) == ("total", "test_mean", "mean", "forgets to divide")
    assert mutant.submission.cells[3].source == mutant.source == "def mean(values):\n    return sum(values)\n"
    assert other.source == "from statistics import mean\n"


@pytest.mark.parametrize(("text", "message"), [
    ("def mean(v):\n    return 0\n", "begin the file with a line '# fails: …'"),
    ("# fails: test_mean\nx = 1\n", "begin the file with a line '# why: …'"),
    ("# fail: test_mean\n# why: x\n", "unknown key 'fail'; did you mean 'fails'"),
    ("# fails: test_means\n# why: x\n", "no task 'test_means'; did you mean 'test_mean'"),
    ("# solves: test_mean\n# why: x\n", "unknown key 'solves'"),
])
def test_a_variant_says_what_it_is_about(module, text, message):
    with pytest.raises(NotebookError, match=message):
        notebooks.mutants(module(MUTANT, text=text))


@pytest.mark.parametrize(("replace", "message"), [
    ({'"schema_version": 3, "solution": true': '"schema_version": 3, "solutions": true, "solution": true'}, "unknown nbgrader key 'solutions'; did you mean 'solution'"),
    ({'"grade_id": "mean"': '"grade_id": "cell-01"'}, "two cells are named 'cell-01'"),
])
def test_a_broken_assessment_is_an_error(pack, replace, message):
    from curriculum.catalogue import load_catalogue

    path = pack(ASSESSMENT, replace)
    if "cell-01" in message:
        toml = path / "prices/01_averages/module.toml"
        toml.write_text(toml.read_text().replace('answers = "mean"', 'answers = "cell-01"'))
    with pytest.raises(NotebookError, match=message):
        notebooks.instructor_notebook(load_catalogue([path]).module("prices", "01_averages"))


def test_the_lesson_is_read_from_myst(module):
    notebook = notebooks.lesson_notebook(module())
    nbformat.validate(notebook)
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [("markdown", "# Averages\n\nText."), ("code", "x = 1")]
    assert notebook.cells[1].metadata["tags"] == ["example"]
