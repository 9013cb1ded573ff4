"""`academy grade` and `academy check` as other people's scripts use them, over the simulated examiner and once over the real one."""
import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub_config.cli import build
from hub_config.errors import AcademyError
from hub_config.verbs import grading
from tests.autograders.builders import cell, checks, demo, notebook, solution, submission
from tests.simulators.examiner import SimulatedExaminer

KEYS = {"submission", "score", "max_score", "tasks", "needs_review", "error", "transcript"}


@pytest.fixture
def simulated(monkeypatch, simulator):
    @contextmanager
    def examiner(preload, workers, python, family=None):
        yield simulator
    monkeypatch.setattr(grading, "_examiner", examiner)
    return simulator


@pytest.fixture
def academy():
    def run(*arguments):
        return CliRunner().invoke(build(), [str(a) for a in arguments], standalone_mode=False)
    return run


@pytest.fixture
def graded_files(tmp_path, simulated, academy):
    """``graded_files({"name.ipynb": notebook or bytes}, *options)`` -> (exit code, lines)"""
    def run(files, *options, source=None):
        (tmp_path / "source.ipynb").write_text(json.dumps(source or plain()))
        for name, content in files.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            (tmp_path / name).write_bytes(data)
        result = academy("grade", "--source", tmp_path / "source.ipynb", "--json", "--seeds", 2, *options, *(tmp_path / n for n in files))
        if result.exception:
            raise result.exception
        return result.return_value, [json.loads(line) for line in result.stdout.splitlines()]
    return run


def plain():
    """The demo without the answer for a person."""
    source = demo()
    source["cells"].pop()
    return source


def test_a_line_a_submission_in_the_order_given(graded_files, tmp_path):
    code, lines = graded_files({"b.ipynb": submission(plain()), "a.ipynb": submission(plain(), total="total = None")})
    assert code == 0
    assert [Path(line["submission"]).name for line in lines] == ["b.ipynb", "a.ipynb"]
    assert all(set(line) == KEYS for line in lines)
    assert [(line["score"], line["max_score"]) for line in lines] == [(3, 3), (2, 3)]
    assert lines[1]["tasks"] == {"total_test": {"score": 0, "max_score": 1, "reason": "failed"},
                                 "double_test": {"score": 2, "max_score": 2, "reason": "passed"}}
    assert lines[0]["transcript"]["type"] == "academy.transcript/1"


def test_an_answer_for_a_person_is_exit_1(graded_files):
    code, (line,) = graded_files({"a.ipynb": submission()}, source=demo())
    assert (code, line["needs_review"], line["tasks"]["why"]["reason"]) == (1, True, "needs_review")


BAD = {
    "empty.ipynb": (b"", "empty"),
    "text.ipynb": (b"hello", "not a notebook"),
    "deep.ipynb": (b"[" * 200_000, "nested too deeply"),
    "old.ipynb": (b'{"nbformat": 3, "worksheets": []}', "format 4"),
    "large.ipynb": (b" " * (33 << 20), "bytes, 33554432 are allowed"),
    "cell.ipynb": (json.dumps(notebook(solution("total", "x" * (30 << 20)))).encode(), "the text of cell 1"),
}


def test_bad_files_do_not_stop_the_batch(graded_files):
    files = {name: content for name, (content, _) in BAD.items()} | {"good.ipynb": submission(plain())}
    code, lines = graded_files(files)
    assert code == 1
    assert [line["score"] for line in lines] == [0] * len(BAD) + [3]
    for line, (_, reason) in zip(lines, BAD.values(), strict=False):
        assert reason in line["error"]
        assert (line["needs_review"], line["max_score"]) == (True, 3)


def test_links_directories_and_missing_files_are_refused_one_by_one(graded_files, tmp_path, academy):
    graded_files({"real.ipynb": submission(plain())})
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "real.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    names = ["link.ipynb", "folder.ipynb", "pipe.ipynb", "missing.ipynb", "real.ipynb"]
    result = academy("grade", "--source", tmp_path / "source.ipynb", "--json", "--seeds", 1, *(tmp_path / n for n in names))
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["error"] and line["error"].split(": ", 1)[1] for line in lines] == [
        "it is a symbolic link: submit the file itself", "it is not a regular file", "it is not a regular file",
        "there is no such file", None]
    assert (result.return_value, lines[-1]["score"]) == (1, 3)


