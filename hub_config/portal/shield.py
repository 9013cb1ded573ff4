"""Around every request: security headers, a bound on the body, and the same-origin rule for everything unsafe.

Rules
- No script at all but our own origin's (there is none), no frames, no foreign form target but the hub's sign-out.
- An unsafe request of a browser (it has our session cookie and no token of its own) must carry our Origin; its form
  must carry the session's token (see `routes.forms`). A request by API token needs neither: no browser sends one by itself.
- A body above ``max_body`` is refused before it is read; one without a length is cut off there.
"""
from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Shield"]

PLAIN = b"The request is larger than this server takes.\n"
NOT_HERE = b"This request came from another site and was not carried out.\n"


class Shield:
    def __init__(self, app: ASGIApp, *, origin: str, hub: str, max_body: int) -> None:
        self.app, self.origin, self.max_body = app, origin.encode(), max_body
        policy = (f"default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
                  f"form-action 'self' {hub}; img-src 'self' data:")
        self.headers = [
            (b"content-security-policy", policy.encode()), (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"), (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ]
        if origin.startswith("https://"):
            self.headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = {name: value for name, value in scope["headers"]}

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message.get("headers", ())}
                extra = [(name, value) for name, value in self.headers if name not in own]
                if b"cache-control" not in own:
                    extra.append((b"cache-control", b"no-store"))
                message = {**message, "headers": [*message.get("headers", ()), *extra]}
            await send(message)

        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and b"authorization" not in sent and sent.get(b"origin") != self.origin:
            await self._refuse(shielded, 403, NOT_HERE)
            return
        length = sent.get(b"content-length", b"")
        if length and (not length.isdigit() or int(length) > self.max_body):
            await self._refuse(shielded, 413, PLAIN)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return {"type": "http.disconnect"} if taken > self.max_body else message

        await self.app(scope, bounded, shielded)

    @staticmethod
    async def _refuse(send: Send, status: int, text: bytes) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [
            (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode()), (b"connection", b"close")]})
        await send({"type": "http.response.body", "body": text})
