"""Roles: the least scopes, and nobody an administrator."""
from __future__ import annotations

import pytest
from jupyterhub import scopes

from hub_config.roles import DEFAULT_SCOPES, PORTAL, ROLES, SERVER_SCOPES, hub_roles

BY_NAME = {role["name"]: role for role in hub_roles()}
POWERFUL = ("admin", "tokens", "shutdown", "inherit", "access:servers", "groups", "shares", "servers", "read:metrics")


def test_every_role_is_a_group():
    assert all(BY_NAME[role]["groups"] == [role] for role in ROLES)


@pytest.mark.parametrize("role", hub_roles(), ids=lambda role: role["name"])
def test_scopes_exist(role):
    for scope in role["scopes"]:
        assert scope.partition("!")[0] in scopes.scope_definitions, scope


@pytest.mark.parametrize("role", [r for r in hub_roles() if r["name"] not in ("user", "server")], ids=lambda role: role["name"])
def test_no_role_is_powerful(role):
    assert not [scope for scope in role["scopes"] if scope.startswith(POWERFUL)]


@pytest.mark.parametrize("name", ["learner", "instructor", "certifier"])
def test_these_roles_add_nothing_in_the_hub(name):
    assert BY_NAME[name]["scopes"] == []


def test_a_server_knows_itself_and_the_portal():
    assert set(BY_NAME["server"]["scopes"]) == set(SERVER_SCOPES) == {
        "users:activity!user", "access:servers!server", f"access:services!service={PORTAL}"}


def test_everyone_has_themselves_and_the_portal():
    assert set(BY_NAME["user"]["scopes"]) == set(DEFAULT_SCOPES) == {"self", f"access:services!service={PORTAL}"}


def test_services_have_what_they_need():
    assert BY_NAME["supervisor"]["scopes"] == ["proxy", "read:hub"] and BY_NAME["supervisor"]["services"] == ["supervisor"]
    assert BY_NAME["portal"]["scopes"] == ["read:users:name", "read:users:groups"]
