"""The exchange: what a learner can list, fetch, upload, submit and get back. Identity and time are never the learner's to say.

Rules
- An assessment is handed out with the learner's own seed in it, the one that its first run is made with.
- ``learner`` is who the caller's token belongs to. A request that names somebody else is refused.
- A receipt is given only after submission, receipt and queue entry are committed and the bytes are on the disk.
- The same content for the same version of an assessment is the same submission: it gets the same receipt again.
- What intake refuses stays uploaded, with the reason; correcting it and submitting again is always possible.
"""
from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from autograders.exchange.blobs import Blobs
from autograders.exchange.courses import KINDS, Courses
from autograders.exchange.uploads import Uploads
from autograders.intake import Rules, check_name, check_notebook, check_time
from autograders.queue import Queue
from autograders.receipt import Receipts, rfc3339
from autograders.records import Progress, Records, Submission, Upload, Verdict
from autograders.refusal import Refusal
from autograders.seeds import OwnSeed

__all__ = ["Exchange"]


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class Exchange:
    records: Records
    queue: Queue
    blobs: Blobs
    uploads: Uploads
    courses: Courses
    receipts: Receipts
    own_seed: OwnSeed
    rules: Rules = Rules()
    daily: int = 20  # submissions a learner may make for one module in a day
    clock: Callable[[], datetime] = field(default=_now)
    dates: Mapping[str, tuple[datetime | None, datetime | None]] = field(default_factory=dict)  # "track/module" → opens, due

    # -- handing out
    def assignments(self, learner: str) -> list[dict]:
        """Every assessment there is, with what this learner has done about it."""
        with self.records.read() as session:
            fetched = {(p.track, p.module) for p in session.scalars(
                select(Progress).where(Progress.learner == learner, Progress.kind == "assessment"))}
            mine = session.scalars(select(Submission).where(Submission.learner == learner).order_by(Submission.received, Submission.attempt)).all()
        found = []
        for track in self.courses.catalogue.tracks:
            for module in track.modules:
                own = [s.document() for s in mine if (s.track, s.module) == (track.id, module.id)]
                found.append({"track": track.id, "module": module.id, "title": module.title, "version": module.version,
                              "closes": self.closes(track.id, module.id), "fetched": (track.id, module.id) in fetched, "submissions": own})
        return found

    def fetch_assignment(self, learner: str, track: str, module: str, kind: str) -> bytes:
        """The notebook's bytes; remembers that the learner began."""
        if kind == "assessment":
            data = self.courses.seeded_bytes(track, module, self.own_seed(learner, track, module))
        else:
            data = self.courses.notebook_bytes(track, module, kind)
        self.opened(learner, track, module, kind)
        return data

    def opened(self, learner: str, track: str, module: str, kind: str) -> None:
        """The learner opened a lesson or an assessment."""
        self.courses.module(track, module)
        if kind not in KINDS:
            raise Refusal("no-such-notebook", "A module has a lesson and an assessment.", "Choose one of them.", 404)
        now = rfc3339(self.clock())
        with self.records.write() as session:
            known = session.get(Progress, (learner, track, module, kind))
            if known is None:
                session.add(Progress(learner=learner, track=track, module=module, kind=kind, first=now, last=now))
            else:
                known.last = now

    def closes(self, track: str, module: str) -> str | None:
        """When the assessment closes, as RFC 3339; None if it never does."""
        due = self.dates.get(f"{track}/{module}", (None, None))[1]
        return None if due is None else rfc3339(due)

    # -- taking in
    def submit(self, learner: str, track: str, module: str, content_hash: str, *, name: str = "assessment.ipynb",
               claimed: str | None = None) -> dict:
        """The receipt for what the learner uploaded under ``content_hash``."""
        if claimed not in (None, learner):
            raise Refusal("other-learner", "You can only submit your own work.", "Sign in as the person whose work it is.", 403)
        found = self.courses.module(track, module)
        if not self.uploads.progress(learner, content_hash).complete:
            raise Refusal("not-uploaded", "The file has not arrived completely.", "Upload it, then submit.", 409)
        with self.records.read() as session:
            if known := self._same(session, learner, found, content_hash):
                return known.receipt
        data = self.blobs.read(content_hash)
        try:
            check_time(self.clock(), *self.dates.get(f"{track}/{module}", (None, None)))
            check_name(name, self.rules)
            check_notebook(data, self.courses.notebook(track, module, "assessment"), self.rules)
        except Refusal as refusal:
            self._refused(learner, content_hash, refusal)
            raise
        return self._record(learner, found, content_hash, len(data))

    def submit_file(self, learner: str, track: str, module: str, name: str, data: bytes) -> dict:
        """Upload and submit in one: a file from a form."""
        self.courses.module(track, module)
        return self.submit(learner, track, module, self.uploads.whole(learner, data, name), name=name)

    def _record(self, learner: str, module, content_hash: str, size: int) -> dict:
        with self.records.write() as session:
            if known := self._same(session, learner, module, content_hash):
                return known.receipt
            now = rfc3339(self.clock())
            mine = select(func.count()).where(
                Submission.learner == learner, Submission.track == module.track, Submission.module == module.id)
            if session.scalar(mine.where(Submission.received >= now[:10])) >= self.daily:
                raise Refusal("too-many", f"{self.daily} submissions a day are allowed for a module. Your upload is kept.",
                              "Submit it tomorrow.", 429)
            attempt = 1 + session.scalar(mine)
            fields = {"learner": learner, "track": module.track, "module": module.id, "attempt": attempt,
                      "content_hash": content_hash, "size": size, "received": now}
            ident = uuid.uuid4().hex
            receipt = self.receipts.make(submission=ident, **fields)
            submission = Submission(id=ident, module_version=module.version, state="queued", receipt=receipt, **fields)
            session.add(submission)
            session.flush()
            self.queue.put(session, submission)
            if upload := session.get(Upload, (learner, content_hash)):
                upload.refused = None
        return receipt

    @staticmethod
    def _same(session: Session, learner: str, module, content_hash: str) -> Submission | None:
        return session.scalar(select(Submission).where(
            Submission.learner == learner, Submission.track == module.track, Submission.module == module.id,
            Submission.module_version == module.version, Submission.content_hash == content_hash))

    def _refused(self, learner: str, content_hash: str, refusal: Refusal) -> None:
        with self.records.write() as session:
            if upload := session.get(Upload, (learner, content_hash)):
                upload.refused = refusal.document()["error"]

    # -- giving back
    def submission(self, learner: str, ident: str) -> Submission:
        """The learner's own submission; anybody else's does not exist for them."""
        with self.records.read() as session:
            found = session.get(Submission, ident)
        if found is None or found.learner != learner:
            raise Refusal("no-such-submission", "There is no such submission of yours.", "Look on the course page.", 404)
        return found

    def fetch_feedback(self, learner: str, ident: str) -> dict | None:
        """The feedback on a submission of the learner's; None while it is being examined."""
        self.submission(learner, ident)
        with self.records.read() as session:
            verdict = session.scalar(select(Verdict).where(Verdict.submission == ident).order_by(Verdict.id.desc()).limit(1))
        return None if verdict is None else {**verdict.feedback, "recorded": verdict.recorded}