@pytest.mark.parametrize("name", ["with space.ipynb", "new\nline.ipynb", "-dash.ipynb", "‮rtl.ipynb", "ünï.ipynb", "no_extension", "a;b&c.ipynb"])
def test_odd_file_names(graded_files, name):
    code, (line,) = graded_files({name: submission(plain())}, "--")
    assert (code, line["score"]) == (0, 3)
    assert Path(line["submission"]).name == name


@pytest.mark.parametrize(("change", "message"), [
    (lambda nb: nb["cells"].append(cell(nb, "total")), "more than one cell with the id 'total'"),
    (lambda nb: nb["cells"].remove(cell(nb, "total")), "lacks the answer cell 'total'"),
])
def test_structure_errors_say_what_to_do(graded_files, change, message):
    own = submission(plain())
    change(own)
    code, (line,) = graded_files({"a.ipynb": own})
    assert (code, line["needs_review"]) == (1, True)
    assert message in line["error"]


def test_another_kernel_makes_no_difference(graded_files):
    own = submission(plain())
    own["metadata"]["kernelspec"] = {"name": "julia", "language": "julia", "display_name": "Julia"}
    assert graded_files({"a.ipynb": own})[1][0]["score"] == 3


def test_a_failing_examiner_is_exit_2_and_the_batch_goes_on(graded_files, simulated):
    calls = iter([RuntimeError("no fork server"), None, None])

    def sometimes(result):
        error = next(calls)
        if error:
            raise error
        return result
    simulated.rewrite = sometimes
    code, lines = graded_files({"a.ipynb": submission(plain()), "b.ipynb": submission(plain())}, "--workers", 1)
    assert code == 2
    assert "could not be examined (RuntimeError: no fork server)" in lines[0]["error"]
    assert lines[1]["score"] == 3


@pytest.mark.parametrize(("source", "message"), [
    (b"nonsense", "not a notebook"), (b"[]", "not a notebook"), (json.dumps(notebook(solution("x", "def ("))).encode(), "'x' is not Python"),
    (json.dumps(notebook(checks("a", 1, ""), checks("a", 1, ""))).encode(), "'a' more than once"),
])
def test_a_bad_source_is_one_error_with_a_next_step(tmp_path, simulated, academy, source, message):
    (tmp_path / "s.ipynb").write_bytes(source)
    result = academy("grade", "--source", tmp_path / "s.ipynb", tmp_path / "s.ipynb")
    assert isinstance(result.exception, AcademyError)
    assert message in str(result.exception)
    assert result.exception.next


def test_the_seed_count_is_the_number_of_runs(graded_files, simulated):
    graded_files({"a.ipynb": submission(plain())}, "--seeds", 4)
    assert len(simulated.runs) == 4
    assert simulated.runs[0].seed == 42


def test_people_read_the_same(tmp_path, simulated, academy):
    (tmp_path / "s.ipynb").write_text(json.dumps(plain()))
    (tmp_path / "a\x1b[31m.ipynb").write_text(json.dumps(submission(plain(), total="total = 0")))
    result = academy("grade", "--source", tmp_path / "s.ipynb", tmp_path / "a\x1b[31m.ipynb")
    assert result.stdout.endswith(": 2 of 3\n  total_test: 0 of 1 (failed)\n")
    assert "\x1b" not in result.stdout


def test_files_beside_a_course_source_are_there(tmp_path, simulated, academy):
    folder = tmp_path / "source/ps1"
    folder.mkdir(parents=True)
    source = notebook(solution("x", "x = open('data.csv').read()"), checks("t", 1, "assert x == '1,2'"))
    (folder / "p.ipynb").write_text(json.dumps(source))
    (folder / "data.csv").write_text("1,2")
    result = academy("grade", "--source", folder / "p.ipynb", "--json", folder / "p.ipynb")
    assert json.loads(result.stdout)["score"] == 1
    staged = simulated.runs[0].shared_files
    assert staged is not None and not staged.exists()
    elsewhere = tmp_path / "p.ipynb"
    elsewhere.write_text(json.dumps(source))
    assert json.loads(academy("grade", "--source", elsewhere, "--json", elsewhere).stdout)["score"] == 0
    assert json.loads(academy("grade", "--source", elsewhere, "--files", folder, "--json", elsewhere).stdout)["score"] == 1


