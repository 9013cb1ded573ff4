"""The records: uploads, submissions, the queue's table, verdicts, credentials and progress. One process owns them.

Invariants
- A submission, its receipt and its place in the queue are written in one transaction, before the receipt is given.
- SQLite runs in WAL mode with synchronous=FULL: what was committed survives a crash and a power cut.
- One verdict a (submission, assessment version, examiner version), held by a unique constraint.
- The schema is changed by Alembic alone (migrations/records); a database of a newer schema is not opened.
- PostgreSQL takes the same models and migrations.
"""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import JSON, Engine, ForeignKey, Index, String, Text, UniqueConstraint, create_engine, event, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

__all__ = ["Base", "Credential", "Job", "Progress", "Records", "RecordsError", "Submission", "Upload", "Verdict", "open_records"]

MIGRATIONS = Path(__file__).parent / "migrations/records"
NAME, HASH, TIME = String(255), String(71), String(20)


class RecordsError(Exception):
    """The records cannot be opened; the text names the next step."""


class Base(DeclarativeBase):
    pass


class Upload(Base):
    """What a learner sent, by content hash, and why it was not taken as a submission (``refused``), if it was not."""

    __tablename__ = "uploads"
    learner: Mapped[str] = mapped_column(NAME, primary_key=True)
    content_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    size: Mapped[int]
    name: Mapped[str] = mapped_column(NAME, default="")
    completed: Mapped[str] = mapped_column(TIME)
    refused: Mapped[dict | None] = mapped_column(JSON)


class Submission(Base):
    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("learner", "track", "module", "attempt", name="one_attempt"),
        UniqueConstraint("learner", "track", "module", "module_version", "content_hash", name="one_content"),
        Index("submissions_by_module", "track", "module"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    learner: Mapped[str] = mapped_column(NAME)
    track: Mapped[str] = mapped_column(NAME)
    module: Mapped[str] = mapped_column(NAME)
    module_version: Mapped[str] = mapped_column(String(64))
    attempt: Mapped[int]
    content_hash: Mapped[str] = mapped_column(HASH)
    size: Mapped[int]
    received: Mapped[str] = mapped_column(TIME)
    state: Mapped[str] = mapped_column(String(16))  # queued | grading | graded | needs_review | returned
    receipt: Mapped[dict] = mapped_column(JSON)

    def document(self) -> dict:
        """What the grader and the learner's side are told of it."""
        return {name: getattr(self, name) for name in
                ("id", "learner", "track", "module", "attempt", "content_hash", "size", "received", "state")}


class Job(Base):
    """A submission's place in the queue: waiting (not given out before ``until``, if there is one), leased until a time,
    done, or parked for a person. ``reason``: why it was last given back."""

    __tablename__ = "jobs"
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    learner: Mapped[str] = mapped_column(NAME)
    state: Mapped[str] = mapped_column(String(8), index=True)  # waiting | leased | done | parked
    enqueued: Mapped[float]
    tries: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(32), unique=True)
    worker: Mapped[str | None] = mapped_column(NAME)
    until: Mapped[float | None]
    reason: Mapped[str | None] = mapped_column(String(300))


class Verdict(Base):
    __tablename__ = "verdicts"
    __table_args__ = (UniqueConstraint("submission", "assessment_version", "examiner_version", name="one_verdict"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    assessment_version: Mapped[str] = mapped_column(String(128))
    examiner_version: Mapped[str] = mapped_column(String(128))
    score: Mapped[float]
    max_score: Mapped[float]
    needs_review: Mapped[bool]
    transcript_hash: Mapped[str] = mapped_column(HASH)
    feedback: Mapped[dict] = mapped_column(JSON)
    recorded: Mapped[str] = mapped_column(TIME)


class Credential(Base):
    """The portal's copy of the newest credential of an award (``<track>/<learner>``), and its state when the signer was last asked."""

    __tablename__ = "credentials"
    award: Mapped[str] = mapped_column(String(511), primary_key=True)
    learner: Mapped[str] = mapped_column(NAME, index=True)
    track: Mapped[str] = mapped_column(NAME)
    received: Mapped[str] = mapped_column(TIME)
    document: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), server_default="valid", default="valid")


class Progress(Base):
    """When a learner first and last fetched a lesson or an assessment."""

    __tablename__ = "progress"
    learner: Mapped[str] = mapped_column(NAME, primary_key=True)
    track: Mapped[str] = mapped_column(NAME, primary_key=True)
    module: Mapped[str] = mapped_column(NAME, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    first: Mapped[str] = mapped_column(TIME)
    last: Mapped[str] = mapped_column(TIME)


class Records:
    """Sessions on the records: `read` for looking, `write` for one transaction that commits or leaves no trace."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(write=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def check(self) -> None:
        """Raise RecordsError unless the database answers."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("select 1 from submissions limit 1"))
        except Exception as error:
            raise RecordsError("the records do not answer; academy doctor says why") from error

    def close(self) -> None:
        self.engine.dispose()


def _sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection, _) -> None:
        connection.isolation_level = None  # SQLAlchemy's BEGIN below, not the driver's guess
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection) -> None:
        # a writer takes its lock at once: no transaction fails half-way because another one was first
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
            raise RecordsError(f"the records have the schema {here} of a newer version of academy; install that version")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def open_records(place: Path | str) -> Records:
    """Open (and create or upgrade) the records in the SQLite file ``place``, or at a SQLAlchemy URL."""
    url = str(place)
    if "://" not in url:
        Path(url).parent.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{url}"
    engine = create_engine(url, connect_args={"timeout": 15} if url.startswith("sqlite") else {})
    if engine.dialect.name == "sqlite":
        _sqlite(engine)
    try:
        upgrade(engine)
    except RecordsError:
        engine.dispose()
        raise
    return Records(engine)
