"""``academy verify DIRECTORY``: a line each, as soon as it is known; the worst one decides the exit code."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import certification
from certification.baked import bake_png
from certification.verify import Verifier
from hub_config.verbs.verify_many import credentials_below, verify_directory
from tests.certification.kit import ISSUER, LISTS, credential, sign
from tests.certification.test_baked import PICTURE

ROOT = Path(certification.__file__).parent.parent
GOOD = json.dumps(sign(credential(), created=credential()["validFrom"])).encode()


@pytest.fixture
def folder(tmp_path):
    """A directory with a good and a changed credential, a picture, what is no credential, and what is left out."""
    place = tmp_path / "credentials"
    (place / "b/deep").mkdir(parents=True)
    (place / "a.json").write_bytes(GOOD)
    (place / "b/changed.json").write_bytes(GOOD.replace(b'"Output privacy"', b'"Doctor"'))
    (place / "b/deep/badge.PNG").write_bytes(bake_png(PICTURE, GOOD))
    (place / "c.json").write_text("{")
    (place / "notes.txt").write_text("no credential")
    (place / ".hidden.json").write_bytes(GOOD)
    (place / "link.json").symlink_to(place / "a.json")
    (tmp_path / "lists.json").write_text(json.dumps(LISTS))
    (tmp_path / "registry.json").write_text(json.dumps({"type": "academy.registry/1", "issuers": {ISSUER.did: {"name": "I", "tracks": ["*"]}}}))
    return place


def verify(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "hub_config.cli", "verify", str(folder), "--offline", "--registry", str(folder.parent / "registry.json"),
            "--status", str(folder.parent / "lists.json"), *options]
    return subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, check=False)


def test_what_is_looked_at_and_in_which_order(folder):
    assert [os.path.relpath(path, folder) for path in credentials_below(str(folder))] == [
        "a.json", "c.json", "b/changed.json", "b/deep/badge.PNG"]


def test_a_line_of_json_for_each(folder):
    found = verify(folder, "--json")
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    assert [(line["file"], line["verdict"]) for line in lines] == [
        ("a.json", lines[0]["verdict"]), ("c.json", "invalid"), ("b/changed.json", "invalid"), ("b/deep/badge.PNG", lines[0]["verdict"])]
    assert lines[0]["verdict"] in ("valid", "unchecked")   # the lists are of a fixed date
    assert all(len(line["steps"]) == 8 for line in lines) and found.returncode == 1 and not found.stderr


def test_for_people(folder):
    found = verify(folder)
    assert "invalid        b/changed.json: the proof does not fit" in found.stdout
    assert "2 invalid" in found.stdout.splitlines()[-1] and found.returncode == 1


def test_what_could_not_be_decided_is_not_good(folder):
    for name in ("c.json", "b/changed.json"):
        (folder / name).unlink()
    (folder / "a.json").write_text(json.dumps(json.loads(GOOD) | {"@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/security/multikey/v1"]}))
    assert verify(folder, "--json").returncode == 2


def test_a_directory_with_the_name_of_a_file(folder):
    (folder / "a.json").unlink()
    (folder / "a.json").mkdir()
    (folder / "a.json/inner.json").write_bytes(GOOD)
    found = verify(folder, "--json")
    assert [json.loads(line)["file"] for line in found.stdout.splitlines()] == ["c.json", "a.json/inner.json", "b/changed.json", "b/deep/badge.PNG"]


def test_an_empty_directory(tmp_path):
    for name in ("registry.json", "lists.json"):
        (tmp_path / name).write_text("[]" if name == "lists.json" else json.dumps({"type": "academy.registry/1", "issuers": {}}))
    (tmp_path / "empty").mkdir()
    found = verify(tmp_path / "empty")
    assert found.returncode == 2 and "holds no credentials" in found.stderr


def test_it_streams(folder, capsys):
    """Each answer is printed before the next file is read; a pipe in the directory does not stop it."""
    os.mkfifo(folder / "aa.json")
    printed = []

    def read(path: str) -> bytes:
        printed.append(len(capsys.readouterr().out.splitlines()))
        return Path(path).read_bytes()

    assert verify_directory(str(folder), Verifier().verify, read, OSError, True) == 1
    assert printed == [0, 1, 1, 1]


def test_a_file_that_cannot_be_read_is_unchecked_and_the_others_go_on(folder, capsys):
    def read(path: str) -> bytes:
        if path.endswith("a.json"):
            raise OSError("a.json cannot be read (Permission denied)")
        return Path(path).read_bytes()

    verify_directory(str(folder), Verifier().verify, read, OSError, True)
    first, *others = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert first == {"file": "a.json", "verdict": "unchecked", "steps": [
        {"name": "files", "status": "unchecked", "message": "a.json cannot be read (Permission denied)"}]} and len(others) == 3
