"""The signer: takes the id of an award, recomputes it from signed transcripts, and only then signs a credential.

Invariants
- A caller hands in an award id and nothing else: no document, no score, no name, no key.
- What counts comes out of transcripts whose signature holds under the grader's known key, that name this learner and
  this track, and that a certifying examiner made (unless the issuer is a demonstration).
- A track without a pass rule, a full daily cap, or a track the registry has not delegated to this issuer: nothing is
  signed (fail closed). A change of mind about any of these never takes back what was issued: that is a revocation.
- The legal name stands in a credential only with the learner's consent; identities are salted hashes.

Everything outside is injected: transcripts, profiles, offers and the delegation are callables.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from certification import evidence, model, status
from certification.errors import CertificationError, EvidenceError
from certification.evidence import Transcript
from certification.issue import Book, Record, Slot, Wish
from certification.issuer import Issuer
from certification.keys import PublicKey
from curriculum.outcomes import Decision, PassRule, evaluate

__all__ = ["Alignment", "IssueError", "Offer", "Profile", "Signer", "parse_award"]

AWARD = re.compile(r"(?P<track>[a-z][a-z0-9_-]{0,63})/(?P<learner>[a-z][a-z0-9._@-]{0,63})")
DAY = timedelta(hours=24)
_IDENTITY = {"self-asserted": "self-asserted", "vouched": "vouched", "checked": "checked-in-person",
             "checked-in-person": "checked-in-person"}


class IssueError(CertificationError):
    """The award is not certified. ``code`` is for programs."""

    def __init__(self, code: str, message: str, next: str = "") -> None:
        super().__init__(message, next)
        self.code = code


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a learner. ``identity``: self-asserted, vouched or checked."""

    username: str
    name: str
    email: str
    consent: bool
    identity: str


