"""The sections of the settings as frozen values: what a service is given. `hub_config.settings` fills them.

The defaults and each setting's sentence are in ``settings.toml``; names and order here are the same (tested).
"""
from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

__all__ = ["BOUNDS", "SECTIONS", "Environments", "Examiner", "Hub", "Learner", "Logs", "Packs", "Settings", "SignIn", "Signer",
           "Submission", "Web"]

MIB = 1 << 20
CLOSES = re.compile(r"([^\s/]+/[^\s/]+) (\d{4}-\d\d-\d\dT\d\d:\d\d)Z")


@dataclass(frozen=True, slots=True)
class Hub:
    profile: str
    institution: str
    language: str
    contact: str
    demonstration: bool


@dataclass(frozen=True, slots=True)
class Web:
    port: int
    bind: str
    https: bool
    domain: str
    learner_domain: str
    public_url: str
    cookie_days: int

    def _url(self, host: str) -> str:
        return f"https://{host}" if self.https else f"http://{host}:{self.port}"

    @property
    def hub_host(self) -> str:
        return f"hub.{self.domain}"

    @property
    def portal_host(self) -> str:
        return f"portal.hub.{self.domain}"

    @property
    def verify_host(self) -> str:
        return f"verify.{self.domain}"

    def learner_host(self, name: str) -> str:
        """``name`` must already be safe in a host name (the hub's slug)."""
        return f"{name}-nb.{self.learner_domain}"

    @property
    def hub_url(self) -> str:
        """As a browser sees it, without a slash at the end; likewise the others."""
        return self._url(self.hub_host)

    @property
    def portal_url(self) -> str:
        return self._url(self.portal_host)

    @property
    def verify_url(self) -> str:
        return self._url(self.verify_host)

    def learner_url(self, name: str) -> str:
        return self._url(self.learner_host(name))


@dataclass(frozen=True, slots=True)
class Learner:
    memory_mib: int
    processes: int
    cpus: float
    files_mib: int
    start_seconds: int
    idle_minutes: int
    active_servers: int
    concurrent_spawns: int


@dataclass(frozen=True, slots=True)
class SignIn:
    attempts: int
    window_seconds: int
    password_length: int


@dataclass(frozen=True, slots=True)
class Submission:
    max_mib: int
    chunk_kib: int
    daily: int
    closes: tuple[str, ...]

    @property
    def max_bytes(self) -> int:
        return self.max_mib * MIB

    @property
    def chunk_bytes(self) -> int:
        return self.chunk_kib << 10

    @property
    def closing(self) -> dict[str, datetime]:
        """``track/module`` → the last moment of the minute in which it closes. Raises ValueError, which names the entry."""
        found: dict[str, datetime] = {}
        for entry in self.closes:
            match = CLOSES.fullmatch(entry)
            try:
                minute = datetime.strptime(match[2], "%Y-%m-%dT%H:%M").replace(tzinfo=timezone.utc)
            except (TypeError, ValueError):
                raise ValueError(f"{entry!r} is not an assessment and a date") from None
            if match[1] in found:
                raise ValueError(f"{match[1]} has two dates")
            found[match[1]] = minute + timedelta(seconds=60, microseconds=-1)
        return found


@dataclass(frozen=True, slots=True)
class Examiner:
    seeds: int
    seconds: int
    cell_seconds: int
    memory_mib: int
    processes: int
    file_mib: int
    output_kib: int
    workers: int

    @property
    def parallel(self) -> int:
        """``workers``, with 0 resolved to this machine's cores."""
        return self.workers or max(1, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Signer:
    daily_cap: int
    valid_years: int
    status_hours: int


@dataclass(frozen=True, slots=True)
class Packs:
    folders: tuple[str, ...]
    builtin: bool

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(Path(folder).expanduser() for folder in self.folders)


@dataclass(frozen=True, slots=True)
class Environments:
    minutes: int
    keep_free_mib: int


@dataclass(frozen=True, slots=True)
class Logs:
    max_mib: int
    keep: int


@dataclass(frozen=True, slots=True)
class Settings:
    hub: Hub
    web: Web
    learner: Learner
    sign_in: SignIn
    submission: Submission
    examiner: Examiner
    signer: Signer
    packs: Packs
    environments: Environments
    logs: Logs

    def as_dict(self) -> dict[str, dict]:
        return asdict(self)

    def demonstration(self, separate_uids: bool) -> bool:
        """Certificates come from the demonstration issuer: it is so set, no https address could be asked for the issuer's
        document, or one uid holds everything, so that nothing protects the key."""
        return self.hub.demonstration or not self.web.public_url.startswith("https://") or not separate_uids


SECTIONS = {"hub": Hub, "web": Web, "learner": Learner, "sign_in": SignIn, "submission": Submission, "examiner": Examiner,
            "signer": Signer, "packs": Packs, "environments": Environments, "logs": Logs}
# The smallest and the largest number a setting may be; every number not named here is 1 or more.
BOUNDS = {
    ("web", "port"): (1, 65535), ("learner", "memory_mib"): (256, 1 << 20), ("learner", "processes"): (64, 1 << 16),
    ("learner", "cpus"): (0.0, 1024.0), ("learner", "files_mib"): (16, 1 << 20),
    ("sign_in", "password_length"): (8, 128), ("submission", "max_mib"): (1, 30), ("submission", "chunk_kib"): (1, 1 << 14),
    ("examiner", "seeds"): (1, 20), ("examiner", "workers"): (0, 256), ("examiner", "memory_mib"): (256, 1 << 20),
    ("signer", "daily_cap"): (0, 1 << 20), ("signer", "valid_years"): (0, 100), ("environments", "keep_free_mib"): (0, 1 << 30),
    ("logs", "keep"): (0, 100),
}
