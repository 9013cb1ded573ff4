"""Backup and restore: whole, consistent while databases are written to, safe against hostile files on the way in and out."""
from __future__ import annotations

import gzip
import io
import json
import os
import sqlite3
import tarfile
import threading
from pathlib import Path

import pytest

from hub_config.backup import back_up, restore
from hub_config.errors import AcademyError
from hub_config.places import Places
from hub_config.tree import VERSION


def system(state: Path) -> Places:
    """A small state as `academy up` leaves it, of one user."""
    places = Places(state.parent / "prefix", state, False)
    for folder in ("hub", "portal/blobs", "signer", "grader", "accounts", "public", "run/hub", "log", "learners/1/work", "l/1"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    (state / "version.json").write_text(json.dumps({"state": VERSION}))
    (state / "portal/blobs/ab").write_bytes(b"notebook")
    (state / "signer/key.pem").write_text("private")
    (state / "signer/key.pem").chmod(0o600)
    (state / "log/hub.log").write_text("noise")
    (state / "lock").write_text("1")
    (state / "learners/1/work/a b\u00e9.ipynb").write_text("{}")
    with sqlite3.connect(state / "portal/records.sqlite") as database:
        database.execute("pragma journal_mode = wal")
        database.execute("create table t (n integer)")
        database.execute("insert into t values (0)")
    database.close()
    return places


@pytest.fixture
def places(tmp_path) -> Places:
    return system(tmp_path / "a/state")


def elsewhere(tmp_path: Path, name: str = "b") -> Places:
    return Places(tmp_path / "prefix", tmp_path / name / "state", False)


def test_everything_that_matters_comes_back(places, tmp_path):
    (places.state / "learners/1/link").symlink_to("work")
    made = back_up(places, tmp_path / "copy")
    new = elsewhere(tmp_path)
    assert restore(new, tmp_path / "copy")["files"] == made["files"] == 5
    assert (new.state / "portal/blobs/ab").read_bytes() == b"notebook"
    assert (new.state / "learners/1/work/a b\u00e9.ipynb").read_text() == "{}"
    assert os.readlink(new.state / "learners/1/link") == "work"
    assert (new.state / "signer/key.pem").stat().st_mode & 0o777 == 0o600
    assert (new.state / "version.json").exists()
    assert sqlite3.connect(new.state / "portal/records.sqlite").execute("select count(*) from t").fetchone() == (1,)


def test_sockets_logs_and_locks_stay(places, tmp_path):
    back_up(places, tmp_path / "copy")
    restore(elsewhere(tmp_path), tmp_path / "copy")
    assert not {"run", "log", "lock", "l"} & {path.name for path in (tmp_path / "b/state").iterdir()}


def test_the_file_is_private(places, tmp_path):
    back_up(places, tmp_path / "copy")
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "copy.new").exists()


def test_a_database_that_is_written_to_is_whole(places, tmp_path):
    """Two rows in one transaction: a copy holds both or none."""
    stop = threading.Event()

    def write() -> None:
        database = sqlite3.connect(places.state / "portal/records.sqlite")
        number = 1
        while not stop.is_set():
            with database:
                database.executemany("insert into t values (?)", [(number,), (number,)])
            number += 1
        database.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            back_up(places, tmp_path / f"copy{number}")
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        new = elsewhere(tmp_path, f"b{number}")
        restore(new, tmp_path / f"copy{number}")
        database = sqlite3.connect(new.state / "portal/records.sqlite")
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        assert database.execute("select count(*) from (select n from t where n > 0 group by n having count(*) <> 2)").fetchone() == (0,)


