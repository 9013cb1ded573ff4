"""Signing in against a simulated accounts service: what it says is what the person reads."""
from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from tornado.web import HTTPError

from hub_config.authenticator import AccountsAuthenticator
from hub_config.rpc import Operation, RpcError, Server

HANDLER = SimpleNamespace(request=SimpleNamespace(remote_ip="10.0.0.7"))


@pytest.fixture
def service(tmp_path):
    """Answers as it is told to, and remembers what it was asked."""
    state = SimpleNamespace(answer={"username": "lea", "number": 1, "roles": ["learner"]}, asked=[])

    def run(caller, request):
        state.asked.append(request)
        if isinstance(state.answer, Exception):
            raise state.answer
        return dict(state.answer)

    import os
    operations = {name: Operation(run, (os.geteuid(),)) for name in ("sign_in", "profile")}
    state.server = Server(tmp_path / "a.sock", operations).start()
    state.authenticator = AccountsAuthenticator(accounts_socket=str(tmp_path / "a.sock"))
    yield state
    state.server.close()


def sign_in(service, username="lea", password="pw"):
    return asyncio.run(service.authenticator.get_authenticated_user(HANDLER, {"username": username, "password": password}))


def test_a_person_signs_in_with_their_roles(service):
    service.answer["roles"] = ["learner", "certifier"]
    model = sign_in(service)
    assert (model["name"], model["groups"], model["admin"]) == ("lea", ["learner", "certifier"], False)
    assert service.asked == [{"username": "lea", "password": "pw", "address": "10.0.0.7"}]


@pytest.mark.parametrize("code, status, text", [
    ("wrong", 403, "not right"), ("too-many", 429, "not right"), ("internal", 503, "does not work just now"),
    ("refused", 503, "does not work just now"),
])
def test_what_a_refused_person_reads(service, code, status, text):
    service.answer = RpcError(code, "The username or the password is not right.", "Check both.")
    with pytest.raises(HTTPError, match=text) as caught:
        sign_in(service)
    assert caught.value.status_code == status and "Check both" in caught.value.jupyterhub_message or status == 503


def test_without_the_service_nobody_new_gets_in(service):
    service.server.close()
    with pytest.raises(HTTPError, match="try again in a minute"):
        sign_in(service)


@pytest.mark.parametrize("data", [{}, {"username": "lea"}, {"password": "x"}])
def test_an_incomplete_form_asks_with_empty_words(service, data):
    service.answer = RpcError("wrong", "not right")
    with pytest.raises(HTTPError, match="not right"):
        asyncio.run(service.authenticator.get_authenticated_user(HANDLER, {"username": "", **data}))


@pytest.mark.parametrize("answer, expected", [
    ({"username": "lea", "roles": ["operator"]}, {"name": "lea", "admin": False, "groups": ["operator"]}),
    (RpcError("unknown", "there is no account"), False),
    (RpcError("internal", "broken"), True),
])
def test_refreshing(service, answer, expected):
    service.answer = answer
    assert asyncio.run(service.authenticator.refresh_user(SimpleNamespace(name="lea"))) == expected


def test_nobody_is_thrown_out_while_the_service_is_away(service):
    service.server.close()
    assert asyncio.run(service.authenticator.refresh_user(SimpleNamespace(name="lea"))) is True


def test_the_hub_manages_no_list_of_people(service):
    assert service.authenticator.allow_all and service.authenticator.manage_groups
    assert service.authenticator.normalize_username("  LeA ") == "lea"
