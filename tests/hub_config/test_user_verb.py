"""``academy user`` against a real accounts service."""
from __future__ import annotations

import io
import json

import pytest

from hub_config import cli
from hub_config.rpc import call
from hub_config.services.accounts import serve
from hub_config.settings import load
from tests.hub_config.house import house


@pytest.fixture(scope="module")
def state():
    with house() as built:
        server = serve(built.places, load(built.places.state, {})).start()
        yield built.places
        server.close()


@pytest.fixture
def academy(state, capsys, monkeypatch):
    """Runs a line; answers (exit code, standard output, standard error)."""
    def run(*line: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            cli.main(["user", *line, "--data", str(state.state)])
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err
    return run


def test_a_password_is_made_up_and_shown_once(academy, state):
    code, out, _ = academy("add", "lea", "--name", "Léa", "--json")
    person = json.loads(out)
    assert code == 0 and person["display_name"] == "Léa" and person["roles"] == ["learner"]
    assert call(state.socket("accounts"), "sign_in", username="lea", password=person["password"], address="1")["username"] == "lea"
    assert person["password"] not in academy("list")[1]


def test_a_password_comes_from_standard_input_or_a_file(academy, state, tmp_path):
    code, out, _ = academy("add", "ben", "--password-file", "-", "--role", "instructor", "--role", "learner", stdin="correct horse battery\n")
    assert code == 0 and "correct" not in out
    (tmp_path / "p").write_text("another good password\n")
    assert academy("password", "ben", "--password-file", str(tmp_path / "p"))[0] == 0
    assert call(state.socket("accounts"), "sign_in", username="ben", password="another good password", address="1")["roles"] == ["learner", "instructor"]


def test_roles_identity_and_removal(academy):
    academy("add", "cem")
    assert json.loads(academy("roles", "cem", "certifier", "operator", "--json")[1])["roles"] == ["certifier", "operator"]
    assert json.loads(academy("identity", "cem", "checked", "--by", "Ida", "--json")[1])["identity"] == "checked"
    assert [p["username"] for p in json.loads(academy("list", "--json")[1])["profiles"]] == sorted(
        p["username"] for p in json.loads(academy("list", "--json")[1])["profiles"])
    assert academy("remove", "cem", "--yes")[0] == 0
    assert "cem" not in academy("list")[1]


@pytest.mark.parametrize("line, why", [
    (("add", "Not A Name"), "a username has"), (("add", "dora", "--role", "king"), "roles are one or more of"),
    (("add", "dora", "--email", "x"), "not an e-mail"), (("password", "nobody"), "there is no account"),
    (("roles", "nobody", "learner"), "there is no account"), (("identity", "nobody", "sure", "--by", "x"), "identity is one of"),
    (("remove", "nobody", "--yes"), "there is no account"),
])
def test_what_cannot_be_done_says_why_and_exits_2(academy, line, why):
    code, _, err = academy(*line)
    assert code == 2 and why in err
    code, out, _ = academy(*line, "--json")
    assert code == 2 and why in json.loads(out)["error"]["message"]


def test_without_the_service_the_next_step_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["user", "list", "--data", str(tmp_path)])
    assert ended.value.code == 2 and "academy doctor" in capsys.readouterr().err
