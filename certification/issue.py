"""The book of issued credentials: who got which, in an order of writes that no crash can turn into a wrong one.

The order is: draft (database) → journal (fsync) → signature → log → signed document (database). Two files hold it:
``journal`` has ids, status indices and digests and is never changed; ``credentials.sqlite`` has the documents with their
personal data, which can be erased without touching journal and log.

Invariants
- Nothing is signed that is not in the journal; what is signed is the journaled draft, byte for byte.
- A status index is used once for ever: the journal remembers it even if nothing was signed in the end.
- An award has at most one live credential (the database's unique index says so). Suspended is live, revoked is not.
- `Book` repairs on opening: a draft without journal entry is dropped (it was never signed), a journaled one is finished.
  A signed document without journal entry, or one that differs from it, is BookError: the store was mixed up (fail closed).
- Asking again for a live award gives the same credential; a revocation is final.
"""
from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from certification.canonical import jcs
from certification.errors import CertificationError
from certification.journal import Journal, JournalError
from certification.log import Log, leaf
from certification.status import ENTRIES, PURPOSES

__all__ = ["Book", "BookError", "Record", "Slot", "Wish"]

VERSION = 1
FILL = 100_000      # a list is given up at this fill, so that a free index is found at once and hides in the crowd
_SCHEMA = """
CREATE TABLE credentials (
    id TEXT PRIMARY KEY, award TEXT NOT NULL, evidence TEXT NOT NULL, list INTEGER NOT NULL, entry INTEGER NOT NULL,
    salt BLOB NOT NULL, draft BLOB NOT NULL, signed BLOB, live INTEGER NOT NULL DEFAULT 1, UNIQUE (list, entry));
CREATE UNIQUE INDEX one_live_credential ON credentials (award) WHERE live = 1;
CREATE INDEX by_award ON credentials (award);
"""


class BookError(CertificationError):
    """The book refuses: the store does not hold, or the wish contradicts what was recorded."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What the book gives a new credential: its id, its place in the status lists, its time."""

    id: str
    list: int
    index: int
    moment: str


@dataclass(frozen=True, slots=True)
class Wish:
    """An award to be recorded: the transcripts it rests on, and who turns a slot into the unsigned document."""

    award: str
    evidence: tuple[str, ...]
    build: Callable[[Slot], dict]


