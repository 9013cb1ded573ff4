"""The grader's store: signed transcripts, and the seeds and salts behind their commitments. One process owns it.

Invariants
- Transcripts are only added. The database itself refuses to change or delete one (triggers), not just this module.
- One transcript a (submission, assessment version, examiner version): who comes second gets the first one back.
- The seeds of an examination are drawn once and kept before it begins: a crash repeats it with the same seeds, so nobody
  can draw again until the luck is better.
- SQLite in WAL mode with synchronous=FULL; the schema is changed by Alembic alone; a newer schema is not opened.

Errors: StoreError: the store cannot be opened; the text names the next step.
"""
from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Engine, Index, LargeBinary, String, Text, UniqueConstraint, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from autograders.seeds import Seeds
from autograders.transcript import digest

__all__ = ["Base", "Key", "SeedRow", "Store", "StoreError", "TranscriptRow", "open_store"]

MIGRATIONS = Path(__file__).parent / "migrations/grader"
ID, NAME, VERSION = String(64), String(255), String(128)


class StoreError(Exception):
    """The grader's store cannot be opened; the text names the next step."""


class Base(DeclarativeBase):
    pass


class TranscriptRow(Base):
    __tablename__ = "transcripts"
    __table_args__ = (UniqueConstraint("submission", "assessment_version", "examiner_version", name="one_transcript"),
                      Index("transcripts_by_learner", "learner", "track", "module"))
    number: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(71), unique=True)
    submission: Mapped[str] = mapped_column(ID)
    assessment_version: Mapped[str] = mapped_column(VERSION)
    examiner_version: Mapped[str] = mapped_column(VERSION)
    learner: Mapped[str] = mapped_column(NAME)
    track: Mapped[str] = mapped_column(NAME)
    module: Mapped[str] = mapped_column(NAME)
    envelope: Mapped[str] = mapped_column(Text)
    feedback: Mapped[str] = mapped_column(Text)


class SeedRow(Base):
    __tablename__ = "seeds"
    submission: Mapped[str] = mapped_column(ID, primary_key=True)
    assessment_version: Mapped[str] = mapped_column(VERSION, primary_key=True)
    examiner_version: Mapped[str] = mapped_column(VERSION, primary_key=True)
    run: Mapped[int] = mapped_column(primary_key=True)
    seed: Mapped[int] = mapped_column(BigInteger)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))


@dataclass(frozen=True, slots=True)
class Key:
    """What is examined, against which assessment, by which examiner."""

    submission: str
    assessment_version: str
    examiner_version: str

    def of(self, table: type[TranscriptRow] | type[SeedRow]):
        return (table.submission == self.submission, table.assessment_version == self.assessment_version,
                table.examiner_version == self.examiner_version)


class Store:
    """Opened by `open_store`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def _session(self, write: bool = False) -> Iterator[Session]:
        with Session(self.engine.execution_options(write=write)) as session, session.begin():
            yield session

    def seeds(self, key: Key, drawn: Callable[[], Seeds]) -> Seeds:
        """The seeds of this examination: those kept, or those that ``drawn`` gives, kept from now on."""
        with self._session(write=True) as session:
            rows = session.scalars(select(SeedRow).where(*key.of(SeedRow)).order_by(SeedRow.run)).all()
            if rows:
                return Seeds(tuple(row.seed for row in rows), tuple(row.salt for row in rows))
            seeds = drawn()
            for run, (seed, salt) in enumerate(zip(seeds.values, seeds.salts, strict=True)):
                session.add(SeedRow(submission=key.submission, assessment_version=key.assessment_version,
                                    examiner_version=key.examiner_version, run=run, seed=seed, salt=salt))
            return seeds

    def add(self, key: Key, envelope: dict[str, Any], feedback: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Keep ``envelope`` unless there is one for ``key``. Returns the one that is kept, with its feedback."""
        body = envelope["transcript"]
        with self._session(write=True) as session:
            row = session.scalar(select(TranscriptRow).where(*key.of(TranscriptRow)))
            if row is None:
                row = TranscriptRow(
                    digest=digest(body), submission=key.submission, assessment_version=key.assessment_version,
                    examiner_version=key.examiner_version, learner=body["submission"]["learner"],
                    track=body["assessment"]["track"], module=body["assessment"]["module"],
                    envelope=json.dumps(envelope), feedback=json.dumps(feedback))
                session.add(row)
            return json.loads(row.envelope), json.loads(row.feedback)

    def find(self, key: Key) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The transcript kept for ``key`` and its feedback, if there is one."""
        with self._session() as session:
            row = session.scalar(select(TranscriptRow).where(*key.of(TranscriptRow)))
            return (json.loads(row.envelope), json.loads(row.feedback)) if row else None

    def transcripts(self, learner: str | None = None, track: str | None = None, module: str | None = None) -> list[dict[str, Any]]:
        """The envelopes of one learner, track, module, or all, oldest first."""
        wanted = select(TranscriptRow.envelope).order_by(TranscriptRow.number)
        for column, value in ((TranscriptRow.learner, learner), (TranscriptRow.track, track), (TranscriptRow.module, module)):
            if value is not None:
                wanted = wanted.where(column == value)
        with self._session() as session:
            return [json.loads(text) for text in session.scalars(wanted)]

    def close(self) -> None:
        self.engine.dispose()


def _sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection, _) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("write") else "BEGIN")


def upgrade(engine: Engine) -> None:
    """Bring the schema to this version; refuse a newer one."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    with engine.execution_options(write=True).begin() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
        if here is not None and here not in {revision.revision for revision in script.walk_revisions()}:
            raise StoreError(f"the grader's store has the schema {here} of a newer version of academy; install that version")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def open_store(place: Path | str) -> Store:
    """Open (and create or upgrade) the store in the SQLite file ``place``, or at a SQLAlchemy URL."""
    url = str(place) if "://" in str(place) else f"sqlite:///{place}"
    engine = create_engine(url, connect_args={"timeout": 15} if url.startswith("sqlite") else {})
    if engine.dialect.name == "sqlite":
        _sqlite(engine)
    try:
        upgrade(engine)
    except StoreError:
        engine.dispose()
        raise
    except Exception as error:
        engine.dispose()
        raise StoreError(f"the grader's store at {place} cannot be opened ({error.__class__.__name__}); "
                         "see whether the file is ours and the disk has room, or restore a backup") from error
    return Store(engine)
