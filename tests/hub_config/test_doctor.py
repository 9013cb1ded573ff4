"""The doctor: every finding names what is so and the next step, one failing check ends no other, and nothing is changed."""
from __future__ import annotations

import socket
from pathlib import Path

import pytest

from hub_config import doctor, up
from hub_config.doctor import CHECKS, Finding, examine
from hub_config.errors import AcademyError
from hub_config.places import SERVICES, Places


@pytest.fixture
def places(tmp_path) -> Places:
    return Places(tmp_path / "prefix", tmp_path / "state", False)


def found(places: Places, name: str) -> Finding:
    return next(finding for finding in examine(places) if finding.name == name)


def test_on_an_empty_machine_every_check_says_something(places):
    findings = examine(places)
    assert {finding.status for finding in findings} <= {"pass", "warn", "fail", "unchecked"}
    assert all(finding.message for finding in findings)
    assert all(finding.next for finding in findings if finding.status == "fail" and not finding.name.startswith("examiner"))
    assert len({finding.name for finding in findings}) == len(findings)


def test_it_changes_nothing(places):
    examine(places)
    assert not places.state.exists() and not places.prefix.exists()


def test_what_is_not_installed(places):
    assert found(places, "notebook environment").next == "run: make install"


def test_an_ordinary_user_is_told_what_is_weaker(places):
    assert found(places, "identity").status == "warn" and "namespaces only" in found(places, "identity").message


def test_a_missing_bubblewrap(places, monkeypatch):
    monkeypatch.setattr(up, "PATH", "/nowhere")
    finding = found(places, "bubblewrap")
    assert finding.status == "fail" and "apt-get install -y --no-install-recommends bubblewrap" in finding.next


@pytest.mark.parametrize("text, status, word", [("", "pass", "demo"), ("[web]\nprot = 1\n", "fail", "web.prot"),
                                                ("[web]\nbind = '0.0.0.0'\n", "fail", "clear text")])
def test_settings(places, text, status, word):
    places.state.mkdir(parents=True)
    (places.state / "settings.toml").write_text(text)
    finding = next(f for f in examine(places) if f.name in ("settings", "configuration"))
    assert finding.status == status and word in finding.message


@pytest.mark.parametrize("many, text, status", [
    (False, "", "warn"), (True, "", "warn"),
    (True, "[hub]\ndemonstration = false\n[web]\npublic_url = 'https://a.example'\n", "pass"),
    (True, "[hub]\ndemonstration = false\n[web]\npublic_url = 'http://a.example'\n", "warn"),
    (False, "[hub]\ndemonstration = false\n[web]\npublic_url = 'https://a.example'\n", "warn"),
])
def test_what_certificates_are_worth(tmp_path, many, text, status):
    places = Places(tmp_path / "prefix", tmp_path / "state", many)
    places.state.mkdir()
    (places.state / "settings.toml").write_text(text)
    finding = found(places, "certificates")
    assert finding.status == status
    assert ("run it as root" in finding.next) is not many


@pytest.mark.parametrize("mode, status", [(0o700, "pass"), (0o750, "fail"), (0o701, "fail")])
def test_an_open_store(places, mode, status):
    places.state.mkdir(parents=True)
    (places.state / "version.json").write_text('{"state": 1}')
    for name in SERVICES:
        places.store(name).mkdir(mode=0o700)
    places.store("signer").chmod(mode)
    finding = found(places, "stores")
    assert finding.status == status and ("signer" in finding.message) == (status == "fail")


def test_a_newer_state(places):
    places.state.mkdir(parents=True)
    (places.state / "version.json").write_text('{"state": 99}')
    assert found(places, "state").status == "fail" and found(places, "state").next


def test_a_port_in_use(places):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        places.state.mkdir(parents=True)
        (places.state / "settings.toml").write_text(f"[web]\nport = {taken.getsockname()[1]}\n")
        assert found(places, "port").status == "fail"


def raising(error: Exception):
    def check(places):
        raise error
        yield
    return check


@pytest.mark.parametrize("error, status, message", [
    (AcademyError("disk-full", "no space", "free some"), "fail", "no space"),
    (PermissionError(13, "Permission denied", "/x"), "unchecked", "/x may not be read"),
    (KeyError("a bug"), "unchecked", "KeyError"),
])
def test_a_check_that_fails_itself_ends_no_other(places, monkeypatch, error, status, message):
    monkeypatch.setitem(doctor.CHECKS, "machine", raising(error))
    finding = found(places, "machine")
    assert finding.status == status and message in finding.message
    assert len(examine(places)) >= len(CHECKS)


def test_services_that_do_not_answer_are_named(places):
    path = places.socket("accounts")
    path.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as accounts:
        accounts.bind(str(path))
        accounts.listen()
        finding = found(places, "services")
    assert finding.status == "fail" and "grader" in finding.message and "accounts" not in finding.message
    assert str(Path(places.state / "log")) in finding.next
