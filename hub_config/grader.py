"""The grader: leases submissions from the records, examines them, signs and keeps the transcripts, reports the verdicts.

Rules
- A lease is kept alive while its submission is examined; whoever dies lets it lapse, and somebody else begins again:
  execution is at least once. What was kept under a submission's key is found again and only reported: the record is one.
- The order is: seeds kept → examined → transcript signed and kept → gradebook → verdict reported. A crash between any two
  of them loses nothing and draws no new seeds.
- A submission that cannot be examined now (no environment, no fork server, an assessment that is gone) is no verdict: the
  job is given back at once, with the reason; the queue hands it out again later and in the end parks it for a person.
- Only this process signs transcripts; the key comes in as a function.
"""
from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from autograders.assignment import Assignment, from_module
from autograders.batch import grade_bytes
from autograders.identity import examiner_version
from autograders.seeds import FRESH, OwnSeed, Seeds, draw
from autograders.steps.examine import ExaminerLike
from autograders.store import Key, Store
from autograders.transcript import Sign, content_hash, digest, envelope
from curriculum.catalogue import Catalogue
from curriculum.errors import CurriculumError
from curriculum.model import Module

from hub_config.rpc import RpcError

__all__ = ["Grader", "NotNow"]

LEASE, IDLE, PAUSE = 20.0, 0.5, 5.0   # seconds: of a lease, between looks at an empty queue, after a failure
log = logging.getLogger(__name__)
Ask = Callable[..., dict[str, Any]]   # ask(service, op, **request)


class NotNow(Exception):
    """This submission cannot be examined at the moment; nothing was decided."""


