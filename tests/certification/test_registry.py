"""Registry files: who is known, and mistakes that are told instead of ignored."""
from __future__ import annotations

import json

import pytest

from certification.errors import RegistryError
from certification.registry import Registry
from tests.certification.kit import ISSUER

ENTRY = {"name": "Institute of Example", "tracks": ["output-privacy"]}


def registry(**changes) -> dict:
    return {"type": "academy.registry/1", "issuers": {ISSUER.did: ENTRY | changes}}


def test_read():
    found = Registry.read(registry()).find(ISSUER.did)
    assert (found.name, found.tracks) == ("Institute of Example", {"output-privacy"})
    assert Registry.read(registry()).find("did:key:other") is None


@pytest.mark.parametrize(("tracks", "track", "allowed"), [
    (["a"], "a", True), (["a"], "b", False), (["a"], None, False), ([], "a", False), (["*"], "a", True), (["*"], None, True)])
def test_tracks(tracks, track, allowed):
    assert Registry.read(registry(tracks=tracks)).find(ISSUER.did).certifies(track) is allowed


@pytest.mark.parametrize(("document", "message"), [
    ({}, "lacks 'issuers'"),
    ({"type": "academy.registry/1"}, "lacks 'issuers'"),
    ({"type": "academy.registry/2", "issuers": {}}, "not a registry of the type"),
    ({"type": "academy.registry/1", "issuers": []}, "must be an object"),
    ({"type": "academy.registry/1", "issuers": {"https://example.org": ENTRY}}, "is not a DID"),
    ({"type": "academy.registry/1", "issuers": {"did:web:a": []}}, "must be an object"),
    (registry() | {"isuers": {}}, "unknown member 'isuers'"),
    (registry(trakcs=[]), "unknown member 'trakcs'"),
    (registry(name=""), "name must be a text"),
    (registry(name=None), "name must be a text"),
    (registry(tracks="*"), "tracks must be a list"),
    (registry(tracks=[1]), "tracks must be a list"),
    (registry(document={"id": "did:web:other"}), "of this very DID"),
    (registry(document=[]), "of this very DID"),
])
def test_refused(document, message):
    with pytest.raises(RegistryError, match=message):
        Registry.read(document)


def test_says_what_was_meant():
    with pytest.raises(RegistryError) as caught:
        Registry.read(registry(trakcs=[]))
    assert caught.value.next == "did you mean 'tracks'?"


def test_from_a_file(tmp_path):
    path = tmp_path / "registry.json"
    path.write_text(json.dumps(registry()))
    assert Registry.load(path) == Registry.read(registry())


@pytest.mark.parametrize(("data", "message"), [
    ("", "registry.json: the document is empty"), ("{", "registry.json: the document is not JSON"),
    ('{"issuers": {}, "issuers": {}}', "registry.json: the member 'issuers' is given twice")])
def test_a_damaged_file(tmp_path, data, message):
    path = tmp_path / "registry.json"
    path.write_text(data)
    with pytest.raises(RegistryError, match=message):
        Registry.load(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(RegistryError, match="cannot be read"):
        Registry.load(tmp_path / "none.json")
