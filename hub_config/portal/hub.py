"""Who is it? The portal as an OAuth client of the hub, over the hub's Unix socket (authorization code with PKCE).

Rules
- A token is looked up at the hub and remembered for ``FRESH`` seconds, by its digest, for at most ``KEPT`` tokens.
- While the hub does not answer, what it said less than ``STALE`` seconds ago still counts; nothing older does.
- Only a user's token that may access this service is anybody: ``access:services!service=portal`` or wider.
- Calls block: they belong in plain ``def`` handlers.

Not jupyterhub's own HubOAuth: that reads the environment, keeps every token it saw and costs a second to import.
"""
from __future__ import annotations

import base64
import hashlib
import http.client
import json
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

__all__ = ["Hub", "HubError", "Person"]

FRESH, STALE, KEPT = 30.0, 300.0, 2000
ACCESS = ("access:services", "access:services!service=portal")
ROLES = ("learner", "instructor", "certifier", "operator")


class HubError(Exception):
    """The hub did not answer, or not as it should."""


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    roles: tuple[str, ...]

    def has(self, role: str) -> bool:
        return role in self.roles


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("hub", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Hub:
    """``browser_url`` is the hub as a browser reaches it; ``api_token`` is this service's, and its OAuth secret."""

    def __init__(self, socket_path: Path, browser_url: str, redirect_uri: str, api_token: str, *,
                 client_id: str = "service-portal", timeout: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.socket_path, self.browser_url, self.redirect_uri = Path(socket_path), browser_url, redirect_uri
        self.client_id, self._secret, self.timeout, self.clock = client_id, api_token, timeout, clock
        self._seen: OrderedDict[bytes, tuple[float, Person | None]] = OrderedDict()
        self._lock = threading.Lock()

    def authorize_url(self, state: str, verifier: str) -> str:
        """Where the browser goes to sign in."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        return f"{self.browser_url}/hub/api/oauth2/authorize?" + urlencode({
            "client_id": self.client_id, "redirect_uri": self.redirect_uri, "response_type": "code", "state": state,
            "code_challenge": challenge, "code_challenge_method": "S256"})

    def token_for(self, code: str, verifier: str) -> str:
        """The access token for an authorization code."""
        form = urlencode({"client_id": self.client_id, "client_secret": self._secret, "grant_type": "authorization_code",
                          "code": code, "redirect_uri": self.redirect_uri, "code_verifier": verifier})
        status, answer = self._call("POST", "/hub/api/oauth2/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
        token = answer.get("access_token") if status == 200 else None
        if not isinstance(token, str):
            raise HubError(f"the hub gave no token ({status})")
        return token

    def person(self, token: str) -> Person | None:
        """Whose token this is; None if nobody's, or of somebody who may not come here. Raises HubError."""
        key, now = hashlib.sha256(token.encode()).digest(), self.clock()
        with self._lock:
            known = self._seen.get(key)
        if known is not None and now - known[0] < FRESH:
            return known[1]
        try:
            status, answer = self._call("GET", "/hub/api/user", None, {"Authorization": f"token {token}"})
            if status not in (200, 401, 403):
                raise HubError(f"the hub answered {status}")
        except HubError:
            if known is not None and now - known[0] < STALE:
                return known[1]
            raise
        person = self._read(answer) if status == 200 else None
        with self._lock:
            self._seen[key] = (now, person)
            self._seen.move_to_end(key)
            while len(self._seen) > KEPT:
                self._seen.popitem(last=False)
        return person

    def forget(self, token: str) -> None:
        with self._lock:
            self._seen.pop(hashlib.sha256(token.encode()).digest(), None)

    @staticmethod
    def _read(model: dict) -> Person | None:
        scopes = model.get("scopes") or ()
        if model.get("kind") != "user" or not isinstance(model.get("name"), str) or not any(s in ACCESS for s in scopes):
            return None
        groups = model.get("groups") or ()
        return Person(model["name"], tuple(role for role in ROLES if role in groups))

    def _call(self, method: str, path: str, body: str | None, headers: dict) -> tuple[int, dict]:
        connection = _Connection(self.socket_path, self.timeout)
        try:
            connection.request(method, path, body, {"Accept": "application/json", **headers})
            response = connection.getresponse()
            data = response.read(1 << 20)
            answer = json.loads(data) if data else {}
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise HubError(f"the hub does not answer ({error.__class__.__name__})") from error
        finally:
            connection.close()
        return response.status, answer if isinstance(answer, dict) else {}
