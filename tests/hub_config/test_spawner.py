"""The spawner against a simulated launcher, above all while it does not answer."""
from __future__ import annotations

import asyncio
import os
import threading
import time
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from tornado.web import HTTPError

from hub_config import spawner as module
from hub_config.rpc import Operation, RpcError, Server
from hub_config.spawner import LauncherSpawner


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A launcher and an accounts service that answer as they are told to."""
    monkeypatch.setattr(module, "PATIENCE", (0.05, 0.05))
    state = SimpleNamespace(asked=[], answers={
        "profile": {"number": 7}, "start_server": {"front": "/s/f/7/s.sock"}, "stop_server": {"stopped": True},
        "server_status": {"running": True, "code": None}})

    def operation(name):
        def run(caller, request):
            state.asked.append((name, request))
            answer = state.answers[name]
            answer = answer.pop(0) if isinstance(answer, list) else answer
            if isinstance(answer, Exception):
                raise answer
            return dict(answer)
        return Operation(run, (os.geteuid(),))

    def launcher():
        return Server(tmp_path / "l.sock", {n: operation(n) for n in ("start_server", "stop_server", "server_status")}).start()

    state.launcher, state.restart = launcher(), launcher
    state.accounts = Server(tmp_path / "a.sock", {"profile": operation("profile")}).start()
    state.spawner = LauncherSpawner(launcher_socket=str(tmp_path / "l.sock"), accounts_socket=str(tmp_path / "a.sock"))
    state.spawner.user = SimpleNamespace(name="lea", url="/user/lea/", escaped_name="lea")
    monkeypatch.setattr(LauncherSpawner, "get_env", lambda self: {"JUPYTERHUB_API_TOKEN": "t"})
    yield state
    state.launcher.close(), state.accounts.close()


def run(coroutine):
    return asyncio.run(coroutine)


def test_start_poll_stop(world):
    assert run(world.spawner.poll()) == 0, "never started"
    assert unquote(run(world.spawner.start())) == "http+unix:///s/f/7/s.sock"
    assert world.asked[-1] == ("start_server", {"number": 7, "name": "lea", "environment": {"JUPYTERHUB_API_TOKEN": "t"}})
    assert run(world.spawner.poll()) is None
    assert world.spawner.get_state()["number"] == 7
    run(world.spawner.stop())
    assert world.asked[-1] == ("stop_server", {"number": 7})
    world.answers["server_status"] = {"running": False, "code": 1}
    assert run(world.spawner.poll()) == 1


def test_state_survives_a_restart_of_the_hub(world):
    world.spawner.load_state({"number": 9})
    assert run(world.spawner.poll()) is None and world.asked[-1] == ("server_status", {"number": 9})
    world.spawner.clear_state()
    assert run(world.spawner.poll()) == 0


def test_an_unreachable_launcher_is_not_a_stopped_server(world):
    world.spawner.load_state({"number": 7})
    world.launcher.close()
    assert run(world.spawner.poll()) is None


@pytest.mark.parametrize("error", [RpcError("internal", "failed"), RpcError("refused", "may not")])
def test_nor_is_one_that_fails(world, error):
    world.spawner.load_state({"number": 7})
    world.answers["server_status"] = error
    assert run(world.spawner.poll()) is None


def test_a_launcher_that_starts_again_is_waited_for(world, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", (0.2, 0.5, 1.0))
    world.spawner.load_state({"number": 7})
    world.launcher.close()
    world.answers["server_status"] = {"running": False, "code": 3}

    def later():
        time.sleep(0.4)
        world.launcher = world.restart()
    threading.Thread(target=later).start()
    assert run(world.spawner.poll()) == 3


@pytest.mark.parametrize("op", ["profile", "start_server"])
def test_a_refused_start_tells_the_learner_what_to_do(world, op):
    world.answers[op] = RpcError("failed", "secret detail of the machine")
    with pytest.raises(HTTPError, match="could not be started just now") as caught:
        run(world.spawner.start())
    assert "wait a minute" in caught.value.jupyterhub_message and "secret detail" not in caught.value.jupyterhub_message


def test_a_start_that_failed_can_be_stopped(world):
    world.answers["start_server"] = RpcError("timeout", "too long")
    with pytest.raises(HTTPError):
        run(world.spawner.start())
    run(world.spawner.stop())
    assert world.asked[-1] == ("stop_server", {"number": 7})


def test_a_server_that_the_hub_forgot_is_started_again(world):
    world.answers["start_server"] = [RpcError("running", "runs already"), {"front": "/s/f/7/s.sock"}]
    run(world.spawner.start())
    assert [op for op, _ in world.asked] == ["profile", "start_server", "stop_server", "start_server"]
