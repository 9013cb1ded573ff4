"""What the grader may ask of the records, over its own socket: lease, heartbeat, release, blob, finish. Nobody else is answered."""
from __future__ import annotations

import base64
from collections.abc import Callable, Collection

from autograders.exchange import Exchange
from autograders.queue import Queue
from autograders.records import Submission
from autograders.refusal import Refusal

from hub_config.rpc import Caller, Operation, RpcError

__all__ = ["operations"]


def operations(exchange: Exchange, queue: Queue, uids: Collection[int],
               finished: Callable[[str, str], object] = lambda learner, track: None) -> dict[str, Operation]:
    """``finished(learner, track)`` is called after a verdict was recorded; it must not block."""

    def lease(request: dict) -> dict:
        jobs = queue.lease(str(request["worker"]), int(request.get("limit", 1)), _seconds(request))
        return {"jobs": [{"submission": job.submission, "lease": job.lease} for job in jobs]}

    def heartbeat(request: dict) -> dict:
        queue.heartbeat(str(request["lease"]), _seconds(request))
        return {}

    def release(request: dict) -> dict:
        return {"again": queue.release(str(request["lease"]), str(request["reason"]))}

    def blob(request: dict) -> dict:
        return {"data": base64.b64encode(exchange.blobs.read(str(request["content_hash"]))).decode()}

    def finish(request: dict) -> dict:
        ident = str(request["submission"])
        recorded = queue.finish(str(request["lease"]), ident, str(request["assessment_version"]),
                                str(request["examiner_version"]), request["verdict"])
        with exchange.records.read() as session:
            submission = session.get_one(Submission, ident)
        finished(submission.learner, submission.track)
        return {"recorded": recorded}

    def guarded(run: Callable[[dict], dict]) -> Operation:
        def answer(_: Caller, request: dict) -> dict:
            try:
                return run(request)
            except Refusal as refusal:
                raise RpcError(refusal.code, str(refusal), refusal.next) from refusal
            except (KeyError, TypeError, ValueError) as error:
                raise RpcError("bad-request", f"the request lacks something or holds a wrong type ({error.__class__.__name__})") from error
        return Operation(answer, uids)

    return {"ping": guarded(lambda request: {}), "lease": guarded(lease), "heartbeat": guarded(heartbeat),
            "release": guarded(release), "blob": guarded(blob), "finish": guarded(finish)}


def _seconds(request: dict) -> float:
    return max(1.0, min(float(request.get("seconds", 60)), 3600.0))
