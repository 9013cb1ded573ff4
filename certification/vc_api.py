"""The VC-API as far as the W3C test suites need it: issue and verify by a throw-away issuer. A test profile, not a way to certify.

Sources: W3C CCG VC-API 0.3, sections 3.2 (issuing), 3.3 (verifying); VCDM 2.0 section 7.1 (verification); Bitstring Status List 1.0
section 3.

Rules
- It has a key of its own, made when it starts and never written down: nothing it signs can be taken for a certificate of a hub.
- What is issued must be wholly defined by its contexts (`vcdm`, `expand`): a member without a meaning is an error, with either suite.
- An issuer that is not named is this one; one that is named must be this one.
- Verifying checks shape and every proof; the status as well when asked to, and "could not check" is no success. A period of
  validity that has not begun or is over is a warning: whether that matters is the relying party's rule (VCDM 2.0, appendix A).
- A credential in an envelope (JWT, COSE) cannot be checked here: a presentation that holds one is not verified.
"""
from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from certification import model, status, vcdm
from certification.canonical import canonize_in_full
from certification.cryptosuites import MADE, RDFC
from certification.dids import Keys
from certification.errors import CertificationError, ShapeError, StatusError, UnsupportedFormatError
from certification.expand import quads
from certification.keys import PrivateKey, generate
from certification.proofs import join_proof, verify_proofs
from certification.rdfc import canonical_nquads
from certification.registry import EMPTY
from certification.statuslists import StatusLists
from certification.times import SKEW, parse_time

__all__ = ["TestIssuer", "refusal"]

MOST_CREDENTIALS = 10_000  # remembered, so that their status can be set


