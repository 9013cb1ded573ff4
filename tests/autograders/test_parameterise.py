"""Seeds are injected by papermill's rule, the learner's own first."""
import pytest

from autograders.record import Record
from autograders.seeds import draw
from autograders.steps.parameterise import INJECTED, declared_seed, runs
from autograders.steps.rebuild import rebuild
from autograders.submission import Submission
from curriculum.parameters import commitment
from tests.autograders.builders import checks, code, demo, notebook, submission


def made(source, own=None, seeds=(5,)):
    record = Record.of(source)
    return runs(record, rebuild(record, Submission.of(own or source)).cells, seeds)


def test_the_seed_is_injected_after_the_parameters():
    (run,) = made(demo(), submission())
    assert [cell.id for cell in run.cells][:3] == ["cell-2", INJECTED, "data"]
    assert run.cells[1].record == run.cells[1].submitted == "# Parameters\nSEED = 5"
    assert run.seed == 5


def test_papermill_itself_writes_the_same_assignment():
    from nbformat import from_dict
    from papermill.parameterize import parameterize_notebook

    source = from_dict(demo())
    source.metadata["papermill"] = {}
    for cell in source.cells:
        cell.metadata.setdefault("tags", [])
    theirs = parameterize_notebook(source, {"SEED": 5}, engine_name="nbclient", kernel_name="python3", language="python")
    assert [c.source.strip() for c in theirs.cells if INJECTED in c.metadata.get("tags", [])] == [made(demo())[0].cells[1].record]
    assert theirs.cells.index(next(c for c in theirs.cells if "parameters" in c.metadata.get("tags", []))) == 1


def test_only_the_first_parameters_cell_counts():
    source = notebook(code("SEED = 1", tags=["parameters"]), code("x = 1", tags=["parameters"]), checks("t", 1, ""))
    assert [cell.id for cell in made(source)[0].cells] == ["cell-1", INJECTED, "cell-2", "t"]


@pytest.mark.parametrize(("added", "again"), [
    ("SEED = 99", True), ("for SEED in range(3): pass", True), ("rng = SEED + 1", False), ("def f():\n    SEED = 3", False),
    ("SEED = (", False), ("print('SEED')", False),
])
def test_a_cell_that_the_learner_added_never_sets_the_seed_of_what_follows(added, again):
    source, own = demo(), submission()
    place = next(n for n, cell in enumerate(own["cells"]) if "parameters" in cell["metadata"].get("tags", []))
    own["cells"].insert(place + 1, code(added))
    (run,) = made(source, own)
    ids = [cell.id for cell in run.cells]
    assert ids[:3] == ["cell-2", INJECTED, "extra-1"]
    assert (ids[3] == f"{INJECTED}-after-extra-1") == again
    assert not again or run.cells[3].submitted == run.cells[3].record == "# Parameters\nSEED = 5"


def test_the_cell_that_was_handed_out_is_dropped(own_seed=99):
    from nbformat import from_dict

    from curriculum.parameters import inject

    source = demo()
    (run,) = made(source, inject(from_dict(submission()), {"SEED": own_seed}))
    assert run == made(source, submission())[0]


def test_without_parameters_the_runs_differ_by_their_seed_only():
    first, second = made(notebook(checks("t", 1, "")), seeds=(1, 2))
    assert first.cells == second.cells
    assert (first.seed, second.seed) == (1, 2)


@pytest.mark.parametrize(("source", "seed"), [
    ("SEED = 42", 42), ("a = 1\nSEED = 7", 7), ("SEED = 'x'", None), ("SEED = True", None), ("seed = 1", None), ("SEED = f()", None),
])
def test_the_declared_seed(source, seed):
    assert declared_seed(Record.of(notebook(code(source, tags=["parameters"])))) == seed
    assert declared_seed(Record.of(notebook(code(source)))) is None


def test_drawn_seeds_are_different_and_committed_to():
    seeds = draw(42, 3)
    assert seeds.values[0] == 42
    assert len(set(seeds.values)) == 4
    assert seeds.commitments == tuple(commitment(s, v) for s, v in zip(seeds.salts, seeds.values, strict=True))
    assert not set(draw(42, 3).values[1:]) & set(seeds.values[1:])
