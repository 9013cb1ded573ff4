"""The table of the system's processes: what runs, as whom, after what, and how each shows that it is ready.

    processes(places, settings) -> list[Process]

Rules
- Launcher, accounts and proxy need nobody. The portal comes before the hub, which would wait for it; the hub comes
  after the proxy, whose interface it needs within 30 s. Nobody waits for the environments.
- A service is ``python -m hub_config.services.<name> STATE``; the environment holds no secret, except the proxy's
  token, which its program reads from nowhere else.
"""
from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from hub_config.places import Places
from hub_config.process import PATH, Process, answers, as_root, as_service, http_ok, request
from hub_config.proxy import command
from hub_config.rpc import RpcError, call
from hub_config.settings import Settings, installer_environment
from hub_config.tree import read_secret

__all__ = ["end_servers", "environment_of", "processes", "refresh_routes"]

HERE = Path(__file__).parent


def environment_of(places: Places, name: str, inherited: Mapping[str, str]) -> dict[str, str]:
    home = places.state if name == "launcher" else places.store(name)
    return {"PATH": f"{places.service_python.parent}:{PATH}", "HOME": str(home), "USER": name, "LOGNAME": name, "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1", **inherited}


def processes(places: Places, settings: Settings, inherited: Mapping[str, str]) -> list[Process]:
    """``inherited``: settings given by the environment or the command line, for every service alike."""
    python, web, learner = str(places.service_python), settings.web, settings.learner
    state = str(places.state)

    def service(name: str, ready: Callable[[], bool], *, after: tuple[str, ...] = (), more: Mapping[str, str] | None = None,
                umask: int = 0o077) -> Process:
        argv = as_service(places, name, [python, "-P", "-m", f"hub_config.services.{name}", state])
        return Process(name, argv, environment_of(places, name, inherited) | dict(more or {}), places.store(name), ready, after,
                       umask)

    launcher = Process("launcher", as_root([
        python, "-P", "-m", "hub_config.launcher", state, "--prefix", str(places.prefix), "--memory-mib", str(learner.memory_mib),
        "--processes", str(learner.processes), "--cpus", str(learner.cpus), "--files-mib", str(learner.files_mib)]),
        environment_of(places, "launcher", {}), places.state, lambda: answers(places.socket("launcher")))
    front = (web.bind, web.port) if web.bind not in ("0.0.0.0", "::") else ("127.0.0.1", web.port)
    proxy = Process("proxy", as_service(places, "proxy", command(places, web)),
        {"PATH": PATH, "HOME": str(places.store("proxy"))}, places.store("proxy"), lambda: http_ok(front, "/_chp_healthz"),
        secret_env=lambda: {"CONFIGPROXY_AUTH_TOKEN": read_secret(places, "proxy", "proxy_token")})
    hub = Process("hub", as_service(places, "hub", [python, "-P", "-m", "jupyterhub", "-f", str(HERE / "jupyterhub_config.py")]),
                  environment_of(places, "hub", inherited) | {"ACADEMY_STATE": state}, places.store("hub"),
                  lambda: http_ok(places.socket("hub"), "/hub/health", {"Host": web.hub_host}), ("launcher", "accounts", "proxy", "portal"))
    return [
        launcher,
        service("accounts", lambda: answers(places.socket("accounts"))),
        proxy,
        service("portal", lambda: http_ok(places.socket("portal"), "/health", {"Host": web.portal_host}), after=("accounts",)),
        hub,
        service("gateway", lambda: http_ok(places.socket("gateway"), "/health"), after=("portal",)),
        service("verifier", lambda: http_ok(places.socket("verifier"), "/health", {"Host": web.verify_host})),
        service("signer", lambda: answers(places.socket("signer")), after=("accounts",), umask=0o022),  # it writes public/
        service("grader", lambda: answers(places.socket("grader")), after=("launcher", "portal")),
        service("environments", lambda: answers(places.socket("environments")), more=installer_environment(), umask=0o022),
    ]


def refresh_routes(places: Places, settings: Settings, seconds: float = 10.0) -> bool:
    """Tell the hub to give a restarted proxy its routes again: it would not notice by itself for minutes."""
    headers = {"Authorization": f"token {read_secret(places, 'hub', 'supervisor_token')}", "Host": settings.web.hub_host,
               "Content-Length": "0"}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if request(places.socket("hub"), "POST", "/hub/api/proxy", headers, timeout=5) == 200:
            return True
        time.sleep(0.3)
    return False


def end_servers(places: Places) -> None:
    """Ask the launcher to end learners' servers in order; what stays is ended by the supervisor."""
    try:
        call(places.socket("launcher"), "stop_all", timeout=5)
    except RpcError:
        pass