@dataclass
class Grader:
    """``examiners(module)`` gives an open examiner for the module's environment; ``project(module, source, bodies)``
    writes a learner's transcripts into the gradebook."""

    ask: Ask
    store: Store
    catalogue: Catalogue
    examiners: Callable[[Module], ExaminerLike]
    sign: Sign
    key: str
    project: Callable[[Module, Mapping[str, Any], list[Mapping[str, Any]]], None]
    own_seed: OwnSeed
    runs: int = 1 + FRESH
    workers: int = 1
    name: str = "grader"

    def __post_init__(self) -> None:
        self._assignments: dict[tuple[str, str], Assignment] = {}
        self._open = ExitStack()
        self._lock, self._books = threading.Lock(), threading.Lock()
        self.stopping = threading.Event()

    # -- the loop
    def serve(self) -> None:
        """Examine until `stopping` is set; submissions under way are finished."""
        with ThreadPoolExecutor(self.workers, thread_name_prefix="examine") as pool:
            free = threading.Semaphore(self.workers)
            while not self.stopping.is_set():
                free.acquire()
                job = self._lease()
                if job is None:
                    free.release()
                    self.stopping.wait(IDLE)
                else:
                    pool.submit(self._guarded, job).add_done_callback(lambda done: free.release())
        self._open.close()

    def _lease(self) -> dict[str, Any] | None:
        try:
            jobs = self.ask("records", "lease", worker=self.name, limit=1, seconds=LEASE)["jobs"]
        except RpcError as error:
            if error.code != "unreachable":
                log.warning("no job could be leased: %s", error)
            self.stopping.wait(PAUSE if error.code != "unreachable" else IDLE)
            return None
        return jobs[0] if jobs else None

    def _guarded(self, job: dict[str, Any]) -> None:
        """One submission; whatever goes wrong with it stays with it."""
        ident = job["submission"]["id"]
        started = time.monotonic()
        try:
            with self._heartbeat(job["lease"]):
                verdict = self.examine(job["submission"])
            self.ask("records", "finish", lease=job["lease"], submission=ident, **verdict)
            log.info("submission %s: verdict after %.1f s", ident, time.monotonic() - started)
        except NotNow as reason:
            log.warning("submission %s is not examined now: %s", ident, reason)
            self._release(job, str(reason))
        except RpcError as error:
            log.warning("submission %s: %s", ident, error)
            self._release(job, str(error))
        except Exception as error:
            log.exception("submission %s could not be examined", ident)
            self._release(job, f"the examination failed ({error.__class__.__name__}): the grader's log says more")

    def _release(self, job: dict[str, Any], reason: str) -> None:
        """Give the job back; if that fails too, its lease lapses. Never two failures without a moment between them."""
        try:
            if not self.ask("records", "release", lease=job["lease"], reason=reason)["again"]:
                log.error("submission %s waits for a person: %s", job["submission"]["id"], reason)
        except RpcError as error:
            log.warning("submission %s could not be given back: %s", job["submission"]["id"], error)
        self.stopping.wait(IDLE)

    @contextmanager
    def _heartbeat(self, lease: str):
        done = threading.Event()

        def beat() -> None:
            while not done.wait(LEASE / 3):
                try:
                    self.ask("records", "heartbeat", lease=lease, seconds=LEASE)
                except RpcError as error:
                    log.warning("a heartbeat failed: %s", error)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    # -- one submission
    def examine(self, submission: Mapping[str, Any]) -> dict[str, Any]:
        """The verdict on ``submission`` as `finish` takes it; found again if it was reached before. Raises NotNow."""
        try:
            module = self.catalogue.module(str(submission["track"]), str(submission["module"]))
            assignment = self._assignment(module)
        except CurriculumError as error:
            raise NotNow(str(error)) from error
        key = Key(submission["id"], self.assessment_version(assignment), examiner_version())
        found = self.store.find(key)
        if found is None:
            found = self._reach(module, assignment, key, submission)
        kept, feedback = found
        return {"assessment_version": key.assessment_version, "examiner_version": key.examiner_version,
                "verdict": {**feedback, "transcript_hash": digest(kept["transcript"])}}

    def _reach(self, module: Module, assignment: Assignment, key: Key, submission: Mapping[str, Any]) -> tuple[dict, dict]:
        data = base64.b64decode(self.ask("records", "blob", content_hash=submission["content_hash"])["data"])
        if content_hash(data) != submission["content_hash"]:
            raise NotNow("the submission's bytes do not have its content hash")
        examiner = self.examiners(module)
        seeds = self.store.seeds(key, lambda: self._draw(module, submission["learner"]))
        graded = grade_bytes(assignment, data, examiner, seeds, id=submission["id"], learner=submission["learner"],
                             attempt=int(submission["attempt"]), received=submission["received"])
        kept = self.store.add(key, envelope(graded.transcript, self.sign, self.key), graded.feedback)
        self._into_gradebook(module, assignment, submission["learner"])
        return kept

    def _draw(self, module: Module, learner: str) -> Seeds:
        """The seed of the learner's own notebook first, as the exchange handed it out."""
        return draw(self.own_seed(learner, module.track, module.id), max(FRESH, self.runs - 1))

    def _into_gradebook(self, module: Module, assignment: Assignment, learner: str) -> None:
        """The projection never stands in a verdict's way: it can be made again."""
        bodies = [one["transcript"] for one in self.store.transcripts(learner, module.track, module.id)]
        try:
            with self._books:
                self.project(module, assignment.source, bodies)
        except Exception:
            log.exception("the gradebook of %s could not be written; it is made again from the transcripts", module.track)

    def _assignment(self, module: Module) -> Assignment:
        """Read once in this process's life: a changed course pack counts from the next start."""
        with self._lock:
            at = module.track, module.id
            if at not in self._assignments:
                self._assignments[at] = self._open.enter_context(from_module(module))
            return self._assignments[at]

    @staticmethod
    def assessment_version(assignment: Assignment) -> str:
        """The module's version and its record's hash: a text that changed without a new version is another assessment."""
        return f"{assignment.assessment['version']}+{assignment.record.source_hash.removeprefix('sha256:')[:16]}"

    # -- the signer asks
    def transcripts(self, learner: str, track: str) -> list[dict[str, Any]]:
        return self.store.transcripts(learner, track)