@dataclass(frozen=True, slots=True)
class Record:
    """One credential of the book. ``signed`` are the RFC 8785 bytes of the signed document."""

    id: str
    award: str
    evidence: tuple[str, ...]
    list: int
    index: int
    salt: bytes
    signed: bytes
    live: bool
    status: dict[str, bool]

    @property
    def document(self) -> dict:
        return json.loads(self.signed)

    @property
    def state(self) -> str:
        if self.status.get("revocation"):
            return "revoked"
        return "suspended" if self.status.get("suspension") else "valid"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Book:
    """The book in directory ``path``. ``sign`` turns a document into the signed one and is deterministic; ``sign_text`` does the same
    from RFC 8785 text to text, if there is a quicker way.

    ``observe`` is told every step by name, before the next one starts.
    """

    def __init__(self, path: Path, log: Log, sign: Callable[[dict], dict], *, now: Callable[[], datetime] = _utc_now,
                 observe: Callable[[str], None] = lambda step: None, sign_text: Callable[[bytes], bytes] | None = None) -> None:
        self._sign_text = sign_text or (lambda draft: jcs(sign(json.loads(draft))))
        self.path, self.log, self._now, self._observe = Path(path), log, now, observe
        self._lock = threading.RLock()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.journal = Journal(self.path / "journal")
        self._db = sqlite3.connect(self.path / "credentials.sqlite", check_same_thread=False, isolation_level=None)
        (self.path / "credentials.sqlite").chmod(0o600)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._open_schema()
        self._issued: dict[str, dict] = {}
        self._used: dict[int, set[int]] = {}
        self._status: dict[str, dict[str, bool]] = {}
        self._void: set[str] = set()
        self._changed: dict[str, str] = {}
        for entry in self.journal.entries:
            self._take(entry)
        self._repair()

    def close(self) -> None:
        self._db.close()
        self.journal.close()

    def _open_schema(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise BookError(f"the store has version {version}, this program knows {VERSION}", "install the newer academy")
        if version == 0:
            self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _take(self, entry: dict) -> None:
        """Fold a journal entry into what is known."""
        self._changed[entry["id"]] = entry["at"]
        if entry["kind"] == "issue":
            used = self._used.setdefault(entry["list"], set())
            if entry["index"] in used or entry["id"] in self._issued:
                raise BookError(f"the journal gives index {entry['index']} of list {entry['list']} twice",
                                "stop issuing and restore the signer's store from a backup")
            used.add(entry["index"])
            self._issued[entry["id"]] = entry
        elif entry["kind"] == "status":
            self._status.setdefault(entry["id"], {})[entry["purpose"]] = entry["value"]
            if entry["purpose"] == "revocation" and entry["value"] and not entry["keep_evidence"]:
                self._void.add(entry["id"])

    # -- repair
    def _repair(self) -> None:
        rows = self._db.execute("SELECT id, list, entry, draft, signed FROM credentials").fetchall()
        with self._transaction() as db:
            for id, list_, index, draft, signed in rows:
                entry = self._issued.get(id)
                if entry is None:
                    if signed is not None:
                        raise BookError(f"credential {id} was signed but is not in the journal",
                                        "journal and database do not belong together: restore both from one backup")
                    db.execute("DELETE FROM credentials WHERE id = ?", (id,))
                elif (entry["list"], entry["index"], entry["draft"]) != (list_, index, _digest(draft)):
                    raise BookError(f"the draft of credential {id} is not the journaled one",
                                    "the database was changed: restore the signer's store from a backup")
            for id, status in self._status.items():
                if status.get("revocation"):
                    db.execute("UPDATE credentials SET live = 0 WHERE id = ?", (id,))
        self._finish([id for id, *_, signed in rows if signed is None and id in self._issued])

    # -- issuing
    def issue(self, wishes: Sequence[Wish]) -> list[Record]:
        """A live credential for each wish, new or the one there is. Many wishes cost four writes to disk, as one does."""
        with self._lock:
            moment = _stamp(self._now())
            new: dict[str, tuple] = {}
            taken: set[tuple[int, int]] = set()
            live = self._live_ids([wish.award for wish in wishes])
            for wish in wishes:
                if wish.award not in new and wish.award not in live:
                    row = new[wish.award] = self._draft(wish, moment, taken)
                    taken.add((row[3], row[4]))
            if new:
                rows = list(new.values())
                with self._transaction() as db:
                    db.executemany("INSERT INTO credentials (id, award, evidence, list, entry, salt, draft) "
                                   "VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
                self._observe("drafted")
                entries = [{"kind": "issue", "id": id, "list": list_, "index": index, "draft": _digest(draft), "at": moment}
                           for id, _, _, list_, index, _, draft in rows]
                try:
                    self.journal.append(*entries)
                except JournalError:
                    with self._transaction() as db:
                        db.executemany("DELETE FROM credentials WHERE id = ?", [(row[0],) for row in rows])
                    raise
                for entry in entries:
                    self._take(entry)
                self._observe("journaled")
            made = self._sign_all([(row[0], row[6], row[5]) for row in new.values()])
            self._finish(live.values())
            records = {award: self.record(id) for award, id in live.items()}
            evidence = {wish.award: wish.evidence for wish in reversed(wishes)}
            for (id, award, _, list_, index, salt, _), signed in zip(new.values(), made, strict=True):
                records[award] = Record(id, award, tuple(evidence[award]), list_, index, salt, signed, True, {})
            return [records[wish.award] for wish in wishes]

    def _draft(self, wish: Wish, moment: str, taken: set[tuple[int, int]]) -> tuple:
        if self._void and self.void_evidence(wish.award) & set(wish.evidence):
            raise BookError("the credential for this evidence was revoked", "new work is needed; a revocation is final")
        list_, index = self._allocate(taken)
        slot = Slot(secrets.token_hex(16), list_, index, moment)
        return (slot.id, wish.award, json.dumps(wish.evidence), list_, index, secrets.token_bytes(16), jcs(wish.build(slot)))

    def _allocate(self, taken: set[tuple[int, int]]) -> tuple[int, int]:
        """A random index that was never used, in the newest list with room."""
        list_ = max(self._used, default=1)
        if len(self._used.get(list_, ())) + len(taken) >= FILL:
            list_ += 1
        used = self._used.get(list_, set())
        while True:
            index = secrets.randbelow(ENTRIES)
            if index not in used and (list_, index) not in taken:
                return list_, index

    def _finish(self, ids: Iterable[str]) -> None:
        """Sign, log and keep what is journaled and not signed yet."""
        rows = []
        for id in dict.fromkeys(ids):
            draft, salt, signed = self._db.execute("SELECT draft, salt, signed FROM credentials WHERE id = ?", (id,)).fetchone()
            if signed is None:
                rows.append((id, draft, salt))
        self._sign_all(rows)

    def _sign_all(self, rows: Sequence[tuple[str, bytes, bytes]]) -> list[bytes]:
        """Sign, log and keep the drafts of ``rows`` (id, draft, salt); returns the signed documents."""
        if not rows:
            return []
        for id, draft, _ in rows:
            if id not in self._issued or self._issued[id]["draft"] != _digest(draft):
                raise BookError(f"credential {id} is not in the journal", "restart the signer: it repairs its store")
        made = [self._sign_text(draft) for _, draft, _ in rows]
        self._observe("signed")
        self.log.append(*(leaf(salt, signed) for (_, _, salt), signed in zip(rows, made, strict=True)))
        self._observe("logged")
        with self._transaction() as db:
            db.executemany("UPDATE credentials SET signed = ? WHERE id = ?", [(signed, id) for (id, _, _), signed in zip(rows, made, strict=True)])
        self._observe("kept")
        return made

    # -- status
    def set_status(self, id: str, purpose: str, value: bool, reason: str, by: str, *, keep_evidence: bool = False) -> Record:
        """Journal and apply. ``keep_evidence``: the same work may earn a new credential (a name was wrong, say)."""
        with self._lock:
            record = self.record(id)
            if purpose not in PURPOSES:
                raise BookError(f"{purpose!r} is no purpose of a status", f"one of {', '.join(PURPOSES)}")
            if not reason.strip():
                raise BookError("a change of status needs a reason", "say why, in a sentence without names")
            if record.status.get("revocation"):
                if purpose == "revocation" and value:
                    return record
                raise BookError("this credential is revoked, and a revocation is final", "issue the award anew if it is earned")
            if record.status.get(purpose, False) == value:
                return record
            entry = {"kind": "status", "id": id, "purpose": purpose, "value": bool(value), "reason": reason.strip()[:500],
                     "by": by, "keep_evidence": bool(keep_evidence), "at": _stamp(self._now())}
            self.journal.append(entry)
            self._take(entry)
            self._observe("status journaled")
            if purpose == "revocation":
                with self._transaction() as db:
                    db.execute("UPDATE credentials SET live = 0 WHERE id = ?", (id,))
            self._observe("status kept")
            return self.record(id)

    def lists(self) -> list[int]:
        """The numbers of the status lists in use; list 1 exists from the start."""
        return sorted(self._used) or [1]

    def raised(self, purpose: str, list_: int) -> set[int]:
        """The indices whose bit is 1."""
        return {self._issued[id]["index"] for id, status in self._status.items()
                if status.get(purpose) and self._issued[id]["list"] == list_}

    def changed(self, id: str) -> str:
        """When the journal last spoke of the credential."""
        return self._changed[id]

    # -- reading
    def _live_id(self, award: str) -> str | None:
        row = self._db.execute("SELECT id FROM credentials WHERE award = ? AND live = 1", (award,)).fetchone()
        return row[0] if row else None

    def _live_ids(self, awards: Sequence[str]) -> dict[str, str]:
        """Award → id of its live credential, for those of ``awards`` that have one."""
        found: dict[str, str] = {}
        for start in range(0, len(awards), 500):
            part = awards[start:start + 500]
            found |= self._db.execute(f"SELECT award, id FROM credentials WHERE live = 1 AND award IN ({','.join('?' * len(part))})", part).fetchall()
        return found

    def live(self, award: str) -> Record | None:
        """The live credential of ``award``."""
        with self._lock:
            id = self._live_id(award)
            return self.record(id) if id and self._issued.get(id) else None

    def record(self, id: str) -> Record:
        """Raises BookError for an id the book does not have."""
        with self._lock:
            row = self._db.execute("SELECT id, award, evidence, list, entry, salt, signed, live FROM credentials WHERE id = ?",
                                   (id,)).fetchone()
        if row is None or row[6] is None:
            raise BookError(f"there is no credential {id[:64]!r}", "use the id at the end of the certificate's address")
        return Record(row[0], row[1], tuple(json.loads(row[2])), *row[3:7], bool(row[7]), dict(self._status.get(row[0], {})))

    def ids(self, award_ends: str = "") -> list[str]:
        """Ids in the order of the journal; ``award_ends`` keeps the awards that end so (``"/amina"``)."""
        with self._lock:
            rows = dict(self._db.execute("SELECT id, award FROM credentials WHERE signed IS NOT NULL"))
        return [id for id in self._issued if id in rows and rows[id].endswith(award_ends)]

    def void_evidence(self, award: str) -> set[str]:
        """Transcripts that earn ``award`` no more: a credential that rested on them was revoked."""
        found = set()
        for id, evidence in self._db.execute("SELECT id, evidence FROM credentials WHERE award = ? AND live = 0", (award,)):
            if id in self._void:
                found |= set(json.loads(evidence))
        return found

    def issued_since(self, moment: datetime) -> int:
        """Journal entries of new credentials since ``moment``: what the daily cap counts."""
        since, count = _stamp(moment), 0
        for entry in reversed(self.journal.entries):
            if entry["at"] < since:
                break
            count += entry["kind"] == "issue"
        return count


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
