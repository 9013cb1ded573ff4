"""The gateway: the allow-list as a table, and a real one between two simulated services."""
from __future__ import annotations

import asyncio
import http.client
import json
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from hub_config import settings
from hub_config.services.gateway import Gateway, serve, upstream
from tests.hub_config.house import house, until


@pytest.mark.parametrize("method, path, target", [
    ("GET", "/hub/api", "hub"), ("GET", "/hub/api/", "hub"), ("GET", "/hub/api/user", "hub"),
    ("POST", "/hub/api/oauth2/token", "hub"), ("POST", "/hub/api/users/lea/activity", "hub"), ("POST", "/hub/api/users/a-b/activity", "hub"),
    ("GET", "/exchange", "portal"), ("GET", "/exchange/", "portal"), ("PUT", "/exchange/submissions/a/b.ipynb", "portal"),
    ("PATCH", "/exchange/uploads/sha256:0a1b", "portal"), ("HEAD", "/exchange/uploads/0a1b", "portal"), ("POST", "/exchange/uploads", "portal"),
])
def test_what_is_let_through(method, path, target):
    assert upstream(method, path) == target


@pytest.mark.parametrize("method, path", [
    ("POST", "/hub/login"), ("GET", "/hub/login"), ("GET", "/hub/api/users"), ("GET", "/hub/api/users/lea"), ("POST", "/hub/api/user"),
    ("GET", "/hub/api/users/lea/activity"), ("POST", "/hub/api/users/lea/tokens"), ("POST", "/hub/api/users/lea/server"),
    ("POST", "/hub/api/users/lea/../ben/activity"), ("POST", "/hub/api/users/%6cea/activity"), ("POST", "/hub/api/users//activity"),
    ("GET", "/hub/api/proxy"), ("GET", "/hub/api/services"), ("GET", "/hub/api/info"), ("POST", "/hub/api/shutdown"), ("GET", "/hub/metrics"),
    ("GET", "/"), ("GET", ""), ("GET", "/hub"), ("GET", "/hub/"), ("GET", "/hub/api/user/"), ("GET", "//hub/api/user"), ("GET", "/HUB/api/user"),
    ("GET", "/exchange/../hub/api/users"), ("GET", "/exchange/%2e%2e/x"), ("GET", "/exchange/.hidden"), ("GET", "/exchange//x"),
    ("GET", "/exchangex"), ("DELETE", "/exchange/a"), ("OPTIONS", "/exchange/a"), ("CONNECT", "/exchange/a"), ("GET", "/exchange/a\\b"),
    ("GET", "/courses"), ("GET", "/hub/api/user;x"), ("GET", "/hub/api/user\n"), ("get", "/hub/api/user"),
])
def test_what_is_not(method, path):
    assert upstream(method, path) is None


class Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class Service(BaseHTTPRequestHandler):
    """Answers with what it was sent."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) if "Content-Length" in self.headers else b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline() or b"0", 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        text = json.dumps({"service": self.server.name, "method": self.command, "path": self.path, "length": len(body),
                           "headers": {k.lower(): v for k, v in self.headers.items()}}).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Set-Cookie", "a=b")
        self.send_header("X-Answer", "yes")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_HEAD = answer

    def log_message(self, *_) -> None:
        pass

    def address_string(self) -> str:
        return ""


class Connection(http.client.HTTPConnection):
    def __init__(self, path) -> None:
        super().__init__("gateway", timeout=10)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(str(self.path))


@pytest.fixture
def gateway():
    with house() as built:
        servers = {}
        for name in ("hub", "portal"):
            servers[name] = Unix(str(built.places.socket(name)), Service)
            servers[name].name = name
            threading.Thread(target=servers[name].serve_forever, args=(0.02,), daemon=True).start()
        loop = asyncio.new_event_loop()
        ready = asyncio.Event()
        task = loop.create_task(serve(built.places, settings.load(None, {"ACADEMY_SUBMISSION_MAX_MIB": "1"}), ready))
        thread = threading.Thread(target=lambda: pytest.raises(asyncio.CancelledError, loop.run_until_complete, task), daemon=True)
        thread.start()
        until(ready.is_set)
        built.servers = servers
        yield built
        loop.call_soon_threadsafe(task.cancel)
        thread.join(5)
        for server in servers.values():
            server.shutdown()
            server.server_close()


def ask(built, method: str, path: str, body=None, headers=None, **options):
    connection = Connection(built.places.socket("gateway"))
    try:
        connection.request(method, path, body, headers or {}, **options)
        answer = connection.getresponse()
        text = answer.read()
        return answer, json.loads(text) if text else None
    finally:
        connection.close()


def test_a_request_arrives_as_it_was_and_without_its_claims(gateway):
    claims = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https", "X-Real-Ip": "1.2.3.4", "Forwarded": "for=1.2.3.4", "X-Scheme": "https",
              "Cookie": "jupyterhub-session-id=x", "Host": "evil.example", "Authorization": "token abc", "X-Own": "kept"}
    answer, seen = ask(gateway, "GET", "/hub/api/user?a=%2F..", headers=claims)
    assert answer.status == 201 and answer.headers["X-Answer"] == "yes" and answer.headers["Set-Cookie"] is None
    assert seen["service"] == "hub" and seen["path"] == "/hub/api/user?a=%2F.." and seen["headers"]["host"] == "hub.localhost"
    assert seen["headers"]["authorization"] == "token abc" and seen["headers"]["x-own"] == "kept"
    assert not {"x-forwarded-for", "x-forwarded-proto", "x-real-ip", "forwarded", "x-scheme", "cookie"} & set(seen["headers"])


def test_refusals_never_reach_a_service(gateway):
    answer, seen = ask(gateway, "POST", "/hub/login", b"username=a")
    assert answer.status == 403 and "does not lead" in seen["message"]


@pytest.mark.parametrize("size, status", [(0, 201), (1, 201), (2 << 20, 201), ((2 << 20) + 1, 413)])
def test_bodies_are_bounded(gateway, size, status):
    answer, seen = ask(gateway, "PUT", "/exchange/uploads/1", bytes(size))
    assert answer.status == status
    if status == 201:
        assert seen["length"] == size and seen["service"] == "portal"


@pytest.mark.parametrize("size, status", [(5, 201), ((2 << 20) + 1, 413)])
def test_bodies_without_a_length_are_bounded_too(gateway, size, status):
    def pieces():
        for start in range(0, size, 65536):
            yield bytes(min(65536, size - start))
    answer, seen = ask(gateway, "PUT", "/exchange/uploads/1", pieces(), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    assert answer.status == status


def test_a_service_that_is_down(gateway):
    server = gateway.servers["portal"]
    server.shutdown()
    server.server_close()
    gateway.places.socket("portal").unlink()
    answer, seen = ask(gateway, "GET", "/exchange/a")
    assert answer.status == 503 and "Try again" in seen["message"]
    assert ask(gateway, "GET", "/hub/api/user")[0].status == 201


@pytest.mark.parametrize("raw", [
    b"POST /hub/api/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hub/api/users HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /hub/api/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\nGET /hub/api/users HTTP/1.1\r\n\r\n",
    b"GET http://hub/hub/api/users HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /hub/api/user HTTP/1.1\r\nHost: x\r\n X-Folded: y\r\n\r\n",
    b"\x00\x01\x02\r\n\r\n",
])
def test_ambiguous_requests_are_refused(gateway, raw):
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(5)
        peer.connect(str(gateway.places.socket("gateway")))
        peer.sendall(raw)
        peer.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: peer.recv(65536), b""))
    assert b"/hub/api/users" not in answer and (answer == b"" or answer.split()[1] in (b"400", b"403", b"404"))


def test_one_learner_cannot_take_all(gateway, monkeypatch):
    monkeypatch.setattr("hub_config.services.gateway.EACH_LEARNER", 0)
    monkeypatch.setattr(Gateway, "_uid", staticmethod(lambda request: 70001))
    answer, seen = ask(gateway, "GET", "/hub/api/user")
    assert answer.status == 503 and "Too many" in seen["message"]
    assert ask(gateway, "GET", "/health")[1] == {"status": "ok"}


def test_the_socket_is_open_to_all_in_a_directory_that_is_not_theirs(gateway):
    assert gateway.places.socket("gateway").stat().st_mode & 0o777 == 0o666
    assert gateway.places.socket("gateway").parent.stat().st_mode & 0o777 == 0o755
