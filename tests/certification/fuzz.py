"""Every parser that meets a stranger's bytes, fed with damaged ones: ``python -m tests.certification.fuzz SECONDS [SEED]``.

What must hold for any input: only a `CertificationError` comes out, nothing takes MOST_SECONDS of processor time or adds MOST_MEGABYTES,
and where the shape cache speaks it says what the full algorithm says. An input that breaks this is kept in `fuzz_corpus`, from where
every later run starts too.
"""
from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from certification import baked, dids, document, evidence, keys, log, multibase, proofs, registry, status, times
from certification.canonical import SHAPES, canonize, canonize_in_full, jcs
from certification.contexts import context_list
from certification.errors import CertificationError
from certification.verify import Verifier
from tests.certification.kit import ISSUER, LISTS, REGISTRY, SIGNED, credential, sign
from tests.certification.test_baked import BAKED, SVG

CORPUS = Path(__file__).parent / "fuzz_corpus"
MOST_SECONDS, MOST_MEGABYTES = 1.0, 200
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
VERIFIER = Verifier(registry=REGISTRY, status=LISTS, now=NOW)
WORDS = [b'"@context"', b'"@id"', b'"id"', b'"type"', b'"@type"', b"null", b"true", b"1e400", b"-0.0", b"1e-7", b"9007199254740993", b"[]", b"{}", b"[[",
         b'"\\u0000"', b'"\\ud800"', b"\\", b'"', b"\xff", b"\xef\xbb\xbf", b"\0", b'"_:b0"', b'"proof"', b'"previousProof"', b"NaN", b"<!ENTITY", b"<![CDATA[",
         b"%s", b"%", "\N{LINE SEPARATOR}\N{RIGHT-TO-LEFT OVERRIDE}".encode(), b"z" * 200, b"1" * 5000, b'"urn:academy:shape:0:end"', b"iTXt", b"IEND"]


def verify(data: bytes) -> None:
    result = VERIFIER.verify(data)
    assert result.verdict != "valid" or _same(data), "another document is called valid"
    _shape(data)


def _same(data: bytes) -> bool:
    """Whether it says what one of the signed ones says; the order of a set is no part of that."""
    return _meant(document.read_json(document.text_of(data))) in MEANT


def _meant(found: dict) -> bytes:
    return canonize_in_full({key: value for key, value in found.items() if key not in ("proof", "@context")}, context_list(found))


def _shape(data: bytes) -> None:
    """The shape cache never says more than the full algorithm, nor anything else."""
    try:
        text = document.text_of(data)
    except CertificationError:
        return
    found = SHAPES.match(text)
    if found is not None:
        parsed = document.read_json(text)
        assert found == _meant(parsed), "the shape cache differs"


def verify_object(data: bytes) -> None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict):
        VERIFIER.verify(value)


def as_status_list(data: bytes) -> None:
    Verifier(registry=REGISTRY, status=[data], now=NOW).verify(SIGNED)


def did_document(data: bytes) -> None:
    found = document.parse(data)
    for method in (f"{found.get('id')}#{ISSUER.multikey}", "did:web:example.org#key"):
        dids.document_key(method, found)


def text_of(read: Callable[[str], object]) -> Callable[[bytes], None]:
    return lambda data: (read(data.decode("utf-8", "replace")), None)[1]


def issue(data: bytes) -> None:
    proofs.add_proof(document.parse(data), ISSUER.sign, f"{ISSUER.did}#{ISSUER.multikey}", NOW)


def canonical_json(data: bytes) -> None:
    import rfc8785

    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    assert jcs(value) == rfc8785.dumps(value), "not RFC 8785"


GOOD = [SIGNED, *LISTS, sign({key: value for key, value in credential().items() if key != "credentialStatus"}),
        sign(credential(name="Ünïcode \N{BEER MUG}"))]
