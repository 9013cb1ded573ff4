"""A portal for tests: its state directory with a small course pack, simulated neighbours, in this process or in its own."""
from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hub_config import rpc
from hub_config.places import CALLERS, Places
from hub_config.settings import load, places
from tests.simulators.hub import HubSimulator
from tests.simulators.pack import write_pack

ROOT = Path(__file__).parent.parent.parent
ORIGIN = "http://portal.hub.localhost:8000"


class Neighbours:
    """The other services' answers over real sockets: set ``answers[service, op]`` to a dict, an RpcError or a callable."""

    def __init__(self, where: Places) -> None:
        self.answers: dict = {
            ("environments", "ensure"): {"state": "ready", "message": "", "megabytes": 0},
            ("accounts", "profile"): {"username": "lea", "display_name": "Lea Moreau", "consent": None},
            ("accounts", "consent"): {},
            ("signer", "awards"): {"awards": []},
            ("signer", "credential"): rpc.RpcError("book", "there is no such credential"),
            ("signer", "issue"): rpc.RpcError("not-earned", "not earned"),
        }
        self.asked: list[tuple[str, str, dict]] = []
        uids = {os.geteuid(), *map(where.uid, ("portal",))}
        self.servers = []
        for service in ("environments", "accounts", "signer"):
            ops = {op: rpc.Operation(self._answer(service, op), uids) for name, op in self.answers if name == service}
            self.servers.append(rpc.Server(where.socket(service), ops).start())

    def _answer(self, service: str, op: str):
        def run(_, request: dict) -> dict:
            self.asked.append((service, op, request))
            answer = self.answers[service, op]
            if isinstance(answer, Exception):
                raise answer
            return dict(answer(request) if callable(answer) else answer)
        return run

    def close(self) -> None:
        for server in self.servers:
            server.close()


class Rig:
    """``state`` is complete for the portal's service; the hub and the neighbours are simulated on its sockets."""

    def __init__(self, **pack) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ac"))  # short: a socket's path has to fit into 107 bytes
        self.state = self.folder / "s"
        self.places = places(self.state)
        for name in CALLERS:
            (self.state / "run" / name).mkdir(parents=True)
        self.places.store("portal").mkdir()
        self.secrets = {"api_token": secrets.token_hex(32), "cookie_key": secrets.token_hex(32), "seeds": secrets.token_hex(32)}
        (self.places.store("portal") / "secrets.json").write_text(json.dumps(self.secrets))
        write_pack(self.folder / "pack", **pack)
        self.settings_toml(f'[packs]\nbuiltin = false\nfolders = ["{self.folder / "pack"}"]\n')
        self.hub = HubSimulator(self.places.socket("hub"), self.secrets["api_token"])
        self.hub.add("lea")
        self.neighbours = Neighbours(self.places)
        self.process: subprocess.Popen | None = None

    def settings_toml(self, text: str) -> None:
        (self.state / "settings.toml").write_text(text, encoding="utf-8")

    def settings(self):
        return load(self.state, {})

    def start(self) -> None:
        """The service in a process of its own, until it answers."""
        log = (self.folder / "log").open("a")
        self.process = subprocess.Popen([sys.executable, "-m", "hub_config.services.portal", str(self.state)], cwd=ROOT,
                                        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log)
        end = time.monotonic() + 30
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if self.request("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        self.process.kill()
        raise AssertionError("the portal did not start:\n" + (self.folder / "log").read_text())

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None, timeout: float = 15):
        """(status, headers, body) from the running process, over its socket."""
        connection = http.client.HTTPConnection("portal.hub.localhost", timeout=timeout)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(timeout)
        try:
            connection.sock.connect(str(self.places.socket("portal")))
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self.hub.close()
        self.neighbours.close()
        shutil.rmtree(self.folder, ignore_errors=True)
