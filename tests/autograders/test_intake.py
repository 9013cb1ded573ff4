"""What is taken as a submission and what is refused, with the words a learner gets."""
from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from autograders.intake import Rules, check_name, check_notebook, check_size, check_time, content_hash, is_content_hash, marks
from autograders.refusal import Refusal


def cell(source: str = "", kind: str = "code", grade_id: str | None = None, **mark) -> dict:
    metadata = {} if grade_id is None else {"nbgrader": {"grade_id": grade_id, "solution": True, **mark}}
    return {"cell_type": kind, "metadata": metadata, "source": source} | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def notebook(*cells: dict, language: str = "python", **more) -> dict:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "core", "language": language}}, "cells": list(cells)} | more


RELEASED = notebook(cell("# Task", "markdown"), cell("", grade_id="one"), cell("assert one", grade_id="test_one", grade=True, solution=False),
                    cell("", grade_id="two"))
GOOD = notebook(cell("", grade_id="one"), cell("mine"), cell("", grade_id="test_one", grade=True), cell("", grade_id="two"))


def bytes_of(content) -> bytes:
    return json.dumps(content).encode()


def test_a_good_one_passes_with_own_cells_and_another_kernel_name():
    other = notebook(*GOOD["cells"], metadata={"kernelspec": {"name": "python3", "language": "python"}})
    assert check_notebook(bytes_of(other), RELEASED)["cells"][1]["source"] == "mine"


@pytest.mark.parametrize(("data", "code", "words"), [
    (b"", "empty", "empty"),
    (b"\xff\xfe", "not-a-notebook", "cannot be read"),
    (b"PK\x03\x04", "not-a-notebook", "cannot be read"),
    (b"[" * 100_000, "not-a-notebook", "cannot be read"),
    (b'{"nbformat": 4, "nbformat": 4, "metadata": {}, "cells": []}', "not-a-notebook", "cannot be read"),
    (b'{"nbformat": 4, "metadata": {"x": NaN}, "cells": []}', "not-a-notebook", "cannot be read"),
    (b'{"nbformat": 4, "metadata": {"x": -Infinity}, "cells": []}', "not-a-notebook", "cannot be read"),
    (b"[]", "not-a-notebook", "no cells"),
    (b"{}", "not-a-notebook", "no cells"),
    (bytes_of(notebook(*GOOD["cells"], nbformat=3)), "old-format", "format 4"),
    (bytes_of(notebook("cell")), "not-a-notebook", "Cell 1 is not a notebook cell"),
    (bytes_of(notebook(cell(7))), "not-a-notebook", "Cell 1 is not a notebook cell"),
    (bytes_of(notebook({"cell_type": "heading", "metadata": {}, "source": ""})), "not-a-notebook", "Cell 1"),
    (bytes_of(notebook()), "other-notebook", "not the notebook of this assessment"),
    (bytes_of(notebook(cell("", grade_id="three"))), "other-notebook", "not the notebook of this assessment"),
    (bytes_of(notebook(*GOOD["cells"][:3])), "missing-cells", "missing: two"),
    (bytes_of(notebook(*GOOD["cells"], GOOD["cells"][0])), "duplicate-cells", "more than once: one"),
    (bytes_of(notebook(*GOOD["cells"], cell("", grade_id="three"))), "foreign-cells", "do not belong to this assessment: three"),
    (bytes_of(notebook(*GOOD["cells"], language="R")), "other-language", "kernel is for r"),
])
def test_what_is_refused_says_why_and_what_to_do(data, code, words):
    with pytest.raises(Refusal, match=words) as refused:
        check_notebook(data, RELEASED)
    assert refused.value.code == code and refused.value.next


@pytest.mark.parametrize(("size", "taken"), [(0, False), (1, True), (99, True), (100, True), (101, False)])
def test_size(size, taken):
    if taken:
        check_size(size, Rules(max_bytes=100))
    else:
        with pytest.raises(Refusal, match="empty|are allowed"):
            check_size(size, Rules(max_bytes=100))


@pytest.mark.parametrize(("count", "taken"), [(4, True), (5, True), (6, False)])
def test_number_of_cells(count, taken):
    many = notebook(*GOOD["cells"], *[cell()] * (count - 4))
    if taken:
        check_notebook(bytes_of(many), RELEASED, Rules(max_cells=5))
    else:
        with pytest.raises(Refusal, match="6 cells; 5 are allowed"):
            check_notebook(bytes_of(many), RELEASED, Rules(max_cells=5))


@pytest.mark.parametrize("name", ["assessment.ipynb", "A b.IPYNB", "évaluation.ipynb", "تقييم.ipynb", "x" * 154 + ".ipynb"])
def test_names_that_are_taken(name):
    assert check_name(name) == name


@pytest.mark.parametrize(("name", "words"), [
    ("", "No file"), ("   ", "No file"), ("x" * 155 + ".ipynb", "longer than"), ("é" * 150 + ".ipynb", "longer than"),
    ("../a.ipynb", "characters"), ("a/b.ipynb", "characters"), ("a\\b.ipynb", "characters"), (".a.ipynb", "characters"), ("-a.ipynb", "characters"),
    ("a\nb.ipynb", "characters"), ("a\0.ipynb", "characters"), ("a\u202eb.ipynb", "characters"), ("a\ud800.ipynb", "characters"),
    ("a.py", "does not end in .ipynb"), ("a.ipynb.exe", "does not end"), ("ipynb", "does not end"),
])
def test_names_that_are_refused(name, words):
    with pytest.raises(Refusal, match=words):
        check_name(name)


@pytest.mark.parametrize(("opens", "due", "code"), [
    (None, None, None), (9, 11, None), (10, 10, None), (11, None, "too-early"), (None, 9, "late"),
])
def test_dates(opens, due, code):
    at = lambda hour: None if hour is None else datetime(2026, 11, 23, hour, tzinfo=timezone.utc)  # noqa: E731
    if code is None:
        check_time(at(10), at(opens), at(due))
    else:
        with pytest.raises(Refusal, match="opens on|closed on") as refused:
            check_time(at(10), at(opens), at(due))
        assert refused.value.code == code


def test_hashes():
    assert content_hash(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for text in ("", "sha256:", "sha256:" + "A" * 64, "sha256:" + "a" * 63, "sha256:" + "a" * 64 + "\n", "md5:" + "a" * 32):
        assert not is_content_hash(text)


def test_marks_are_those_that_mean_something():
    assert marks(RELEASED) == ["one", "test_one", "two"]
    assert marks(notebook(cell("", grade_id="plain", solution=False))) == []
