"""The credential's model: what ours holds, and what any credential must have."""
from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pytest

from certification import contexts, model
from certification.errors import ShapeError
from certification.times import parse_time, time_text
from tests.certification.kit import ISSUER, NOW, credential


def test_ours():
    made = credential()
    assert made["@context"] == list(contexts.OPEN_BADGES_LIST)
    assert made["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert made["validFrom"] == "2026-11-23T08:00:00Z"
    assert [entry["statusPurpose"] for entry in made["credentialStatus"]] == ["revocation", "suspension"]
    assert model.issuer_id(made) == ISSUER.did
    assert model.track_of(made) == "output-privacy"


def test_no_name_of_the_learner_unless_given():
    assert "learner@example.org" not in str(credential())


def test_identity_is_recognised_by_who_knows_it():
    entry = model.identity("learner@example.org")
    assert model.identity_matches(entry, "learner@example.org")
    assert not model.identity_matches(entry, "other@example.org")
    assert not model.identity_matches(entry | {"hashed": False}, "learner@example.org")
    assert entry["salt"] != model.identity("learner@example.org")["salt"]
    assert len(bytes.fromhex(entry["salt"])) == 16


@pytest.mark.parametrize("assurance", [
    model.Assurance(), model.Assurance("checked-in-person", "invigilated", "none", "private"), model.Assurance(aids="named")])
def test_assurance_is_read_back(assurance):
    made = credential(assurance=assurance)
    assert model.assurance_of(made) == assurance
    assert len(assurance.sentences()) == 4


@pytest.mark.parametrize("change", [{"identity": "sworn"}, {"supervision": ""}, {"aids": "some"}, {"assessment": "secret"}])
def test_assurance_has_fixed_words(change):
    with pytest.raises(ShapeError, match=f"{next(iter(change))} cannot be"):
        model.Assurance(**change)


@pytest.mark.parametrize("evidence", [None, [], [{"genre": "assurance", "name": "identity", "description": "vouched"}],
                                      ["text"], [{"genre": "assurance", "name": 5, "description": []}],
                                      [{"genre": "assurance", "name": {"id": "urn:x"}, "description": {}}],
                                      [{"genre": "assurance", "name": kind, "description": {}} for kind in
                                       ("identity", "supervision", "aids", "assessment")]])
def test_assurance_that_is_not_stated_in_full_is_none(evidence):
    assert model.assurance_of({"evidence": evidence}) is None


def _without(path: str):
    def change(document: dict) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            document = document[parent]
        del document[last]

    return change


def _set(path: str, value):
    def change(document: dict) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            document = document[parent]
        document[last] = value

    return change


@pytest.mark.parametrize(("change", "message"), [
    (_without("type"), "must name VerifiableCredential"),
    (_set("type", ["OpenBadgeCredential"]), "must name VerifiableCredential"),
    (_set("type", "OpenBadgeCredential"), "must name VerifiableCredential"),
    (_set("type", [1, ["VerifiableCredential"]]), "must name VerifiableCredential"),
    (_without("issuer"), "issuer must be"),
    (_set("issuer", {"name": "x"}), "issuer must be"),
    (_set("issuer", ["did:key:a"]), "issuer must be"),
    (_set("issuer", ""), "issuer must be"),
    (_without("credentialSubject"), "credentialSubject must be one object"),
    (_set("credentialSubject", []), "credentialSubject must be one object"),
    (_set("credentialSubject.type", ["Person"]), "must name AchievementSubject"),
    (_without("credentialSubject.identifier"), "names nobody"),
    (_without("credentialSubject.achievement"), "must be an Achievement"),
    (_set("credentialSubject.achievement.type", "Result"), "must be an Achievement"),
    (_without("credentialSubject.achievement.name"), r"achievement\.name is missing"),
    (_without("credentialSubject.achievement.criteria"), r"achievement\.criteria is missing"),
    (_without("validFrom"), "validFrom is missing"),
    (_set("validFrom", "2026-01-01"), "validFrom is not a time"),
    (_set("validUntil", "2026-01-01T00:00:00Z"), "never was valid"),
    (_set("credentialStatus", "urn:x"), "each credentialStatus must be an object"),
    (_set("credentialStatus", [{"id": "urn:x"}]), "each credentialStatus must be an object"),
    (_set("id", ["urn:a"]), "id must be a text"),
])
def test_refused(change, message):
    document = copy.deepcopy(credential())
    change(document)
    with pytest.raises(ShapeError, match=message):
        model.check(document)


@pytest.mark.parametrize(("text", "moment"), [
    ("2026-11-23T08:00:00Z", datetime(2026, 11, 23, 8, tzinfo=UTC)),
    ("2026-11-23T10:30:00+02:30", datetime(2026, 11, 23, 8, tzinfo=UTC)),
    ("2026-11-23T08:00:00.5Z", datetime(2026, 11, 23, 8, 0, 0, 500_000, tzinfo=UTC)),
    ("2026-11-23T08:00:00", None), ("2026-11-23", None), ("2026-02-30T00:00:00Z", None), ("2026-11-23t08:00:00z", None),
    ("2026-11-23 08:00:00Z", None), ("0001-01-01T00:00:00+23:59", None), (None, None), (5, None), ("", None),
    ("２０２６-11-23T08:00:00Z", None), ("2026-11-23T08:00:00Z\n", None)])
def test_times(text, moment):
    if moment is None:
        with pytest.raises(ShapeError, match="x is not a time with its zone"):
            parse_time(text, "x")
    else:
        assert parse_time(text, "x") == moment


def test_a_time_without_its_zone_is_not_written():
    with pytest.raises(ValueError, match="without its zone"):
        time_text(datetime(2026, 1, 1))
    assert time_text(NOW + timedelta(microseconds=5)) == "2026-11-23T08:00:00Z"
