"""Multibase and Multikey texts of Ed25519 keys and signatures.

Source: W3C Controlled Identifiers 1.0, sections 2.2.2 (Multikey), 2.4 (Multibase), 2.5 (Multihash).

Rules
- Keys and signatures are base58-btc (``z``) and nothing else: a second spelling of the same bytes is refused.
- An Ed25519 public key starts with the bytes ED 01, a secret one with 80 26; a SHA-256 multihash with 12 20.
"""
from __future__ import annotations

import base64
import hashlib

from certification.errors import IdentifierError

__all__ = ["base58_decode", "base58_encode", "decode_public", "digest_multibase", "encode_public"]

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUE = {letter: number for number, letter in enumerate(_ALPHABET)}
ED25519_PUBLIC = b"\xed\x01"
SHA2_256 = b"\x12\x20"
LONGEST = 128  # letters: a signature has 88


_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_BLOCK = 58**10


def base58_encode(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, block = divmod(number, _BLOCK)
        block, a = divmod(block, 3364)
        block, b = divmod(block, 3364)
        block, c = divmod(block, 3364)
        e, d = divmod(block, 3364)
        text = _PAIRS[e] + _PAIRS[d] + _PAIRS[c] + _PAIRS[b] + _PAIRS[a] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text.lstrip("1")


def base58_decode(text: str) -> bytes:
    """Raises IdentifierError for a letter outside the alphabet or a text too long to be a key or signature."""
    if len(text) > LONGEST:
        raise IdentifierError(f"a base58 text of {len(text)} letters is too long to be a key or signature")
    number = 0
    for start in range(0, len(text), 10):
        block, part = 0, text[start:start + 10]
        for letter in part:
            if letter not in _VALUE:
                raise IdentifierError(f"{letter!r} is not a base58 letter")
            block = block * 58 + _VALUE[letter]
        number = number * 58**len(part) + block
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def encode_public(raw: bytes) -> str:
    """The Multikey text (``z6Mk…``) of 32 raw bytes."""
    return "z" + base58_encode(ED25519_PUBLIC + raw)


def decode_public(multikey: str) -> bytes:
    """The 32 raw bytes of an Ed25519 Multikey text."""
    if not isinstance(multikey, str) or not multikey.startswith("z"):
        raise IdentifierError("a public key is written in multibase base58-btc: it starts with 'z'")
    data = base58_decode(multikey[1:])
    if len(data) != 34 or not data.startswith(ED25519_PUBLIC):
        raise IdentifierError("this is not an Ed25519 public key",
                              "ask the issuer for a credential signed with Ed25519 (eddsa-rdfc-2022)")
    return data[2:]


def digest_multibase(data: bytes) -> str:
    """``digestMultibase`` of data: the SHA-256 multihash in base64url without padding."""
    return "u" + base64.urlsafe_b64encode(SHA2_256 + hashlib.sha256(data).digest()).rstrip(b"=").decode()
