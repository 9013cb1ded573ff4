"""Signed transcripts → what they say about modules. The way a signer, or anyone with the transcripts, recomputes an award.

An envelope is ``{"transcript": {…}, "key": did:key, "signature": base64url}``; the signature is Ed25519 over the RFC 8785
text of the transcript (type ``academy.transcript/1``).

Rules
- The key is the one the reader knows, not the one the envelope brings. One bad envelope refuses them all.
- The sums must hold: a task's score is the least of its runs, the total is the sum of the tasks (points are rounded to
  six decimals), nothing exceeds its maximum. A task that did not run with every seed has no points.
- A transcript that needs a person's review or ended in an error is read, but counts as no result (`ModuleResult.needs_review`).
- A transcript speaks about one learner and one track; asked about another, it is refused.
"""
from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from certification.canonical import jcs
from certification.errors import CertificationError, EvidenceError
from certification.keys import PublicKey
from certification.times import parse_time
from curriculum.outcomes import ModuleResult

__all__ = ["TYPE", "Transcript", "read", "read_all", "results", "seal"]

TYPE = "academy.transcript/1"
_ROUNDING = Fraction(1, 1_000_000)
_ENVELOPE = frozenset({"transcript", "key", "signature"})


@dataclass(frozen=True, slots=True)
class Transcript:
    """A transcript whose signature holds. ``canonical`` is its signed text, ``result`` what it says about a module."""

    id: str
    learner: str
    attempt: int
    certifying: bool
    seeds: tuple[str, ...]
    result: ModuleResult
    canonical: bytes
    body: Mapping[str, Any]


def seal(body: Mapping[str, Any], sign, did: str) -> dict:
    """The envelope of ``body``, signed by ``sign(bytes) -> bytes``, whose public key is ``did`` (a did:key)."""
    signature = base64.urlsafe_b64encode(sign(jcs(dict(body)))).rstrip(b"=").decode()
    return {"transcript": dict(body), "key": did, "signature": signature}


def read(envelope: Mapping[str, Any], key: PublicKey) -> Transcript:
    """The transcript in ``envelope``, signed by ``key``. Raises EvidenceError."""
    if not isinstance(envelope, Mapping) or envelope.keys() != _ENVELOPE:
        raise EvidenceError("a transcript's envelope holds transcript, key and signature, and nothing else")
    body, signature = envelope["transcript"], envelope["signature"]
    if envelope["key"] != key.did:
        raise EvidenceError("the transcript was signed with another key than the examiner's",
                            "give the public key that was in force when it was examined")
    if not isinstance(body, Mapping) or not isinstance(signature, str):
        raise EvidenceError("transcript must be an object and signature a text")
    try:
        raw = base64.b64decode(signature.encode("ascii") + b"=" * (-len(signature) % 4), b"-_", validate=True)
        canonical = jcs(dict(body))
        key.verify(raw, canonical)
    except (CertificationError, binascii.Error, UnicodeEncodeError):
        raise EvidenceError("the transcript's signature does not hold: it was changed, or another key signed",
                            "fetch it again from the grader's store") from None
    try:
        return _transcript(body, canonical)
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError, CertificationError) as error:
        if isinstance(error, EvidenceError):
            raise
        what = error.args[0] if isinstance(error, KeyError) else error
        raise EvidenceError(f"the transcript is signed, but not in the form {TYPE}: {what}",
                            "the examiner and this program are of different versions") from None


def read_all(envelopes: Iterable[Mapping[str, Any]], key: PublicKey, *, learner: str, track: str) -> tuple[Transcript, ...]:
    """All transcripts of one learner in one track. Raises EvidenceError if one does not hold or is about another."""
    found = []
    for envelope in envelopes:
        transcript = read(envelope, key)
        if transcript.learner != learner or transcript.result.track != track:
            raise EvidenceError("a transcript is about another learner or track than asked", "see the grader's log")
        found.append(transcript)
    if len({transcript.id for transcript in found}) != len(found):
        raise EvidenceError("a transcript is given twice", "see the grader's log")
    return tuple(found)


def results(envelopes: Iterable[Mapping[str, Any]], key: PublicKey) -> list[tuple[ModuleResult, Mapping[str, Any]]]:
    """What each transcript says, with its body: the form `signer.Signer` takes. Raises EvidenceError."""
    return [(found.result, found.body) for found in (read(envelope, key) for envelope in envelopes)]


def _transcript(body: Mapping[str, Any], canonical: bytes) -> Transcript:
    if body["type"] != TYPE:
        raise EvidenceError(f"the signed document is not a transcript of the type {TYPE}")
    submission, assessment, examiner = body["submission"], body["assessment"], body["examiner"]
    if not {"id", "content_hash", "received", "learner", "attempt"} <= submission.keys():
        raise EvidenceError("the transcript's submission is incomplete")
    seeds = tuple(_text(seed) for seed in body["seeds"])
    total = _sum(body["tasks"], len(seeds))
    if abs(total - _points(body["score"])) > _ROUNDING * len(body["tasks"]):
        raise EvidenceError("the transcript's score is not the sum of its tasks")
    most = sum((_points(task["max_score"]) for task in body["tasks"]), Fraction(0))
    if abs(most - _points(body["max_score"])) > _ROUNDING * len(body["tasks"]):
        raise EvidenceError("the transcript's maximum is not the sum of its tasks")
    parse_time(body["examined"], "examined")
    for flag in (body["needs_review"], examiner["certifying"]):
        if not isinstance(flag, bool):
            raise EvidenceError("needs_review and certifying must be true or false")
    result = ModuleResult(
        track=_text(assessment["track"]), module=_text(assessment["module"]), version=_text(assessment["version"]),
        score=body["score"], max_score=body["max_score"], needs_review=body["needs_review"] or body["error"] is not None,
        examined=body["examined"], evidence="sha256:" + hashlib.sha256(canonical).hexdigest())
    return Transcript(_text(body["id"]), _text(submission["learner"]), int(submission["attempt"]), examiner["certifying"],
                      seeds, result, canonical, body)


def _sum(tasks: list[Mapping[str, Any]], runs: int) -> Fraction:
    total, names = Fraction(0), set()
    for task in tasks:
        score, most = _points(task["score"]), _points(task["max_score"])
        scores = [_points(run["score"]) for run in task["runs"]]
        proven = min(scores) if len(scores) == runs and scores else 0
        if score != proven or score > most or task["grade_id"] in names:
            raise EvidenceError(f"the scores of the task {str(task['grade_id'])[:60]!r} contradict each other")
        names.add(task["grade_id"])
        total += score
    return total


def _points(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or not 0 <= value < 1e9:
        raise EvidenceError(f"{str(value)[:40]} is no number of points")
    return Fraction(str(value))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise EvidenceError("a name in the transcript is not a text")
    return value
