"""People: who may sign in, under which name, with which roles. The accounts service owns this store alone.

Errors
------
AccountsError(code, message, next)
    what a caller did wrong, in words for people: ``wrong``, ``too-many``, ``unknown``, ``taken``, ``bad-input``

Rules
- A username is 1 to 32 of a-z, 0-9 and single inner hyphens, and starts with a letter: it is also a host name's label.
- A person's number is given once and never again, and a removed person's username stays taken: work, transcripts and
  awards are filed under them, and must never become another person's. Removal erases everything else.
- Passwords are kept as argon2id hashes only. An unknown name costs as much time as a wrong password.
- Failed sign-ins are limited by account and address together, by account and by address (see `attempts`).
"""
from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, ForeignKey, String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from .attempts import Attempts
from .roles import ROLES

__all__ = ["IDENTITIES", "Accounts", "AccountsError", "Base", "Person"]

USERNAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
IDENTITIES = ("self-asserted", "vouched", "checked")      # how sure we are that the name is the person's
LONGEST = 256                                             # characters of a password; the shortest is a setting


class AccountsError(Exception):
    """A refusal: ``code`` for programs, the message and ``next`` for people."""

    def __init__(self, code: str, message: str, next: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.next = code, message, next


class Base(DeclarativeBase):
    """The schema as the newest migration leaves it."""


class Person(Base):
    __tablename__ = "people"
    __table_args__ = {"sqlite_autoincrement": True}

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    username: Mapped[str] = mapped_column(String(32), unique=True)
    display_name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    password: Mapped[str | None] = mapped_column(String(200))
    identity: Mapped[str] = mapped_column(String(20))
    identity_by: Mapped[str | None] = mapped_column(String(120))
    identity_at: Mapped[str | None] = mapped_column(String(20))
    consent: Mapped[str | None] = mapped_column(String(40))
    consent_at: Mapped[str | None] = mapped_column(String(20))
    created: Mapped[str] = mapped_column(String(20))
    removed: Mapped[str | None] = mapped_column(String(20))
    held: Mapped[list[Held]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    def profile(self) -> dict:
        """What other services may know. Never the password's hash."""
        return {
            "username": self.username, "number": self.number, "display_name": self.display_name, "email": self.email,
            "roles": [role for role in ROLES if role in {h.role for h in self.held}],
            "identity": self.identity, "identity_by": self.identity_by, "identity_at": self.identity_at,
            "consent": self.consent, "consent_at": self.consent_at, "created": self.created,
        }


class Held(Base):
    """A role that a person holds."""

    __tablename__ = "roles"

    number: Mapped[int] = mapped_column(ForeignKey("people.number", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


def _bad(message: str, next: str = "") -> AccountsError:
    return AccountsError("bad-input", message, next)


def _username(value: object) -> str:
    if not isinstance(value, str) or len(value) > 32 or not USERNAME.fullmatch(value):
        raise _bad("a username has 1 to 32 characters: a-z, 0-9 and single hyphens inside, starting with a letter",
                   "choose another username")
    return value


def _line(value: object, what: str, longest: int) -> str:
    """One printable line, spaces trimmed, in composed form."""
    if not isinstance(value, str):
        raise _bad(f"{what} is text")
    value = unicodedata.normalize("NFC", value).strip()
    if not 1 <= len(value) <= longest or any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _BIDI for c in value):
        raise _bad(f"{what} has 1 to {longest} printable characters")
    return value


_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")   # they could make one name look like another


def _password(value: object, username: str, shortest: int) -> str:
    if not isinstance(value, str) or not shortest <= len(value) <= LONGEST:
        raise _bad(f"a password has {shortest} to {LONGEST} characters", "three or four unrelated words make a good one")
    if len(set(value)) < 4 or username in value.lower() and len(value) < len(username) + shortest:
        raise _bad("this password is too easy to guess", "three or four unrelated words make a good one")
    return value


def _roles(values: object) -> list[str]:
    if not isinstance(values, list) or not values or not all(value in ROLES for value in values):
        raise _bad(f"roles are one or more of {', '.join(ROLES)}")
    return sorted(set(values), key=ROLES.index)


class Accounts:
    """The store's operations. Each opens its own session, so threads may share one object."""

    def __init__(self, engine: Engine, *, hasher: PasswordHasher | None = None, attempts: Attempts | None = None,
                 shortest: int = 10, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine, self._shortest, self._now = engine, shortest, now
        self._hasher = hasher or PasswordHasher()
        self._attempts = attempts or Attempts()
        self._hashing = threading.Semaphore(2)      # each needs 64 MiB and a core
        self._nobody = self._hasher.hash("a password that nobody has")

    def _time(self) -> str:
        return self._now().strftime("%Y-%m-%dT%H:%M:%SZ")

    @staticmethod
    def _find(session: Session, username: object) -> Person:
        person = None
        if isinstance(username, str):
            person = session.scalar(select(Person).where(Person.username == username, Person.removed.is_(None)))
        if person is None:
            raise AccountsError("unknown", f"there is no account {str(username)[:40]!r}", "academy user list shows them all")
        return person

    def _hash(self, password: str) -> str:
        with self._hashing:
            return self._hasher.hash(password)

    def _matches(self, stored: str, password: str) -> bool:
        with self._hashing:
            try:
                return self._hasher.verify(stored, password)
            except (VerificationError, InvalidHashError):
                return False

    # -- signing in
    def sign_in(self, username: object, password: object, address: object) -> dict:
        """The profile of whoever knows the password, or AccountsError ``wrong`` or ``too-many``."""
        username = str(username).strip().lower()[:64]
        address, password = str(address)[:64], str(password)[:LONGEST + 1]
        wait = self._attempts.wait(username, address)
        if wait:
            minutes = -(-wait // 60)
            raise AccountsError("too-many", "There were too many failed attempts to sign in.",
                                f"Please wait {minutes} minute{'s' * (minutes != 1)} and try again, "
                                "or ask your course's operator for a new password.")
        # counted before the check: attempts that run side by side see each other
        forget = self._attempts.failed(username, address)
        with Session(self._engine) as session:
            try:
                person = self._find(session, username)
            except AccountsError:
                person = None
            stored = person.password if person is not None and person.password else self._nobody
            right = self._matches(stored, password)
            if person is None or not person.password or not right:
                raise AccountsError("wrong", "The username or the password is not right.",
                                    "Check both and try again; your course's operator can set a new password.")
            forget()
            if self._hasher.check_needs_rehash(stored):
                person.password = self._hash(password)
                session.commit()
            return person.profile()

    # -- reading
    def profile(self, username: object) -> dict:
        with Session(self._engine) as session:
            return self._find(session, username).profile()

    def profiles(self, usernames: Iterable[str] | None = None) -> list[dict]:
        """The people of these names (unknown ones left out), or all of them, by username."""
        query = select(Person).where(Person.removed.is_(None)).order_by(Person.username)
        if usernames is not None:
            names = [name for name in usernames if isinstance(name, str)]
            if len(names) > 1000:
                raise _bad("at most 1000 usernames at a time")
            query = query.where(Person.username.in_(names))
        with Session(self._engine) as session:
            return [person.profile() for person in session.scalars(query)]

    # -- changing
    def create(self, username: object, password: object, roles: object = None, display_name: object = None,
               email: object = None) -> dict:
        """A new person; without ``roles`` a learner."""
        username = _username(username)
        password = _password(password, username, self._shortest)
        roles = _roles(["learner"] if roles is None else roles)
        name = _line(display_name or username, "a display name", 120)
        if email is not None and (not isinstance(email, str) or not EMAIL.fullmatch(email) or len(email) > 254):
            raise _bad("that is not an e-mail address", "leave it out, or write it as name@example.org")
        person = Person(username=username, display_name=name, email=email, password=self._hash(password),
                        identity=IDENTITIES[0], created=self._time(), held=[Held(role=role) for role in roles])
        with Session(self._engine) as session:
            session.add(person)
            try:
                session.commit()
            except IntegrityError:
                raise AccountsError("taken", f"the username {username!r} is taken, or was once: its records stay its own",
                                    "choose another username") from None
            return person.profile()

    def set_password(self, username: object, password: object) -> dict:
        with Session(self._engine) as session:
            person = self._find(session, username)
            person.password = self._hash(_password(password, person.username, self._shortest))
            session.commit()
            self._attempts.forget(person.username)
            return person.profile()

    def set_roles(self, username: object, roles: object) -> dict:
        wanted = _roles(roles)
        with Session(self._engine) as session:
            person = self._find(session, username)
            person.held = [h for h in person.held if h.role in wanted]
            present = {h.role for h in person.held}
            person.held += [Held(role=role) for role in wanted if role not in present]
            session.commit()
            return person.profile()

    def set_identity(self, username: object, identity: object, by: object) -> dict:
        """Record who vouched for the person, or checked them in person."""
        if identity not in IDENTITIES:
            raise _bad(f"identity is one of {', '.join(IDENTITIES)}")
        with Session(self._engine) as session:
            person = self._find(session, username)
            person.identity, person.identity_by, person.identity_at = identity, _line(by, "who says so", 120), self._time()
            session.commit()
            return person.profile()

    def consent(self, username: object, version: object) -> dict:
        """The person agreed to this version of the terms, now."""
        with Session(self._engine) as session:
            person = self._find(session, username)
            person.consent, person.consent_at = _line(version, "the version of the terms", 40), self._time()
            session.commit()
            return person.profile()

    def remove(self, username: object) -> dict:
        """Erase the person; the number and the username stay taken for ever."""
        with Session(self._engine) as session:
            person = self._find(session, username)
            number, person.display_name, person.email, person.password = person.number, "", None, None
            person.identity, person.identity_by, person.identity_at = IDENTITIES[0], None, None
            person.consent, person.consent_at, person.held, person.removed = None, None, [], self._time()
            session.commit()
            return {"username": str(username), "number": number}
