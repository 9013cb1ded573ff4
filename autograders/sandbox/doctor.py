"""What this machine protects: each protection, whether it is there, and whether verdicts reached here may certify."""
from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

from .limits import probe
from .runner import seccomp

__all__ = ["Protection", "protections"]


@dataclass(frozen=True, slots=True)
class Protection:
    """``needed`` for certifying; ``message`` says what is so, and if it is not in force, the next step."""

    name: str
    in_force: bool
    needed: bool
    message: str


def _bubblewrap() -> Protection:
    if not os.access("/usr/bin/bwrap", os.X_OK):
        return Protection("bubblewrap", False, True, "bubblewrap is missing; install it: apt-get install bubblewrap")
    version = subprocess.run(["/usr/bin/bwrap", "--version"], capture_output=True, text=True, env={}).stdout.strip()
    return Protection("bubblewrap", True, True, version)


def _namespaces() -> Protection:
    trial = ["/usr/bin/bwrap", "--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib",
             "--symlink", "usr/lib64", "/lib64", "/usr/bin/true"]
    try:
        answer = subprocess.run(trial, capture_output=True, text=True, env={}, timeout=10)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Protection("namespaces", False, True, f"no trial of namespaces was possible: {error}")
    if answer.returncode:
        return Protection("namespaces", False, True, "namespaces cannot be made here: "
                          f"{answer.stderr.strip()[:200]}; allow them: sysctl user.max_user_namespaces=15000")
    return Protection("namespaces", True, True, "user, mount, process, network and IPC namespaces")


def protections() -> list[Protection]:
    """Every protection of the examiner's sandbox on this machine, for `academy doctor`."""
    root = os.geteuid() == 0
    found = [_bubblewrap()]
    if found[0].in_force:
        found.append(_namespaces())
    try:
        seccomp.program()
        found.append(Protection("seccomp", True, True, f"system call filter for {os.uname().machine}"))
    except seccomp.UnknownMachineError as error:
        found.append(Protection("seccomp", False, True, str(error)))
    backend = probe()
    found.append(Protection(
        "limits", backend.bounds_jobs, True,
        f"memory and processes of a job are bounded by {backend.name}" if backend.bounds_jobs else
        "only rlimits and a watching server: not enough to certify; run as root, or give this user a delegated cgroup "
        "(systemd-run --user --scope -p Delegate=yes …)"))
    found.append(Protection(
        "uid-per-job", root, False, "each job has a uid of its own" if root else
        "all jobs have this user's uid, kept apart by namespaces; started as root, each has its own"))
    return found
