"""Calls between our own processes over Unix sockets: length-prefixed JSON, callers known by SO_PEERCRED.

A frame is a 4-byte big-endian length and that many bytes of UTF-8 JSON. A request is ``{"op": str, ...}``, an answer
``{"ok": {...}}`` or ``{"error": {"code", "message", "next"}}``. File descriptors may travel with a frame (SCM_RIGHTS).

Invariants
- An operation runs only for a uid it is open to; uid 0 may always call. Nobody else learns whether it exists.
- A frame above MAX_FRAME, bad JSON or a slow peer ends that connection and no other.
- A foreign exception in a handler answers ``internal`` and nothing of its text.
"""
from __future__ import annotations

import json
import logging
import os
import socket
import struct
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MAX_FRAME", "Caller", "Operation", "RpcError", "Server", "call"]

MAX_FRAME = 48 << 20
_HEAD = struct.Struct(">I")
log = logging.getLogger(__name__)


class RpcError(Exception):
    """An answer that says no: ``code`` for programs, ``message`` and ``next`` (the next step) for people."""

    def __init__(self, code: str, message: str, next: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.next = code, message, next


@dataclass(frozen=True, slots=True)
class Caller:
    uid: int
    pid: int


@dataclass(frozen=True, slots=True)
class Operation:
    """``run(caller, request) -> answer``; the answer may hold ``"_fds"``, a list of descriptors to send (and close)."""

    run: Callable[[Caller, dict], dict]
    uids: Collection[int]


def _receive(peer: socket.socket) -> tuple[dict, list[int]]:
    fds: list[int] = []
    data = b""
    while len(data) < _HEAD.size:
        part, new, _, _ = socket.recv_fds(peer, _HEAD.size - len(data), 8)
        fds += new
        if not part:
            raise EOFError
        data += part
    (size,) = _HEAD.unpack(data)
    if size > MAX_FRAME:
        raise RpcError("too-large", f"the frame has {size} bytes, {MAX_FRAME} are allowed")
    body = bytearray()
    while len(body) < size:
        part = peer.recv(min(1 << 20, size - len(body)))
        if not part:
            raise EOFError
        body += part
    message = json.loads(bytes(body))
    if not isinstance(message, dict):
        raise RpcError("bad-request", "a request is a JSON object")
    return message, fds


def _send(peer: socket.socket, message: dict, fds: Collection[int] = ()) -> None:
    body = json.dumps(message).encode()
    socket.send_fds(peer, [_HEAD.pack(len(body))], list(fds))
    peer.sendall(body)


class Server:
    """Serves ``operations`` on a Unix socket at ``path``, a thread a connection, until `close`."""

    def __init__(self, path: Path, operations: Mapping[str, Operation], mode: int = 0o660, group: int | None = None,
                 timeout: float = 60.0) -> None:
        self.path, self.operations, self.timeout = Path(path), dict(operations), timeout
        self.path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(self.path))
        if group is not None:
            os.chown(self.path, -1, group)
        os.chmod(self.path, mode)
        self._socket.listen(64)

    def serve_forever(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def start(self) -> Server:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def close(self) -> None:
        self._socket.close()
        self.path.unlink(missing_ok=True)

    def _talk(self, peer: socket.socket) -> None:
        pid, uid, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        peer.settimeout(self.timeout)
        with peer:
            try:
                while True:
                    request, fds = _receive(peer)
                    for fd in fds:
                        os.close(fd)
                    answer = self._answer(Caller(uid, pid), request)
                    out = answer.get("ok", {}).pop("_fds", [])
                    try:
                        _send(peer, answer, out)
                    finally:
                        for fd in out:
                            os.close(fd)
            except (EOFError, OSError, ValueError, RpcError):
                return

    def _answer(self, caller: Caller, request: dict) -> dict:
        operation = self.operations.get(str(request.pop("op", "")))
        if operation is None or (caller.uid != 0 and caller.uid not in operation.uids):
            return {"error": {"code": "refused", "message": "this caller may not do that", "next": ""}}
        try:
            return {"ok": operation.run(caller, request) or {}}
        except RpcError as error:
            return {"error": {"code": error.code, "message": error.message, "next": error.next}}
        except Exception:
            log.exception("an operation failed")
            return {"error": {"code": "internal", "message": "the service failed; its log says why", "next": "academy doctor"}}


def call(path: Path, op: str, *, timeout: float = 30.0, want_fds: bool = False, **request) -> dict:
    """Ask the service at ``path``. Returns its answer, with ``"_fds"`` if ``want_fds``.

    Raises RpcError: the service's own refusal, or code ``unreachable`` when nobody answered.
    """
    try:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(timeout)
            peer.connect(str(path))
            _send(peer, {"op": op, **request})
            answer, fds = _receive(peer)
    except (OSError, EOFError, ValueError) as error:
        raise RpcError("unreachable", f"{Path(path).name} does not answer ({error.__class__.__name__})",
                       "see whether it runs: academy doctor") from error
    if "error" in answer:
        raise RpcError(**answer["error"])
    if want_fds:
        return {**answer["ok"], "_fds": fds}
    for fd in fds:
        os.close(fd)
    return answer["ok"]
