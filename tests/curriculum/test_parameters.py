from __future__ import annotations

import hashlib
import hmac

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from curriculum.parameters import commitment, inject, learner_seed

KEY = bytes(range(32))


def test_a_learner_seed_is_an_hmac_of_length_prefixed_fields():
    fields = [b"academy.seed/1", "ana".encode(), b"t/01_m", b"1"]
    message = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    expected = int.from_bytes(hmac.new(KEY, message, hashlib.sha256).digest()[:4], "big")
    assert learner_seed(KEY, "ana", "t/01_m", 1) == expected


@pytest.mark.parametrize("other", [
    ("bob", "t/01_m", 1), ("ana", "t/02_m", 1), ("ana", "t/01_m", 2), ("anat", "/01_m", 1), ("", "anat/01_m", 1), ("ána", "t/01_m", 1),
])
def test_who_what_and_which_attempt_all_matter(other):
    assert learner_seed(KEY, *other) != learner_seed(KEY, "ana", "t/01_m", 1)


def test_the_key_matters_and_must_be_long():
    assert learner_seed(KEY[::-1], "ana", "m", 1) != learner_seed(KEY, "ana", "m", 1)
    with pytest.raises(ValueError, match="at least 16 bytes"):
        learner_seed(b"short", "ana", "m", 1)


def test_seeds_fit_every_generator():
    seeds = {learner_seed(KEY, f"learner {number}", "m", 1) for number in range(2000)}
    assert len(seeds) > 1990 and 0 <= min(seeds) and max(seeds) < 2**32


def test_a_commitment_binds_salt_and_seed():
    salt = bytes(16)
    assert commitment(salt, 42) == "sha256:" + hashlib.sha256(salt + b"42").hexdigest()
    assert commitment(b"\1" * 16, 42) != commitment(salt, 42) != commitment(salt, 43)
    with pytest.raises(ValueError, match="16 bytes, not 15"):
        commitment(bytes(15), 42)


def notebook(*tags):
    return new_notebook(cells=[new_markdown_cell("# T")] + [new_code_cell("SEED = 1", metadata={"tags": list(tag)}) for tag in tags])


@pytest.mark.parametrize(("tags", "place"), [
    ([], 0), ([()], 0), ([("parameters",)], 2), ([(), ("other", "parameters"), ()], 3), ([("parameters",), ("parameters",)], 2),
])
def test_parameters_come_after_their_cell(tags, place):
    given = notebook(*tags)
    before = nbformat.writes(given)
    result = inject(given, {"SEED": 7, "name": "a'b", "share": 0.5, "none": None})
    assert result.cells[place].metadata["tags"] == ["injected-parameters"]
    assert result.cells[place].source == "# Parameters\nSEED = 7\nname = \"a'b\"\nshare = 0.5\nnone = None"
    nbformat.validate(result)
    assert nbformat.writes(given) == before


def test_injected_parameters_are_replaced():
    once = inject(notebook(("parameters",)), {"SEED": 7})
    twice = inject(once, {"SEED": 8})
    assert [cell.source for cell in twice.cells if cell.metadata.get("tags") == ["injected-parameters"]] == ["# Parameters\nSEED = 8"]
    assert len(twice.cells) == len(once.cells)


@pytest.mark.parametrize("values", [{"a b": 1}, {"a": [1]}, {"1": 1}, {"a": print}])
def test_only_plain_values_are_parameters(values):
    with pytest.raises(ValueError, match="cannot be a parameter"):
        inject(notebook(), values)
