"""One process of the system: how it is started, as whom, and how one sees that it is ready. Standard library only.

Rules
- Every process but the launcher runs with its own uid, gid and groups, without capabilities and without a way to new
  privileges. All of them are told by the kernel when the supervisor dies.
- The environment is closed: what is listed, nothing inherited. A secret is never an argument.
- Readiness is asked of the service itself (its socket answers), never guessed from time.
"""
from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hub_config.places import Places

__all__ = ["PATH", "Process", "answers", "as_root", "as_service", "http_ok", "listens", "port_free", "request"]

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Process:
    """``after`` names processes that must be ready first. ``ready`` is asked until it says yes."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    ready: Callable[[], bool]
    after: Sequence[str] = ()
    umask: int = 0o077
    secret_env: Callable[[], Mapping[str, str]] | None = field(default=None, repr=False)


def as_service(places: Places, name: str, argv: Sequence[str]) -> list[str]:
    """``argv`` run as the service ``name``."""
    if not places.separate_uids:
        return ["setpriv", "--no-new-privs", "--pdeathsig", "TERM", "--", *argv]
    uid, groups = str(places.uid(name)), places.groups(name)
    return ["setpriv", "--reuid", uid, "--regid", uid, *(["--groups", ",".join(map(str, groups))] if groups else ["--clear-groups"]),
            "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--pdeathsig", "TERM", "--", *argv]


def as_root(argv: Sequence[str]) -> list[str]:
    """``argv`` with the supervisor's own rights: the launcher alone."""
    return ["setpriv", "--pdeathsig", "TERM", "--", *argv]


def answers(path: Path) -> bool:
    """Somebody listens on the Unix socket."""
    try:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(1)
            peer.connect(str(path))
            return True
    except OSError:
        return False


def listens(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=1):
            return True
    except OSError:
        return False


def port_free(address: str, port: int) -> bool:
    """Nobody listens there, and we may."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
            return True
        except OSError:
            return False


class _Unix(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def request(where: Path | tuple[str, int], method: str, target: str, headers: Mapping[str, str] | None = None,
            timeout: float = 2.0) -> int:
    """The status of one HTTP request to a Unix socket or an address; 0 if nobody answered."""
    try:
        peer = _Unix(where, timeout) if isinstance(where, Path) else http.client.HTTPConnection(*where, timeout=timeout)
        try:
            peer.request(method, target, headers=dict(headers or {}))
            return peer.getresponse().status
        finally:
            peer.close()
    except (OSError, http.client.HTTPException):
        return 0


def http_ok(where: Path | tuple[str, int], target: str, headers: Mapping[str, str] | None = None) -> bool:
    return request(where, "GET", target, headers) == 200
