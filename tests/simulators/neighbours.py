"""The grader's neighbours on real sockets: records with an in-memory queue, environments, and no launcher."""
from __future__ import annotations

import base64
import os
import secrets
import threading
import time

from autograders.transcript import content_hash
from hub_config import rpc
from hub_config.places import Places


class GraderNeighbours:
    """`submit` puts a notebook into the queue; `verdicts` holds what was finished, once a key."""

    def __init__(self, where: Places) -> None:
        self.blobs: dict[str, bytes] = {}
        self.jobs: dict[str, dict] = {}
        self.verdicts: dict[tuple[str, str, str], dict] = {}
        self.finishes = 0
        self.released: list[tuple[str, str]] = []  # (submission, reason)
        self.lock = threading.Lock()
        self.environment = {"state": "ready", "message": "", "megabytes": 0}
        everyone = {os.geteuid(), where.uid("grader")}
        records = {"lease": self.lease, "heartbeat": self.heartbeat, "release": self.release, "blob": self.blob, "finish": self.finish}
        for service in ("records", "environments", "grader", "launcher"):
            where.socket(service).parent.mkdir(parents=True, exist_ok=True)
        self.servers = [
            rpc.Server(where.socket("records"), {op: rpc.Operation(lambda caller, request, run=run: run(**request), everyone)
                                                 for op, run in records.items()}).start(),
            rpc.Server(where.socket("environments"),
                       {"ensure": rpc.Operation(lambda caller, request: dict(self.environment), everyone)}).start(),
        ]

    def submit(self, data: bytes, learner: str = "lea", track: str = "demo", module: str = "01_demo", attempt: int = 1) -> str:
        ident, digest = secrets.token_hex(16), content_hash(data)
        with self.lock:
            self.blobs[digest] = data
            self.jobs[ident] = {"until": 0.0, "lease": None, "done": False, "submission": {
                "id": ident, "learner": learner, "track": track, "module": module, "attempt": attempt, "content_hash": digest,
                "size": len(data), "received": "2026-01-01T00:00:00Z", "state": "queued"}}
        return ident

    def lease(self, worker: str, limit: int, seconds: float) -> dict:
        with self.lock:
            given = []
            for job in self.jobs.values():
                if not job["done"] and job["until"] < time.monotonic() and len(given) < limit:
                    job.update(lease=secrets.token_hex(8), until=time.monotonic() + min(seconds, self.longest))
                    given.append({"submission": job["submission"], "lease": job["lease"]})
            return {"jobs": given}

    longest = 60.0

    def heartbeat(self, lease: str, seconds: float) -> dict:
        return {}

    def release(self, lease: str, reason: str) -> dict:
        with self.lock:
            for ident, job in self.jobs.items():
                if job["lease"] == lease:
                    self.released.append((ident, reason))
                    job.update(lease=None, until=time.monotonic() + 0.1)
        return {"again": True}

    def blob(self, content_hash: str) -> dict:
        return {"data": base64.b64encode(self.blobs[content_hash]).decode()}

    def finish(self, lease: str, submission: str, assessment_version: str, examiner_version: str, verdict: dict) -> dict:
        with self.lock:
            self.finishes += 1
            self.jobs[submission]["done"] = True
            key = submission, assessment_version, examiner_version
            recorded = key not in self.verdicts
            self.verdicts.setdefault(key, verdict)
            return {"recorded": recorded}

    def verdict(self, ident: str, seconds: float = 30.0) -> dict:
        """Wait for the one verdict on ``ident``."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with self.lock:
                found = [verdict for (submission, _, _), verdict in self.verdicts.items() if submission == ident]
            if found:
                assert len(found) == 1
                return found[0]
            time.sleep(0.02)
        raise AssertionError(f"no verdict on {ident} after {seconds} s")

    def close(self) -> None:
        for server in self.servers:
            server.close()
