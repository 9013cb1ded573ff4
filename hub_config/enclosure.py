"""The closed template of a learner's server: what bubblewrap is told, from a number, a name and checked values alone.
Standard library only: the root process imports it.

Inside
- nothing of the machine but /usr, the notebook environment and the track families' environments, all read-only;
- the learner's own home, a private /tmp and /dev/shm of bounded size, the directory in which the server binds its socket;
- no network at all: the only door is the gateway's socket in /run/academy;
- no capability, no further user namespace, no other process, a synthetic /etc/passwd that knows one person.

No path, command or variable name comes from the caller: unknown variables are dropped, and values never reach an
argument list that others can read (they travel in a memory file descriptor).
"""
from __future__ import annotations

import os
import re
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .places import Places

__all__ = ["ALLOWED", "Bounds", "arguments", "checked_environment", "command", "files", "prefix"]

MIB = 1 << 20
HOME, DOOR, OWN = "/home/learner", "/run/academy", "/run/server"
API = "http+unix://" + (DOOR + "/gateway.sock").replace("/", "%2F")
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

# What the hub may hand to a server. JUPYTERHUB_API_URL and the activity's address are ours: they lead to the gateway.
ALLOWED = frozenset("JUPYTERHUB_" + name for name in (
    "API_TOKEN", "BASE_URL", "CLIENT_ID", "COOKIE_OPTIONS", "COOKIE_HOST_PREFIX_ENABLED", "HOST", "OAUTH_CALLBACK_URL",
    "OAUTH_SCOPES", "OAUTH_ACCESS_SCOPES", "OAUTH_CLIENT_ALLOWED_SCOPES", "PUBLIC_URL", "PUBLIC_HUB_URL", "SERVER_NAME",
    "SERVICE_PREFIX", "USER"))


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one learner's server with all its kernels. ``cpus`` 0 is no bound."""

    memory_bytes: int = 1536 * MIB
    processes: int = 256
    cpus: float = 1.0
    file_bytes: int = 1024 * MIB
    start_seconds: float = 60.0
    idle_seconds: int = 7200

    @classmethod
    def of(cls, learner) -> Bounds:
        """From the section ``learner`` of the settings."""
        return cls(learner.memory_mib * MIB, learner.processes, learner.cpus, learner.files_mib * MIB, learner.start_seconds,
                   learner.idle_minutes * 60)


