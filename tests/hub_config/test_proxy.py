"""The proxy, for real: Node with our wrapper between simulated services on Unix sockets."""
from __future__ import annotations

import http.client
import json
import re
import socket
import socketserver
import subprocess
import threading
from pathlib import Path

import pytest

from hub_config import proxy, settings
from tests.hub_config.house import house, install_share, until
from tests.hub_config.test_gateway import Connection, Service, Unix


class Curt(socketserver.StreamRequestHandler):
    """Reads a request, answers, and closes at once if it is asked to: what loses requests."""

    def handle(self) -> None:
        while line := self.rfile.readline():
            headers = {}
            while (header := self.rfile.readline()) not in (b"\r\n", b""):
                name, _, value = header.decode().partition(":")
                headers[name.lower()] = value.strip()
            self.rfile.read(int(headers.get("content-length", 0)))
            with self.server.lock:
                self.server.count += 1
            close = headers.get("connection") == "close"
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: %s\r\n\r\nok" % (b"close" if close else b"keep-alive"))
            if close:
                return


@pytest.fixture(scope="module")
def running():
    with house() as built:
        install_share(built.places)
        servers = {"hub": Unix(str(built.places.socket("hub")), Service), "portal": Unix(str(built.places.socket("portal")), Curt)}
        for name, server in servers.items():
            server.name, server.count, server.lock = name, 0, threading.Lock()
            built.places.socket(name).chmod(0o666)
            threading.Thread(target=server.serve_forever, daemon=True).start()
        built.servers = servers
        web = settings.load(None, {"ACADEMY_WEB_PORT": str(built.port)}).web
        built.start("proxy", proxy.command(built.places, web), CONFIGPROXY_AUTH_TOKEN=built.secrets["proxy_token"])
        until(lambda: built.get("/_chp_healthz").status == 200)
        yield built
        for server in servers.values():
            server.server_close()


def api(built, method: str, path: str, body=None, token: str | None = None):
    connection = Connection(built.places.socket("proxy"))
    try:
        connection.request(method, "/api/routes" + path, json.dumps(body) if body else None,
                           {"Authorization": f"token {token or built.secrets['proxy_token']}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_routes_exist_before_the_hub_says_so(running):
    assert json.loads(running.get("/x").body)["service"] == "hub"
    assert running.get("/", host="portal.hub.localhost").status == 200
    assert running.get("/", host="verify.localhost").status == 503


def test_a_service_that_is_down_has_a_page(running):
    answer = running.get("/", host="verify.localhost")
    assert answer.status == 503 and answer.headers["Retry-After"] == "5"
    assert b"starting again" in answer.body and b'http-equiv="refresh"' in answer.body and b"<script" not in answer.body
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert b"http-equiv" not in running.request("POST", "/", "verify.localhost", "x").body, "a form is not sent twice"
    assert running.request("HEAD", "/", "verify.localhost").status == 503


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "10.1.2.3"])
def test_an_address_without_a_name_leads_to_the_hub(running, host):
    answer = running.get("/some/page", host=host)
    assert answer.status == 302 and answer.headers["Location"] == f"http://hub.localhost:{running.port}/"


def test_claims_about_the_sender_are_dropped(running):
    claims = {"X-Real-Ip": "1.2.3.4", "X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil", "Forwarded": "for=1.2.3.4"}
    seen = json.loads(running.get("/x", **claims).body)["headers"]
    assert "1.2.3.4" not in str(seen) and "evil" not in str(seen)
    assert seen["x-forwarded-for"] == "127.0.0.1" and seen["x-forwarded-proto"] == "http"


def test_the_api_wants_the_token(running):
    assert api(running, "GET", "", token="0" * 64)[0] == 403
    status, routes = api(running, "GET", "")
    assert status == 200 and set(json.loads(routes)) == {"/", "/hub.localhost", "/portal.hub.localhost", "/verify.localhost"}


def test_a_learners_route_comes_and_goes(running):
    target = "http+unix://" + str(running.places.socket("portal")).replace("/", "%2F")
    assert api(running, "POST", "/lea-nb.localhost/user/lea", {"target": target, "jupyterhub": True})[0] == 201
    assert running.get("/user/lea/", host="lea-nb.localhost").body == b"ok"
    assert api(running, "DELETE", "/lea-nb.localhost/user/lea")[0] == 204
    assert json.loads(running.get("/user/lea/", host="lea-nb.localhost").body)["service"] == "hub"


def test_the_token_is_nowhere_to_be_read(running):
    pid = running.processes["proxy"].pid
    token = running.secrets["proxy_token"].encode()
    assert token not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert token.decode() not in running.log("proxy")


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_no_small_request_is_lost(running, connection):
    """Header and body in one segment, as browsers send them."""
    server = running.servers["portal"]
    server.count = 0
    total, lost, lock = 2500, [], threading.Lock()
    request = (f"PUT /x HTTP/1.1\r\nHost: portal.hub.localhost:{running.port}\r\nContent-Length: 10\r\nConnection: {connection}\r\n\r\n0123456789").encode()

    def client(count: int) -> None:
        peer = None
        for _ in range(count):
            peer = peer or socket.create_connection(("127.0.0.1", running.port), 10)
            peer.sendall(request)
            answer = http.client.HTTPResponse(peer)
            answer.begin()
            answer.read()
            if answer.status != 200:
                with lock:
                    lost.append(answer.status)
            if connection == "close" or answer.will_close:
                peer.close()
                peer = None

    threads = [threading.Thread(target=client, args=(total // 5,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == [] and server.count == total


def test_a_port_in_use_is_said(running):
    web = settings.load(None, {"ACADEMY_WEB_PORT": str(running.port)}).web
    line = proxy.command(running.places, web)
    line[line.index("--api-socket") + 1] = str(running.places.state / "other.sock")
    done = subprocess.run(line, env={"CONFIGPROXY_AUTH_TOKEN": "x"}, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "another program uses it" in done.stderr


def test_without_a_token_it_does_not_start(running):
    done = subprocess.run(proxy.command(running.places, settings.load(None, {}).web), env={}, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and "CONFIGPROXY_AUTH_TOKEN" in done.stderr


def test_the_lock_file_names_no_address():
    lock = json.loads((proxy.HERE / "package-lock.json").read_text())
    assert lock["packages"]["node_modules/configurable-http-proxy"]["version"] == "5.3.0"
    assert not re.search(r'"resolved"|https?://', (proxy.HERE / "package-lock.json").read_text())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
