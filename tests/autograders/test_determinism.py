"""The same submission, checks and seeds give the same: in another order, another process, other servers."""
from __future__ import annotations

import json
import random

import pytest

from autograders.examination import Cell, CellKind, Run
from autograders.examiner import open_examiner
from autograders.pipeline import grade
from autograders.regrade import RegradeError, compare, identity
from autograders.sandbox.runner.pins import pins
from autograders.seeds import Seeds, draw
from tests.autograders.builders import ASSESSMENT, META, checks, notebook, solution, submission

from .examining import SMALL, environment, examine, examiner

# What L and T say of everything that could differ; the score is a fingerprint of it.
DRAWN = """
import random, numpy as np, os, sys, time
words = {'set': list({'b', 'a', 'c', 'd'}), 'hash': hash('text'), 'random': random.random(), 'numpy': float(np.random.rand()),
         'choice': np.random.choice(100, 5).tolist(), 'solve': np.linalg.solve(np.arange(9.).reshape(3, 3) + np.eye(3), np.ones(3)).round(9).tolist(),
         'product': float((np.arange(1e4) ** .5 @ np.arange(1e4) ** .25)), 'zone': time.tzname[0],
         'environment': sorted((k, v) for k, v in os.environ.items() if 'THREADS' in k or 'OPENBLAS' in k or 'ATEN' in k or 'HASH' in k),
         'python': sys.version}
"""
FINGERPRINT = "import hashlib, json\nint(hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()[:12], 16) / 2 ** 48"


def fingerprints(seed: int, opened=None) -> tuple[float, float]:
    """Of L and of T."""
    cells = (Cell("s", CellKind.SOLUTION, DRAWN, DRAWN, names=("words",)), Cell("l", CellKind.TESTS, FINGERPRINT, None, 1.0),
             Cell("t", CellKind.TESTS, DRAWN + FINGERPRINT, None, 1.0))
    result = (opened or examiner()).examine(Run(seed, cells), SMALL)
    return tuple(v.score for v in result.verdicts)


def test_the_same_seed_gives_the_same_in_L_and_in_T_whatever_came_before():
    first = fingerprints(5)
    examine("assert x", "x = 1", seed=9)
    fingerprints(6)
    assert fingerprints(5) == first and 0 not in first


def test_another_seed_gives_something_else_and_so_do_the_two_sides():
    assert len({*fingerprints(5), *fingerprints(6)}) == 4


def test_other_servers_and_other_processes_give_the_same():
    with open_examiner(environment(), workers=2) as other:
        assert fingerprints(7, other) == fingerprints(7)
    with open_examiner(environment(), fresh=True) as fresh:
        assert fingerprints(7, fresh) == fingerprints(7)


def test_the_order_of_submissions_does_not_matter():
    solutions = {f"s{n}": f"import random\nx = [random.random() for _ in range({n % 3 + 1})]" for n in range(6)}
    tests = "import hashlib\nint(hashlib.sha256(repr(x).encode()).hexdigest()[:8], 16) / 2 ** 32"
    orders = [list(solutions), list(reversed(solutions)), random.Random(3).sample(list(solutions), 6)]
    found = [{name: examine(tests, solutions[name], seed=3).score for name in order} for order in orders]
    assert found[0] == found[1] == found[2] and len(set(found[0].values())) == 3


@pytest.mark.parametrize("variable, value", [
    ("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1"), ("ATEN_CPU_CAPABILITY", "default"), ("PYTHONHASHSEED", "0"), ("TZ", "UTC")])
def test_what_is_pinned_is_so_inside(variable, value):
    look = f"import os\nfound = os.environ.get({variable!r})"
    assert examine(f"assert found == {value!r}\n{look}\nassert found == {value!r}", look).score == 2


def test_blas_kernels_are_pinned_where_the_processor_has_them():
    assert pins("flags : fpu avx2 sse\n")["OPENBLAS_CORETYPE"] == "Haswell"
    assert "OPENBLAS_CORETYPE" not in pins("flags : fpu sse\n")


# -- a second grading
SOURCE = notebook(solution("a", "### BEGIN SOLUTION\nimport random\nx = random.random()\n### END SOLUTION"),
                  checks("ta", 1, "assert 0 <= x < 1"), solution("b", "### BEGIN SOLUTION\ny = 1\n### END SOLUTION"), checks("tb", 2, "assert y == 1"))


def graded(seeds: Seeds, **answers: str) -> dict:
    return grade(SOURCE, submission(SOURCE, **answers), examiner=examiner(), seeds=seeds, submission_meta=META, assessment=ASSESSMENT,
                 limits=SMALL).transcript


def test_a_second_grading_at_the_same_seeds_has_the_same_identity():
    seeds = draw(4, 1)
    first, second = graded(seeds), graded(seeds)
    assert identity(first) == identity(second) and first["id"] != second["id"]
    assert compare(first, second) == compare(second, first) and not compare(first, second).needs_person and compare(first, second).same_seeds


def test_a_second_grading_at_other_seeds_that_agrees():
    found = compare(graded(draw(4, 1)), graded(draw(4, 1)))
    assert not found.needs_person and not found.same_seeds


def test_a_second_grading_at_other_seeds_that_disagrees_needs_a_person():
    coin = "import random\nx = 0.5 if random.random() < 0.5 else 7"
    transcripts = [graded(Seeds((seed,), (bytes(16),)), a=coin) for seed in range(8)]
    found = [compare(transcripts[0], other) for other in transcripts[1:]]
    assert any(c.needs_person for c in found) and any(not c.needs_person for c in found)
    assert {c.differing for c in found} == {(), ("ta",)}


@pytest.mark.parametrize("part, name", [("submission", "content_hash"), ("assessment", "source_hash"), ("examiner", "version")])
def test_transcripts_of_different_things_are_not_compared(part, name):
    first = graded(draw(4, 0))
    other = json.loads(json.dumps(first))
    other[part][name] = "another"
    with pytest.raises(RegradeError, match=f"{part} {name}"):
        compare(first, other)


def test_the_identity_leaves_out_time_and_machine_and_covers_scores():
    first = graded(draw(4, 0))
    other = json.loads(json.dumps(first)) | {"id": "urn:uuid:0", "examined": "2030-01-01T00:00:00Z"}
    other["examiner"]["cpu"] = "another"
    assert identity(other) == identity(first)
    other["tasks"][0]["score"] = 0
    assert identity(other) != identity(first)


def test_what_numbers_depend_on_is_recorded():
    assert "ATEN_CPU_CAPABILITY=default" in graded(draw(4, 0))["examiner"]["cpu"]
