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

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from certification import contexts, model, status
from certification.canonical import canonize
from certification.dids import document_key, web_url
from certification.document import check_size, inspect, parse, read_json, text_of
from certification.errors import (
    CertificationError,
    DocumentError,
    IdentifierError,
    StatusError,
    UnreachableError,
    UnsupportedContextError,
    UnsupportedFormatError,
    UnsupportedProofError,
)
from certification.keys import PublicKey
from certification.policy import KnownIssuer, Policy
from certification.proofs import verify_proofs
from certification.registry import EMPTY, Registry
from certification.times import SKEW, parse_time

__all__ = ["STEPS", "Result", "Step", "Verdict", "verify"]

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
    """Verify one credential.

    ``status``: status lists at hand (files); ``did_documents``: DID → document, besides those of the registry.
    ``fetch`` is how to reach the network when not ``offline`` (default: `fetch.Fetcher`).
    """
    run = _Run(registry or EMPTY, policy, did_documents or {}, now or datetime.now(UTC), None if offline else fetch or _network)
    try:
        run.all(document, tuple(status))
    except _Ended:
        pass
    except (RecursionError, MemoryError):
        run.steps.append(Step(STEPS[len(run.steps)], "fail", "the document is too large or too deep to be checked"))
        run.verdicts.append(Verdict.INVALID)
    reached = len(run.steps)
    skipped = (Step(name, "unchecked", f"not reached: see {run.steps[-1].name}") for name in STEPS[reached:])
    verdict = min(run.verdicts or [Verdict.VALID], key=list(Verdict).index)
    return Result(verdict, (*run.steps, *skipped), run.credential, run.issuer)


class _Ended(Exception):
    """The way ends here: what follows would speak about something unsigned."""