@dataclass(frozen=True, slots=True)
class Alignment:
    name: str
    url: str
    framework: str
    code: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a track promises whoever passes it: from the curriculum, never from a caller."""

    rule: PassRule
    title: str
    description: str
    criteria: str
    version: str
    assessment: str = "public"
    supervision: str = "none"
    aids: str = "any"
    language: str = "en"
    tags: tuple[str, ...] = ()
    alignments: tuple[Alignment, ...] = ()


def parse_award(award: Any) -> tuple[str, str]:
    """(track, learner) of an award id. Anything else, a document above all, is refused."""
    found = AWARD.fullmatch(award) if isinstance(award, str) else None
    if found is None:
        raise IssueError("bad-award", "an award is named by its id, \"<track>/<learner>\"",
                         "ask with the award's id; the signer never takes a document")
    return found["track"], found["learner"]


@dataclass
class Signer:
    """``transcripts(learner, track)`` asks the grader for envelopes, ``transcript_key`` is the key they must be signed with.

    ``address`` is where the public files lie, without a slash at the end. ``delegated(did, track)`` is the registry's word.
    """

    book: Book
    issuer: Issuer
    address: str
    offers: Callable[[], Mapping[str, Offer]]
    transcripts: Callable[[str, str], Sequence[dict]]
    transcript_key: PublicKey
    profile: Callable[[str], Profile | None]
    delegated: Callable[[str, str], bool] = lambda did, track: True
    daily_cap: int = 500
    valid_years: int = 0
    publish: Callable[[Sequence[Record]], None] = lambda records: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def issue(self, award: str) -> Record:
        """The live credential of ``award``: the one there is, or a new one if it is earned. Raises IssueError."""
        return self.issue_many([award])[0]

    def issue_many(self, awards: Sequence[str]) -> list[Record]:
        """All or none of ``awards`` are certified; the writes to disk are shared."""
        wishes, new = [], set()
        offers = self.offers()
        for award in awards:
            track, learner = parse_award(award)
            live = self.book.live(award)
            if live is not None:
                wishes.append(Wish(award, live.evidence, lambda slot: {}))
                continue
            new.add(award)
            wishes.append(self._wish(award, offers.get(track), track, learner))
        if new:
            count = self.book.issued_since(self.now() - DAY) + len(new)
            if count > self.daily_cap:
                raise IssueError("daily-cap", f"{self.daily_cap} credentials may be signed in 24 hours; this would be number {count}",
                                 "see why there are so many, then raise signer.daily_cap or wait")
        records = self.book.issue(wishes)
        self.publish(records)
        return records

    def decide(self, award: str) -> Decision:
        """Whether ``award`` is earned, as the signer sees it; signs nothing."""
        track, learner = parse_award(award)
        return self._decide(award, self._offer(self.offers().get(track), track), track, learner)[0]

    def set_status(self, id: str, purpose: str, value: bool, reason: str, by: str, *, keep_evidence: bool = False) -> Record:
        record = self.book.set_status(id, purpose, value, reason, by, keep_evidence=keep_evidence)
        self.publish([record])
        return record

    # -- the decision
    @staticmethod
    def _offer(offer: Offer | None, track: str) -> Offer:
        if offer is None or not offer.rule.modules or offer.rule.track != track:
            raise IssueError("no-pass-rule", f"no pass rule says when {track!r} is passed", "add the course pack to the signer's settings")
        return offer

    def _decide(self, award: str, offer: Offer, track: str, learner: str) -> tuple[Decision, dict[str, Transcript]]:
        void = self.book.void_evidence(award)
        try:
            found = evidence.read_all(self.transcripts(learner, track), self.transcript_key, learner=learner, track=track)
        except EvidenceError as error:
            raise IssueError("bad-evidence", error.message, error.next or "see the grader's log: nothing was signed") from error
        counted = {one.result.evidence: one for one in found
                   if one.result.evidence not in void and (one.certifying or self.issuer.is_demonstration)}
        return evaluate(offer.rule, [one.result for one in counted.values()]), counted

    def _wish(self, award: str, found: Offer | None, track: str, learner: str) -> Wish:
        offer = self._offer(found, track)
        if not self.delegated(self.issuer.did, track):
            raise IssueError("not-delegated", f"the registry does not let this hub certify {track!r}",
                             "ask the registry's owners for the delegation")
        decision, counted = self._decide(award, offer, track, learner)
        if not decision.earned:
            raise IssueError("not-earned", f"{award} is not earned: still to be passed: {', '.join(decision.missing)}",
                             "pass these modules, then ask again")
        profile = self.profile(learner)
        if profile is None or profile.username != learner:
            raise IssueError("no-profile", f"there is no account of {learner!r} to certify", "academy user list")
        return Wish(award, tuple(result.evidence for result in decision.used),
                    lambda slot: self._document(slot, track, offer, profile, [counted[used.evidence] for used in decision.used]))

    # -- the document
    def _document(self, slot: Slot, track: str, offer: Offer, profile: Profile, used: Sequence[Transcript]) -> dict:
        identities = [model.identity((profile.email or profile.username).strip().lower(),
                                     "emailAddress" if profile.email else "userName")]
        if profile.consent and profile.name.strip():
            identities.append({"type": "IdentityObject", "hashed": False, "identityHash": profile.name.strip(), "identityType": "name"})
        achievement = model.achievement(
            id=f"{self.address}/achievements/{track}/{offer.version}", track=track, name=offer.title, description=offer.description,
            criteria=offer.criteria, version=offer.version, language=offer.language, tags=offer.tags,
            alignment=[_alignment(entry) for entry in offer.alignments])
        start = datetime.fromisoformat(slot.moment)
        return model.credential(
            id=f"{self.address}/credentials/{slot.id}", issuer=self.issuer.profile(), name=offer.title, valid_from=slot.moment,
            valid_until=_years_later(start, self.valid_years) if self.valid_years else None,
            subject=model.subject(achievement, identities), description=offer.description,
            evidence=[_evidence(transcript) for transcript in used],
            assurance=model.Assurance(_IDENTITY.get(profile.identity, "self-asserted"), offer.supervision, offer.aids, offer.assessment),
            status=[status.entry(f"{self.address}/status/{purpose}-{slot.list}.json", slot.index, purpose) for purpose in status.PURPOSES])


def _years_later(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year + years, month=3, day=1)


def _alignment(entry: Alignment) -> dict:
    made = {"targetName": entry.name, "targetUrl": entry.url, "targetFramework": entry.framework, "targetCode": entry.code}
    return made | ({"targetDescription": entry.description} if entry.description else {})


def _evidence(transcript: Transcript) -> dict:
    """A transcript in the credential: its digest, the versions that ran, and the commitments to its seeds."""
    body = transcript.body
    assessment, examiner = body["assessment"], body["examiner"]
    narrative = (f"{body['score']} of {body['max_score']} points on {body['examined']}. "
                 f"Assessment {assessment['module']} {assessment['version']} ({assessment['source_hash']}); "
                 f"examiner {examiner['version']}, environment {examiner['environment']}, Python {examiner['python']}; "
                 f"submission {body['submission']['content_hash']}; seed commitments {' '.join(transcript.seeds)}.")
    return model.transcript_evidence(id=transcript.id, module=assessment["module"], transcript=transcript.canonical, narrative=narrative)
