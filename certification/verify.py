"""The verifier: a document in, steps and one verdict out. Without a network unless it is handed one.

Order: size → json → contexts → shape → signature → time → status → issuer. A step that fails ends the way where the
later ones would speak about something unsigned; they are then ``unchecked``, "not reached".

Rules
- "Could not check" is its own answer (`Verdict.UNCHECKED`): never valid, never invalid.
- Of several findings the gravest is the verdict, in the order of `Verdict`.
- The issuer's name comes from the registry. Nothing the credential says about its issuer is shown as a fact.
- No foreign exception leaves `verify`, and it opens no socket unless ``offline`` is false.

Sources: VCDM 2.0 section 7.1; Data Integrity 1.0 section 4.4; Bitstring Status List 1.0 section 3.2.
"""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from certification import contexts, model, status
from certification.canonical import SHAPES, canonize
from certification.dids import Keys
from certification.document import check_size, inspect, read_json, text_of
from certification.errors import (
    CertificationError,
    StatusError,
    UnreachableError,
    UnsupportedContextError,
    UnsupportedFormatError,
    UnsupportedProofError,
)
from certification.policy import KnownIssuer, Policy
from certification.proofs import verify_proofs
from certification.registry import EMPTY, Registry
from certification.statuslists import StatusLists
from certification.times import SKEW, parse_time

__all__ = ["STEPS", "Result", "Step", "Verdict", "Verifier", "verify"]

STEPS = ("size", "json", "contexts", "shape", "signature", "time", "status", "issuer")
Document = bytes | str | Mapping[str, Any]


class Verdict(StrEnum):
    """Gravest first."""

    INVALID = "invalid"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    UNCHECKED = "unchecked"
    UNKNOWN_ISSUER = "unknown-issuer"
    VALID = "valid"

    @property
    def exit_code(self) -> int:
        """0 valid · 2 could not be decided here · 1 checked and refused."""
        return 0 if self is Verdict.VALID else 2 if self in (Verdict.UNCHECKED, Verdict.UNKNOWN_ISSUER) else 1


class Step(NamedTuple):
    """``status`` is pass, fail or unchecked; ``message`` says what was found and names the next step."""

    name: str
    status: str
    message: str


@dataclass(frozen=True, slots=True)
class Result:
    """``credential`` only if its proof holds; ``issuer`` is the registry's name."""

    verdict: Verdict
    steps: tuple[Step, ...]
    credential: Mapping[str, Any] | None = None
    issuer: str | None = None

    def as_dict(self) -> dict:
        return {"verdict": self.verdict.value, "steps": [step._asdict() for step in self.steps]}


def verify(document: Document, *, registry: Registry | None = None, status: Iterable[Document] = (),
           did_documents: Mapping[str, Mapping[str, Any]] | None = None, policy: Policy | None = None,
           now: datetime | None = None, offline: bool = True, fetch: Callable[[str], bytes] | None = None) -> Result:
    """Verify one credential; for many, make a `Verifier` with the same options."""
    return Verifier(registry=registry, status=status, did_documents=did_documents, policy=policy, now=now, offline=offline,
                    fetch=fetch).verify(document)


class Verifier:
    """Verifies any number of credentials; DID documents and status lists are looked at once.

    ``status``: status lists at hand (files); ``did_documents``: DID → document, besides those of the registry.
    ``fetch`` is how to reach the network when not ``offline`` (default: `fetch.Fetcher`). ``now``: the moment for all of them.
    """

    def __init__(self, *, registry: Registry | None = None, status: Iterable[Document] = (),
                 did_documents: Mapping[str, Mapping[str, Any]] | None = None, policy: Policy | None = None,
                 now: datetime | None = None, offline: bool = True, fetch: Callable[[str], bytes] | None = None) -> None:
        self.registry = registry or EMPTY
        self.policy = policy or KnownIssuer(self.registry)
        self.now = now or datetime.now(UTC)
        self.keys = Keys(self.registry, did_documents or {}, None if offline else fetch or _network)
        self.lists = StatusLists(status, self.keys, self.now, self.keys.fetch)

    def verify(self, document: Document) -> Result:
        run = _Run(self)
        try:
            run.all(document)
        except _Ended:
            pass
        except (RecursionError, MemoryError):
            run.steps.append(Step(STEPS[len(run.steps)], "fail", "the document is too large or too deep to be checked"))
            run.verdicts.append(Verdict.INVALID)
        if len(run.steps) < len(STEPS):
            last = run.steps[-1].name
            run.steps += [Step(name, "unchecked", f"not reached: see {last}") for name in STEPS[len(run.steps):]]
        return Result(_gravest(run.verdicts) or Verdict.VALID, tuple(run.steps), run.credential, run.issuer)


_ORDER = {verdict: number for number, verdict in enumerate(Verdict)}


