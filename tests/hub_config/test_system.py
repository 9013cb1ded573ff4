"""The table of processes: nobody but the launcher is root, no secret in an argument, an order without circles; and the
checks before anything is started."""
from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest

from hub_config import system, up
from hub_config.errors import AcademyError
from hub_config.places import SERVICES, Places
from hub_config.process import as_service, port_free
from hub_config.settings import load
from hub_config.tree import write_private

MANY = Places(Path("/opt/academy"), Path("/var/lib/academy"), True)


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setattr(system, "command", lambda places, web: ["node", "proxy.mjs", "--port", str(web.port)])
    return {process.name: process for process in system.processes(MANY, load(None, {}), {"ACADEMY_WEB_PORT": "81"})}


def test_every_service_is_there_and_the_launcher(table):
    assert set(table) == {*SERVICES, "launcher"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_runs_as_itself_without_rights(table, name):
    words = list(table[name].argv)
    assert words[0] == "setpriv" and words[words.index("--reuid") + 1] == str(SERVICES[name]) == words[words.index("--regid") + 1]
    assert {"--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"} <= set(words)
    groups = words[words.index("--groups") + 1].split(",") if "--groups" in words else []
    assert groups == [str(group) for group in MANY.groups(name)] and ("--clear-groups" in words) == (not groups)


def test_only_the_launcher_keeps_roots_rights(table):
    assert [name for name, process in table.items() if "--reuid" not in process.argv] == ["launcher"]


@pytest.mark.parametrize("name", [*sorted(SERVICES), "launcher"])
def test_every_process_ends_with_the_supervisor(table, name):
    words = list(table[name].argv)
    assert words[words.index("--pdeathsig") + 1] == "TERM"


def test_the_environment_holds_settings_and_no_secret(table):
    for name, process in table.items():
        assert not any("TOKEN" in key or "SECRET" in key for key in process.env), name
        assert ("ACADEMY_WEB_PORT" in process.env) == (name not in ("launcher", "proxy"))


def test_only_the_environments_service_learns_where_packages_come_from(table, monkeypatch):
    monkeypatch.setenv("PIP_CERT", "/x")
    again = {process.name: process for process in system.processes(MANY, load(None, {}), {})}
    assert [name for name, process in again.items() if "PIP_CERT" in process.env] == ["environments"]


def test_the_order_has_no_circle(table):
    done: list[str] = []
    while len(done) < len(table):
        ready = [name for name, process in table.items() if name not in done and set(process.after) <= set(done)]
        assert ready, set(table) - set(done)
        done += ready
    assert done.index("proxy") < done.index("hub") and done.index("portal") < done.index("hub")


def test_an_ordinary_user_gets_no_new_rights_either():
    one = Places(MANY.prefix, MANY.state, False)
    assert as_service(one, "hub", ["x"]) == ["setpriv", "--no-new-privs", "--pdeathsig", "TERM", "--", "x"]


def test_a_port_in_use_is_seen():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not port_free("127.0.0.1", port)
    assert port_free("127.0.0.1", port)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Places where everything is installed and nothing is started; returns a function that tries `academy up`."""
    places = Places(tmp_path / "prefix", tmp_path / "state", False)
    for path in (places.service_python, places.notebook_env / "bin/python", places.share / "proxy/proxy.mjs",
                 places.share / "proxy/node_modules/x"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.setattr(up, "bubblewrap_works", lambda: "")
    monkeypatch.setattr(up, "prepare", lambda places: None)
    started = []
    monkeypatch.setattr(up, "_run", lambda *arguments: started.append(1))

    def try_up(**overrides):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = load(None, {"ACADEMY_WEB_PORT": str(port)} | overrides)
        try:
            up.bring_up(places, settings, {}, say=lambda text: None, on_ready=lambda ready: None)
        except AcademyError:
            assert not started
            raise
        return started

    try_up.places = places
    return try_up


def test_when_all_is_well_it_starts(machine):
    assert machine() == [1]


@pytest.mark.parametrize("missing", ["envs/service/bin/python", "envs/notebook/bin/python", "share/proxy/proxy.mjs"])
def test_what_is_not_installed_is_named(machine, missing):
    (machine.places.prefix / missing).unlink()
    with pytest.raises(AcademyError, match="is missing") as refused:
        machine()
    assert refused.value.code == "not-installed" and refused.value.next == "run: make install"


def test_a_missing_bubblewrap(machine, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(up, "PATH", "/nowhere")
    with pytest.raises(AcademyError, match=r"bubblewrap \(bwrap\) is not installed") as refused:
        machine()
    assert refused.value.code == "missing-bubblewrap" and "apt-get install -y --no-install-recommends bubblewrap" in refused.value.next


def test_a_port_in_use(machine):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AcademyError, match=f"port {port} on 127.0.0.1 is in use") as refused:
            machine(ACADEMY_WEB_PORT=str(port))
    assert refused.value.code == "port-in-use" and f"--port {port + 1}" in refused.value.next


@pytest.mark.parametrize("free, starts", [(up.NEEDED_FREE - 1, False), (up.NEEDED_FREE, True)])
def test_a_full_disk(machine, monkeypatch, free, starts):
    monkeypatch.setattr(up, "free_bytes", lambda path: free)
    if starts:
        assert machine() == [1]
        return
    with pytest.raises(AcademyError, match="MB are needed") as refused:
        machine()
    assert refused.value.code == "disk-full" and refused.value.next


@pytest.mark.parametrize("number, code", [(errno.ENOSPC, "disk-full"), (errno.EDQUOT, "disk-full"), (errno.EACCES, "not-allowed")])
def test_errors_of_the_operating_system_while_preparing(machine, monkeypatch, number, code):
    def prepare(places):
        raise OSError(number, "no", "/x")
    monkeypatch.setattr(up, "prepare", prepare)
    with pytest.raises(AcademyError, match="no space is left|may not be written") as refused:
        machine()
    assert refused.value.code == code and refused.value.next


def test_a_newer_state(machine):
    machine.places.state.mkdir()
    write_private(machine.places.state / "version.json", '{"state": 99}')
    with pytest.raises(AcademyError, match="has version 99") as refused:
        machine()
    assert refused.value.code == "newer-state"


def test_two_never_share_one_state(machine):
    machine.places.state.mkdir()
    with up.hold(machine.places.state):
        with pytest.raises(AcademyError, match=r"another academy \(process \d+\) uses") as refused:
            machine()
    assert refused.value.code == "already-running"
    assert machine() == [1]  # the lock is gone with its holder


@pytest.mark.parametrize("overrides, wanted", [
    ({}, True),
    ({"ACADEMY_WEB_HTTPS": "true", "ACADEMY_WEB_DOMAIN": "a.example", "ACADEMY_WEB_LEARNER_DOMAIN": "b.example"}, False),
])
def test_demonstration_accounts_are_for_a_new_state_on_loopback_only(machine, overrides, wanted):
    machine(**overrides)
    assert (machine.places.state / up.WANTED).exists() is wanted
