"""The records: schema by migrations alone, durable, and closed to what a newer version wrote."""
from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from autograders.records import Base, Progress, RecordsError, Submission, Verdict, open_records


@pytest.fixture
def records(tmp_path):
    opened = open_records(tmp_path / "records.sqlite")
    yield opened
    opened.close()


def submission(ident: str = "a" * 32, **more) -> Submission:
    fields = {"id": ident, "learner": "lea", "track": "t", "module": "m", "module_version": "1", "attempt": 1, "content_hash": "sha256:" + "0" * 64,
              "size": 1, "received": "2026-11-23T10:00:00Z", "state": "queued", "receipt": {"receipt": {}}}
    return Submission(**fields | more)


def test_the_migrations_make_exactly_the_models(records):
    with records.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    assert set(inspect(records.engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_receipts_are_written_through(records):
    with records.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_opening_again_keeps_everything(records, tmp_path):
    with records.write() as session:
        session.add(submission())
    records.close()
    again = open_records(tmp_path / "records.sqlite")
    with again.read() as session:
        assert session.get_one(Submission, "a" * 32).document()["learner"] == "lea"
    again.close()


def test_records_of_a_newer_version_are_not_opened(records, tmp_path):
    with records.write() as session:
        session.execute(text("update alembic_version set version_num = 'r9999'"))
    records.close()
    with pytest.raises(RecordsError, match="r9999 of a newer version of academy; install that version"):
        open_records(tmp_path / "records.sqlite")


def test_a_transaction_that_fails_leaves_no_trace(records):
    with pytest.raises(RuntimeError, match="half-way"):
        with records.write() as session:
            session.add(submission())
            session.flush()
            raise RuntimeError("half-way")
    with records.read() as session:
        assert session.get(Submission, "a" * 32) is None


@pytest.mark.parametrize("same", [{"attempt": 1, "content_hash": "sha256:" + "1" * 64}, {"attempt": 2}])
def test_one_attempt_and_one_content_a_module(records, same):
    with records.write() as session:
        session.add(submission())
    with pytest.raises(IntegrityError, match="UNIQUE"):
        with records.write() as session:
            session.add(submission("b" * 32, **same))


def test_one_verdict_a_submission_and_versions(records):
    def verdict():
        return Verdict(submission="a" * 32, assessment_version="1", examiner_version="1", score=1, max_score=1, needs_review=False,
                       transcript_hash="", feedback={}, recorded="")
    with records.write() as session:
        session.add(submission())
        session.flush()
        session.add(verdict())
    with pytest.raises(IntegrityError, match="UNIQUE"):
        with records.write() as session:
            session.add(verdict())


def test_a_verdict_needs_its_submission(records):
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        with records.write() as session:
            session.add(Verdict(submission="none", assessment_version="1", examiner_version="1", score=1, max_score=1, needs_review=False,
                                transcript_hash="", feedback={}, recorded=""))


def test_check_names_the_next_step(records, tmp_path):
    records.check()
    with records.write() as session:
        session.execute(text("ALTER TABLE submissions RENAME TO gone"))
    with pytest.raises(RecordsError, match="academy doctor"):
        records.check()


def test_progress_is_kept_a_person_and_notebook(records):
    with records.write() as session:
        session.add(Progress(learner="lea", track="t", module="m", kind="lesson", first="1", last="1"))
        session.add(Progress(learner="bo", track="t", module="m", kind="lesson", first="1", last="1"))
