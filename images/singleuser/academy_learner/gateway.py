"""Requests to the academy through the gateway's Unix socket, with this server's own token.

Rules
- A connection that breaks, a time-out and the answers 429, 502, 503 and 504 are tried again, with growing pauses, until
  ``patience`` seconds have passed without any success. Everything that is repeated is idempotent on the other side.
- Any other refusal is an ExchangeRefusal with the server's own words and next step.
- A file goes up in pieces. After a break the server is asked how much it has, and the rest follows.
"""
from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

__all__ = ["SOCKET", "ExchangeRefusal", "Gateway", "read_regular"]

SOCKET = "/run/academy/gateway.sock"
AGAIN = frozenset({429, 502, 503, 504})
PIECE = 32 << 10


class ExchangeRefusal(Exception):
    """The academy said no, or could not be reached: ``code`` for programs, ``next`` is what to do now."""

    def __init__(self, code: str, message: str, next: str = "", status: int = 0, offset: int | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.next, self.status, self.offset = code, message, next, status, offset


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("academy", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Gateway:
    """``report(sent, size)`` hears how far an upload is."""

    def __init__(self, path: str | None = None, token: str | None = None, *, timeout: float = 60.0, patience: float = 300.0,
                 pause: float = 0.5, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path or os.environ.get("ACADEMY_GATEWAY") or SOCKET
        self.token = token if token is not None else os.environ.get("JUPYTERHUB_API_TOKEN", "")
        self.timeout, self.patience, self.pause, self.sleep, self.clock = timeout, patience, pause, sleep, clock

    # -- what a learner does
    def assignments(self) -> dict:
        """{"assignments": [...], "portal_url", "chunk_bytes"}."""
        return self.json("GET", "/exchange/assignments")

    def notebook(self, track: str, module: str, kind: str) -> bytes:
        return self.steadily("GET", f"/exchange/assignments/{quote(track, safe='')}/{quote(module, safe='')}/{quote(kind, safe='')}")

    def submission(self, ident: str) -> dict:
        return self.json("GET", f"/exchange/submissions/{quote(ident, safe='')}")

    def submit(self, data: bytes, track: str, module: str, name: str, report: Callable[[int, int], None] = lambda sent, size: None) -> dict:
        """Upload ``data`` and submit it: {"receipt": envelope, "receipt_url"}."""
        digest = self.upload(data, report)
        return self.json("POST", "/exchange/submissions", {"track": track, "module": module, "content_hash": digest, "name": name})

    def upload(self, data: bytes, report: Callable[[int, int], None] = lambda sent, size: None) -> str:
        digest, size = "sha256:" + hashlib.sha256(data).hexdigest(), len(data)
        where = f"/exchange/uploads/{digest}"
        held = self.json("GET", where)
        piece = max(1024, min(PIECE, int(held.get("chunk_bytes", PIECE))))
        pause, last = self.pause, self.clock()
        while not held["complete"]:
            offset = held["offset"]
            report(offset, size)
            part = data[offset:offset + piece]
            try:
                held = json.loads(self.once("PUT", f"{where}?offset={offset}&total={size}", part, {"Content-Type": "application/octet-stream"}))
                pause, last = self.pause, self.clock()
            except ExchangeRefusal as refusal:
                if refusal.code == "gap" and refusal.offset is not None:
                    held = {"offset": refusal.offset, "complete": False}
                    continue
                if refusal.status not in AGAIN and refusal.code not in ("unreachable", "hash-differs"):
                    raise
                if self.clock() - last > self.patience:
                    raise
                self.sleep(pause)
                pause = min(pause * 2, 15.0)
                held = self.json("GET", where)
        report(size, size)
        return digest

    # -- requests
    def json(self, method: str, path: str, content: dict | None = None) -> dict:
        body = None if content is None else json.dumps(content).encode()
        return json.loads(self.steadily(method, path, body, {"Content-Type": "application/json"} if body else {}))

    def steadily(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None) -> bytes:
        """`once`, again and again while trying again can help."""
        pause, end = self.pause, self.clock() + self.patience
        while True:
            try:
                return self.once(method, path, body, headers)
            except ExchangeRefusal as refusal:
                if (refusal.status not in AGAIN and refusal.code != "unreachable") or self.clock() >= end:
                    raise
            self.sleep(pause)
            pause = min(pause * 2, 15.0)

    def once(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None) -> bytes:
        connection = _Connection(self.path, self.timeout)
        try:
            connection.request(method, path, body, {"Authorization": f"token {self.token}", **(headers or {})})
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ExchangeRefusal("unreachable", "The academy does not answer at the moment. Your notebook is saved on this server.",
                                  "Try again in a few minutes.") from error
        finally:
            connection.close()
        if answer.status < 300:
            return data
        raise self._refusal(answer.status, data)

    @staticmethod
    def _refusal(status: int, data: bytes) -> ExchangeRefusal:
        try:
            error = json.loads(data)["error"]
            return ExchangeRefusal(str(error["code"]), str(error["message"]), str(error.get("next", "")), status, error.get("offset"))
        except (ValueError, KeyError, TypeError):
            return ExchangeRefusal("refused", f"The academy refused this ({status}).", "Try again from the course page.", status)


def read_regular(path: Path, limit: int = 32 << 20) -> bytes:
    """The bytes of a regular file of at most ``limit`` bytes; never through a symbolic link at its end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise ExchangeRefusal("no-such-file", "There is no such notebook.", "Open the assessment from the course page.", 404) from error
    except OSError as error:
        raise ExchangeRefusal("not-a-file", "This is a link or cannot be read.", "Submit the notebook itself.", 400) from error
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise ExchangeRefusal("not-a-file", "This is not a file.", "Submit the notebook itself.", 400)
        if facts.st_size > limit:
            raise ExchangeRefusal("too-large", f"The notebook has {facts.st_size / 1e6:.1f} MB.",
                                  "Clear its outputs (Edit > Clear Outputs of All Cells), save it and submit it again.", 413)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(descriptor)
