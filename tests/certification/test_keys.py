"""Keys: made once, kept private, found again in a DID."""
from __future__ import annotations

import os
import pickle
import stat
import threading

import pytest

from certification import keys
from certification.errors import IdentifierError, KeyFileError, SignatureError
from certification.multibase import base58_decode, base58_encode, decode_public, encode_public

# RFC 8032, section 7.1, test 2: seed, public key, message, signature.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                          "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")


def test_signs_as_rfc_8032_does():
    key = keys.generate(SEED)
    assert decode_public(key.multikey) == PUBLIC
    assert key.sign(b"\x72") == SIGNATURE
    keys.public_key(key.did).verify(SIGNATURE, b"\x72")


@pytest.mark.parametrize(("signature", "data"), [
    (SIGNATURE, b"\x73"), (SIGNATURE[:-1], b"\x72"), (SIGNATURE + b"\0", b"\x72"), (b"", b"\x72"), (bytes(64), b"\x72"),
    (SIGNATURE[:32] + bytes(32), b"\x72")])
def test_refuses_a_signature_that_does_not_fit(signature, data):
    with pytest.raises(SignatureError, match="does not fit"):
        keys.public_key(keys.generate(SEED).did).verify(signature, data)


def test_the_key_of_the_w3c_vectors_has_the_did_of_the_w3c_vectors():
    """W3C EdDSA Cryptosuites 1.0, appendix B: the secret key z3u2en7t… belongs to z6MkrJVn…"""
    seed = base58_decode("3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq")[2:]
    assert keys.generate(seed).did == "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\x01", b"\xff" * 64, bytes(range(34))])
def test_base58_round_trip(data):
    assert base58_decode(base58_encode(data)) == data


@pytest.mark.parametrize(("did", "message"), [
    ("did:web:example.org", "is not a did:key"),
    ("", "is not a did:key"),
    ("did:key:", "starts with 'z'"),
    ("did:key:uABC", "starts with 'z'"),
    ("did:key:z0OIl", "not a base58 letter"),
    ("did:key:z" + "1" * 200, "too long"),
    ("did:key:z" + base58_encode(b"\xec\x01" + PUBLIC), "not an Ed25519 public key"),
    ("did:key:z" + base58_encode(b"\xed\x01" + PUBLIC[1:]), "not an Ed25519 public key"),
    (f"did:key:{encode_public(PUBLIC)}#other", "must repeat the key"),
])
def test_refuses_a_did_that_names_no_key(did, message):
    with pytest.raises(IdentifierError, match=message):
        keys.public_key(did)


def test_made_once_and_found_again(tmp_path):
    first = keys.load_or_create(tmp_path / "issuer.pem")
    assert keys.load_or_create(tmp_path / "issuer.pem").did == first.did
    assert stat.S_IMODE((tmp_path / "issuer.pem").stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["issuer.pem"]


def test_whoever_is_first_wins(tmp_path):
    found: list[str] = []
    start = threading.Barrier(8)

    def run() -> None:
        start.wait()
        found.append(keys.load_or_create(tmp_path / "key.pem").did)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["key.pem"]


def test_encrypted_with_a_passphrase(tmp_path):
    path = tmp_path / "key.pem"
    made = keys.load_or_create(path, b"correct horse")
    assert b"ENCRYPTED" in path.read_bytes()
    assert keys.load_or_create(path, b"correct horse").did == made.did
    with pytest.raises(KeyFileError, match="passphrase is wrong"):
        keys.load(path, b"wrong")
    with pytest.raises(KeyFileError, match="is encrypted"):
        keys.load(path)


def test_a_passphrase_for_a_plain_file_is_an_error(tmp_path):
    keys.load_or_create(tmp_path / "key.pem")
    with pytest.raises(KeyFileError, match="not encrypted, but a passphrase was given"):
        keys.load(tmp_path / "key.pem", b"word")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o700 | 0o010])
def test_refuses_a_file_others_can_read(tmp_path, mode):
    path = tmp_path / "key.pem"
    keys.load_or_create(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="mode 0600 owned by this user"):
        keys.load(path)


def test_refuses_a_link(tmp_path):
    keys.load_or_create(tmp_path / "key.pem")
    (tmp_path / "link.pem").symlink_to(tmp_path / "key.pem")
    with pytest.raises(KeyFileError, match="cannot be read"):
        keys.load_or_create(tmp_path / "link.pem")


@pytest.mark.parametrize("data", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_refuses_a_damaged_file_and_keeps_it(tmp_path, data):
    path = tmp_path / "key.pem"
    path.touch(0o600)
    path.write_bytes(data)
    with pytest.raises(KeyFileError, match="damaged"):
        keys.load_or_create(path)
    assert path.read_bytes() == data


def test_refuses_a_key_of_another_kind(tmp_path):
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    path = tmp_path / "key.pem"
    path.touch(0o600)
    path.write_bytes(X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(KeyFileError, match="no Ed25519 key"):
        keys.load(path)


def test_says_what_to_do_when_the_directory_is_missing(tmp_path):
    with pytest.raises(KeyFileError, match="cannot be written") as caught:
        keys.load_or_create(tmp_path / "missing" / "key.pem")
    assert "directory" in caught.value.next


def test_shows_its_did_and_never_its_bytes(tmp_path):
    key = keys.load_or_create(tmp_path / "key.pem")
    assert repr(key) == f"PrivateKey({key.did})"
    with pytest.raises(TypeError, match="does not travel"):
        pickle.dumps(key)
    assert os.listdir(tmp_path) == ["key.pem"]