class TestIssuer:
    """``address`` is where its status lists are published; ``fetch`` reaches lists of others, if there is a network."""

    __test__ = False  # not a test of pytest's

    def __init__(self, address: str, *, key: PrivateKey | None = None, fetch: Callable[[str], bytes] | None = None,
                 now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.key, self.address, self._now, self._fetch = key or generate(), address.rstrip("/"), now, fetch
        self.did, self._lock = self.key.did, threading.Lock()
        self._bits = {purpose: status.StatusList() for purpose in status.PURPOSES}
        self._places: dict[str, int] = {}
        self._used: set[int] = set()

    # -- issue
    def issue(self, credential: Mapping[str, Any], suite: str = RDFC) -> dict:
        """The credential with a proof of ``suite``. Raises CertificationError, and then nothing was signed."""
        document = self._named(credential)
        vcdm.check_credential(document)
        if model.issuer_id(document) != self.did:
            raise ShapeError(f"the issuer named is {model.issuer_id(document)[:120]!r}, and this service signs as {self.did}",
                             "leave the issuer out, or set the service's in the test suite")
        urls = vcdm.context_urls(document)
        for entry in model.listed(document.get("credentialStatus")):
            if "BitstringStatusListEntry" in model.listed(entry.get("type")):
                status.entries({"credentialStatus": entry})
        return self._prove(document, urls, suite)

    def issue_with_status(self, credential: Mapping[str, Any], suite: str = RDFC) -> dict:
        """The same with an entry in this issuer's lists, unless the credential brings one."""
        document = dict(credential)
        if "credentialStatus" in document:
            return self.issue(document, suite)
        with self._lock:
            index = secrets.randbelow(status.ENTRIES)
            while index in self._used:
                index = secrets.randbelow(status.ENTRIES)
            if len(self._used) >= MOST_CREDENTIALS:
                raise StatusError("this test issuer has given out all its places", "start it anew")
            document["credentialStatus"] = [status.entry(self.list_address(purpose), index, purpose) for purpose in status.PURPOSES]
            signed = self.issue(document, suite)
            self._used.add(index)
            if isinstance(document.get("id"), str):
                self._places[document["id"]] = index
        return signed

    def _named(self, credential: Mapping[str, Any]) -> dict:
        """The credential with this issuer, if it names none."""
        issuer = credential.get("issuer", self.did)
        if isinstance(issuer, Mapping) and "id" not in issuer:
            issuer = {"id": self.did, **issuer}
        return {**credential, "issuer": issuer}

    def _prove(self, document: dict, urls: tuple[str, ...], suite: str) -> dict:
        if suite not in MADE:
            raise ShapeError(f"no proof of the kind {str(suite)[:60]!r} is made here", f"one of {', '.join(MADE)}")
        return join_proof(document, self.key.sign, f"{self.did}#{self.key.multikey}", self._now(), cryptosuite=suite, urls=urls)

    # -- status
    def list_address(self, purpose: str) -> str:
        return f"{self.address}/status/{purpose}"

    def status_list(self, purpose: str) -> dict:
        """The signed list as of now. Raises StatusError for another purpose."""
        now = self._now()
        document = status.list_credential(id=self.list_address(purpose), issuer=self.did, purpose=purpose,
                                          bits=self._bits.get(purpose, status.StatusList()), valid_from=now, valid_until=now + timedelta(hours=1))
        return self._prove(document, vcdm.context_urls(document), RDFC)

    def set_status(self, id: str, purpose: str, value: bool = True) -> None:
        """Raise or clear the bit of a credential issued with a status. Raises StatusError."""
        if purpose not in self._bits or not isinstance(value, bool):
            raise StatusError(f"there is no list for {str(purpose)[:40]!r}", f"one of {', '.join(status.PURPOSES)}, true or false")
        if id not in self._places:
            raise StatusError(f"no credential {str(id)[:120]!r} was issued here with a status", "give the credential an id when it is issued")
        with self._lock:
            self._bits[purpose][self._places[id]] = value

    # -- verify
    def verify(self, credential: Mapping[str, Any], with_status: bool = False) -> list[str]:
        """Shape and proofs of a credential; returns warnings. Raises CertificationError."""
        document = dict(credential)
        urls = vcdm.context_urls(document)
        if vcdm.is_enveloped(document):
            vcdm.enveloped(document)
            raise UnsupportedFormatError("a credential in an envelope (JWT, COSE) cannot be checked here", "give it with an embedded proof")
        vcdm.check_credential(document)
        body = {key: value for key, value in document.items() if key not in ("@context", "proof")}
        verify_proofs(document, self._keys(), model.issuer_id(document), self._now(), urls=urls, canonical=canonize_in_full(body, urls))
        if with_status:
            self._status(document)
        return self._period(document)

    def verify_presentation(self, presentation: Mapping[str, Any], challenge: str | None = None, domain: str | None = None) -> list[str]:
        """Shape and proofs of a presentation and of every credential in it; returns warnings. Raises CertificationError."""
        document = dict(presentation)
        urls = vcdm.context_urls(document)
        credentials = vcdm.check_presentation(document)
        body = {key: value for key, value in document.items() if key not in ("@context", "proof")}
        canonical = canonical_nquads(quads(urls, body, vcdm.context_urls)).encode()
        holder = document.get("holder")
        holder = holder.get("id") if isinstance(holder, Mapping) else holder
        for proof in model.listed(document.get("proof")):
            for name, expected in (("challenge", challenge), ("domain", domain)):
                if expected is not None and expected not in model.listed(proof.get(name)):
                    raise ShapeError(f"the proof of the presentation does not answer the {name} that was asked for", "ask the holder for a new one")
        verify_proofs(document, self._keys(), holder, self._now(), urls=urls, canonical=canonical, purpose="authentication")
        warnings = []
        for number, credential in enumerate(credentials, 1):
            warnings += [f"verifiableCredential {number}: {text}" for text in self.verify(credential)]
        return warnings

    def _keys(self) -> Keys:
        return Keys(EMPTY, {}, self._fetch)

    def _status(self, document: Mapping[str, Any]) -> None:
        lists = StatusLists([self.status_list(purpose) for purpose in status.PURPOSES], self._keys(), self._now(), self._fetch)
        for entry in status.entries(document):
            if lists.ask(entry, model.issuer_id(document))[0]:
                raise StatusError(f"the credential's status for {entry.purpose} is set: it does not count", "ask its issuer")

    def _period(self, document: Mapping[str, Any]) -> list[str]:
        start, end = model.span(document)
        found = []
        if start and parse_time(start, "validFrom") > self._now() + SKEW:
            found.append(f"not valid before {start}")
        if end and parse_time(end, "validUntil") < self._now() - SKEW:
            found.append(f"expired on {end}")
        return found


def refusal(error: CertificationError) -> dict:
    """The answer to a request that is refused: the house's form of an error, and VC-API's list of reasons."""
    return {"error": {"code": error.code, "message": error.message, "next": error.next}, "errors": [error.advice]}