def test_a_learners_link_is_copied_as_a_link_never_followed(places, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("not theirs")
    (places.state / "learners/1/stolen").symlink_to(secret)
    (places.state / "learners/1/folder").symlink_to(tmp_path)
    back_up(places, tmp_path / "copy")
    with tarfile.open(tmp_path / "copy") as tar:
        assert not [info for info in tar if info.isfile() and "stolen" in info.name or "folder/" in info.name]


def test_a_learners_pipe_does_not_hold_the_backup(places, tmp_path):
    os.mkfifo(places.state / "learners/1/pipe")
    assert back_up(places, tmp_path / "copy")["files"] == 5


def test_a_learners_file_that_looks_like_a_database_is_copied_as_a_file(places, tmp_path):
    (places.state / "learners/1/x.sqlite").write_bytes(b"SQLite format 3\0 not really")
    back_up(places, tmp_path / "copy")
    restore(elsewhere(tmp_path), tmp_path / "copy")
    assert (tmp_path / "b/state/learners/1/x.sqlite").read_bytes().endswith(b"not really")


@pytest.mark.parametrize("prepare, code, message", [
    (lambda p, t: (t / "copy").touch(), "backup", "exists already"),
    (lambda p, t: (p.state / "version.json").unlink(), "not-a-state", "no state directory|holds files"),
    (lambda p, t: (p.state / "version.json").write_text('{"state": 999}'), "newer-state", "version 999"),
])
def test_a_backup_is_refused(places, tmp_path, prepare, code, message):
    prepare(places, tmp_path)
    with pytest.raises(AcademyError, match=message) as refused:
        back_up(places, tmp_path / "copy")
    assert refused.value.code == code and refused.value.next


def test_a_backup_into_the_state_itself_is_refused(places):
    with pytest.raises(AcademyError, match="lies in the state itself"):
        back_up(places, places.state / "copy")


def test_a_restore_needs_an_empty_place(places, tmp_path):
    back_up(places, tmp_path / "copy")
    with pytest.raises(AcademyError, match="is not empty") as refused:
        restore(places, tmp_path / "copy")
    assert refused.value.code == "not-empty"


def test_an_operators_settings_in_the_new_place_win(places, tmp_path):
    (places.state / "settings.toml").write_text("[web]\nport = 1\n")
    back_up(places, tmp_path / "copy")
    new = elsewhere(tmp_path)
    new.state.mkdir(parents=True)
    (new.state / "settings.toml").write_text("[web]\nport = 2\n")
    restore(new, tmp_path / "copy")
    assert "port = 2" in (new.state / "settings.toml").read_text()


def rewritten(file: Path, change) -> None:
    """The backup with each (info, content) passed through ``change``; None leaves the entry out."""
    out = io.BytesIO()
    with tarfile.open(file) as old, tarfile.open(fileobj=out, mode="w:gz") as new:
        for info in old:
            content = old.extractfile(info).read() if info.isfile() else None
            changed = change(info, content)
            if changed is not None:
                info, content = changed
                if content is not None:
                    info.size = len(content)
                new.addfile(info, None if content is None else io.BytesIO(content))
    file.write_bytes(out.getvalue())


def named(name: str, to):
    return lambda info, content: to(info, content) if info.name == name else (info, content)


def renamed(new: str):
    def change(info, content):
        info.name = new
        return info, content
    return change


def as_link(info, content):
    info.type, info.linkname, info.size = tarfile.SYMTYPE, "/etc", 0
    return info, None


def as_device(info, content):
    info.type, info.size = tarfile.CHRTYPE, 0
    return info, None


@pytest.mark.parametrize("change, message", [
    (named("state/portal/blobs/ab", lambda info, content: (info, b"another!")), "missing or was changed"),
    (named("state/portal/blobs/ab", lambda info, content: None), "missing or was changed"),
    (named("manifest.json", lambda info, content: None), "end is missing"),
    (named("manifest.json", lambda info, content: (info, b"[]")), "not a whole backup"),
    (named("state/portal/blobs/ab", renamed("state/../../escaped")), "outside the state"),
    (named("state/portal/blobs/ab", renamed("/etc/escaped")), "outside the state"),
    (named("state/portal/blobs/ab", renamed("elsewhere/x")), "outside the state"),
    (named("state/portal/blobs", as_link), "could not be restored|missing or was changed"),
    (named("state/portal/blobs/ab", as_device), "neither file nor folder"),
])
def test_a_changed_backup_is_refused_and_leaves_nothing(places, tmp_path, change, message):
    file = tmp_path / "copy"
    back_up(places, file)
    rewritten(file, change)
    with pytest.raises(AcademyError, match=message):
        restore(elsewhere(tmp_path), file)
    assert not (tmp_path / "b/state").exists() and not (tmp_path / "b/state.restoring").exists()
    assert not (tmp_path / "escaped").exists()


@pytest.mark.parametrize("content", [b"", b"not a backup", gzip.compress(b"not a tar", mtime=0)])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "copy").write_bytes(content)
    with pytest.raises(AcademyError, match="not a whole backup|could not be restored"):
        restore(elsewhere(tmp_path), tmp_path / "copy")


@pytest.mark.parametrize("share", [0.0, 0.2, 0.9, 0.95])
def test_a_torn_backup_is_refused(places, tmp_path, share):
    file = tmp_path / "copy"
    back_up(places, file)
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(AcademyError, match="not a whole backup|could not be restored"):
        restore(elsewhere(tmp_path), file)


def test_a_newer_backup_is_refused(places, tmp_path):
    file = tmp_path / "copy"
    back_up(places, file)

    def newer(info, content):
        return info, json.dumps(json.loads(content) | {"backup": 99}).encode()
    rewritten(file, named("manifest.json", newer))
    with pytest.raises(AcademyError, match="newer version") as refused:
        restore(elsewhere(tmp_path), file)
    assert refused.value.code == "newer-state"


def test_no_file_is_refused_with_a_next_step(tmp_path):
    with pytest.raises(AcademyError, match="could not be restored") as refused:
        restore(elsewhere(tmp_path), tmp_path / "absent")
    assert refused.value.next


@pytest.mark.skipif(os.geteuid() != 0, reason="owners can only be given by root")
def test_owners_are_given_back_by_name(tmp_path):
    single = system(tmp_path / "a/state")
    back_up(single, tmp_path / "copy")  # from a system of one user …
    new = Places(tmp_path / "prefix", tmp_path / "b/state", True)  # … to one of many
    restore(new, tmp_path / "copy")
    assert (new.state / "portal/blobs/ab").stat().st_uid == new.uid("portal")
    assert (new.state / "signer").stat().st_uid == new.uid("signer")
    assert (new.state / "learners/1/work").stat().st_uid == new.learner_uid(1)
    assert (new.state / "version.json").stat().st_uid == 0
    back_up(new, tmp_path / "again")
    third = Places(tmp_path / "prefix", tmp_path / "c/state", True)
    restore(third, tmp_path / "again")
    assert (third.state / "hub").stat().st_uid == third.uid("hub")