@pytest.mark.slow
def test_over_the_real_examiner(tmp_path, academy):
    from autograders.sandbox import SandboxError

    hostile = {
        "good": submission(plain()), "loop": submission(plain(), total="while True: pass"),
        "exit": submission(plain(), total="import os; os._exit(0)"), "flood": submission(plain(), total="while True: print('x' * 100000)"),
        "bomb": submission(plain(), total="total = bytearray(8 << 30)\nfor i in range(0, 8 << 30, 4096): total[i] = 1"),
    }
    (tmp_path / "s.ipynb").write_text(json.dumps(plain()))
    for name, own in hostile.items():
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(own))
    os.environ["ACADEMY_EXAMINER_SECONDS"], os.environ["ACADEMY_EXAMINER_CELL_SECONDS"] = "10", "5"
    try:
        result = academy("grade", "--source", tmp_path / "s.ipynb", "--json", "--seeds", 2, "--workers", 2, "--python", sys.executable,
                         *(tmp_path / f"{name}.ipynb" for name in hostile))
    finally:
        del os.environ["ACADEMY_EXAMINER_SECONDS"], os.environ["ACADEMY_EXAMINER_CELL_SECONDS"]
    if isinstance(result.exception, SandboxError):
        pytest.skip(f"no sandbox can be made here: {result.exception}")
    if result.exception:
        raise result.exception
    lines = {Path(line["submission"]).stem: line for line in map(json.loads, result.stdout.splitlines())}
    assert lines["good"]["score"] == 3
    assert [lines[name]["tasks"]["total_test"]["score"] for name in hostile if name != "good"] == [0] * 4
    assert lines["loop"]["tasks"]["total_test"]["reason"] == "timeout"


def test_the_gate_is_exit_0_or_1(tmp_path, simulated, academy):
    from tests.simulators.pack import write_pack

    write_pack(tmp_path / "pack")
    (tmp_path / "state").mkdir()
    (tmp_path / "state/settings.toml").write_text(f'[packs]\nbuiltin = false\nfolders = ["{tmp_path / "pack"}"]\n')
    result = academy("check", "counting/01_totals", "--data", tmp_path / "state", "--json")
    report = json.loads(result.stdout)
    assert (result.return_value, report["passed"]) == (1, False)  # it has no mutants
    assert {f["name"]: f["passed"] for f in report["findings"]}["instructor"] is True
    missing = academy("check", "counting/09_none", "--data", tmp_path / "state")
    assert isinstance(missing.exception, AcademyError)
    assert "no module '09_none'" in str(missing.exception)


def test_lint_lists_its_findings_and_runs_nothing(tmp_path, academy, monkeypatch):
    from hub_config.verbs import grading
    from tests.simulators.pack import write_pack

    monkeypatch.setattr(grading, "_examiner", lambda *arguments: pytest.fail("an examiner was started"))
    clean = academy("check", "output-privacy", "--lint", "--json")
    reports = [json.loads(line) for line in clean.stdout.splitlines()]
    assert clean.return_value == 0 and reports and all(report["passed"] and not report["findings"] for report in reports)
    write_pack(tmp_path / "pack")
    (tmp_path / "state").mkdir()
    (tmp_path / "state/settings.toml").write_text(f'[packs]\nbuiltin = false\nfolders = ["{tmp_path / "pack"}"]\n')
    result = academy("check", "counting", "--lint", "--data", tmp_path / "state")
    assert result.return_value == 1
    assert "counting/01_totals 1.0.0: " in result.stdout and "[A3] " in result.stdout and "counting/02_means" in result.stdout
    report = json.loads(academy("check", "counting/01_totals", "--lint", "--data", tmp_path / "state", "--json").stdout)
    assert {"rule", "where", "message"} == set(report["findings"][0]) and report["passed"] is False


def test_the_simulator_is_no_part_of_the_distribution():
    assert SimulatedExaminer.__module__.startswith("tests.")
