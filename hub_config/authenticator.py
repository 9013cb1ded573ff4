"""Signing in: the accounts service decides, this class asks it and says what it said.

Rules
- The hub holds no password and no list of people: being in the accounts store is what lets a person in.
- Roles arrive as groups of the hub at sign-in and again at each refresh; who was removed is signed out by the next one.
- If the accounts service does not answer, nobody new gets in, and nobody who is in is thrown out.
"""
from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from jupyterhub.auth import Authenticator
from tornado.web import HTTPError
from traitlets import Unicode

from .rpc import RpcError, call

__all__ = ["AccountsAuthenticator"]

UNREACHABLE = "Signing in does not work just now. Please try again in a minute; if it still does not, tell your course's operator."


class SignInRefused(HTTPError):
    """Shown on the sign-in page above the form."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.jupyterhub_message = message


class AccountsAuthenticator(Authenticator):
    accounts_socket = Unicode(help="Where the accounts service answers").tag(config=True)

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.allow_all, self.manage_groups = True, True         # the accounts service has already said who may

    async def _ask(self, op: str, **request) -> dict:
        return await asyncio.get_running_loop().run_in_executor(
            None, partial(call, Path(self.accounts_socket), op, timeout=20.0, **request))

    @staticmethod
    def _model(profile: dict) -> dict:
        return {"name": profile["username"], "admin": False, "groups": list(profile["roles"])}

    def normalize_username(self, username: str) -> str:
        return username.strip().lower()

    async def authenticate(self, handler, data: dict) -> dict:
        try:
            return self._model(await self._ask("sign_in", username=data.get("username", ""), password=data.get("password", ""),
                                               address=handler.request.remote_ip))
        except RpcError as error:
            if error.code in ("wrong", "too-many"):
                raise SignInRefused(403 if error.code == "wrong" else 429, f"{error.message} {error.next}".strip()) from None
            self.log.error("the accounts service does not sign in: %s", error.message)
            raise SignInRefused(503, UNREACHABLE) from None

    async def refresh_user(self, user, handler=None, **kwargs) -> dict | bool:
        try:
            return self._model(await self._ask("profile", username=user.name))
        except RpcError as error:
            if error.code == "unknown":
                return False
            self.log.error("the accounts service does not refresh: %s", error.message)
            return True