TEXTS = [json.dumps(value, ensure_ascii=False).encode() for value in GOOD]
MEANT = {_meant(value) for value in GOOD}
DID = json.dumps(dids.web_document("did:web:example.org", {"key": ISSUER.public})).encode()
KNOWN = json.dumps({"type": registry.TYPE, "issuers": {ISSUER.did: {"name": "x", "tracks": ["*"]}}}).encode()
PACKED = "u" + base64.urlsafe_b64encode(gzip.compress(bytes(16384), mtime=0)).rstrip(b"=").decode()
NOTE = log.sign_checkpoint(log.Checkpoint("example.org/log", 7, bytes(32)), ISSUER.sign, multibase.decode_public(ISSUER.multikey))
TRANSCRIPT = {"type": "academy.transcript/1", "id": "urn:uuid:1"}
ENVELOPE = json.dumps({"transcript": TRANSCRIPT, "key": ISSUER.did, "signature": base64.urlsafe_b64encode(ISSUER.sign(jcs(TRANSCRIPT))).decode()}).encode()
TARGETS: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {
    "verify": (verify, TEXTS),
    "verify object": (verify_object, TEXTS),
    "pictures": (verify, [BAKED, SVG]),
    "baked": (lambda data: baked.unbake(data, document.LARGEST), [BAKED, SVG]),
    "issue": (issue, [json.dumps(credential()).encode()]),
    "canonical JSON": (canonical_json, TEXTS[:1]),
    "status list": (as_status_list, TEXTS[1:3]),
    "encodedList": (text_of(status.decode), [PACKED.encode()]),
    "registry": (lambda data: registry.Registry.read(document.parse(data)), [KNOWN]),
    "DID document": (did_document, [DID]),
    "did:web": (text_of(dids.web_url), [b"did:web:example.org%3A8443:a:b"]),
    "did:key": (text_of(keys.public_key), [ISSUER.did.encode()]),
    "multikey": (text_of(multibase.decode_public), [ISSUER.multikey.encode()]),
    "time": (text_of(lambda text: times.parse_time(text, "x")), [b"2026-11-23T08:00:00.123+05:30"]),
    "checkpoint": (text_of(lambda text: log.open_checkpoint(text, bytes(range(32)))), [NOTE.encode()]),
    "transcript": (lambda data: evidence.read_all([document.parse(data)], ISSUER.public, learner="amina", track="output-privacy"), [ENVELOPE]),
}


def mutated(draw: random.Random, data: bytes, others: list[bytes]) -> bytes:
    found = bytearray(data)
    for _ in range(draw.choice([1, 1, 1, 2, 3, 8])):
        place = draw.randrange(len(found) + 1)
        match draw.randrange(8):
            case 0 if place < len(found):
                found[place] ^= 1 << draw.randrange(8)
            case 1 if place < len(found):
                found[place] = draw.randrange(256)
            case 2:
                del found[place:place + draw.choice([1, 2, 10, 100])]
            case 3:
                found[place:place] = draw.choice(WORDS)
            case 4:
                end = place + draw.choice([1, 5, 50])
                found[place:end] = draw.choice(WORDS)
            case 5:
                piece = bytes(found[place:place + draw.randrange(200)])
                at = draw.randrange(len(found) + 1)
                found[at:at] = piece
            case 6:
                other = draw.choice(others)
                start = draw.randrange(len(other) + 1)
                found[place:place] = other[start:start + draw.randrange(300)]
            case _:
                found[place:place] = draw.choice([b"[", b'{"a":', b"<g>"]) * draw.choice([1, 40, 3000])
    return bytes(found)


class Broken(AssertionError):
    """An input that breaks the rules; kept in the corpus."""


def run(seconds: float, seed: int = 0, keep: bool = True) -> Counter[str]:
    """Feed the targets in turn for ``seconds``; returns how many inputs each took. Raises Broken."""
    draw, counts = random.Random(seed), Counter()
    kept = [file.read_bytes() for file in sorted(CORPUS.glob("*.bin"))]
    before, end = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.monotonic() + seconds
    for text in 3 * TEXTS:
        VERIFIER.verify(text)
    assert len(SHAPES) >= 3
    waiting = [(name, data) for name in TARGETS for data in kept]
    while time.monotonic() < end or waiting:
        name, data = waiting.pop() if waiting else (list(TARGETS)[counts.total() % len(TARGETS)], b"")
        target, seeds = TARGETS[name]
        data = data or mutated(draw, draw.choice(seeds + kept), seeds)
        start = time.process_time()
        try:
            target(data)
            reason = ""
        except CertificationError:
            reason = ""
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        took, megabytes = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
        if took > MOST_SECONDS:
            reason = f"{took:.1f} s"
        if megabytes > MOST_MEGABYTES:
            reason = f"{megabytes:.0f} MB more"
        if reason:
            file = CORPUS / f"{hashlib.sha256(data).hexdigest()[:16]}.bin"
            if keep:
                CORPUS.mkdir(exist_ok=True)
                file.write_bytes(data)
            raise Broken(f"{name}: {reason[:300]} ({file.name}, {len(data)} bytes, seed {seed})")
        counts[name] += 1
    return counts


if __name__ == "__main__":
    found = run(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time()))
    print(f"{found.total():,} inputs:", dict(found))
    assert canonize(credential())
