"""The four roles, as groups of the hub with the least scopes each needs.

| role | is | scopes in the hub |
|---|---|---|
| learner | takes courses | own server, the portal |
| instructor | writes and reviews assessments | the same |
| certifier | issues, suspends and revokes credentials | the same |
| operator | looks after people and servers | the same, and: sees who is there, stops a server that runs wild |

What instructors and certifiers may do is decided by the portal from the group, not by a scope of the hub: a token
stolen from any of them opens nothing else in the hub. Nobody is a hub administrator, and no role reaches another
person's running server.
"""
from __future__ import annotations

__all__ = ["DEFAULT_SCOPES", "PORTAL", "ROLES", "SERVER_SCOPES", "hub_roles"]

PORTAL = "portal"                   # the hub's name of the service behind the pages after sign-in
ROLES = ("learner", "instructor", "certifier", "operator")

# everyone who may sign in: their own account and server, and the portal
DEFAULT_SCOPES = ("self", f"access:services!service={PORTAL}")

# the token inside a learner's server: it may report its own activity, let its owner in, and speak to the portal
SERVER_SCOPES = ("users:activity!user", "access:servers!server", f"access:services!service={PORTAL}")

_OPERATOR = ("list:users", "read:users:name", "read:users:activity", "read:servers", "delete:servers")


def hub_roles() -> list[dict]:
    """The value of ``JupyterHub.load_roles``: the two built-in roles narrowed, one role a service and the operators."""
    return [
        {"name": "user", "description": "Own account, own server, the portal", "scopes": list(DEFAULT_SCOPES)},
        {"name": "server", "description": "What a learner's server may do", "scopes": list(SERVER_SCOPES)},
        {"name": "operator", "description": "See who is there; stop a server", "scopes": list(_OPERATOR),
         "groups": ["operator"]},
        {"name": "portal", "description": "Knows who has signed in", "services": [PORTAL],
         "scopes": ["read:users:name", "read:users:groups"]},
        {"name": "supervisor", "description": "Gives a restarted proxy its routes", "services": ["supervisor"],
         "scopes": ["proxy", "read:hub"]},
    ] + [{"name": role, "description": f"The group of {role}s", "scopes": [], "groups": [role]}
         for role in ROLES if role != "operator"]
