"""Learners' servers as the hub sees them: asked for at the launcher, never started by the hub itself.

Rules
- "The launcher does not answer" is never "the server has stopped": the hub would delete the routes and sign-ins of
  servers that run on. `poll` waits for the launcher a little, and then says "still running".
- The learner's number comes from the accounts service; it is kept with the hub's own notes, so that polling and stopping
  need the launcher alone.
"""
from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from urllib.parse import quote

from jupyterhub.spawner import Spawner
from tornado.web import HTTPError
from traitlets import Float, Unicode

from .rpc import RpcError, call

__all__ = ["LauncherSpawner"]

PATIENCE = (0.2, 0.5, 1.0)                      # seconds between tries while the launcher starts again


class SpawnRefused(HTTPError):
    """Shown to the learner on the page that waits for the server: what is wrong and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(503, message)
        self.jupyterhub_message = message


class LauncherSpawner(Spawner):
    launcher_socket = Unicode(help="Where the launcher answers").tag(config=True)
    accounts_socket = Unicode(help="Where the accounts service answers").tag(config=True)
    answer_seconds = Float(70.0, help="Seconds to wait for a start; more than the launcher itself waits").tag(config=True)

    number = 0                                  # the learner's; 0: not known yet

    def load_state(self, state):
        super().load_state(state)
        self.number = int(state.get("number", 0))

    def get_state(self):
        return {**super().get_state(), **({"number": self.number} if self.number else {})}

    def clear_state(self):
        super().clear_state()
        self.number = 0

    async def _ask(self, socket: str, op: str, *, timeout: float = 10.0, **request) -> dict:
        """The answer; tries again while nobody answers at all."""
        for pause in (*PATIENCE, None):
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    None, partial(call, Path(socket), op, timeout=timeout, **request))
            except RpcError as error:
                if error.code != "unreachable" or pause is None:
                    raise
            await asyncio.sleep(pause)

    async def start(self) -> str:
        """The address of the learner's server, once it listens."""
        try:
            profile = await self._ask(self.accounts_socket, "profile", username=self.user.name)
            number = self.number = profile["number"]    # from now on it can be polled and stopped
            request = {"number": number, "name": self.user.name, "environment": self.get_env()}
            try:
                answer = await self._ask(self.launcher_socket, "start_server", timeout=self.answer_seconds, **request)
            except RpcError as error:
                if error.code != "running":
                    raise
                # one that the hub has forgotten: its token is worth nothing any more
                self.log.warning("a server of %s ran without the hub's knowledge: it is started again", self.user.name)
                await self._ask(self.launcher_socket, "stop_server", number=number)
                answer = await self._ask(self.launcher_socket, "start_server", timeout=self.answer_seconds, **request)
        except RpcError as error:
            self.log.error("the server of %s could not be started: %s", self.user.name, error.message)
            raise SpawnRefused("Your notebook server could not be started just now. Please wait a minute and try again; "
                               "if it happens again, tell your course's operator.") from error
        return "http+unix://" + quote(answer["front"], safe="")

    async def poll(self) -> int | None:
        if not self.number:
            return 0
        try:
            status = await self._ask(self.launcher_socket, "server_status", number=self.number)
        except RpcError as error:
            self.log.error("the launcher does not say how server %s is: %s", self.number, error.message)
            return None
        return None if status["running"] else (status["code"] or 0)

    async def stop(self, now: bool = False) -> None:
        if self.number:
            await self._ask(self.launcher_socket, "stop_server", number=self.number)
