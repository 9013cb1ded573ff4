"""The hub's side of a sign-in, on a real Unix socket: who a token belongs to, and codes for tokens (PKCE is checked)."""
from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ACCESS = "access:services!service=portal"


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class HubSimulator:
    """``people``: name → roles. ``token(name)`` is one of a learner's server; ``sign_in(url, name)`` is a browser that says yes."""

    def __init__(self, path: Path, secret: str = "s" * 64, client: str = "service-portal") -> None:
        self.people: dict[str, list[str]] = {}
        self.secret, self.client, self.path = secret, client, Path(path)
        self.tokens: dict[str, tuple[str, list[str]]] = {}
        self.codes: dict[str, tuple[str, str, str]] = {}
        self.asked = 0
        self.open()

    def open(self) -> None:
        self.path.unlink(missing_ok=True)
        self._server = _Server(str(self.path), self._handler())
        self.path.chmod(0o666)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.path.unlink(missing_ok=True)

    def add(self, name: str, *roles: str) -> None:
        self.people[name] = list(roles) or ["learner"]

    def token(self, name: str, *scopes: str) -> str:
        token = secrets.token_hex(16)
        self.tokens[token] = (name, list(scopes or (ACCESS,)))
        return token

    def sign_in(self, authorize_url: str, name: str) -> str:
        """What the browser is sent back to."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(authorize_url).query).items()}
        assert query["client_id"] == self.client and query["response_type"] == "code" and query["code_challenge_method"] == "S256"
        code = secrets.token_hex(8)
        self.codes[code] = (name, query["redirect_uri"], query["code_challenge"])
        return f"{query['redirect_uri']}?code={code}&state={query['state']}"

    def _handler(simulator):  # noqa: N805 - the handler's methods have a self of their own
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                simulator.asked += 1
                if self.path != "/hub/api/user":
                    return self._answer(404, {})
                kind, _, token = self.headers.get("Authorization", "").partition(" ")
                known = simulator.tokens.get(token) if kind == "token" else None
                if known is None:
                    return self._answer(403, {"message": "Forbidden"})
                name, scopes = known
                return self._answer(200, {"kind": "user", "name": name, "groups": simulator.people.get(name, []), "scopes": scopes})

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                one = {key: values[0] for key, values in form.items()}
                name, uri, challenge = simulator.codes.pop(one.get("code", ""), ("", "", ""))
                digest = base64.urlsafe_b64encode(hashlib.sha256(one.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
                if not name or one.get("client_secret") != simulator.secret or uri != one.get("redirect_uri") or digest != challenge:
                    return self._answer(400, {"error": "invalid_grant"})
                return self._answer(200, {"access_token": simulator.token(name), "token_type": "Bearer"})

            def _answer(self, status: int, content: dict) -> None:
                data = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def address_string(self) -> str:
                return "unix"

            def log_message(self, *args) -> None:
                pass

        return Handler
