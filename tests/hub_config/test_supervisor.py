"""The supervisor over simulated services: order, restarts, the bounded log, and an end without orphans."""
from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hub_config.supervisor import MAX_PAUSE, START_ATTEMPTS, descendants

ROOT = Path(__file__).resolve().parents[2]


class Running:
    """A supervised table and the lines it has said."""

    def __init__(self, directory: Path, table: list[dict]) -> None:
        self.directory, self.lines, self._more = directory, [], threading.Condition()
        self.popen = subprocess.Popen([sys.executable, "-m", "tests.simulators.supervised", str(directory), json.dumps(table)],
                                      cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.popen.stdout:
            with self._more:
                self.lines.append(line.rstrip())
                self._more.notify_all()

    def wait_for(self, text: str, seconds: float = 20.0) -> None:
        with self._more:
            assert self._more.wait_for(lambda: any(text in line for line in self.lines), seconds), self.lines

    def starts(self, name: str) -> list[list[str]]:
        file = self.directory / f"{name}.starts"
        return [line.split(" ", 2) for line in file.read_text().splitlines()] if file.exists() else []

    def stop(self, number: int = signal.SIGINT) -> float:
        begin = time.monotonic()
        self.popen.send_signal(number)
        self.popen.wait(15)
        return time.monotonic() - begin


@pytest.fixture
def supervised(tmp_path):
    running = []

    def start(*table: dict) -> Running:
        running.append(Running(tmp_path, list(table)))
        return running[-1]

    yield start
    for one in running:
        if one.popen.poll() is None:
            below = descendants(one.popen.pid)
            one.popen.kill()
            for pid in below:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        one.popen.wait(5)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_each_process_starts_after_those_it_needs(supervised):
    running = supervised({"name": "c", "after": ["b"]}, {"name": "b", "after": ["a"]}, {"name": "a"})
    running.wait_for("all ready")
    times = {name: float(running.starts(name)[0][1]) for name in "abc"}
    assert times["a"] < times["b"] < times["c"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_every_process(supervised, number):
    running = supervised({"name": "a"}, {"name": "b", "options": ["--child"]})
    running.wait_for("all ready")
    below = descendants(running.popen.pid)
    assert len(below) == 3
    assert running.stop(number) < 10
    assert running.popen.returncode == 0
    assert "stopping" in running.lines
    assert not [pid for pid in below if alive(pid)]


def test_a_process_that_ignores_term_is_killed_within_ten_seconds(supervised):
    running = supervised({"name": "a", "options": ["--deaf", "--child"]})
    running.wait_for("all ready")
    below = descendants(running.popen.pid)
    assert running.stop() < 10
    assert not [pid for pid in below if alive(pid)]


def test_an_orphan_of_a_killed_service_is_ended_too(supervised):
    running = supervised({"name": "a", "options": ["--child"]})
    running.wait_for("all ready")
    orphan = int((running.directory / "a.child").read_text())
    os.kill(int(running.starts("a")[0][0]), signal.SIGKILL)
    running.wait_for("restarted a")
    assert alive(orphan)
    running.stop()
    assert not alive(orphan)


def test_a_dead_process_is_back_within_five_seconds_and_its_hook_runs(supervised):
    running = supervised({"name": "a"}, {"name": "b"})
    running.wait_for("all ready")
    begin = time.monotonic()
    os.kill(int(running.starts("a")[0][0]), signal.SIGKILL)
    running.wait_for("restarted a", 5)
    assert time.monotonic() - begin < 5
    assert any("a ended by signal 9" in line for line in running.lines)
    assert len(running.starts("a")) == 2 and len(running.starts("b")) == 1


def test_one_that_dies_once_at_the_start_does_not_fail_the_start(supervised):
    running = supervised({"name": "a", "options": ["--die", "0.3", "--die-once"]})
    running.wait_for("all ready")


def test_one_that_always_dies_fails_the_start_and_says_why(supervised):
    running = supervised({"name": "a", "options": ["--die", "0"]}, {"name": "b"}, {"name": "c", "after": ["never"]},
                         {"name": "never", "options": ["--die", "0"]})
    running.wait_for("service-failed", 30)
    running.popen.wait(15)
    assert running.popen.returncode == 2
    assert any(f"ended with code 3, {START_ATTEMPTS} times" in line for line in running.lines)


def test_the_longest_pause_keeps_the_promise_of_five_seconds():
    assert MAX_PAUSE < 5


def test_a_log_is_bounded_private_and_keeps_one_older(supervised, tmp_path):
    running = supervised({"name": "a", "options": ["--shout", "90000"]})
    running.wait_for("all ready")
    log, older = tmp_path / "a.log", tmp_path / "a.log.1"
    deadline = time.monotonic() + 10
    while not (older.exists() and log.stat().st_size == 0) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert log.stat().st_size == 0 and older.stat().st_size >= 90_000
    assert log.stat().st_mode & 0o777 == older.stat().st_mode & 0o777 == 0o600


def test_the_environment_is_closed(supervised, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "x")
    running = supervised({"name": "a"})
    running.wait_for("all ready")
    assert "SECRET_OF_THE_CALLER" not in running.starts("a")[0][2]


def test_services_end_when_the_supervisor_is_killed(supervised):
    running = supervised({"name": "a"})
    running.wait_for("all ready")
    [service] = descendants(running.popen.pid)
    running.popen.kill()
    running.popen.wait(5)
    deadline = time.monotonic() + 5
    while alive(service) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(service)
