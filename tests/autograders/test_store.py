"""The grader's store keeps what was signed, once, and gives it back after anything."""
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from autograders.seeds import Seeds, draw
from autograders.store import Key, StoreError, open_store
from autograders.transcript import body, digest, envelope

KEY = Key("s" * 32, "1.0.0", "examiner-1")


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "grader.sqlite")
    yield opened
    opened.close()


def signed(learner="ada", module="01_first", submission="s" * 32, score=1.0):
    document = body(
        submission={"id": submission, "content_hash": "sha256:0", "received": "2026-01-01T00:00:00Z", "learner": learner, "attempt": 1},
        assessment={"track": "t", "module": module, "version": "1.0.0", "source_hash": "sha256:1"},
        examiner={"version": "e", "environment": "x", "python": "3.11", "cpu": "c", "isolation": [], "certifying": False},
        seeds=["sha256:2"], tasks=[], score=score, max_score=2.0, needs_review=False, error=None, examined="2026-01-01T00:00:01Z")
    return envelope(document, lambda data: bytes(64), "did:key:z6Mk")


def test_what_is_added_comes_back(store):
    one = signed()
    assert store.add(KEY, one, {"score": 1}) == (one, {"score": 1})
    assert store.find(KEY) == (one, {"score": 1})
    assert digest(store.transcripts("ada", "t")[0]["transcript"]) == digest(one["transcript"])


def test_the_first_transcript_of_a_key_stays(store):
    first, second = signed(score=1.0), signed(score=2.0)
    store.add(KEY, first, {"score": 1})
    assert store.add(KEY, second, {"score": 2}) == (first, {"score": 1})
    assert store.transcripts() == [first]


def test_another_version_is_another_transcript(store):
    store.add(KEY, signed(), {})
    store.add(Key(KEY.submission, KEY.assessment_version, "examiner-2"), signed(), {})
    assert len(store.transcripts()) == 2


@pytest.mark.parametrize(("wanted", "found"), [
    ({}, 3), ({"learner": "ada"}, 2), ({"learner": "ada", "module": "02_second"}, 1), ({"learner": "ad"}, 0),
    ({"learner": "ada' or 1=1"}, 0), ({"learner": "ada", "track": "other"}, 0),
])
def test_transcripts_are_found_by_what_they_are_about(store, wanted, found):
    for number, (learner, module) in enumerate([("ada", "01_first"), ("ada", "02_second"), ("bob", "01_first")]):
        store.add(Key(str(number), "1", "1"), signed(learner, module, str(number)), {})
    assert len(store.transcripts(**wanted)) == found


@pytest.mark.parametrize("statement", [
    "update transcripts set envelope = '{}'", "delete from transcripts", "update seeds set seed = 1", "delete from seeds",
])
def test_the_database_itself_refuses_a_change(store, statement):
    store.add(KEY, signed(), {})
    store.seeds(KEY, lambda: draw(1))
    with pytest.raises(DatabaseError, match="only added"), store.engine.begin() as connection:
        connection.execute(text(statement))


def test_seeds_are_drawn_once(store):
    first = store.seeds(KEY, lambda: draw(7))
    assert store.seeds(KEY, lambda: pytest.fail("drawn again")) == first
    assert first.values[0] == 7
    assert len(set(first.values)) == 3


@pytest.mark.parametrize(("values", "salts"), [((), ()), ((1,), ()), ((1,), (b"short",)), ((1, 2), (bytes(16),))])
def test_seeds_have_salts(values, salts):
    with pytest.raises(ValueError, match="salt"):
        Seeds(values, salts)


def test_a_reopened_store_holds_everything(tmp_path):
    place = tmp_path / "grader.sqlite"
    first = open_store(place)
    first.add(KEY, signed(), {"a": 1})
    first.close()
    again = open_store(place)
    assert again.find(KEY)[1] == {"a": 1}
    again.close()


def test_a_newer_schema_is_not_opened(tmp_path):
    place = tmp_path / "grader.sqlite"
    open_store(place).close()
    with sqlite3.connect(place) as connection:
        connection.execute("update alembic_version set version_num = 'g9999'")
    with pytest.raises(StoreError, match="newer version of academy"):
        open_store(place)


def test_a_file_that_is_no_store_is_an_error_with_a_next_step(tmp_path):
    place = tmp_path / "grader.sqlite"
    place.write_bytes(b"not a database, but longer than a header" * 50)
    with pytest.raises(StoreError, match="restore a backup"):
        open_store(place)


def test_the_models_and_the_migrations_agree(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from autograders.store import Base

    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_kill_in_the_middle_leaves_all_or_nothing(tmp_path):
    place = tmp_path / "grader.sqlite"
    open_store(place).close()
    program = f"""
import os
from tests.autograders.test_store import KEY, signed
from autograders.store import open_store
from sqlalchemy import event
store = open_store({str(place)!r})
event.listen(store.engine, "commit", lambda connection: os.kill(os.getpid(), 9))
store.add(KEY, signed(), {{}})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False,
                          cwd=Path(__file__).parents[2])
    assert done.returncode == -9
    store = open_store(place)
    assert store.find(KEY) is None
    store.add(KEY, signed(), {})
    assert store.find(KEY) is not None
    store.close()