class _Run:
    def __init__(self, registry: Registry, policy: Policy | None, did_documents: Mapping[str, Mapping[str, Any]],
                 now: datetime, fetch: Callable[[str], bytes] | None) -> None:
        self.registry, self.policy, self.did_documents = registry, policy or KnownIssuer(registry), did_documents
        self.now, self.fetch = now, fetch
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

    def all(self, source: Document, lists: tuple[Document, ...]) -> None:
        self.must("size", lambda: None if isinstance(source, Mapping) else check_size(source), "small enough to be a credential")
        document = self.must("json", lambda: _read(source), "one JSON object that every program reads alike")
        urls = self.must("contexts", lambda: contexts.context_list(document), "only contexts this verifier carries, in order")
        body = {key: value for key, value in document.items() if key != "proof"}
        canonical = self.must("shape", lambda: (model.check(document), canonize(body, urls))[1],
                              "every member is defined, so the signature covers all of it")
        issuer = model.issuer_id(document)
        self.must("signature", lambda: verify_proofs(document, self.key, issuer, self.now, canonical=canonical),
                  f"unchanged since it was signed with a key of {issuer[:120]}")
        self.credential = document
        self.time(document)
        self.status(document, issuer, lists)
        finding = self.policy.judge(document)
        self.issuer = finding.issuer
        self.step("issuer", "pass" if finding.accepted else "unchecked", finding.message,
                  None if finding.accepted else Verdict.UNKNOWN_ISSUER)

    def key(self, method: str) -> PublicKey:
        """The key of the issuer that ``method`` names: did:key, a document at hand, the registry's, or the network's."""
        did = method.partition("#")[0]
        if did.startswith("did:key:"):
            return document_key(method, None)
        known = self.registry.find(did)
        document = (known.document if known else None) or self.did_documents.get(did)
        if document is None:
            if not did.startswith(("did:web:", "https://")):
                if did.startswith("did:"):
                    raise UnsupportedProofError(f"the issuer is named by {did[:60]!r}, a kind of DID this verifier cannot look up",
                                                "use a verifier that knows it; nothing is said about the credential here")
                raise IdentifierError("the issuer is not named by a DID, so no key can be bound to it", "ask the issuer")
            url = web_url(did) if did.startswith("did:") else did  # an issuer named by the address of its controller document
            if self.fetch is None:
                raise UnreachableError(f"the key of {did[:120]} is published at {url}, and this is an offline check",
                                       "verify online, or give a registry that holds the issuer's DID document")
            try:
                document = parse(self.fetch(url))
            except DocumentError as error:
                raise UnreachableError(f"{url} does not answer with a DID document ({error.message})", "try again later") from None
            self.did_documents = {**self.did_documents, did: document}
        return document_key(method, document)

    def time(self, document: Mapping[str, Any]) -> None:
        start, end = model.span(document)
        if start and parse_time(start, "validFrom") > self.now + SKEW:
            self.step("time", "fail", f"not valid before {start}; check the clock of this machine, or wait", Verdict.INVALID)
        elif end and parse_time(end, "validUntil") < self.now - SKEW:
            self.step("time", "fail", f"expired on {end}; ask the holder for a renewed credential", Verdict.EXPIRED)
        else:
            self.step("time", "pass", f"in force since {start or 'ever'}" + (f", until {end}" if end else ", without end"))

    def status(self, document: Mapping[str, Any], issuer: str, lists: tuple[Document, ...]) -> None:
        if not document.get("credentialStatus"):
            self.step("status", "pass", "the issuer keeps no status list for it: it cannot be revoked")
            return
        found: list[tuple[Verdict | None, str]] = []
        try:
            for entry in status.entries(document):
                try:
                    found.append(self.bit(entry, issuer, lists))
                except CertificationError as error:
                    found.append((Verdict.UNCHECKED, f"{entry.purpose}: {error.advice}"))
        except StatusError as error:
            found.append((Verdict.UNCHECKED, error.advice))
        gravest = min((verdict for verdict, _ in found if verdict), key=list(Verdict).index, default=None)
        messages = "; ".join(text for verdict, text in found if verdict is gravest)
        state = "pass" if gravest is None else "unchecked" if gravest is Verdict.UNCHECKED else "fail"
        self.step("status", state, messages, gravest)

    def bit(self, entry: status.Entry, issuer: str, lists: tuple[Document, ...]) -> tuple[Verdict | None, str]:
        """What one status entry says: a verdict (None: nothing against it) and the words for it."""
        if entry.purpose not in status.PURPOSES:
            raise StatusError(f"a status of the purpose {entry.purpose[:40]!r} is not known here", "ask the issuer what it means")
        document = self.list_at(entry.list, lists)
        model.check(document)
        if model.issuer_id(document) != issuer:
            raise StatusError("the status list was issued by another issuer than the credential", "do not rely on that list")
        verify_proofs(document, self.key, issuer, self.now)
        dated = f"according to the list of {document.get('validFrom', 'unknown date')}"
        if not status.check(entry, document, issuer, self.now):
            return None, f"not {'revoked' if entry.purpose == 'revocation' else 'suspended'}, {dated}"
        if entry.purpose == "revocation":
            return Verdict.REVOKED, f"revoked by the issuer, {dated}; ask the issuer why"
        return Verdict.SUSPENDED, f"suspended by the issuer for now, {dated}; ask the issuer when it will be decided"

    def list_at(self, url: str, lists: tuple[Document, ...]) -> dict:
        others = 0
        for source in lists:
            document = _read(source) if isinstance(source, Mapping) else parse(source)
            if document.get("id") == url:
                return document
            others += 1
        if self.fetch is None:
            raise UnreachableError(
                f"the status list {url[:160]} is not at hand" + (f" (the {others} given are others)" if others else ""),
                "verify online, or save that address to a file and give it with --status")
        return parse(self.fetch(url))


def _read(source: Document) -> dict:
    if isinstance(source, Mapping):
        document = dict(source)
        inspect(document)
        return document
    return read_json(text_of(source))


def _network(url: str) -> bytes:
    from certification.fetch import Fetcher

    return Fetcher()(url)
