"""papermill's engine ``academy``: parameters reach the sandboxed run, and its end is told."""
import json
import sys

import papermill
import pytest
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError

from autograders.papermill_engine import AcademyEngine
from autograders.sandbox import SandboxError
from tests.autograders.builders import checks, code, notebook


@pytest.fixture
def execute(tmp_path):
    def run(source, parameters, **options):
        (tmp_path / "in.ipynb").write_text(json.dumps(notebook(code("SEED = 1", tags=["parameters"]), *source)))
        papermill_engines.register("academy", AcademyEngine)
        try:
            return papermill.execute_notebook(tmp_path / "in.ipynb", tmp_path / "out.ipynb", parameters, engine_name="academy",
                                              kernel_name="python3", progress_bar=False, python=sys.executable, **options)
        except SandboxError as error:
            pytest.skip(f"no sandbox can be made here: {error}")
    return run


def test_parameters_reach_the_run(execute):
    made = execute([code("x = SEED * 2"), checks("t", 1, "assert SEED == 7")], {"SEED": 7})
    assert [cell.outputs[0].output_type for cell in made.cells if cell.metadata.get("nbgrader")] == ["execute_result"]


def test_a_check_that_fails_is_papermills_error(execute):
    with pytest.raises(PapermillExecutionError, match="Exception encountered"):
        execute([checks("u", 1, "assert SEED == 1")], {"SEED": 7})


def test_a_run_without_an_end_is_an_error(execute):
    with pytest.raises(PapermillExecutionError, match="Exception encountered"):
        execute([code("while True: pass"), checks("t", 1, "assert True")], {"SEED": 7}, seconds=3.0)