def _gravest(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    return min((verdict for verdict in verdicts if verdict), key=_ORDER.__getitem__, default=None)


class _Ended(Exception):
    """The way ends here: what follows would speak about something unsigned."""


class _Run:
    """One document on its way through the steps."""

    def __init__(self, verifier: Verifier) -> None:
        self.verifier, self.now = verifier, verifier.now
        self.steps: list[Step] = []
        self.verdicts: list[Verdict] = []
        self.credential: Mapping[str, Any] | None = None
        self.issuer: str | None = None

    def step(self, name: str, state: str, message: str, verdict: Verdict | None = None) -> None:
        self.steps.append(Step(name, state, message))
        if verdict:
            self.verdicts.append(verdict)

    def must(self, name: str, work: Callable[[], Any], message: str) -> Any:
        """A step without which the others say nothing."""
        try:
            found = work()
        except (UnsupportedContextError, UnsupportedFormatError, UnsupportedProofError, UnreachableError) as error:
            self.step(name, "unchecked", error.advice, Verdict.UNCHECKED)
        except CertificationError as error:
            self.step(name, "fail", error.advice, Verdict.INVALID)
        else:
            self.step(name, "pass", message)
            return found
        raise _Ended

    def all(self, source: Document) -> None:
        self.must("size", lambda: None if isinstance(source, Mapping) else check_size(source), "small enough to be a credential")
        document, text, canonical = self.must("json", lambda: _read(source), "one JSON object that every program reads alike")
        urls = self.must("contexts", lambda: contexts.context_list(document), "only contexts this verifier carries, in order")
        canonical = self.must("shape", lambda: _canonical(document, urls, text, canonical),
                              "every member is defined, so the signature covers all of it")
        issuer = model.issuer_id(document)
        self.must("signature", lambda: verify_proofs(document, self.verifier.keys, issuer, self.now, canonical=canonical, urls=urls),
                  f"unchanged since it was signed with a key of {issuer[:120]}")
        self.credential = document
        self.time(document)
        self.status(document, issuer)
        finding = self.verifier.policy.judge(document)
        self.issuer = finding.issuer
        self.step("issuer", "pass" if finding.accepted else "unchecked", finding.message,
                  None if finding.accepted else Verdict.UNKNOWN_ISSUER)

    def time(self, document: Mapping[str, Any]) -> None:
        start, end = model.span(document)
        if start and parse_time(start, "validFrom") > self.now + SKEW:
            self.step("time", "fail", f"not valid before {start}; check the clock of this machine, or wait", Verdict.INVALID)
        elif end and parse_time(end, "validUntil") < self.now - SKEW:
            self.step("time", "fail", f"expired on {end}; ask the holder for a renewed credential", Verdict.EXPIRED)
        else:
            self.step("time", "pass", f"in force since {start or 'ever'}" + (f", until {end}" if end else ", without end"))

    def status(self, document: Mapping[str, Any], issuer: str) -> None:
        if not document.get("credentialStatus"):
            self.step("status", "pass", "the issuer keeps no status list for it: it cannot be revoked")
            return
        found: list[tuple[Verdict | None, str]] = []
        try:
            for entry in status.entries(document):
                try:
                    found.append(self.bit(entry, issuer))
                except CertificationError as error:
                    found.append((Verdict.UNCHECKED, f"{entry.purpose}: {error.advice}"))
        except StatusError as error:
            found.append((Verdict.UNCHECKED, error.advice))
        gravest = _gravest(verdict for verdict, _ in found)
        messages = "; ".join(text for verdict, text in found if verdict is gravest)
        state = "pass" if gravest is None else "unchecked" if gravest is Verdict.UNCHECKED else "fail"
        self.step("status", state, messages, gravest)

    def bit(self, entry: status.Entry, issuer: str) -> tuple[Verdict | None, str]:
        """What one status entry says: a verdict (None: nothing against it) and the words for it."""
        if entry.purpose not in status.PURPOSES:
            raise StatusError(f"a status of the purpose {entry.purpose[:40]!r} is not known here", "ask the issuer what it means")
        raised, date = self.verifier.lists.ask(entry, issuer)
        if not raised:
            return None, f"not {'revoked' if entry.purpose == 'revocation' else 'suspended'}, according to the list of {date}"
        if entry.purpose == "revocation":
            return Verdict.REVOKED, f"revoked by the issuer, according to the list of {date}; ask the issuer why"
        return Verdict.SUSPENDED, f"suspended by the issuer for now, according to the list of {date}; ask the issuer when it will be decided"


def _read(source: Document) -> tuple[dict, str | None, bytes | None]:
    """The document, its text if it was given as one, and its canonical text if its shape is known."""
    if isinstance(source, Mapping):
        document = dict(source)
        inspect(document)
        return document, None, None
    text = text_of(source)
    canonical = SHAPES.match(text)
    if canonical is None:
        return read_json(text), text, None
    try:
        return json.loads(text), text, canonical  # what `read_json` refuses cannot have the shape of a document it took
    except ValueError:
        return read_json(text), text, None


def _canonical(document: dict, urls: tuple[str, ...], text: str | None, canonical: bytes | None) -> bytes:
    model.check(document)
    if canonical is None:
        body = {key: value for key, value in document.items() if key != "proof"}
        canonical = canonize(body, urls)
        if text is not None:
            SHAPES.learn(text, document, urls, canonical)
    return canonical


def _network(url: str) -> bytes:
    from certification.fetch import Fetcher

    return Fetcher()(url)
