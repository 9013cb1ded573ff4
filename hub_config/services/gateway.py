"""The gateway: the only door of a learner's enclosure. ``python -m hub_config.services.gateway STATE``

The hub's socket is the whole hub, so a learner's server never sees it. It sees this one, which lets through

| method | path | to |
|---|---|---|
| GET | /hub/api · /hub/api/user | hub: its version, who this token belongs to |
| POST | /hub/api/oauth2/token | hub: the last step of letting the server's owner in |
| POST | /hub/api/users/NAME/activity | hub: "I am still used" (the token decides for whom) |
| GET HEAD POST PUT PATCH | /exchange/… | portal: fetching and handing in |

and answers 403 to everything else.

Rules
- A path is compared as it was sent and must consist of plain characters: nothing that one side could decode differently.
- Headers that claim where a request came from are dropped, and so are cookies; the token alone speaks.
- Bodies, connections a learner and waiting times are bounded. An answer is passed on as it comes, never kept.
"""
from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import socket
import struct
import sys
from collections import Counter
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector, web
from yarl import URL

from ..places import Places
from ..settings import Settings, load, places

__all__ = ["RULES", "Gateway", "serve"]

log = logging.getLogger(__name__)
_NAME = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
RULES = (
    (frozenset({"GET"}), re.compile(r"/hub/api/?|/hub/api/user"), "hub"),
    (frozenset({"POST"}), re.compile(r"/hub/api/oauth2/token"), "hub"),
    (frozenset({"POST"}), re.compile(rf"/hub/api/users/{_NAME}/activity"), "hub"),
    (frozenset({"GET", "HEAD", "POST", "PUT", "PATCH"}), re.compile(r"/exchange(/[A-Za-z0-9_~-][A-Za-z0-9._~:-]*)*/?"), "portal"),
)
# Of one connection only, or claims about where the request came from, or none of a server's business.
DROPPED = frozenset({
    "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "host", "cookie", "set-cookie", "forwarded", "x-real-ip", "x-scheme", "content-length"})
HUB_BODY = 1 << 20
EACH_LEARNER, ALL = 32, 512                     # requests at one time
PIECE = 64 << 10


def upstream(method: str, path: str) -> str | None:
    """Where a request may go: "hub", "portal" or nowhere."""
    for methods, pattern, target in RULES:
        if method in methods and pattern.fullmatch(path):
            return target
    return None


def _kept(headers) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.items()
            if name.lower() not in DROPPED and not name.lower().startswith("x-forwarded")]


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"status": status, "message": message}, status=status)


class _Body:
    """A request's body, piece by piece, up to ``most`` bytes; ``too_large`` tells why it broke off."""

    def __init__(self, request: web.Request, most: int) -> None:
        self._request, self._most, self.too_large = request, most, False

    async def __aiter__(self):
        size = 0
        async for piece in self._request.content.iter_chunked(PIECE):
            size += len(piece)
            if size > self._most:
                self.too_large = True
                raise ConnectionAbortedError
            yield piece


class Gateway:
    """Passes allowed requests on to the hub's and the portal's sockets."""

    def __init__(self, places: Places, settings: Settings) -> None:
        self._sockets = {"hub": places.socket("hub"), "portal": places.socket("portal")}
        self._hosts = {"hub": settings.web.hub_host, "portal": settings.web.portal_host}
        self._most = {"hub": HUB_BODY, "portal": settings.submission.max_bytes + HUB_BODY}
        self._seconds = {"hub": 30.0, "portal": 300.0}
        self._sessions: dict[str, ClientSession] = {}
        self._busy: Counter[int] = Counter()

    def application(self) -> web.Application:
        app = web.Application(client_max_size=max(self._most.values()))
        app.router.add_route("*", "/{path:.*}", self.handle)
        app.cleanup_ctx.append(self._open)
        return app

    async def _open(self, app: web.Application):
        for target, path in self._sockets.items():
            # a fresh connection each: one that the other side has just closed would cost a request
            self._sessions[target] = ClientSession(
                connector=UnixConnector(str(path), limit=ALL, force_close=True), auto_decompress=False,
                timeout=ClientTimeout(total=self._seconds[target], sock_connect=5))
        yield
        for session in self._sessions.values():
            await session.close()

    @staticmethod
    def _uid(request: web.Request) -> int:
        peer = request.transport.get_extra_info("socket") if request.transport else None
        return struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1] if peer else -1

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw_path = request.raw_path.partition("?")[0]
        if raw_path == "/health" and request.method == "GET":
            return web.json_response({"status": "ok"})
        target = upstream(request.method, raw_path)
        if target is None:
            return _refusal(403, "This door does not lead there.")
        uid = self._uid(request)
        each = ALL if uid == os.geteuid() else EACH_LEARNER       # without uids of their own, nobody can be told apart
        if self._busy[uid] >= each or self._busy.total() >= ALL:
            return _refusal(503, "Too many requests at one time. Wait a moment and try again.")
        if (request.content_length or 0) > self._most[target]:
            return self._too_large(target)
        self._busy[uid] += 1
        try:
            return await self._pass_on(request, target)
        finally:
            self._busy[uid] -= 1
            if not self._busy[uid]:
                del self._busy[uid]

    def _too_large(self, target: str) -> web.Response:
        return _refusal(413, f"At most {self._most[target]} bytes can be sent at a time.")

    async def _pass_on(self, request: web.Request, target: str) -> web.StreamResponse:
        headers = _kept(request.headers) + [("Host", self._hosts[target])]
        body = None
        if request.can_read_body:
            body = _Body(request, self._most[target])
            if request.content_length is not None:
                headers.append(("Content-Length", str(request.content_length)))
        answer = None
        try:
            async with self._sessions[target].request(
                    request.method, URL(f"http://{target}{request.raw_path}", encoded=True), headers=headers, data=body,
                    allow_redirects=False, skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type")) as reply:
                answer = web.StreamResponse(status=reply.status, reason=reply.reason, headers=_kept(reply.headers))
                if reply.content_length is not None:
                    answer.content_length = reply.content_length
                await answer.prepare(request)
                async for piece in reply.content.iter_chunked(PIECE):
                    await answer.write(piece)
                await answer.write_eof()
                return answer
        except (ClientError, OSError, asyncio.TimeoutError) as error:
            if answer is not None and answer.prepared:
                raise                                       # half an answer: the connection ends, so the other side notices
            if body is not None and body.too_large:
                return self._too_large(target)
            log.warning("%s does not answer: %s", target, error.__class__.__name__)
            return _refusal(502 if target == "hub" else 503, "The other side does not answer just now. Try again in a moment.")


async def serve(where: Places, settings: Settings, ready: asyncio.Event | None = None) -> None:
    """Answer on the gateway's socket until cancelled."""
    path = where.socket("gateway")
    runner = web.AppRunner(Gateway(where, settings).application(), access_log=None, max_line_size=8190, max_field_size=8190,
                           keepalive_timeout=15.0)
    await runner.setup()
    path.unlink(missing_ok=True)
    await web.UnixSite(runner, str(path)).start()
    os.chmod(path, 0o666)
    if ready is not None:
        ready.set()
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def _main(state: Path) -> None:
    task = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await serve(places(state), load(state))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s gateway %(levelname)s %(message)s")
    try:
        asyncio.run(_main(Path(sys.argv[1])))
    except asyncio.CancelledError:
        pass
