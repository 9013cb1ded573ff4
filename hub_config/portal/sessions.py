"""Sessions in sealed cookies: nothing is kept on the server, a restart signs nobody out.

Rules
- A cookie is AES-256-GCM over JSON under a key derived from the portal's cookie key and the cookie's purpose; it
  cannot be read, changed, or used for another purpose. It ends at the time written in it.
- The session's form token is an HMAC of its random id: a form of another session, or of none, does not fit.
- The state of a sign-in is a cookie of its own, one a running sign-in, and holds the page to come back to.
"""
from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["Session", "Sessions", "SignIn", "safe_next"]

STATE_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    token: str   # the hub's, for this person


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in under way."""

    state: str
    verifier: str
    next: str


def safe_next(path: str | None) -> str:
    """A path on this origin to return to; anything that could lead elsewhere becomes the front page."""
    if not path or len(path) > 1000 or path[0] != "/" or path[1:2] in ("/", "\\") or any(ord(c) < 33 or c == "\\" for c in path):
        return "/"
    return path


class Sessions:
    def __init__(self, key: bytes, *, days: float = 14, clock: Callable[[], float] = time.time) -> None:
        if len(key) < 32:
            raise ValueError("the cookie key needs at least 32 bytes")
        self._key, self.seconds, self.clock = key, int(days * 86400), clock

    def begin(self, token: str) -> tuple[Session, str]:
        """A new session and its cookie."""
        session = Session(secrets.token_urlsafe(16), token)
        return session, self._seal("session", {"id": session.id, "token": token}, self.seconds)

    def open(self, cookie: str | None) -> Session | None:
        found = self._open("session", cookie)
        return Session(found["id"], found["token"]) if found else None

    def start_sign_in(self, next: str) -> tuple[SignIn, str]:
        sign_in = SignIn(secrets.token_urlsafe(24), secrets.token_urlsafe(48), safe_next(next))
        return sign_in, self._seal("sign-in", {"state": sign_in.state, "verifier": sign_in.verifier, "next": sign_in.next}, STATE_SECONDS)

    def open_sign_in(self, cookie: str | None) -> SignIn | None:
        found = self._open("sign-in", cookie)
        return SignIn(**found) if found else None

    def form_token(self, session: Session) -> str:
        return hmac.new(self._derive("form"), session.id.encode(), hashlib.sha256).hexdigest()

    def fits(self, session: Session, token: str | None) -> bool:
        return isinstance(token, str) and hmac.compare_digest(self.form_token(session).encode(), token.encode())

    def _derive(self, purpose: str) -> bytes:
        return hmac.new(self._key, b"academy portal " + purpose.encode(), hashlib.sha256).digest()

    def _seal(self, purpose: str, content: dict, seconds: float) -> str:
        nonce = os.urandom(12)
        data = json.dumps({**content, "until": self.clock() + seconds}).encode()
        return base64.urlsafe_b64encode(nonce + AESGCM(self._derive(purpose)).encrypt(nonce, data, None)).decode()

    def _open(self, purpose: str, cookie: str | None) -> dict | None:
        if not cookie or len(cookie) > 4000:
            return None
        try:
            raw = base64.urlsafe_b64decode(cookie)
            content = json.loads(AESGCM(self._derive(purpose)).decrypt(raw[:12], raw[12:], None))
        except (ValueError, InvalidTag):
            return None
        return content if content.pop("until") > self.clock() else None
