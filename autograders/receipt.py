"""Receipts: what the server promises to have, when it came, and its signature over that.

``{"receipt": BODY, "key": "did:key:…", "signature": base64url}``; the signature is Ed25519 over RFC 8785 of BODY. The
time is the server's, in UTC with whole seconds. Whoever holds the receipt and the file can show what was handed in,
when, and that this server took it. Signing and checking are injected: this module sees no key.
"""
from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

import rfc8785

__all__ = ["TYPE", "Receipts", "ReceiptError", "check", "rfc3339"]

TYPE = "academy.receipt/1"
FIELDS = ("submission", "learner", "track", "module", "attempt", "content_hash", "size", "received")


class ReceiptError(ValueError):
    """This is not a receipt, or not one of the key that should have signed it."""


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Receipts:
    """Signs receipts with one key. ``sign`` takes bytes and gives the 64 bytes of an Ed25519 signature."""

    sign: Callable[[bytes], bytes]
    did: str

    def make(self, **fields) -> dict:
        """The envelope for a submission; every one of FIELDS has to be given."""
        if set(fields) != set(FIELDS):
            raise ReceiptError(f"a receipt has exactly these fields: {', '.join(FIELDS)}")
        body = {"type": TYPE, **fields}
        signature = base64.urlsafe_b64encode(self.sign(rfc8785.dumps(body))).decode().rstrip("=")
        return {"receipt": body, "key": self.did, "signature": signature}


def check(envelope: dict, did: str, verify: Callable[[bytes, bytes], None]) -> dict:
    """The body of an envelope that the key ``did`` signed. ``verify(signature, data)`` raises if it did not."""
    body, signature = envelope.get("receipt"), envelope.get("signature")
    if not isinstance(body, dict) or body.get("type") != TYPE or set(body) != {"type", *FIELDS}:
        raise ReceiptError("this is not a receipt")
    if envelope.get("key") != did:
        raise ReceiptError("the receipt is of another key than this hub's")
    try:
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        verify(raw, rfc8785.dumps(body))
    except Exception as error:  # whatever the injected check raises means the same: it does not fit
        raise ReceiptError("the signature does not fit the receipt") from error
    return body