def checked_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The allowed variables of ``environment``. ValueError for a value that is no short text."""
    kept = {}
    for name in ALLOWED & set(environment):
        value = environment[name]
        if not isinstance(value, str) or "\0" in value or len(value) > 8192:
            raise ValueError(f"{name} is not a short text")
        kept[name] = value
    return kept


def files(name: str) -> dict[str, bytes]:
    """Small files that exist inside only."""
    return {
        "/etc/passwd": f"learner:x:1000:1000:{name}:{HOME}:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n".encode(),
        "/etc/group": b"learner:x:1000:\nnogroup:x:65534:\n",
        "/etc/nsswitch.conf": b"passwd: files\ngroup: files\nhosts: files\n",
        "/etc/hosts": b"127.0.0.1 localhost\n",
    }


def prefix(places: Places, number: int, bounds: Bounds) -> list[str]:
    """The words before bubblewrap: resource limits, another identity, and nothing that could give more rights back."""
    limits = {"core": (resource.RLIMIT_CORE, 0), "nofile": (resource.RLIMIT_NOFILE, 4096),
              "fsize": (resource.RLIMIT_FSIZE, bounds.file_bytes)}
    if places.separate_uids:                    # counted by uid: only where each learner has one
        limits["nproc"] = (resource.RLIMIT_NPROC, bounds.processes)
    words = ["/usr/bin/prlimit"]
    for name, (kind, most) in limits.items():
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        words.append(f"--{name}={most}:{most}")
    words += ["/usr/bin/setpriv", "--no-new-privs"]
    if places.separate_uids:
        uid = str(places.learner_uid(number))
        words += ["--reuid", uid, "--regid", uid, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    return words


def command(places: Places, bounds: Bounds) -> list[str]:
    """What runs inside. It holds no secret: everyone on the machine can read it."""
    return [str(places.notebook_env / "bin/python"), "-m", "jupyterhub.singleuser",
            f"--ServerApp.sock={OWN}/s.sock", "--ServerApp.sock_mode=0600",
            f"--ServerApp.shutdown_no_activity_timeout={bounds.idle_seconds}",
            f"--MappingKernelManager.cull_idle_timeout={bounds.idle_seconds}"]


def _parents(*paths: str) -> list[str]:
    """Directories to make, 0755, in order (bubblewrap's own would be 0700)."""
    wanted: dict[str, None] = {}
    for path in paths:
        for parent in list(reversed(Path(path).parents))[1:]:
            wanted.setdefault(str(parent))
    wanted = {p: None for p in wanted if p not in ("/usr", "/proc", "/dev", "/tmp") and not p.startswith("/usr/")}
    return [word for path in wanted for word in ("--perms", "0755", "--dir", path)]


def _read_only(places: Places) -> list[tuple[str, str]]:
    """(outside, inside) of what is bound read-only, when it exists."""
    bound = [(str(places.notebook_env),) * 2, (str(places.track_envs),) * 2,
             (str(places.share / "singleuser"), "/etc/jupyter"), (str(places.socket("gateway").parent), DOOR)]
    base = os.path.realpath(places.notebook_env / "bin/python")
    if not base.startswith("/usr/"):                    # an interpreter of the user's own
        bound.append((os.path.dirname(os.path.dirname(base)),) * 2)
    bound += [(path, path) for path in ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts")]
    return [pair for pair in bound if os.path.exists(pair[0])]


def arguments(places: Places, number: int, name: str, environment: Mapping[str, str], bounds: Bounds,
              data: Mapping[str, int]) -> list[str]:
    """What bubblewrap reads from ``--args``. ``data`` maps a path inside to the descriptor that holds its bytes."""
    if type(number) is not int or not 0 < number < 900_000:
        raise ValueError("a learner's number is a whole number")
    if not isinstance(name, str) or len(name) > 32 or not NAME.fullmatch(name):
        raise ValueError("a learner's name is a username")
    home, own = str(places.learner_home(number)), str(places.learner_bind(number))
    read_only = _read_only(places)
    threads = str(max(1, round(bounds.cpus))) if bounds.cpus else ""
    given = checked_environment(environment)
    variables = {
        **given,
        "JUPYTERHUB_API_URL": f"{API}/hub/api", "JUPYTERHUB_ACTIVITY_URL": f"{API}/hub/api/users/{name}/activity",
        "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:8888" + given.get("JUPYTERHUB_SERVICE_PREFIX", "/"),
        "JUPYTERHUB_ROOT_DIR": HOME, "ACADEMY_EXCHANGE": f"{API}/exchange",
        "HOME": HOME, "USER": "learner", "LOGNAME": "learner", "LANG": "C.UTF-8", "SHELL": "/bin/sh",
        "PATH": f"{places.notebook_env}/bin:/usr/bin:/bin", "JUPYTER_PATH": str(places.track_envs / "share/jupyter"),
        "JUPYTER_RUNTIME_DIR": "/tmp/runtime", "MEM_LIMIT": str(bounds.memory_bytes), "PYTHONNOUSERSITE": "1",
        **({"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads} if threads else {}),
    }
    words = ["--unshare-all", "--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "1000", "--new-session",
             "--hostname", "academy", "--cap-drop", "ALL"]
    words += _parents(*(inside for _, inside in read_only), *data, f"{OWN}/s", HOME)
    words += ["--ro-bind", "/usr", "/usr"]
    for top in ("bin", "sbin", "lib", "lib64"):
        if os.path.islink(f"/{top}"):
            words += ["--symlink", os.readlink(f"/{top}").lstrip("/"), f"/{top}"]
        elif os.path.isdir(f"/{top}"):
            words += ["--ro-bind", f"/{top}", f"/{top}"]
    words += ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev"]
    words += ["--size", str(256 * MIB), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    words += ["--perms", "1777", "--size", str(512 * MIB), "--tmpfs", "/tmp"]
    for outside, inside in read_only:
        words += ["--ro-bind", outside, inside]
    for path, descriptor in data.items():
        words += ["--perms", "0444", "--ro-bind-data", str(descriptor), path]
    words += ["--bind", home, HOME, "--bind", own, OWN, "--chdir", HOME, "--remount-ro", "/", "--clearenv"]
    for key in sorted(variables):
        words += ["--setenv", key, variables[key]]
    return words
