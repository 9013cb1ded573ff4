"""What was run and what came of it, in a form that can be signed and checked by others.

An envelope is ``{"transcript": BODY, "key": DID, "signature": base64url}``; the signature is Ed25519 over the RFC 8785
form of BODY. Only the grader's supervisor holds the key: signing is injected, no key is read here.

Invariants
- A body holds hashes, commitments, versions, statuses and scores: never a seed, a value, an output or a test's text.
- Numbers are written the way RFC 8785 writes them (1, not 1.0), so that a body survives any JSON program unchanged.
- The digest of a transcript is the SHA-256 of its body's RFC 8785 form; the envelope's signature is over those bytes.
"""
from __future__ import annotations

import base64
import hashlib
import math
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

__all__ = ["TYPE", "Sign", "body", "canonical", "content_hash", "digest", "envelope", "now", "plain"]

TYPE = "academy.transcript/1"
Sign = Callable[[bytes], bytes]  # the 64 bytes of an Ed25519 signature


def canonical(document: Mapping[str, Any]) -> bytes:
    """The RFC 8785 form."""
    import rfc8785

    return rfc8785.dumps(document)


def content_hash(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest(transcript: Mapping[str, Any]) -> str:
    """The identity of a transcript's body."""
    return content_hash(canonical(transcript))


def now() -> str:
    """RFC 3339 in UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(number: float) -> int | float:
    """A number of points as it is written: 1 for 1.0, at most six decimals, never NaN or infinite."""
    if not math.isfinite(number):
        raise ValueError("points are finite numbers")
    number = round(float(number), 6)
    return int(number) if number.is_integer() else number


def body(*, submission: Mapping[str, Any], assessment: Mapping[str, Any], examiner: Mapping[str, Any],
         seeds: Sequence[str], tasks: Iterable[Mapping[str, Any]], score: float, max_score: float, needs_review: bool,
         error: str | None, examined: str, id: str | None = None) -> dict[str, Any]:
    """The body of a transcript; see the module for what may be in it."""
    return {
        "type": TYPE,
        "id": id or uuid.uuid4().urn,
        "submission": {key: submission[key] for key in ("id", "content_hash", "received", "learner", "attempt")},
        "assessment": {key: assessment[key] for key in ("track", "module", "version", "source_hash")},
        "examiner": {key: examiner[key] for key in ("version", "environment", "python", "cpu", "isolation", "certifying")},
        "seeds": list(seeds),
        "tasks": [dict(task) for task in tasks],
        "score": plain(score),
        "max_score": plain(max_score),
        "needs_review": bool(needs_review),
        "error": error,
        "examined": examined,
    }


def envelope(transcript: Mapping[str, Any], sign: Sign, key: str) -> dict[str, Any]:
    """Sign ``transcript``. ``key`` is the did:key that belongs to ``sign``."""
    signature = sign(canonical(transcript))
    if len(signature) != 64:
        raise ValueError("an Ed25519 signature has 64 bytes")
    return {"transcript": dict(transcript), "key": key,
            "signature": base64.urlsafe_b64encode(signature).rstrip(b"=").decode()}
