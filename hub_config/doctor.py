"""``academy doctor``: what this machine protects and may do, what is wrong, and the next step. Changes nothing.

    examine(places) -> list[Finding]

A finding is ``pass``, ``warn`` (works, but weaker), ``fail`` (does not work) or ``unchecked`` (could not be looked at).
"""
from __future__ import annotations

import os
import platform
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from hub_config.errors import AcademyError
from hub_config.places import SERVICES, Places
from hub_config.process import answers, http_ok, port_free

__all__ = ["CHECKS", "Finding", "examine"]

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    status: str
    message: str
    next: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def examine(places: Places) -> list[Finding]:
    """Every check's findings. A check that fails itself is `unchecked`, never an end of the others."""
    found: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            found += check(places)
        except AcademyError as error:
            found.append(Finding(name, "fail", error.message, error.next))
        except PermissionError as error:
            found.append(Finding(name, "unchecked", f"{error.filename} may not be read", "run academy doctor as the owner of the state"))
        except Exception as error:
            found.append(Finding(name, "unchecked", f"{type(error).__name__}: {error}"))
    return found


def machine(places: Places) -> Iterator[Finding]:
    who = "root: services and learners have uids of their own" if places.separate_uids else \
        "an ordinary user: one uid for everything, learners apart by namespaces only"
    yield Finding("identity", "pass" if places.separate_uids else "warn", who,
                  "" if places.separate_uids else "for certificates that others rely on, run it as root")
    yield Finding("python", "pass", f"{platform.python_version()} ({os.path.realpath(places.service_python)})")


def installed(places: Places) -> Iterator[Finding]:
    for name, path in (("service environment", places.service_python), ("notebook environment", places.notebook_env / "bin/python"),
                       ("proxy", places.share / "proxy/node_modules")):
        yield Finding(name, "pass" if path.exists() else "fail", str(path) if path.exists() else f"{path} is missing",
                      "" if path.exists() else "run: make install")


def enclosure(places: Places) -> Iterator[Finding]:
    from hub_config.up import bubblewrap_step, bubblewrap_works

    problem = bubblewrap_works()
    yield Finding("bubblewrap", "fail" if problem else "pass", problem or "encloses programs",
                  bubblewrap_step(problem) if problem else "")


def protections(places: Places) -> Iterator[Finding]:
    from autograders.sandbox import protections as known

    for one in known():
        # without a needed one grading goes on, but certifies nothing; whether anything runs at all is `enclosure`'s to say
        yield Finding(f"examiner: {one.name}", "pass" if one.in_force else "warn", one.message)


def configuration(places: Places) -> Iterator[Finding]:
    from hub_config.settings import load

    settings = load(places.state)
    web = settings.web
    yield Finding("settings", "pass", f"hub {settings.hub.profile}, {web.hub_url}")
    demonstration = settings.demonstration(places.separate_uids)
    step = ("set web.public_url to an https address and hub.demonstration to false (docs/operator.md)" if places.separate_uids else
            "run it as root: an ordinary user's certificates are demonstrations, whatever the settings are")
    yield Finding("certificates", "warn" if demonstration else "pass",
                  "from a demonstration issuer: not a qualification" if demonstration else f"issued by the hub at {web.public_url}",
                  step if demonstration else "")


def state(places: Places) -> Iterator[Finding]:
    from hub_config.tree import check_version, free_bytes

    free = free_bytes(places.state) // MIB
    yield Finding("disk", "pass" if free > 2048 else "warn" if free > 200 else "fail", f"{free} MB free where {places.state} lies",
                  "" if free > 2048 else "free some space")
    if not check_version(places.state):
        yield Finding("state", "unchecked", f"{places.state} has not been made yet", "academy up")
        return
    wrong = [name for name in SERVICES if (store := places.store(name)).exists()
             and (stat.S_IMODE(store.stat().st_mode) != 0o700 or store.stat().st_uid != places.uid(name))]
    yield Finding("stores", "fail" if wrong else "pass", f"open to others or of another owner: {', '.join(wrong)}" if wrong else
                  "each is its owner's alone", "academy up sets owner and mode again" if wrong else "")


def running(places: Places) -> Iterator[Finding]:
    from hub_config.settings import load

    web = load(places.state).web
    if not (places.state / "run").exists() or not answers(places.socket("accounts")):
        free = port_free(web.bind, web.port)
        yield Finding("services", "unchecked", "the system is not running", "academy up")
        yield Finding("port", "pass" if free else "fail", f"{web.port} is {'free' if free else 'in use by another program'}",
                      "" if free else f"academy up --port {web.port + 1}")
        return
    health = {"hub": (web.hub_host, "/hub/health"), "portal": (web.portal_host, "/health"), "verifier": (web.verify_host, "/health"),
              "gateway": ("localhost", "/health")}
    silent = [name for name, (host, path) in health.items() if not http_ok(places.socket(name), path, {"Host": host})]
    silent += [name for name in ("launcher", "accounts", "grader", "signer", "environments", "proxy") if not answers(places.socket(name))]
    yield Finding("services", "fail" if silent else "pass", f"do not answer: {', '.join(silent)}" if silent else "all answer",
                  f"see {places.state / 'log'}" if silent else "")


def clock(places: Places) -> Iterator[Finding]:
    year = time.gmtime().tm_year
    yield Finding("clock", "pass" if 2025 <= year < 2100 else "fail", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                  "" if year >= 2025 else "set the clock: receipts and certificates carry its time")


CHECKS: dict[str, Callable[[Places], Iterator[Finding]]] = {
    "machine": machine, "installed": installed, "enclosure": enclosure, "protections": protections,
    "configuration": configuration, "state": state, "running": running, "clock": clock,
}
