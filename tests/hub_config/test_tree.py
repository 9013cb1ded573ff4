"""The state directory: owners and modes of its tree, secrets that stay, and directories that are left alone."""
from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from hub_config import tree
from hub_config.errors import AcademyError
from hub_config.places import CALLERS, SERVICES, Places
from hub_config.tree import VERSION, check_version, prepare, read_secret, write_private

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def places(tmp_path, monkeypatch) -> Places:
    """Places of one user whose service environment is the one that runs the tests."""
    python = tmp_path / "prefix/envs/service/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    monkeypatch.setattr(tree, "as_service", lambda places, name, argv: ["env", f"PYTHONPATH={ROOT}", sys.executable, *argv[1:]])
    return Places(tmp_path / "prefix", tmp_path / "state", False)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_tree_and_its_modes(places):
    assert prepare(places).new
    assert mode(places.state) == mode(places.state / "run") == 0o711
    assert {mode(places.store(name)) for name in SERVICES} == {0o700}
    assert {mode(places.state / "run" / name) for name in CALLERS} == {0o750}
    assert mode(places.state / "run/gateway") == mode(places.public) == 0o755
    assert mode(places.state / "log") == 0o700
    assert not prepare(places).new


def test_nothing_world_readable_holds_a_secret(places):
    prepare(places)
    values = {value for store in tree.SECRETS for value in json.loads((places.store(store) / "secrets.json").read_text()).values()}
    assert len(values) == 6 and all(len(value) == 64 for value in values)
    for file in places.state.rglob("*"):
        if file.is_file() and mode(file) & 0o077:
            assert not any(value in file.read_text() for value in values), file


def test_shared_secrets_agree_and_survive_a_restart(places):
    prepare(places)
    before = {store: (places.store(store) / "secrets.json").read_text() for store in tree.SECRETS}
    assert read_secret(places, "hub", "proxy_token") == read_secret(places, "proxy", "proxy_token")
    assert read_secret(places, "hub", "portal_token") == read_secret(places, "portal", "api_token")
    assert read_secret(places, "portal", "seeds") == read_secret(places, "grader", "seeds")
    prepare(places)
    assert before == {store: (places.store(store) / "secrets.json").read_text() for store in tree.SECRETS}


def test_a_lost_copy_is_made_from_the_one_that_is_left(places):
    prepare(places)
    token = read_secret(places, "hub", "proxy_token")
    (places.store("proxy") / "secrets.json").unlink()
    prepare(places)
    assert read_secret(places, "proxy", "proxy_token") == token


def test_a_state_of_before_gets_a_new_shared_secret_and_keeps_the_others(places):
    prepare(places)
    file = places.store("portal") / "secrets.json"
    older = json.loads(file.read_text())
    del older["seeds"]
    file.write_text(json.dumps(older))
    (places.store("grader") / "secrets.json").unlink()
    with pytest.raises(AcademyError, match="lacks seeds") as refused:
        read_secret(places, "portal", "seeds")
    assert refused.value.code == "no-secrets" and "academy up" in refused.value.next
    prepare(places)
    assert read_secret(places, "portal", "seeds") == read_secret(places, "grader", "seeds")
    assert older.items() < json.loads(file.read_text()).items()


def test_keys_are_private_and_published(places):
    prepare(places)
    for name, (owner, file) in tree.KEYS.items():
        assert mode(places.store(owner) / file) == 0o600
        assert json.loads((places.state / f"public-keys/{name}.json").read_text())["key"].startswith("did:key:z6Mk")


def test_loosened_modes_are_set_again(places):
    prepare(places)
    places.store("signer").chmod(0o755)
    prepare(places)
    assert mode(places.store("signer")) == 0o700


@pytest.mark.parametrize("content, code, message", [
    ({"state": VERSION + 1}, "newer-state", f"has version {VERSION + 1}"),
    ({}, "not-a-state", "cannot be read"),
    ({"state": "x"}, "not-a-state", "cannot be read"),
])
def test_versions_that_are_refused(tmp_path, content, code, message):
    (tmp_path / "version.json").write_text(json.dumps(content))
    with pytest.raises(AcademyError, match=message) as refused:
        check_version(tmp_path)
    assert refused.value.code == code and refused.value.next


@pytest.mark.parametrize("names, known", [([], False), (["settings.toml"], False), (["lost+found", "lock"], False)])
def test_directories_that_become_a_state(tmp_path, names, known):
    for name in names:
        (tmp_path / name).touch()
    assert check_version(tmp_path) is known
    assert check_version(tmp_path / "absent") is False


def test_a_directory_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(AcademyError, match="no state directory of ours") as refused:
        check_version(tmp_path)
    assert refused.value.code == "not-a-state"


def test_a_link_in_the_place_of_a_store_is_refused(places, tmp_path):
    prepare(places)
    places.store("signer").rename(tmp_path / "elsewhere")
    places.store("signer").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AcademyError, match="is a symbolic link"):
        prepare(places)


def test_a_private_file_is_never_open_for_a_moment(tmp_path):
    os.umask(0o022)
    write_private(tmp_path / "x", "secret")
    assert mode(tmp_path / "x") == 0o600 and [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives stores to other uids")
def test_as_root_each_store_is_closed_to_every_other_service(tmp_path, places):
    """Every store opened as every other uid: EACCES."""
    state = Path("/tmp") / f"academy-tree-{os.getpid()}"
    many = Places(places.prefix, state, True)
    try:
        prepare(many)
        for owner in SERVICES:
            for other in SERVICES:
                child = os.fork()
                if child == 0:
                    os.setgroups(list(many.groups(other)))
                    os.setgid(many.uid(other))
                    os.setuid(many.uid(other))
                    try:
                        os.listdir(many.store(owner))
                        os._exit(0)
                    except PermissionError:
                        os._exit(13)
                    except BaseException:
                        os._exit(1)
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                assert code == (0 if owner == other else 13), (owner, other)
    finally:
        import shutil

        shutil.rmtree(state, ignore_errors=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs passable parents")
def test_as_root_a_state_below_a_private_directory_is_refused(tmp_path):
    (tmp_path / "private").mkdir(mode=0o700)
    with pytest.raises(AcademyError, match="cannot pass") as refused:
        prepare(Places(tmp_path / "prefix", tmp_path / "private/state", True))
    assert "chmod o+x" in refused.value.next
