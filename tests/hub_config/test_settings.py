"""Settings: four layers, every default with its sentence, and nothing unknown, mistyped or unsafe."""
from __future__ import annotations

import dataclasses
import tomllib

import pytest

from hub_config import settings as module
from hub_config.settings import DEFAULTS, HUBS, SECTIONS, SettingsError, explain, load

NONE: dict[str, str] = {}


def written(tmp_path, text: str):
    (tmp_path / "settings.toml").write_text(text)
    return tmp_path


def test_the_file_and_the_classes_name_the_same_settings():
    defaults = tomllib.loads(DEFAULTS.read_text())
    assert {name: [f.name for f in dataclasses.fields(kind)] for name, kind in SECTIONS.items()} == {
        name: list(keys) for name, keys in defaults.items()}


@pytest.mark.parametrize("one", explain(None, NONE), ids=lambda one: f"{one.section}.{one.key}")
def test_every_setting_has_a_sentence(one):
    assert one.sentence.endswith(".") and len(one.sentence) > 15


@pytest.mark.parametrize("hub", sorted(path.stem for path in HUBS.glob("*.toml")))
def test_every_hub_profile_loads(hub):
    assert load(None, {"ACADEMY_HUB_PROFILE": hub}).hub.profile == hub


def test_later_layers_win(tmp_path):
    state = written(tmp_path, "[web]\nport = 8001\ncookie_days = 3\n")
    found = {(one.section, one.key): one for one in explain(state, {"ACADEMY_WEB_PORT": "8002"})}
    assert found["web", "port"].value == 8002 and found["web", "port"].origin == "environment"
    assert found["web", "cookie_days"].value == 3 and found["web", "cookie_days"].origin == str(tmp_path / "settings.toml")
    assert found["hub", "institution"].origin == "hubs/demo.toml"
    assert found["learner", "memory_mib"].origin == "default"


def test_settings_are_frozen(tmp_path):
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(tmp_path, NONE).web.port = 1


@pytest.mark.parametrize("text, message, hint", [
    ("[wbe]\nport = 1", "unknown section \\[wbe\\]", "did you mean 'web'"),
    ("[zzz]\nport = 1", "unknown section \\[zzz\\]", "sections are hub, web"),
    ("[web]\nprot = 1", "unknown key web.prot", "did you mean 'port'"),
    ("[hub]\nport = 1", "unknown key hub.port", "did you mean 'web.port'"),
    ("[web]\nqqq = 1", "unknown key web.qqq", "keys of \\[web\\] are port"),
    ("web = 1", "'web', which is a section", "write \\[web\\]"),
    ("[web]\nport = '8000'", "web.port is '8000'", "a whole number"),
    ("[web]\nport = true", "web.port is True", "a whole number"),
    ("[web]\nport = 8000.0", "web.port is 8000.0", "a whole number"),
    ("[web]\nhttps = 1", "web.https is 1", "true or false"),
    ("[packs]\nfolders = 'x'", "packs.folders is 'x'", "a list of texts"),
    ("[packs]\nfolders = [1]", "packs.folders is \\[1\\]", "a list of texts"),
    ("[learner]\ncpus = 'two'", "learner.cpus is 'two'", "a number"),
    ("[web]\nport = 0", "web.port is 0", "between 1 and 65535"),
    ("[web]\nport = 65536", "web.port is 65536", "between 1 and 65535"),
    ("[examiner]\nseeds = 0", "examiner.seeds is 0", "between 1 and 20"),
    ("[sign_in]\nattempts = 0", "sign_in.attempts is 0", "between 1 and"),
    ("[hub]\nprofile = 'dmo'", "no hub profile 'dmo'", "did you mean 'demo'"),
    ("[hub]\nprofile = '../../x'", "no hub profile", "demo"),
    ("[web\nport", "is not TOML", "correct that line"),
    ("[web]\ndomain = 'http://x'", "web.domain is", "without scheme"),
    ("[web]\ndomain = ''", "web.domain is ''", "without scheme"),
    ("[web]\npublic_url = 'academy.example.org'", "web.public_url is", "full address"),
    ("[submission]\ncloses = ['a/b']", "'a/b' is not an assessment and a date", "TRACK/MODULE 2027"),
    ("[submission]\ncloses = ['a/b 2027-02-30T10:00Z']", "'a/b 2027-02-30T10:00Z' is not", "TRACK/MODULE 2027"),
    ("[submission]\ncloses = ['a/b 2027-02-03T10:00']", "is not an assessment", "the time in UTC"),
    ("[submission]\ncloses = ['b 2027-02-03T10:00Z']", "is not an assessment", "the time in UTC"),
    ("[submission]\ncloses = ['a/b 2027-02-03T10:00Z', 'a/b 2028-02-03T10:00Z']", "a/b has two dates", "one text for each"),
    ("[web]\nhttps = true", "learner_domain equals web.domain", "a domain of their own"),
])
def test_what_is_refused_and_what_to_write_instead(tmp_path, text, message, hint):
    import re

    with pytest.raises(SettingsError, match=message) as refused:
        load(written(tmp_path, text), NONE)
    assert refused.value.code == "settings" and re.search(hint, refused.value.next)


@pytest.mark.parametrize("text, port", [("[web]\nport = 1", 1), ("[web]\nport = 65535", 65535), ("", 8000)])
def test_bounds_are_allowed(tmp_path, text, port):
    assert load(written(tmp_path, text), NONE).web.port == port


