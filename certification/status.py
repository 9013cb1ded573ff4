"""Bitstring status lists: made, packed, read and asked.

Source: W3C Bitstring Status List 1.0, sections 2.1 (entry), 2.2 (list credential), 3.1-3.4 (algorithms).

Rules
- A list has at least 131,072 entries, so that an index does not give a person away; bit 0 is the leftmost of byte 0.
- Revocation is for ever, suspension is not: each has a list of its own and a credential has an entry in both.
- A list counts only if it is signed by the issuer of the credential, is the list the entry names, has its purpose, is
  in force, and is no older than its validUntil allows. Everything else is `StatusError`, never "not revoked".
- A packed list is unpacked to at most MOST_BYTES, whatever it claims.
"""
from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certification import contexts
from certification.errors import StatusError
from certification.model import issuer_id, listed
from certification.times import SKEW, parse_time, time_text

__all__ = ["ENTRIES", "PURPOSES", "Entry", "StatusList", "check", "decode", "encode", "entries", "entry", "list_credential", "open_list"]

ENTRIES = 131_072
PURPOSES = ("revocation", "suspension")
MOST_PACKED = 1 << 20
MOST_BYTES = 4 << 20


class StatusList:
    """A bitstring of ``size`` entries, all clear unless ``data`` says otherwise."""

    def __init__(self, size: int = ENTRIES, data: bytes | None = None) -> None:
        self._bits = bytearray(data if data is not None else (size + 7) // 8)
        if len(self._bits) * 8 < ENTRIES:
            raise StatusError(f"a status list has at least {ENTRIES} entries, not {len(self._bits) * 8}")

    def __len__(self) -> int:
        return len(self._bits) * 8

    def __getitem__(self, index: int) -> bool:
        byte, mask = self._place(index)
        return bool(self._bits[byte] & mask)

    def __setitem__(self, index: int, value: bool) -> None:
        byte, mask = self._place(index)
        self._bits[byte] = self._bits[byte] | mask if value else self._bits[byte] & ~mask

    def _place(self, index: int) -> tuple[int, int]:
        if not 0 <= index < len(self):
            raise StatusError(f"the status index {index} lies outside the list of {len(self)} entries",
                              "the entry or the list is wrong: ask the issuer")
        return index // 8, 0x80 >> index % 8

    def __bytes__(self) -> bytes:
        return bytes(self._bits)


def encode(bits: StatusList) -> str:
    """``encodedList``: multibase base64url of the gzipped bits. The same bits always give the same text."""
    packed = gzip.compress(bytes(bits), 9, mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode(text: Any) -> StatusList:
    """The list in an ``encodedList``. Raises StatusError."""
    if not isinstance(text, str) or not text.startswith("u"):
        raise StatusError("encodedList must be in multibase base64url: it starts with 'u'")
    if len(text) > MOST_PACKED * 4 // 3 + 4:
        raise StatusError(f"the packed status list is larger than {MOST_PACKED >> 20} MiB")
    body = text[1:]
    try:
        packed = base64.b64decode((body + "=" * (-len(body) % 4)).encode("ascii"), b"-_", validate=True)
        unpacker = zlib.decompressobj(wbits=31)
        data = unpacker.decompress(packed, MOST_BYTES + 1)
    except (ValueError, binascii.Error, zlib.error):
        raise StatusError("encodedList is damaged: it is not gzip in base64url") from None
    if len(data) > MOST_BYTES:
        raise StatusError(f"the status list unpacks to more than {MOST_BYTES >> 20} MiB: it was not unpacked further")
    if not unpacker.eof or unpacker.unused_data:
        raise StatusError("encodedList is damaged: the gzip data is cut off or followed by something else")
    return StatusList(data=data)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a credential says about its status: the list's address, its purpose, and the credential's place in it."""

    list: str
    purpose: str
    index: int


def entry(list_url: str, index: int, purpose: str) -> dict:
    """The ``credentialStatus`` of a credential at ``index`` of the list at ``list_url``."""
    if purpose not in PURPOSES:
        raise StatusError(f"a status has the purpose revocation or suspension, not {purpose!r}")
    return {"id": f"{list_url}#{index}", "type": "BitstringStatusListEntry", "statusPurpose": purpose,
            "statusListIndex": str(index), "statusListCredential": list_url}


def entries(document: Mapping[str, Any]) -> list[Entry]:
    """The status entries of a credential, in its order. Raises StatusError for one that is malformed or unknown."""
    found = []
    for value in listed(document.get("credentialStatus")):
        kind = value.get("type") if isinstance(value, Mapping) else None
        if kind != "BitstringStatusListEntry":
            raise StatusError(f"the status is of the kind {str(kind)[:60]!r}, which this verifier cannot check",
                              "ask the issuer whether the credential still counts")
        address, purpose, index = (value.get(key) for key in ("statusListCredential", "statusPurpose", "statusListIndex"))
        if not isinstance(address, str) or not isinstance(purpose, str):
            raise StatusError("a status entry must name its statusListCredential and statusPurpose")
        if not isinstance(index, str) or not index.isascii() or not index.isdigit() or len(index) > 9:
            raise StatusError("statusListIndex must be a whole number, written as text")
        if value.get("statusSize", 1) != 1:
            raise StatusError("status lists with several bits an entry are not checked here", "ask the issuer")
        found.append(Entry(address, purpose, int(index)))
    return found


def list_credential(*, id: str, issuer: str, purpose: str, bits: StatusList, valid_from: datetime,
                    valid_until: datetime) -> dict:
    """The unsigned BitstringStatusListCredential at the address ``id``; sign it with `proofs.add_proof`."""
    if purpose not in PURPOSES:
        raise StatusError(f"a status list has the purpose revocation or suspension, not {purpose!r}")
    return {
        "@context": [contexts.CREDENTIALS],
        "id": id,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": time_text(valid_from),
        "validUntil": time_text(valid_until),
        "credentialSubject": {"id": f"{id}#list", "type": "BitstringStatusList", "statusPurpose": purpose,
                              "encodedList": encode(bits)},
    }


def check(entry: Entry, document: Mapping[str, Any], issuer: str, now: datetime) -> bool:
    """Whether the bit of ``entry`` is set in the list ``document``, whose proof was verified already. Raises StatusError."""
    return open_list(entry, document, issuer, now)[entry.index]


def open_list(entry: Entry, document: Mapping[str, Any], issuer: str, now: datetime) -> StatusList:
    """The bits of the list ``document`` that ``entry`` names, whose proof was verified already.

    ``issuer`` is the issuer of the credential. Raises StatusError if this list cannot answer.
    """
    if "BitstringStatusListCredential" not in listed(document.get("type")):
        raise StatusError("the status list is not a BitstringStatusListCredential")
    if document.get("id") != entry.list:
        raise StatusError(f"this is another status list than the credential names ({entry.list[:120]})",
                          "give the list from exactly that address")
    if issuer_id(document) != issuer:
        raise StatusError("the status list was signed by another issuer than the credential", "do not rely on it")
    body = document.get("credentialSubject")
    if not isinstance(body, Mapping) or body.get("type") != "BitstringStatusList":
        raise StatusError("the status list has no BitstringStatusList as its subject")
    if entry.purpose not in listed(body.get("statusPurpose")):
        raise StatusError(f"the status list is not one for {entry.purpose}")
    if "validFrom" in document and parse_time(document["validFrom"], "validFrom") > now + SKEW:
        raise StatusError(f"the status list is not in force before {document['validFrom']}", "check the clock of this machine")
    if "validUntil" in document and parse_time(document["validUntil"], "validUntil") < now - SKEW:
        raise StatusError(f"the status list is too old: it was good until {document['validUntil']}", "fetch the current list")
    return decode(body.get("encodedList"))
