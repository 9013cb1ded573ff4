"""A learner's notebook server on loopback, with the real interface and our distribution, and a browser for it."""
from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from hub_config.settings import places

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
CHROMIUM = Path("/usr/bin/chromium")
CONFIGURATION = Path(__file__).parent.parent.parent / "images/singleuser"  # what a learner's server has as /etc/jupyter


def notebook_python() -> Path:
    """The notebook environment's interpreter, if this machine has one with our distribution; skips the test otherwise."""
    python = places().notebook_env / "bin/python"
    if not python.exists() or not list(python.parent.parent.glob("lib/python3*/site-packages/academy_learner-*.dist-info")):
        pytest.skip("needs the notebook environment with academy-learner: make install")
    return python


class NotebookServer:
    """Serves ``home``; what it sends to the academy goes to the Unix socket ``gateway`` with ``token``."""

    def __init__(self, home: Path, gateway: Path, token: str) -> None:
        self.secret = secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.home, self.log = home, home.parent / "notebook.log"
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "JUPYTERHUB_API_TOKEN": token, "ACADEMY_GATEWAY": str(gateway),
                       "JUPYTER_TOKEN": self.secret, "LANG": "C.UTF-8",
                       "JUPYTER_CONFIG_PATH": str(CONFIGURATION)}
        self.process = subprocess.Popen(
            [notebook_python(), "-m", "notebook", "--no-browser", "--ip=127.0.0.1", f"--port={self.port}", f"--ServerApp.root_dir={home}",
             "--ServerApp.port_retries=0", "--allow-root", "--LabApp.news_url=None"],
            cwd=home, env=environment, stdout=self.log.open("w"), stderr=subprocess.STDOUT)
        end = time.monotonic() + 40
        while time.monotonic() < end and self.process.poll() is None:
            try:
                urllib.request.urlopen(self.url("api"), timeout=2).read()
                return
            except OSError:
                time.sleep(0.2)
        raise AssertionError("the notebook server did not start:\n" + self.log.read_text())

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def with_token(self, path: str) -> str:
        return self.url(path) + ("&" if "?" in path else "?") + f"token={self.secret}"

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
