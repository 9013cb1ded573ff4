"""Where everything lies and who owns it: the one table of services, uids, stores and sockets. Standard library only.

Invariants
- Every service has its own uid, its own 0700 store ``state/<service>`` that no other uid opens, and its own socket
  directory ``state/run/<service>`` (0750), whose group holds exactly the services that may call it.
- A learner's server, its home and its sockets are numbered, never named by the learner: no path comes from outside.
- Socket paths are lower case and shorter than 108 bytes (AF_UNIX; the hub lower-cases them).
- As an ordinary user the same tree has one owner, and uids protect nothing (`separate_uids` is False).
"""
from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CALLERS", "FIRST_JOB_UID", "FIRST_LEARNER_UID", "FRONT_GROUP", "SERVICES", "Places"]

# name -> uid (= gid). Numbers without passwd entries: nothing has to be created, nothing is left behind.
SERVICES = {
    "hub": 61001, "proxy": 61002, "portal": 61003, "grader": 61004, "signer": 61005,
    "verifier": 61006, "gateway": 61007, "accounts": 61008, "environments": 61009,
}
# service -> who may open its socket directory (group 61100 + offset of the service)
CALLERS = {
    "launcher": ("hub", "grader"),
    "hub": ("proxy", "portal", "gateway"),
    "proxy": ("hub",),
    "portal": ("proxy", "gateway"),
    "records": ("grader",),            # served by the portal: the queue's and the submissions' calls
    "grader": ("signer",),
    "signer": ("portal",),
    "verifier": ("proxy",),
    "accounts": ("hub", "portal", "signer"),
    "environments": ("portal", "grader", "launcher"),
}
FRONT_GROUP = 61200         # hub and proxy: may open learners' front sockets
FIRST_LEARNER_UID = 70000   # + the learner's number
FIRST_JOB_UID = 1000000     # + a job's number: uids inside the examiner's user namespaces


@dataclass(frozen=True, slots=True)
class Places:
    """``prefix``: environments and shared read-only files. ``state``: everything that must be backed up."""

    prefix: Path
    state: Path
    separate_uids: bool

    @classmethod
    def default(cls, prefix: Path | None = None, state: Path | None = None) -> Places:
        """/opt/academy and /var/lib/academy as root, or as a service that root has started; else below ~/.local/share/academy."""
        root = os.geteuid() == 0 or os.geteuid() in SERVICES.values()
        home = Path("/opt/academy") if root else Path.home() / ".local/share/academy"
        return cls(prefix or home, state or (Path("/var/lib/academy") if root else home / "state"), root)

    # -- environments
    @property
    def service_python(self) -> Path:
        return self.prefix / "envs/service/bin/python"

    @property
    def notebook_env(self) -> Path:
        return self.prefix / "envs/notebook"

    @property
    def track_envs(self) -> Path:
        """One virtual environment a track family, and share/jupyter/kernels for their kernelspecs."""
        return self.prefix / "envs/tracks"

    @property
    def share(self) -> Path:
        """Read-only files an installation brings: constraints, the proxy's node_modules, the learner's wheel."""
        return self.prefix / "share"

    # -- stores and sockets
    def uid(self, service: str) -> int:
        if service == "launcher" or not self.separate_uids:
            return os.geteuid()
        return SERVICES[service]

    def store(self, service: str) -> Path:
        """0700, owned by the service alone."""
        return self.state / service

    @property
    def public(self) -> Path:
        """0755, written by the signer: did.json, status lists, log, credential pages. Static, hostable anywhere."""
        return self.state / "public"

    def socket(self, name: str) -> Path:
        """The socket on which ``name`` answers."""
        return self.state / "run" / name / f"{name}.sock"

    def socket_group(self, name: str) -> int:
        """The group of the directory that holds the socket ``name``."""
        return 61100 + sorted(CALLERS).index(name) if self.separate_uids else os.getegid()

    def groups(self, service: str) -> tuple[int, ...]:
        """The supplementary groups a service runs with: one for each service it may call."""
        if not self.separate_uids:
            return ()
        own = tuple(self.socket_group(name) for name, callers in sorted(CALLERS.items()) if service in callers)
        return own + ((FRONT_GROUP,) if service in ("hub", "proxy") else ())

    def callers(self, name: str) -> tuple[int, ...]:
        """The uids that may call ``name`` (SO_PEERCRED)."""
        return tuple(self.uid(service) for service in CALLERS[name])

    # -- learners
    def learner_uid(self, number: int) -> int:
        return FIRST_LEARNER_UID + number if self.separate_uids else os.geteuid()

    def learner_home(self, number: int) -> Path:
        return self.state / "learners" / str(number)

    def learner_bind(self, number: int) -> Path:
        """Where the learner's server binds its socket (0700, the learner's)."""
        return self.state / "l" / str(number)

    def learner_front(self, number: int) -> Path:
        """Where the launcher links that socket for hub and proxy (0710, root:front)."""
        return self.state / "f" / str(number)
