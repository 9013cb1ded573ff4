"""The outside of the signer, simulated: a grader that signs transcripts, an accounts store, an offer of one track."""
from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from pathlib import Path

from certification import issuer as issuers
from certification import keys
from certification.evidence import seal
from certification.issue import Book
from certification.log import Log
from certification.multibase import decode_public
from certification.public import Publisher
from certification.signer import Alignment, Offer, Profile, Signer
from curriculum.outcomes import ModuleRequirement, PassRule

TRACK = "output-privacy"
MODULES = ("01_differential_privacy", "02_audit")
ADDRESS = "https://academy.example"
START = datetime(2026, 11, 23, 8, tzinfo=UTC)


def offer(modules=MODULES, share=0.7, **changes) -> Offer:
    given = {
        "rule": PassRule(TRACK, tuple(ModuleRequirement(module, share) for module in modules)),
        "title": "Output Privacy for Official Statistics",
        "description": "Publishes regional counts under a privacy budget and explains its cost in accuracy to a data user.",
        "criteria": "At least 70 % of the points in every module. About 6 hours of study.",
        "version": "1.0.0", "tags": ("privacy", "official statistics"),
        "alignments": (Alignment("Capacity building for data", "https://sdgs.un.org/goals/goal17", "SDG", "17.18", "Proposed"),),
    }
    return Offer(**(given | changes))


class Grader:
    """Signs transcripts with its key and hands out what it has."""

    def __init__(self, key=None) -> None:
        self.key = key or keys.generate(bytes([3] * 32))
        self.envelopes: dict[tuple[str, str], list[dict]] = {}

    def transcripts(self, learner: str, track: str) -> list[dict]:
        return list(self.envelopes.get((learner, track), []))

    def body(self, learner: str, module: str, *, score=8, max_score=10, track=TRACK, needs_review=False, error=None,
             certifying=True, examined="2026-11-23T07:00:00Z", attempt=1) -> dict:
        run = {"status": "pass", "score": score}
        return {
            "type": "academy.transcript/1", "id": uuid.uuid4().urn,
            "submission": {"id": uuid.uuid4().hex, "content_hash": _hash(learner, module), "received": "2026-11-23T06:59:00Z",
                           "learner": learner, "attempt": attempt},
            "assessment": {"track": track, "module": module, "version": "1.0.0", "source_hash": _hash(module)},
            "examiner": {"version": "1", "environment": "privacy", "python": "3.11.2", "cpu": "x86-64", "isolation": ["bwrap"],
                         "certifying": certifying},
            "seeds": [_hash("seed", str(n)) for n in range(3)],
            "tasks": [{"grade_id": "release", "score": score, "max_score": max_score, "reason": "pass", "runs": [run] * 3}],
            "score": score, "max_score": max_score, "needs_review": needs_review, "error": error, "examined": examined,
        }

    def passes(self, learner: str, *modules: str, track=TRACK, **changes) -> list[dict]:
        made = [seal(self.body(learner, module, track=track, **changes), self.key.sign, self.key.did) for module in modules or MODULES]
        self.envelopes.setdefault((learner, track), []).extend(made)
        return made


def _hash(*parts: str) -> str:
    return "sha256:" + hashlib.sha256("/".join(parts).encode()).hexdigest()


class Accounts:
    def __init__(self) -> None:
        self.people: dict[str, Profile] = {}

    def add(self, username: str, name: str = "Amina Wanjirũ Diallo", *, consent=True, identity="vouched", email=None) -> None:
        self.people[username] = Profile(username, name, email if email is not None else f"{username}@office.example", consent, identity)

    def profile(self, username: str) -> Profile | None:
        return self.people.get(username)


class Office:
    """A whole signer on ``path`` with its grader, accounts and public files."""

    def __init__(self, path: Path, *, address=ADDRESS, demonstration=False, observe=lambda step: None, moment=START, grader=None,
                 accounts=None, pdf=False, offers=None, **changes) -> None:
        self.path, self.moment = Path(path), moment
        self.path.mkdir(parents=True, exist_ok=True)
        self.grader, self.accounts = grader or Grader(), accounts or Accounts()
        key, status_key, log_key = (keys.generate(bytes([n] * 32)) for n in (7, 8, 9))
        name = "UN Regional Hub for Big Data, Kigali"
        self.issuer = (issuers.demonstration(key, name, address) if demonstration
                       else issuers.web(address, name, key, status_key))
        self.log_key = decode_public(log_key.multikey)
        self.log = Log(self.path / "log", "academy.example/log", log_key.sign, self.log_key)
        self.book = Book(self.path / "book", self.log, self.issuer.sign_credential, now=lambda: self.moment, observe=observe,
                         sign_text=self.issuer.sign_credential_text)
        self.public = self.path / "public"
        self.offers = offers if offers is not None else {TRACK: offer()}
        self.publisher = Publisher(self.public, self.path / "lists", self.book, self.issuer, address, "http://verify.localhost:8000",
                                   tracks=lambda: list(self.offers), now=lambda: self.moment)
        if not pdf:
            self.publisher.pdf = lambda record: b"%PDF-1.7\n"
        self.publisher.issuer_files()
        given = {"publish": self.publisher.records, "now": lambda: self.moment}
        self.signer = Signer(self.book, self.issuer, address, lambda: self.offers, self.grader.transcripts, self.grader.key.public,
                             self.accounts.profile, **(given | changes))

    def learner(self, username="amina", *modules: str, **profile) -> str:
        """A learner with an account who passed ``modules`` (all); returns the award id."""
        self.accounts.add(username, **profile)
        self.grader.passes(username, *modules)
        return f"{TRACK}/{username}"

    def lists(self) -> list[bytes]:
        return [file.read_bytes() for file in sorted((self.public / "status").iterdir())]

    def close(self) -> None:
        self.book.close()
        self.log.close()
