"""The laws of the house, read from the source: who imports whom, who reads what, who starts what, and how large a module is."""
from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("curriculum", "autograders", "certification", "hub_config")
MAY_IMPORT = {"curriculum": set(), "autograders": {"curriculum"}, "certification": {"curriculum"},
              "hub_config": {"curriculum", "autograders", "certification"}}
HEAVY = ("jupyterhub", "nbgrader", "papermill", "torch", "sklearn")
LONGEST = 500


def modules(*packages: str) -> list[Path]:
    """Our Python files; content under curriculum/tracks is data."""
    return [path for package in packages or PACKAGES for path in sorted((ROOT / package).rglob("*.py"))
            if "tracks" not in path.relative_to(ROOT).parts and "__pycache__" not in path.parts and "node_modules" not in path.parts]


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), short(path))


def imports(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Every module named in an import, absolute: relative ones are resolved. ``from a import b`` gives a and a.b."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            name = ".".join(part for part in (base, node.module or "") if part)
            yield name, node
            yield from ((f"{name}.{alias.name}", node) for alias in node.names)


def calls(path: Path) -> Iterator[str]:
    """The dotted names of what is called or read: ``os.environ``, ``sys.exit``, ``print``."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def law(paths: list[Path]):
    """The check holds for every one of ``paths``; all that break it are named."""
    def wrap(check):
        def test():
            broken = []
            for path in paths:
                try:
                    check(path)
                except AssertionError as error:
                    broken.append(f"{short(path)}: {str(error).splitlines()[0]}")
            assert not broken, "\n".join(broken)
        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test
    return wrap


@law(modules())
def test_who_imports_whom(path):
    package = short(path).split("/")[0]
    found = {name.split(".")[0] for name, _ in imports(path)} & set(PACKAGES)
    assert found - {package} <= MAY_IMPORT[package]


@law(modules("certification"))
def test_certification_shares_outcomes_and_nothing_else(path):
    foreign = {name for name, _ in imports(path) if name.split(".")[0] == "curriculum"}
    assert all(name in ("curriculum", "curriculum.outcomes") or name.startswith("curriculum.outcomes.") for name in foreign)


@law(modules())
def test_no_package_imports_a_course(path):
    assert not any(name.startswith("curriculum.tracks") for name, _ in imports(path))


# jupyterhub and nbgrader load their own configuration file; it may hand them the state's place, nothing more.
READS_ENVIRONMENT = {"hub_config/settings.py"}
# The installer and programs that run without this project beside them.
OWN_ENVIRONMENT = {"hub_config/install.py"}


@law(modules())
def test_only_the_settings_read_the_environment(path):
    if short(path) in READS_ENVIRONMENT | OWN_ENVIRONMENT or "sandbox/runner" in short(path):
        return
    names = {"os.environ", "os.getenv", "os.environb", "os.getenvb", "environ.get", "getenv"}
    assert not names & set(calls(path))
    assert not any(name in ("os.environ", "os.getenv") for name, _ in imports(path))


PROGRAMS = {"hub_config/install.py", "hub_config/services/make_key.py"}


@law(modules())
def test_only_the_command_line_prints_and_exits(path):
    name = short(path)
    if name.startswith(("hub_config/cli", "hub_config/verbs/")) or name in PROGRAMS or "sandbox/runner" in name:
        return
    found = {"print", "sys.exit", "exit", "quit", "os._exit", "sys.stdout"} & set(calls(path))
    if "__main__" in path.read_text(encoding="utf-8"):  # started as a program: may say how it ended
        found -= {"sys.exit"}
    if name.startswith("autograders/sandbox/"):  # the end of a forked child
        found -= {"os._exit"}
    assert not found


# Who may start other programs at all; learner's and instructor's code only autograders/sandbox and the launcher that it lends.
STARTS_PROGRAMS = {
    "hub_config/install.py": "pip, npm, apt-get", "hub_config/supervisor.py": "our own services", "hub_config/tree.py": "make_key",
    "hub_config/up.py": "a trial of bubblewrap", "hub_config/environments.py": "pip", "hub_config/launcher.py": "learners' servers",
    "hub_config/processes.py": "learners' servers", "hub_config/enclosure.py": "learners' servers",
}
STARTERS = {"subprocess", "multiprocessing", "pty"}
START_CALLS = {"os.fork", "os.execv", "os.execve", "os.execvp", "os.execvpe", "os.posix_spawn", "os.posix_spawnp", "os.system", "os.popen",
               "os.forkpty", "runpy.run_path", "runpy.run_module"}


@law(modules())
def test_only_the_sandbox_starts_foreign_code(path):
    name = short(path)
    if name.startswith("autograders/sandbox/") or name in STARTS_PROGRAMS:
        return
    assert not {module.split(".")[0] for module, _ in imports(path)} & STARTERS
    assert not START_CALLS & set(calls(path))


@law(modules())
def test_no_package_executes_text(path):
    if "sandbox/runner" in short(path):
        return
    assert not {"exec", "eval", "compile", "__import__"} & set(calls(path))


@law(modules())
def test_only_keys_reads_private_keys(path):
    if short(path) == "certification/keys.py":
        return
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"load_pem_private_key|load_der_private_key|from_private_bytes|private_bytes\(", text)


@law(modules("autograders/sandbox/runner"))
def test_the_runner_needs_the_standard_library_only(path):
    for name, node in imports(path):
        top = name.split(".")[0]
        if node.col_offset == 0:  # what a learner's environment has may be asked for late, inside a function
            own = (path.parent / f"{top}.py").exists() or (path.parent / top).is_dir() or top == "autograders"
            assert own or top in sys.stdlib_module_names, name


@law([ROOT / f"hub_config/{name}.py" for name in ("launcher", "places", "rpc", "process")])
def test_roots_own_modules_need_the_standard_library_only(path):
    ours = {"hub_config", "autograders"}
    assert {name.split(".")[0] for name, node in imports(path)} <= set(sys.stdlib_module_names) | ours


@law(modules())
def test_no_module_is_longer_than_500_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@law(modules())
def test_every_module_says_what_it_is(path):
    if path.read_text(encoding="utf-8").strip() and "versions" not in path.parts:
        assert ast.get_docstring(tree(path)), "no docstring"


def test_what_jupyterhub_loads_is_one_page():
    assert len((ROOT / "hub_config/jupyterhub_config.py").read_text().splitlines()) <= 45


def test_the_launcher_is_small():
    assert len((ROOT / "hub_config/launcher.py").read_text().splitlines()) <= 320


def imported(package: str) -> set[str]:
    code = f"import sys, {package}\nprint(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("name", ["certification", "certification.verify", "hub_config.cli"])
def test_verifying_needs_nothing_heavy(name):
    assert not {module.split(".")[0] for module in imported(name)} & {*HEAVY, "sqlalchemy", "fastapi", "numpy", "pandas", "nbformat"}


def test_verifying_imports_in_less_than_a_third_of_a_second():
    """The best of three, measured inside: another process' load is not ours."""
    code = "import time; t = time.process_time(); import certification.verify; print(time.process_time() - t)"
    took = min(float(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout)
               for _ in range(3))
    assert took < 0.3, took


SPELLED = ("TODO", "FIXME", "XXX", "HACK")


@law([*modules(), *sorted((ROOT / "tests").rglob("*.py"))])
def test_nothing_is_left_to_do(path):
    if path == Path(__file__).resolve() or "node_modules" in path.parts:
        return
    assert not [word for word in SPELLED if re.search(rf"\b{word}\b", path.read_text(encoding="utf-8"))]


def test_the_tests_mirror_the_packages():
    for folder in ("curriculum", "autograders", "certification", "hub_config"):
        assert (ROOT / "tests" / folder / "__init__.py").exists()
