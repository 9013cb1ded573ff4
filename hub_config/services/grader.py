"""The grader service: examines what was submitted. ``python -m hub_config.services.grader STATE``

Operations: ``transcripts {learner, track}`` → {"transcripts": [envelope…]} (signer, root) · ``ping``.
It asks: records (lease, heartbeat, release, blob, finish) · environments (ensure) · launcher (start_examiner).
"""
from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograders.assignment import preload
from autograders.environment import learner_environment
from autograders.examination import Environment
from autograders.examiner import Examiner, open_examiner
from autograders.record import Record
from autograders.sandbox.start import SandboxError, Started
from autograders.seeds import own_seeds
from autograders.store import StoreError, open_store
from certification.errors import CertificationError
from certification.keys import load_or_create
from curriculum.catalogue import BUILTIN, load_catalogue
from curriculum.errors import CurriculumError
from curriculum.model import Module
from curriculum.notebooks import instructor_notebook

from hub_config import rpc
from hub_config.errors import AcademyError
from hub_config.examiners import Family
from hub_config.grader import Grader, NotNow
from hub_config.places import Places
from hub_config.settings import Settings, load, places
from hub_config.tree import read_secret

__all__ = ["Examiners", "assemble", "main", "operations"]

OPEN = 4                 # examiners kept open at a time, each two fork servers
INSTALLING = 900.0       # seconds a submission waits for its environment
log = logging.getLogger(__name__)


class Examiners:
    """An open examiner for each environment in use. The launcher starts its fork servers; the least used is closed."""

    def __init__(self, where: Places, workers: int) -> None:
        self._where, self._workers = where, workers
        self._open: OrderedDict[tuple[str, tuple[str, ...]], Examiner] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, module: Module) -> Examiner:
        """The examiner for ``module``. Raises NotNow."""
        self._ensure(module.family)
        wanted = module.preload or preload(Record.of(instructor_notebook(module)))
        key = module.family, tuple(wanted)
        with self._lock:
            if key not in self._open:
                while len(self._open) >= OPEN:
                    self._open.popitem(last=False)[1].close()
                try:
                    family = Family.of(self._where, module.family)
                    environment = learner_environment(family.python, wanted)
                    self._open[key] = open_examiner(environment, start=self._start(module.family), workers=self._workers).__enter__()
                except (SandboxError, rpc.RpcError, OSError) as error:
                    raise NotNow(f"the examiner for {module.family} does not start: {error}") from error
            self._open.move_to_end(key)
            return self._open[key]

    def _start(self, family: str):
        def start(kind: str, environment: Environment) -> Started:
            try:
                answer = rpc.call(self._where.socket("launcher"), "start_examiner", family=family, kind=kind,
                                  workers=self._workers, want_fds=True, timeout=60.0)
            except rpc.RpcError as error:
                raise SandboxError(str(error)) from error
            return Started.adopt(answer["_fds"][0], answer)
        return start

    def _ensure(self, family: str) -> None:
        """Wait until the family's environment is there; the lease is kept alive meanwhile."""
        until = time.monotonic() + INSTALLING
        while True:
            try:
                answer = rpc.call(self._where.socket("environments"), "ensure", family=family)
            except rpc.RpcError as error:
                raise NotNow(f"the environment {family} cannot be had: {error}") from error
            if answer["state"] == "ready":
                return
            if answer["state"] == "failed" or time.monotonic() > until:
                raise NotNow(f"the environment {family} is {answer['state']}: {answer.get('message', '')}")
            time.sleep(1.0)

    def close(self) -> None:
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()


def assemble(where: Places, settings: Settings) -> tuple[Grader, Examiners]:
    """The grader on its own store."""
    own = where.store("grader")
    key = load_or_create(own / "transcript.pem")
    (own / "gradebooks").mkdir(mode=0o700, exist_ok=True)
    catalogue = load_catalogue((*((BUILTIN,) if settings.packs.builtin else ()), *settings.packs.paths))
    workers = min(settings.examiner.parallel, 8)
    examiners = Examiners(where, workers)

    def ask(service: str, op: str, **request: Any) -> dict[str, Any]:
        return rpc.call(where.socket(service), op, **request)

    def project(module: Module, source: Mapping[str, Any], bodies: list[Mapping[str, Any]]) -> None:
        from autograders.gradebook import project as write

        write(own / "gradebooks" / f"{module.track}.db", module.track, {module.id: source}, bodies)

    grader = Grader(ask, open_store(own / "grader.sqlite"), catalogue, examiners, key.sign, key.did, project, own_seeds(bytes.fromhex(read_secret(where, "grader", "seeds"))),
                    runs=settings.examiner.seeds, workers=workers, name=f"grader-{os.getpid()}")
    return grader, examiners


def operations(grader: Grader, callers: tuple[int, ...]) -> dict[str, rpc.Operation]:
    def transcripts(caller: rpc.Caller, request: dict) -> dict:
        learner, track = request.get("learner"), request.get("track")
        if not isinstance(learner, str) or not isinstance(track, str):
            raise rpc.RpcError("bad-request", "learner and track are texts")
        return {"transcripts": grader.transcripts(learner, track)}

    return {"ping": rpc.Operation(lambda caller, request: {}, callers), "transcripts": rpc.Operation(transcripts, callers)}


def serve(where: Places, settings: Settings) -> None:
    """Serve until a signal ends it."""
    grader, examiners = assemble(where, settings)
    server = rpc.Server(where.socket("grader"), operations(grader, where.callers("grader")), mode=0o666).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: grader.stopping.set())
    try:
        grader.serve()
    finally:
        server.close()
        examiners.close()
        grader.store.close()


def main(state: str) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s grader %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    os.umask(0o077)
    try:
        serve(places(Path(state)), load(Path(state)))
    except (AcademyError, CurriculumError, CertificationError, StoreError) as error:
        sys.stderr.write(f"grader: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
