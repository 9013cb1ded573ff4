"""A house for tests: the tree of a state directory whose parents other uids may enter, and services started in it."""
from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub_config import proxy
from hub_config.places import CALLERS, SERVICES, Places
from hub_config.rpc import call
from hub_config.settings import places as settings_places

REPOSITORY = Path(__file__).parents[2]
INSTALLED = settings_places().prefix  # the installation whose interpreter runs the tests


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition: Callable[[], object], seconds: float = 20.0, every: float = 0.05) -> object:
    """The first truthy answer of ``condition``."""
    end = time.monotonic() + seconds
    while True:
        try:
            if answer := condition():
                return answer
        except Exception:
            if time.monotonic() > end:
                raise
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(every)


def make_tree(places: Places) -> dict[str, str]:
    """The state directory as the supervisor makes it. Answers the secrets."""
    def folder(path: Path, mode: int, uid: int = -1, gid: int = -1) -> None:
        path.mkdir(parents=True, exist_ok=True)
        if places.separate_uids:
            os.chown(path, uid, gid)
        path.chmod(mode)

    folder(places.state, 0o711)
    folder(places.state / "run", 0o711)
    for service in SERVICES:
        folder(places.store(service), 0o700, places.uid(service), places.uid(service))
    for name in (*CALLERS, "gateway"):
        owner = {"launcher": 0, "records": places.uid("portal")}.get(name, places.uid(name) if name in SERVICES else 0)
        group = places.socket_group(name) if name in CALLERS else -1
        folder(places.socket(name).parent, 0o755 if name == "gateway" else 0o750, owner, group)
    values = {name: secrets.token_hex(32) for name in ("cookie_secret", "proxy_token", "portal_token", "supervisor_token")}
    for service, content in (("hub", values), ("proxy", {"proxy_token": values["proxy_token"]}), ("portal", {"api_token": values["portal_token"]})):
        path = places.store(service) / "secrets.json"
        path.write_text(json.dumps(content))
        path.chmod(0o600)
        if places.separate_uids:
            os.chown(path, places.uid(service), places.uid(service))
    return values


def install_share(places: Places) -> None:
    """What an installation copies below PREFIX/share, in a prefix of the test's own."""
    modules = next((path for path in (INSTALLED / "share/proxy/node_modules", REPOSITORY / "hub_config/proxy/node_modules") if path.exists()), None)
    if modules is None:
        pytest.skip("needs the proxy's packages: make install")
    (places.share / "proxy").mkdir(parents=True)
    for name in proxy.FILES:
        shutil.copy(REPOSITORY / "hub_config/proxy" / name, places.share / "proxy")
    (places.share / "proxy/node_modules").symlink_to(modules)
    shutil.copytree(REPOSITORY / "images/singleuser", places.share / "singleuser")
    for path in (places.prefix, *places.prefix.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)


class House:
    """A state directory and the processes started in it."""

    def __init__(self, places: Places) -> None:
        self.places, self.port = places, free_port()
        self.secrets = make_tree(places)
        self.processes: dict[str, subprocess.Popen] = {}

    def environment(self, **more: str) -> dict[str, str]:
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.places.state), "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1",
                "ACADEMY_WEB_PORT": str(self.port), "ACADEMY_LEARNER_CPUS": "0.0", **more}

    def start(self, name: str, argv: list[str], **environment: str) -> subprocess.Popen:
        """As its own uid, when there are several (the launcher as root)."""
        identity = {}
        if self.places.separate_uids and name in SERVICES:
            uid = self.places.uid(name)
            identity = {"user": uid, "group": uid, "extra_groups": list(self.places.groups(name))}
        log = open(self.places.state / f"{name}.log", "ab")
        self.processes[name] = subprocess.Popen(
            argv, env=self.environment(**environment), cwd="/", umask=0o077, stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, start_new_session=True, **identity)
        return self.processes[name]

    def service(self, name: str, module: str | None = None) -> subprocess.Popen:
        return self.start(name, [str(self.places.service_python), "-m", module or f"hub_config.services.{name}", str(self.places.state)])

    def everything(self) -> None:
        """Launcher, accounts, proxy, gateway and hub, ready to sign in at. Without proxy packages: skipped."""
        from hub_config.settings import load

        install_share(self.places)
        self.service("launcher", "hub_config.launcher")
        self.service("accounts")
        web = load(self.places.state, {"ACADEMY_WEB_PORT": str(self.port)}).web
        self.start("proxy", proxy.command(self.places, web), CONFIGPROXY_AUTH_TOKEN=self.secrets["proxy_token"])
        self.service("gateway")
        for name in ("launcher", "accounts"):
            until(lambda name=name: call(self.places.socket(name), "ping") == {})
        self.start_hub()

    def start_hub(self) -> None:
        store = str(self.places.store("hub"))
        self.start("hub", [str(self.places.service_python), "-m", "jupyterhub", "-f", str(REPOSITORY / "hub_config/jupyterhub_config.py")],
                   ACADEMY_STATE=str(self.places.state), HOME=store, USER="hub", LOGNAME="hub")
        until(lambda: self.get("/hub/health").status == 200, 40)

    def request(self, method: str, path: str, host: str = "hub.localhost", body: str | None = None, **headers: str):
        """One request through the proxy; the answer, read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {"Host": f"{host}:{self.port}", **headers})
            answer = connection.getresponse()
            answer.body = answer.read()
            return answer
        finally:
            connection.close()

    def get(self, path: str, host: str = "hub.localhost", **headers: str):
        return self.request("GET", path, host, **headers)

    def log(self, name: str) -> str:
        return (self.places.state / f"{name}.log").read_text(errors="replace")

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(10)

    def close(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def house() -> Iterator[House]:
    """In a short path that every uid may enter (socket paths are at most 107 bytes)."""
    state = Path(tempfile.mkdtemp(prefix="academy-", dir="/tmp"))
    state.chmod(0o711)
    prefix = state / "p"
    prefix.mkdir(mode=0o755)
    (prefix / "envs").symlink_to(INSTALLED / "envs")
    places = Places(prefix, state / "s", os.geteuid() == 0)
    built = House(places)
    try:
        yield built
    finally:
        try:
            built.close()
        finally:
            shutil.rmtree(state, ignore_errors=True)
