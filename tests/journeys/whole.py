"""The real system for journeys: started as a person would start it, on a port and a state directory of its own."""
from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from hub_config.process import request
from hub_config.supervisor import descendants

__all__ = ["System", "free_port"]

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class System:
    """``academy up`` with a state below /tmp. A context manager; `start` again after `stop` keeps the state."""

    def __init__(self, academy: Path | None = None, **settings: str) -> None:
        self.academy = academy or Path(sys.prefix) / "bin/academy"
        self.folder = Path(tempfile.mkdtemp(prefix="academy-"))
        self.folder.chmod(0o711)
        self.state = self.folder / "state"
        self.port = free_port()
        self.settings = settings
        self.popen: subprocess.Popen | None = None
        self.lines: list[str] = []
        self.ready: dict = {}
        self._changed = threading.Condition()

    def __enter__(self) -> System:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, seconds: float = 120) -> System:
        command = [str(self.academy), "up", "--data", str(self.state), "--port", str(self.port), "--json", "--verbose"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ACADEMY_")}
        self.lines, self.ready = [], {}
        self.popen = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      text=True, env=environment | self.settings, start_new_session=True)
        for stream in (self.popen.stdout, self.popen.stderr):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()
        with self._changed:
            if not self._changed.wait_for(lambda: self.ready or self.popen.poll() is not None, seconds) or not self.ready:
                raise AssertionError("the system did not start:\n" + "\n".join(self.lines[-40:]))
        return self

    def _read(self, stream) -> None:
        for line in stream:
            with self._changed:
                if line.startswith('{"address"'):
                    self.ready = json.loads(line)
                self.lines.append(line.rstrip())
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, text: str, seconds: float = 15, since: int = 0) -> None:
        """Until the supervisor has said it (after line ``since``)."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(text in line for line in self.lines[since:]), seconds), "\n".join(self.lines[-20:])

    def stop(self, number: int = signal.SIGINT) -> float:
        """Ctrl-C. Returns the seconds it took."""
        if self.popen is None or self.popen.poll() is not None:
            return 0.0
        begin, below = time.monotonic(), self.processes()
        self.popen.send_signal(number)
        try:
            self.popen.wait(15)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            for pid in below:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return time.monotonic() - begin

    # -- looking at it
    def processes(self) -> list[int]:
        return descendants(self.popen.pid) if self.popen else []

    def service(self, name: str) -> int:
        """The process of a service: the supervisor's own child with that module or program in its arguments."""
        programs = {"hub": b"-m\0jupyterhub", "proxy": b"proxy.mjs", "launcher": b"hub_config.launcher"}
        words = programs.get(name, f"hub_config.services.{name}".encode())
        for pid in descendants(self.popen.pid, direct=True):
            with contextlib.suppress(OSError):
                if words in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
        raise AssertionError(f"{name} does not run")

    def get(self, host: str, path: str = "/") -> int:
        """The status that a browser would get; Python does not resolve *.localhost, so the host is named in the request."""
        return request(("127.0.0.1", self.port), "GET", path, {"Host": f"{host}:{self.port}"}, timeout=5)

    @property
    def hub(self) -> str:
        """The address a browser opens, without a slash at the end; likewise the others."""
        return f"http://hub.localhost:{self.port}"

    @property
    def portal(self) -> str:
        return f"http://portal.hub.localhost:{self.port}"

    @property
    def verify(self) -> str:
        return f"http://verify.localhost:{self.port}"

    def password(self, username: str) -> str:
        return self.accounts()[username]

    def accounts(self) -> dict[str, str]:
        """Username → password of the demonstration accounts."""
        lines = Path(self.ready["accounts"]).read_text(encoding="utf-8").splitlines()
        return dict(line.split() for line in lines if not line.startswith("#"))