def test_an_assessment_closes_at_the_end_of_the_minute(tmp_path):
    from datetime import datetime, timezone

    assert load(None, NONE).submission.closing == {}
    state = written(tmp_path, "[submission]\ncloses = ['t/01_m 2027-01-31T23:59Z', 't/02_m 2027-02-01T00:00Z']")
    assert load(state, NONE).submission.closing == {
        "t/01_m": datetime(2027, 1, 31, 23, 59, 59, 999999, timezone.utc), "t/02_m": datetime(2027, 2, 1, 0, 0, 59, 999999, timezone.utc)}


def test_a_whole_number_is_a_number(tmp_path):
    assert load(written(tmp_path, "[learner]\ncpus = 2"), NONE).learner.cpus == 2.0


@pytest.mark.parametrize("bind, https, accepted", [
    ("127.0.0.1", False, True), ("127.9.9.9", False, True), ("::1", False, True), ("localhost", False, True),
    ("0.0.0.0", False, False), ("::", False, False), ("192.0.2.1", False, False), ("hub.example.org", False, False), ("", False, False),
    ("0.0.0.0", True, True), ("192.0.2.1", True, True),
])
def test_an_address_beyond_loopback_needs_https(tmp_path, bind, https, accepted):
    state = written(tmp_path, f"[web]\nbind = '{bind}'\nhttps = {str(https).lower()}\ndomain = 'a.example'\nlearner_domain = 'b.example'\n")
    if accepted:
        assert load(state, NONE).web.bind == bind
    else:
        with pytest.raises(SettingsError, match="clear text") as refused:
            load(state, NONE)
        assert "https" in refused.value.next


@pytest.mark.parametrize("name, value, message, hint", [
    ("ACADEMY_WEB_PROT", "1", "unknown key web.prot", "did you mean 'port'"),
    ("ACADEMY_WBE_PORT", "1", "ACADEMY_WBE_PORT, which is no setting", "ACADEMY_WEB"),
    ("ACADEMY_WEB_PORT", "eight", "ACADEMY_WEB_PORT='eight'", "as in 8000"),
    ("ACADEMY_WEB_HTTPS", "yes", "ACADEMY_WEB_HTTPS='yes'", "as in false"),
])
def test_the_environment_is_read_as_strictly(name, value, message, hint):
    with pytest.raises(SettingsError, match=message) as refused:
        load(None, {name: value})
    assert hint in refused.value.next


@pytest.mark.parametrize("name, value, section, key, expected", [
    ("ACADEMY_SIGN_IN_ATTEMPTS", "3", "sign_in", "attempts", 3),
    ("ACADEMY_HUB_INSTITUTION", "Institut \u00e9", "hub", "institution", "Institut \u00e9"),
    ("ACADEMY_HUB_CONTACT", "12", "hub", "contact", "12"),
    ("ACADEMY_PACKS_FOLDERS", '["/srv/packs"]', "packs", "folders", ("/srv/packs",)),
])
def test_the_environment_sets_every_kind(name, value, section, key, expected):
    assert getattr(getattr(load(None, {name: value}), section), key) == expected


def test_other_variables_are_nothing_to_us():
    assert load(None, {"HOME": "/x", "ACADEMY_STATE": "/y"}) == load(None, NONE)


def test_addresses_on_loopback_carry_the_port_and_with_https_none():
    web = load(None, {"ACADEMY_WEB_PORT": "81"}).web
    assert (web.hub_url, web.portal_url, web.verify_url, web.learner_url("lea")) == (
        "http://hub.localhost:81", "http://portal.hub.localhost:81", "http://verify.localhost:81", "http://lea-nb.localhost:81")
    web = load(None, {"ACADEMY_WEB_HTTPS": "true", "ACADEMY_WEB_DOMAIN": "a.example", "ACADEMY_WEB_LEARNER_DOMAIN": "b.example"}).web
    assert (web.hub_url, web.learner_url("lea")) == ("https://hub.a.example", "https://lea-nb.b.example")


def test_services_inherit_our_settings_and_no_more(monkeypatch):
    monkeypatch.setenv("ACADEMY_WEB_PORT", "81")
    monkeypatch.setenv("AWS_SECRET", "x")
    monkeypatch.setenv("PIP_CERT", "/x")
    assert "AWS_SECRET" not in module.environment() and "PIP_CERT" not in module.environment()
    assert module.environment()["ACADEMY_WEB_PORT"] == "81"
    assert module.installer_environment()["PIP_CERT"] == "/x" and "AWS_SECRET" not in module.installer_environment()


def test_the_prefix_is_where_the_interpreter_lies(monkeypatch, tmp_path):
    monkeypatch.setattr(module.sys, "prefix", str(tmp_path / "x/envs/service"))
    assert module.places(tmp_path / "state").prefix == tmp_path / "x"
    (tmp_path / "x/envs/service").mkdir(parents=True)
    (tmp_path / ".venv").symlink_to(tmp_path / "x/envs/service")
    monkeypatch.setattr(module.sys, "prefix", str(tmp_path / ".venv"))
    assert module.places(tmp_path / "state").prefix == tmp_path / "x"
    assert module.places(tmp_path / "state", prefix=tmp_path / "y").prefix == tmp_path / "y"
