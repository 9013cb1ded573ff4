"""``academy verify``: what it prints, its exit codes, and files it cannot use."""
from __future__ import annotations

import json

import pytest

from certification import model
from hub_config.verbs import verify_fast
from tests.certification.kit import ISSUER, LISTS, NAME, SIGNED, credential, lists, sign


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch):
    """A folder with everything at hand; returns ``run(*arguments) -> (exit code, standard output, standard error)``."""
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC).replace(microsecond=0)
    fresh = {"valid_from": now, "valid_until": now + timedelta(days=7)}
    (tmp_path / "good.json").write_text(json.dumps(sign(credential(valid_from=now, valid_until=now + timedelta(days=9)), created=now)))
    old = now - timedelta(days=9)
    (tmp_path / "expired.json").write_text(json.dumps(sign(credential(valid_from=old, valid_until=old), created=old)))
    (tmp_path / "tampered.json").write_text(json.dumps(SIGNED | {"name": "Doctor"}))
    (tmp_path / "lists.json").write_text(json.dumps(lists(**fresh)))
    (tmp_path / "one.json").write_text(json.dumps(lists(**fresh)[0]))
    (tmp_path / "revoked.json").write_text(json.dumps(lists(revoked=True, **fresh)))
    (tmp_path / "suspended.json").write_text(json.dumps(lists(suspended=True, **fresh)))
    (tmp_path / "registry.json").write_text(json.dumps(
        {"type": "academy.registry/1", "issuers": {ISSUER.did: {"name": NAME, "tracks": ["output-privacy"]}}}))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = verify_fast.main(["--offline", *arguments])
        return code, *capsys.readouterr()

    run.path = tmp_path
    return run


KNOWN = ("--registry", "registry.json")


@pytest.mark.parametrize(("arguments", "verdict", "code"), [
    (("good.json", *KNOWN, "--status", "lists.json"), "valid", 0),
    (("good.json", *KNOWN, "--status=lists.json"), "valid", 0),
    (("--status", "one.json", "--status", "suspended.json", *KNOWN, "good.json"), "suspended", 1),
    (("good.json", "--status", "lists.json"), "unknown-issuer", 2),
    (("good.json", *KNOWN), "unchecked", 2),
    (("good.json", *KNOWN, "--status", "one.json"), "unchecked", 2),
    (("good.json", *KNOWN, "--status", "revoked.json"), "revoked", 1),
    (("expired.json", *KNOWN, "--status", "lists.json"), "expired", 1),
    (("tampered.json", *KNOWN, "--status", "lists.json"), "invalid", 1),
    (("registry.json", *KNOWN), "invalid", 1),
])
def test_verdict_and_exit_code(desk, arguments, verdict, code):
    found, out, _ = desk(*arguments, "--json")
    answer = json.loads(out)
    assert (answer["verdict"], found) == (verdict, code)
    assert answer.keys() == {"verdict", "steps"} and all(step.keys() == {"name", "status", "message"} for step in answer["steps"])


def test_in_words(desk):
    code, out, _ = desk("good.json", *KNOWN, "--status", "lists.json")
    assert code == 0 and out.startswith("VALID\n")
    assert f"issuer    {NAME}" in out and "Output privacy" in out and all(text in out for text in model.Assurance().sentences())
    assert "its own words" not in out


def test_a_refusal_shows_nothing_of_the_document_as_a_fact(desk):
    _, out, _ = desk("tampered.json", *KNOWN)
    assert out.startswith("INVALID\n") and "Doctor" not in out and NAME not in out and "signature FAILED" in out


def test_from_standard_input(desk, monkeypatch):
    import io

    class Input:
        buffer = io.BytesIO((desk.path / "good.json").read_bytes())

    monkeypatch.setattr("sys.stdin", Input)
    assert desk("-", *KNOWN, "--status", "lists.json")[0] == 0


@pytest.mark.parametrize(("arguments", "message"), [
    (("none.json",), "none.json cannot be read"),
    (("good.json", "--registry", "none.json"), "cannot be read"),
    (("good.json", "--registry", "good.json"), "unknown member '@context'"),
    (("good.json", "--status", "none.json"), "none.json cannot be read"),
    (("good.json", "--status", "registry.json"), "must hold documents with an id"),
    (("good.json", "--did", "none.json"), "none.json cannot be read"),
])
def test_files_that_cannot_be_used(desk, arguments, message):
    code, out, error = desk(*arguments)
    assert code == 2 and message in error and "next:" in error and out == ""
    code, out, error = desk(*arguments, "--json")
    assert code == 2 and json.loads(out)["verdict"] == "unchecked" and message in out and error == ""


@pytest.mark.parametrize(("arguments", "message"), [
    ((), "give one file"), (("a", "b"), "one file at a time"), (("good.json", "--status"), "--status needs a file"),
    (("good.json", "--regstry", "x"), "no such option: --regstry"), (("good.json", *KNOWN, *KNOWN), "one registry")])
def test_usage(desk, arguments, message):
    code, _, error = desk(*arguments)
    assert code == 2 and message in error and "usage: academy verify FILE" in error


def test_ten_megabytes(desk):
    (desk.path / "large.json").write_text(json.dumps(SIGNED | {"x": "y" * 10_000_000}))
    code, out, _ = desk("large.json")
    assert code == 1 and "size      FAILED" in out


def test_a_document_cannot_steer_the_terminal(desk):
    (desk.path / "evil.json").write_text(json.dumps(SIGNED | {"\x9b31m\u202ecod": 1}))
    _, out, _ = desk("evil.json")
    assert "\x9b" not in out and "\u202e" not in out


def test_a_saved_did_document(desk):
    from datetime import UTC, datetime

    from certification import dids, proofs

    did = "did:web:example.org"
    document = credential(issuer={"id": did, "type": ["Profile"], "name": "x"}, status=(), valid_until=None)
    now = datetime.now(UTC)
    (desk.path / "web.json").write_text(json.dumps(proofs.add_proof(document | {"validFrom": "2026-01-01T00:00:00Z"}, ISSUER.sign, f"{did}#k", now)))
    (desk.path / "did.json").write_text(json.dumps(dids.web_document(did, {"k": ISSUER.public})))
    assert desk("web.json")[0] == 2
    assert json.loads(desk("web.json", "--did", "did.json", "--json")[1])["verdict"] == "unknown-issuer"


def test_the_verb_of_the_command_line_says_the_same(desk, capsys):
    import typer

    from hub_config.verbs.certification import register

    app = typer.Typer()
    app.command("other")(lambda: None)
    register(app)
    code = app(["verify", "good.json", "--offline", "--json", *KNOWN, "--status", "lists.json"], standalone_mode=False)
    assert code == 0 and json.loads(capsys.readouterr().out)["verdict"] == "valid"


def test_lists_are_the_ones_of_the_kit():
    assert [each["credentialSubject"]["statusPurpose"] for each in LISTS] == ["revocation", "suspension"]
