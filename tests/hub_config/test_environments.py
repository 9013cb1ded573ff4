"""Track environments: states, one installation at a time, a failure that is told, and a kernelspec that is written last."""
from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hub_config.environments import RETRY, Families, State
from hub_config.errors import AcademyError
from hub_config.places import Places
from hub_config.rpc import RpcError, Server, call
from hub_config.services.environments import operations


@pytest.fixture
def places(tmp_path) -> Places:
    places = Places(tmp_path, tmp_path / "state", False)
    (places.share / "constraints/tracks").mkdir(parents=True)
    (places.share / "constraints/tracks/privacy.txt").write_text("# Download 45 MB, installed 266 MB\nopendp==0.16.0\n")
    (places.share / "constraints/tracks/bare.txt").write_text("six==1.17.0\n")
    (places.notebook_env / "lib/python3.11/site-packages/ipykernel-7.4.0.dist-info").mkdir(parents=True)
    places.track_envs.mkdir(parents=True)
    return places


class Programs:
    """Stands for venv, pip and the imports: leaves what they would leave, waits or fails when told."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.go = threading.Event()
        self.go.set()
        self.fail_at = ""

    def __call__(self, argv, **options):
        self.go.wait(10)
        self.calls.append(argv)
        self.options = options
        if "venv" in argv:
            (Path(argv[-1]) / "lib/python3.11/site-packages").mkdir(parents=True)
            (Path(argv[-1]) / "bin").mkdir()
            (Path(argv[-1]) / "bin/python").symlink_to(sys.executable)
        failed = bool(self.fail_at) and self.fail_at in argv
        return subprocess.CompletedProcess(argv, int(failed), "ERROR: from https://me:secret@index/x\n" if failed else "")


@pytest.fixture
def programs() -> Programs:
    return Programs()


@pytest.fixture
def families(places, programs) -> Families:
    return Families(places, keep_free_mib=0, run=programs)


def settle(families: Families, family: str) -> State:
    end = time.monotonic() + 10
    while (state := families.state(family)).state == "installing" and time.monotonic() < end:
        time.sleep(0.01)
    return state


def test_from_absent_over_installing_to_ready(families, programs):
    assert families.state("privacy") == State("absent", "", 266)
    programs.go.clear()
    assert families.ensure("privacy").state == "installing"
    assert families.ensure("privacy").state == "installing"
    programs.go.set()
    assert settle(families, "privacy") == State("ready", "", 266)
    assert sum("venv" in call for call in programs.calls) == 1
    assert families.ensure("privacy").state == "ready"


def test_the_core_family_is_part_of_every_server(families):
    assert families.ensure("core").state == "ready"


def test_the_kernelspec_starts_the_familys_python(families, places):
    families.ensure("privacy")
    settle(families, "privacy")
    spec = json.loads(families.kernelspec("privacy").read_text())
    assert spec["argv"][0] == str(places.track_envs / "privacy/bin/python") and spec["argv"][-1] == "{connection_file}"
    shared = (places.track_envs / "privacy/lib/python3.11/site-packages/notebook.pth").read_text().strip()
    assert shared == str(places.notebook_env / "lib/python3.11/site-packages")


def test_only_wheels_are_installed_and_nothing_is_inherited(families, programs, monkeypatch):
    monkeypatch.setenv("A_SECRET", "x")
    families.ensure("privacy")
    settle(families, "privacy")
    pip = next(call for call in programs.calls if "pip" in call)
    assert pip[pip.index("--only-binary") + 1] == ":all:" and "--no-deps" in pip
    assert "A_SECRET" not in programs.options["env"]


@pytest.mark.parametrize("at", ["venv", "pip", "-c"])
def test_a_failure_is_told_leaves_no_kernel_and_hides_credentials(families, programs, at):
    programs.fail_at = at
    families.ensure("privacy")
    state = settle(families, "privacy")
    assert state.state == "failed" and "index" in state.message and "secret" not in state.message
    assert not families.kernelspec("privacy").exists()


def test_a_failure_is_tried_again_only_after_a_while(places, programs):
    now = [0.0]
    families = Families(places, keep_free_mib=0, run=programs, clock=lambda: now[0])
    programs.fail_at = "pip"
    families.ensure("privacy")
    settle(families, "privacy")
    programs.fail_at = ""
    now[0] = RETRY - 1
    assert families.ensure("privacy").state == "failed"
    now[0] = RETRY
    assert families.ensure("privacy").state == "installing"
    assert settle(families, "privacy").state == "ready"


def test_changed_pins_are_installed_anew(families):
    families.ensure("privacy")
    settle(families, "privacy")
    families.pins("privacy").write_text("opendp==0.17.0\n")
    assert families.state("privacy").state == "absent"


def test_one_at_a_time(families, programs):
    programs.go.clear()
    families.ensure("privacy")
    assert "first" in families.ensure("bare").message
    programs.go.set()
    settle(families, "privacy")
    families.ensure("bare")
    assert settle(families, "bare").state == "ready"


@pytest.mark.parametrize("family", ["", "unknown", "../privacy", "Privacy", "privacy/x", "a" * 33, "privacy\n"])
def test_an_unknown_family_is_refused(families, family):
    with pytest.raises(AcademyError, match="no packages for the track family") as refused:
        families.ensure(family)
    assert refused.value.code == "unknown-family" and refused.value.next


def test_a_disk_that_would_fill_up_is_refused(places, programs):
    families = Families(places, keep_free_mib=1 << 40, run=programs)
    families.ensure("privacy")
    assert "would leave less than" in settle(families, "privacy").message and programs.calls == []


def test_time_is_bounded(places):
    def slow(argv, timeout, **options):
        raise subprocess.TimeoutExpired(argv, timeout)
    families = Families(places, minutes=3, keep_free_mib=0, run=slow)
    families.ensure("privacy")
    assert "more than 3 minutes" in settle(families, "privacy").message


def test_over_the_socket(families, tmp_path):
    server = Server(tmp_path / "s.sock", operations(families, (0,))).start()
    import os

    if os.geteuid() == 0:
        assert call(tmp_path / "s.sock", "state", family="privacy") == {"state": "absent", "message": "", "megabytes": 266}
        with pytest.raises(RpcError, match="no packages") as refused:
            call(tmp_path / "s.sock", "ensure", family="x")
        assert refused.value.code == "unknown-family"
        with pytest.raises(RpcError, match="family is a text"):
            call(tmp_path / "s.sock", "ensure", family=1)
    else:
        with pytest.raises(RpcError, match="may not do that"):
            call(tmp_path / "s.sock", "state", family="privacy")
    server.close()
