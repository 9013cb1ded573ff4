"""What issuing and verifying cost, beside the npm library of Digital Bazaar and Ed25519 alone, measured in one run.

Processor time is what counts: of one core, with contexts, keys and lists at hand. Machines differ, so each figure also stands as a multiple
of one Ed25519 verification here; the goals in microseconds are those of a core that needs 94 us for it.
"""
from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from certification import contexts, model, status
from certification.canonical import canonize, canonize_in_full
from certification.issue import Book, Slot, Wish
from certification.issuer import demonstration
from certification.log import Log
from certification.multibase import decode_public
from certification.verify import Verifier
from tests.certification.kit import ISSUER, LISTS, NOW, REGISTRY, SITE, sign

__all__ = ["REFERENCE", "document", "ed25519", "issuing", "peer", "verifying"]

REFERENCE = 94.0  # microseconds of one Ed25519 verification on the core that the goals are stated for


def used(work: Callable[[], object], rounds: int = 1) -> float:
    """Microseconds of processor time of this process, the best of ``rounds``."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best * 1e6


def ed25519() -> float:
    """One verification, the best of many."""
    signature = ISSUER.sign(b"x" * 64)
    return min(used(lambda: [ISSUER.public.verify(signature, b"x" * 64) for _ in range(200)]) for _ in range(7)) / 200


def document(slot: Slot, number: int) -> dict:
    """A credential as the signer makes it: achievement with alignment and tags, two modules' transcripts, assurance, two status entries."""
    achievement = model.achievement(
        id=f"{SITE}achievements/output-privacy/1", track="output-privacy", name="Output privacy", version="1", language="en",
        description="Publishing statistics without giving people away.", criteria="Pass every module of the track.", tags=["privacy", "dp"],
        alignment=[{"targetName": "Statistical confidentiality", "targetUrl": "https://example.org/skills/1"}])
    evidence = [model.transcript_evidence(id=f"urn:uuid:0d1f3c3e-8f4b-4a58-9d0{module}-{number:012d}", module=f"0{module}_module",
                                          transcript=b"%d/%d" % (number, module), narrative=f"{number % 10} of 10 points; seeds {number:064x}")
                for module in (1, 2)]
    return model.credential(
        id=f"{SITE}credentials/{slot.id}", issuer=model.issuer_profile(ISSUER.did, "Institute"), name="Output privacy", valid_from=slot.moment,
        subject=model.subject(achievement, [model.identity(f"learner{number}@example.org")]), evidence=evidence, assurance=model.Assurance(),
        status=[status.entry(f"{SITE}status/{purpose}-{slot.list}.json", slot.index, purpose) for purpose in status.PURPOSES])


def _wish(number: int) -> Wish:
    return Wish(f"output-privacy/learner{number}", (f"urn:uuid:{number}",), lambda slot: document(slot, number))


def issuing(count: int, chunk: int = 2500) -> tuple[float, float]:
    """(processor, elapsed) microseconds a credential: document, journal, status index, signature, log, database; new store, on disk."""
    issuer = demonstration(ISSUER, "Institute", SITE.rstrip("/"))
    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder) / "log", "verify.example.org/log", ISSUER.sign, decode_public(ISSUER.multikey))
        book = Book(Path(folder) / "book", log, issuer.sign_credential, sign_text=issuer.sign_credential_text)
        book.issue([_wish(-number - 1) for number in range(20)])
        begin, start = time.perf_counter(), time.process_time()
        for first in range(0, count, chunk):
            book.issue([_wish(number) for number in range(first, min(first + chunk, count))])
        took = (time.process_time() - start) / count * 1e6, (time.perf_counter() - begin) / count * 1e6
        assert log.size == count + 20 and len(set(book.ids())) == count + 20
        book.close()
        log.close()
    return took


def signed(count: int) -> list[bytes]:
    """Texts of signed credentials that all differ, signed at different seconds."""
    slots = (Slot(f"{number:032x}", 1, number, "2026-11-23T08:00:00Z") for number in range(count))
    made = []
    for number, slot in enumerate(slots):
        found = document(slot, number)
        for entry, purpose in zip(found["credentialStatus"], status.PURPOSES, strict=True):
            entry |= {"id": f"{SITE}status/{purpose}#{number}", "statusListCredential": f"{SITE}status/{purpose}"}
        made.append(json.dumps(sign(found, created=NOW - timedelta(seconds=number)), ensure_ascii=False).encode())
    return made


def verifying(count: int) -> float:
    """Microseconds a credential in a batch, with two status lists and the registry; from text to verdict."""
    texts = signed(count)
    verifier = Verifier(registry=REGISTRY, status=LISTS, now=NOW)
    assert all(verifier.verify(text).verdict == "valid" for text in texts[:5])
    return used(lambda: [verifier.verify(text) for text in texts], 3) / count


def canonical() -> tuple[float, float]:
    """(template, full algorithm) of one document."""
    found = document(Slot("0" * 32, 1, 1, "2026-11-23T08:00:00Z"), 1)
    body = {key: value for key, value in found.items() if key != "@context"}
    for _ in range(3):
        canonize(found)
    return (used(lambda: [canonize(found) for _ in range(200)], 5) / 200,
            used(lambda: [canonize_in_full(body, contexts.OPEN_BADGES_LIST) for _ in range(50)], 5) / 50)


def peer(count: int) -> dict[str, float]:
    """The npm library on the same document, in its own process."""
    from tests.conformance import independent

    found = document(Slot("0" * 32, 1, 1, "2026-11-23T08:00:00Z"), 1)
    known = {url: contexts.context(url) for url in (contexts.OPEN_BADGES, contexts.EXTENSIONS)}
    program = independent.bazaar_program("bench.mjs")
    try:
        return program.tell({"unsigned": found, "signed": sign(found), "documents": known, "count": count})
    finally:
        program.close()


def two_at_once(count: int) -> tuple[float, float]:
    """(elapsed, processor) seconds for ``count`` credentials by two signers side by side, each with its own store."""
    begin, children = time.perf_counter(), []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            try:
                issuing(count // 2)
                os._exit(0)
            except BaseException:
                os._exit(1)
        children.append(child)
    processor = 0.0
    for child in children:
        _, code, usage = os.wait4(child, 0)
        assert code == 0
        processor += usage.ru_utime + usage.ru_stime
    return time.perf_counter() - begin, processor
