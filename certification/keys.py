"""Ed25519 keys: made, kept, used to sign, and found again in a did:key. The only module that reads private keys.

Sources: RFC 8032 (Ed25519), RFC 5958 (PKCS #8), did:key Method 0.9, Controlled Identifiers 1.0 (Multikey).

Rules
- A private key lives in a PKCS #8 PEM file of mode 0600, encrypted if a passphrase is given. It is written once,
  complete and flushed to disk, before its path exists; an existing file is never written again.
- A key file that others may read, or that belongs to another user, is refused: what leaked must be replaced.
- A `PrivateKey` shows its DID, never its bytes: not in repr, not in an error, not by pickling.
"""
from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from certification.errors import IdentifierError, KeyFileError, SignatureError
from certification.multibase import decode_public, encode_public

__all__ = ["PrivateKey", "PublicKey", "generate", "load", "load_or_create", "public_key"]


class PublicKey:
    """An Ed25519 public key; equal by its bytes."""

    __slots__ = ("_key", "multikey")

    def __init__(self, raw: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(raw)
        self.multikey = encode_public(raw)

    @property
    def did(self) -> str:
        return f"did:key:{self.multikey}"

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raises SignatureError unless ``signature`` over ``data`` was made with this key."""
        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            raise SignatureError("the signature does not fit the data: one of them was changed, or another key signed",
                                 "ask for the original file") from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.multikey == other.multikey

    def __hash__(self) -> int:
        return hash(self.multikey)

    def __repr__(self) -> str:
        return f"PublicKey({self.did})"


class PrivateKey:
    """An Ed25519 private key that signs and names itself."""

    __slots__ = ("_key", "public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key().public_bytes_raw())

    @property
    def did(self) -> str:
        return self.public.did

    @property
    def multikey(self) -> str:
        return self.public.multikey

    def sign(self, data: bytes) -> bytes:
        """The 64-byte Ed25519 signature over ``data``."""
        return self._key.sign(data)

    def __repr__(self) -> str:
        return f"PrivateKey({self.did})"

    def __reduce__(self):
        raise TypeError("a private key does not travel between processes")


@lru_cache(maxsize=1024)
def public_key(did: str) -> PublicKey:
    """The key that a ``did:key:z6Mk…`` names (with or without its ``#fragment``)."""
    name, _, fragment = did.partition("#")
    if not name.startswith("did:key:"):
        raise IdentifierError(f"{did[:80]!r} is not a did:key")
    multikey = name.removeprefix("did:key:")
    if fragment and fragment != multikey:
        raise IdentifierError("the part after # of a did:key must repeat the key")
    return PublicKey(decode_public(multikey))


def generate(seed: bytes | None = None) -> PrivateKey:
    """A new key in memory, or the one of a 32-byte seed (for test vectors)."""
    return PrivateKey(Ed25519PrivateKey.generate() if seed is None else Ed25519PrivateKey.from_private_bytes(seed))


def load_or_create(path: Path | str, passphrase: bytes | None = None) -> PrivateKey:
    """The key in ``path``; if there is no such file, a new key is made and kept there first."""
    path = Path(path)
    if not path.exists():
        _keep(path, generate(), passphrase)
    return load(path, passphrase)


def load(path: Path | str, passphrase: bytes | None = None) -> PrivateKey:
    """The key in ``path``. Raises KeyFileError, naming the file and the next step, never its content."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = Path(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise KeyFileError(f"the key file {path.name} cannot be read ({error.strerror})",
                           "run as the user who owns it, or restore it from a backup") from None
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077 or found.st_uid != os.geteuid():
            raise KeyFileError(f"the key file {path.name} must be an ordinary file of mode 0600 owned by this user",
                               "treat the key as leaked: replace it, or set the owner and mode if nobody could read it")
        data = file.read(1 << 16)
    try:
        key = load_pem_private_key(data, passphrase)
    except TypeError:
        raise KeyFileError(f"the key file {path.name} is "
                           + ("not encrypted, but a passphrase was given" if passphrase else "encrypted"),
                           "give the passphrase it was made with, and none if it was made without") from None
    except ValueError:
        raise KeyFileError(f"the key file {path.name} is damaged, or the passphrase is wrong",
                           "check the passphrase, or restore the file from a backup") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"the key file {path.name} holds no Ed25519 key", "restore the file from a backup")
    return PrivateKey(key)


def _keep(path: Path, key: PrivateKey, passphrase: bytes | None) -> None:
    """Write ``key`` to ``path``: complete, flushed, and only if nobody else was first."""
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    protection = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    data = key._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            os.link(draft, path)  # fails if it exists: the first one wins
        except FileExistsError:
            return
        finally:
            draft.unlink(missing_ok=True)
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise KeyFileError(f"the key file {path.name} cannot be written ({error.strerror})",
                           "check that its directory exists, is yours and has room") from None
