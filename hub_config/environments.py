"""Track environments: a family's packages on top of the notebook environment, installed when a track first needs them.

The recipe is images/singleuser/tracks/README.md. Rules
- A family is known if ``PREFIX/share/constraints/tracks/<family>.txt`` pins its packages; ``core`` needs none.
- Wheels only: nothing is built here, and no package's own code runs during the installation, except to import it once.
- ``ready`` means: the kernelspec exists and was made from these pins. It is written last, by renaming.
- One installation at a time; a failed one is told with its reason and is tried again when it is asked for again
  after RETRY seconds; half an environment is never used.

    Families(places, settings).ensure("privacy") -> State(state, message, megabytes)
"""
from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from hub_config.errors import AcademyError
from hub_config.places import Places
from hub_config.tree import free_bytes

__all__ = ["CORE", "RETRY", "Families", "State"]

CORE = "core"
RETRY = 60.0
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """``state``: absent, installing, ready or failed. ``megabytes``: what it takes on disk, as far as its pins say."""

    state: str
    message: str
    megabytes: int

    def as_dict(self) -> dict:
        return asdict(self)


class Families:
    """The families of this installation. ``run`` starts programs (tests give their own)."""

    def __init__(self, places: Places, *, minutes: int = 30, keep_free_mib: int = 1024, environment: Mapping[str, str] | None = None,
                 run: Callable[..., subprocess.CompletedProcess] = subprocess.run, clock: Callable[[], float] = time.monotonic) -> None:
        self.places, self.minutes, self.keep_free_mib = places, minutes, keep_free_mib
        self.environment, self.run, self.clock = dict(environment or {}), run, clock
        self._lock = threading.Lock()
        self._installing: str | None = None
        self._step = ""
        self._failed: dict[str, tuple[float, str]] = {}

    def pins(self, family: str) -> Path:
        return self.places.share / "constraints/tracks" / f"{family}.txt"

    def kernelspec(self, family: str) -> Path:
        return self.places.track_envs / "share/jupyter/kernels" / family / "kernel.json"

    def state(self, family: str) -> State:
        """How far the family is. Raises unknown-family."""
        if family == CORE:
            return State("ready", "part of every server", 0)
        if not NAME.fullmatch(family) or not self.pins(family).is_file():
            raise AcademyError("unknown-family", f"this hub has no packages for the track family {family!r}",
                               "add images/singleuser/tracks/FAMILY.txt and run make install")
        megabytes = self._megabytes(family)
        if self._ready(family):
            return State("ready", "", megabytes)
        if self._installing == family:
            return State("installing", self._step, megabytes)
        if family in self._failed:
            return State("failed", self._failed[family][1], megabytes)
        return State("absent", "", megabytes)

    def ensure(self, family: str) -> State:
        """`state`, and if it is not there, begin. Returns at once."""
        found = self.state(family)
        retry = found.state == "failed" and self.clock() - self._failed[family][0] >= RETRY
        if (found.state == "absent" or retry) and self._lock.acquire(blocking=False):
            self._failed.pop(family, None)
            self._installing, self._step = family, "waiting to begin"
            threading.Thread(target=self._work, args=(family,), daemon=True).start()
            return State("installing", self._step, found.megabytes)
        if found.state == "absent":
            return State("installing", "another track's packages are being installed first", found.megabytes)
        return found

    def _work(self, family: str) -> None:
        """The whole installation, with the lock held."""
        begin = self.clock()
        try:
            self._install(family)
            log.info("family %s is ready after %.0f s", family, self.clock() - begin)
        except AcademyError as error:
            log.warning("family %s failed: %s", family, error)
            self._failed[family] = (self.clock(), error.message)
        except Exception:
            log.exception("family %s failed", family)
            self._failed[family] = (self.clock(), "the installation failed; the log says why")
        finally:
            self._installing = None
            self._lock.release()

    def _install(self, family: str) -> None:
        where, notebook = self.places.track_envs / family, self.places.notebook_env
        megabytes = self._megabytes(family)
        if free_bytes(self.places.track_envs) >> 20 < megabytes + self.keep_free_mib:
            raise AcademyError("disk-full", f"{megabytes} MB for {family} would leave less than {self.keep_free_mib} MB free",
                               "free some space, or lower environments.keep_free_mib")
        stamp = self._stamp(family)
        self.kernelspec(family).unlink(missing_ok=True)
        shutil.rmtree(where, ignore_errors=True)
        self._step = "making its environment"
        self._call([str(notebook / "bin/python"), "-m", "venv", "--without-pip", str(where)])
        [site] = where.glob("lib/python3*/site-packages")
        [shared] = notebook.glob("lib/python3*/site-packages")
        (site / "notebook.pth").write_text(f"{shared}\n", encoding="utf-8")
        python = str(where / "bin/python")
        self._step = f"installing {megabytes} MB"
        self._call([python, "-m", "pip", "install", "--no-deps", "--no-input", "--only-binary", ":all:", "--no-cache-dir",
                    "--disable-pip-version-check", "--progress-bar", "off", "-r", str(self.pins(family))])
        self._step = "checking it"
        self._call([python, "-c", "import ipykernel"])
        for package in sorted(site.glob("*.dist-info/top_level.txt")):
            names = [name for name in package.read_text(encoding="utf-8").split() if not name.startswith("_")]
            if names:
                self._call([python, "-c", f"import {names[0]}"])
        target = self.kernelspec(family)
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_suffix(".new")
        new.write_text(json.dumps({
            "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": f"Python ({family})",
            "language": "python", "env": {"OMP_NUM_THREADS": "1"}, "metadata": {"academy": {"pins": stamp}}}, indent=1), encoding="utf-8")
        new.chmod(0o644)
        os.replace(new, target)

    def _ready(self, family: str) -> bool:
        try:
            spec = json.loads(self.kernelspec(family).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        made_from = spec.get("metadata", {}).get("academy", {}).get("pins")
        return made_from in (None, self._stamp(family)) and os.access(spec["argv"][0], os.X_OK)

    def _stamp(self, family: str) -> str:
        """Of the pins and of the environment beneath."""
        beneath = next(iter(self.places.notebook_env.glob("lib/python3*/site-packages/ipykernel-*.dist-info")), None)
        return hashlib.sha256(self.pins(family).read_bytes() + str(beneath).encode()).hexdigest()

    def _megabytes(self, family: str) -> int:
        """What the pins' first lines say: ``installed 266 MB``."""
        found = re.search(r"installed (\d+) MB", self.pins(family).read_text(encoding="utf-8"))
        return int(found[1]) if found else 0

    def _call(self, argv: list[str]) -> None:
        try:
            done = self.run(argv, cwd=self.places.track_envs, env={"PATH": "/usr/bin:/bin", "HOME": str(self.places.track_envs),
                            "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", **self.environment},
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, umask=0o022,
                            timeout=self.minutes * 60)
        except subprocess.TimeoutExpired as error:
            raise AcademyError("environment", f"it took more than {self.minutes} minutes", "raise environments.minutes") from error
        if done.returncode:
            log.warning("%s ended with %s:\n%s", argv[:4], done.returncode, done.stdout[-4000:])
            last = next((line for line in reversed(done.stdout.splitlines()) if line.strip()), "no reason given")
            raise AcademyError("environment", f"the packages could not be installed: {re.sub(r'//[^ @/]*@', '//', last)[:200]}",
                               "see the log of the environments service")
