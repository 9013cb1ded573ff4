"""The command line's frame: exit codes, errors with their next step, JSON, and what it does not import."""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hub_config import cli
from hub_config.errors import AcademyError

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "hub_config.cli", *arguments], cwd=ROOT, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, **options)


def test_help_names_the_verbs_of_an_operator():
    done = run("--help")
    assert done.returncode == 0
    for verb in ("up", "settings", "backup", "restore", "doctor"):
        assert verb in done.stdout


@pytest.mark.parametrize("arguments, message", [(["upp"], "No such command"), (["settings", "--jsn"], "No such option"),
                                                (["backup"], "Missing argument"), (["up", "--port", "0"], "Invalid value")])
def test_a_mistyped_command_is_exit_2(arguments, message):
    done = run(*arguments)
    assert done.returncode == 2 and message in done.stderr


def test_settings_as_json_say_where_each_came_from(tmp_path):
    (tmp_path / "settings.toml").write_text("[web]\nport = 8001\n")
    found = {(row["section"], row["key"]): row for row in json.loads(run("settings", "--json", "--data", str(tmp_path)).stdout)}
    assert found["web", "port"]["value"] == 8001 and found["web", "port"]["origin"].endswith("settings.toml")
    assert found["web", "port"]["sentence"] == "The port that browsers reach."


def test_settings_as_text(tmp_path):
    assert "port = 8000" in run("settings", "--data", str(tmp_path)).stdout


@pytest.mark.parametrize("arguments, code, next", [
    (["settings"], "settings", "did you mean 'port'?"),
    (["up"], "settings", "did you mean 'port'?"),
])
def test_an_error_has_a_code_and_a_next_step(tmp_path, arguments, code, next):
    (tmp_path / "settings.toml").write_text("[web]\nprot = 8001\n")
    done = run(*arguments, "--data", str(tmp_path), "--json")
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert (error["code"], error["next"]) == (code, next)
    done = run(*arguments, "--data", str(tmp_path))
    assert done.returncode == 2 and f"next: {next}" in done.stderr and "Traceback" not in done.stderr


def test_a_backup_of_nothing_is_exit_2(tmp_path):
    done = run("backup", str(tmp_path / "file"), "--data", str(tmp_path / "absent"))
    assert done.returncode == 2 and "next:" in done.stderr


@pytest.mark.parametrize("module, extra", sorted(cli.EXTRAS.items()))
def test_a_missing_extra_is_named(monkeypatch, capsys, module, extra):
    def build():
        raise ModuleNotFoundError(f"No module named '{module}.x'", name=f"{module}.x")
    monkeypatch.setattr(cli, "build", build)
    with pytest.raises(SystemExit) as ended:
        cli.main(["up"])
    assert ended.value.code == 2 and f"needs academy[{extra}]" in capsys.readouterr().err


def test_another_missing_module_is_a_bug_and_keeps_its_traceback(monkeypatch):
    def build():
        raise ModuleNotFoundError("No module named 'hub_config.nothing'", name="hub_config.nothing")
    monkeypatch.setattr(cli, "build", build)
    with pytest.raises(ModuleNotFoundError, match="nothing"):
        cli.main(["up"])


def test_a_foreign_exception_is_a_bug_and_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(cli, "build", lambda: (_ for _ in ()).throw(KeyError("x")))
    with pytest.raises(KeyError, match="x"):
        cli.main(["up"])


@pytest.mark.parametrize("returned, code", [(0, 0), (None, 0), (1, 1), (2, 2)])
def test_a_verbs_answer_is_the_exit_code(monkeypatch, returned, code):
    monkeypatch.setattr(cli, "build", lambda: lambda args, standalone_mode: returned)
    with pytest.raises(SystemExit) as ended:
        cli.main(["settings"])
    assert ended.value.code == code


def test_an_error_in_json_stays_json(monkeypatch, capsys):
    def build():
        raise AcademyError("disk-full", "no space", "free some")
    monkeypatch.setattr(cli, "build", build)
    with pytest.raises(SystemExit):
        cli.main(["backup", "--json"])
    assert json.loads(capsys.readouterr().out) == {"error": {"code": "disk-full", "message": "no space", "next": "free some"}}


@pytest.mark.parametrize("heavy", ["jupyterhub", "nbgrader", "papermill", "sqlalchemy", "fastapi", "torch", "sklearn", "pandas", "numpy"])
def test_help_imports_nothing_heavy(heavy):
    code = f"import sys\nfrom hub_config import cli\ncli.build()\nsys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_every_code_that_an_academy_error_is_raised_with_is_listed():
    import ast
    from pathlib import Path

    import hub_config
    from hub_config.errors import CODES

    raised = {node.args[0].value for path in Path(hub_config.__file__).parent.rglob("*.py")
              for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
              if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "AcademyError" and isinstance(node.args[0], ast.Constant)}
    assert raised <= CODES.keys() and "source" in raised
