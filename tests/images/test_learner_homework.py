"""Lessons and assessments in the learner's home: handed out once, never overwritten, newer versions beside older ones."""
from __future__ import annotations

import json
import os

import pytest

from tests.simulators.pack import write_pack


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def fetch(home, gateway):
    from academy_learner.homework import fetch as run

    return lambda kind="assessment", **more: run(home, gateway(**more), "counting", "01_totals", kind)


def test_the_first_opening_hands_out_and_the_second_leaves_alone(fetch, home):
    path = fetch()
    assert path == home / "counting/01_totals/assessment.ipynb"
    path.write_bytes(path.read_bytes().replace(b"raise NotImplementedError()", b"my = 'work'"))
    mine = path.read_bytes()
    assert fetch() == path and path.read_bytes() == mine
    assert fetch("lesson").name == "lesson.ipynb"
    assert sorted(p.name for p in path.parent.iterdir()) == ["assessment.ipynb", "lesson.ipynb"]


def test_what_is_put_there_is_told_once_and_what_was_there_never(home, gateway):
    from academy_learner.homework import fetch as run

    told = []
    path = run(home, gateway(), "counting", "01_totals", "assessment", told.append)
    assert told == [path.read_bytes()]
    run(home, gateway(), "counting", "01_totals", "assessment", told.append)
    (home / "counting/01_totals/lesson.ipynb").write_bytes(b"mine")
    run(home, gateway(), "counting", "01_totals", "lesson", told.append)
    assert len(told) == 1


def test_a_signature_that_cannot_be_made_withholds_nothing(caplog):
    from academy_learner.trust import trust

    trust(b"not a notebook")
    assert "could not be marked as trusted" in caplog.text


@pytest.mark.parametrize("own", [b"", b"not json", b'{"cells": []}'])
def test_a_file_of_that_name_is_never_overwritten(fetch, home, own):
    path = home / "counting/01_totals/assessment.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(own)
    assert fetch() == path and path.read_bytes() == own


def test_a_link_in_its_place_is_not_followed(fetch, home, tmp_path):
    path = home / "counting/01_totals/assessment.ipynb"
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "elsewhere")
    fetch()
    assert path.is_symlink() and not (tmp_path / "elsewhere").exists()


def test_a_newer_version_lies_beside_the_older(own_portal, fetch, home, rig):
    old = fetch()
    before = old.read_bytes()
    rig.kill()
    write_pack(rig.folder / "pack", version="1.1.0")
    rig.start()
    new = fetch()
    assert new.name == "assessment-1.1.0.ipynb" and old.read_bytes() == before
    assert json.loads(new.read_bytes())["metadata"]["academy"]["version"] == "1.1.0"
    assert fetch() == new


def test_without_the_academy_what_is_there_opens(own_portal, fetch, rig):
    from academy_learner.gateway import ExchangeRefusal

    path = fetch()
    rig.kill()
    assert fetch(patience=0.2) == path
    with pytest.raises(ExchangeRefusal, match="does not answer"):
        fetch("lesson", patience=0.2)


@pytest.mark.parametrize(("track", "module", "kind"), [("..", "01_totals", "lesson"), ("counting", "../..", "lesson"), ("", "", ""), ("counting", "01_totals", "exam"),
                                                       ("/etc", "x", "lesson"), ("counting", "99_none", "lesson"), ("a/b", "c", "lesson")])
def test_what_there_is_not_is_not_made(home, gateway, track, module, kind):
    from academy_learner.gateway import ExchangeRefusal
    from academy_learner.homework import fetch as run

    with pytest.raises(ExchangeRefusal, match="There is no such|has a lesson and an assessment"):
        run(home, gateway(patience=1), track, module, kind)
    assert not home.exists()


def test_links_pipes_and_folders_are_not_read(tmp_path):
    from academy_learner.gateway import ExchangeRefusal, read_regular

    (tmp_path / "real").write_bytes(b"x" * 10)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    assert read_regular(tmp_path / "real") == b"x" * 10 == read_regular(tmp_path / "real", 10)
    for name, words in (("link", "link"), ("pipe", "not a file"), (".", "not a file"), ("none", "no such notebook")):
        with pytest.raises(ExchangeRefusal, match=words):
            read_regular(tmp_path / name)
    with pytest.raises(ExchangeRefusal, match="MB"):
        read_regular(tmp_path / "real", 9)
