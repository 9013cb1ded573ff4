"""``academy up``: checks this machine, makes the tree, starts everything, adds the demonstration accounts, and waits.

Steps: installed? → bubblewrap? → space? → one only (lock) → port? → tree → processes → accounts → the address.
Nothing is started before every check has passed; every refusal names its next step.
"""
from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub_config import settings as settings_module
from hub_config.errors import AcademyError
from hub_config.places import Places
from hub_config.process import PATH, port_free
from hub_config.rpc import RpcError, call
from hub_config.settings import Settings, is_loopback
from hub_config.supervisor import Supervisor
from hub_config.system import end_servers, processes, refresh_routes
from hub_config.tree import check_version, free_bytes, prepare, write_private

__all__ = ["DEMO", "Ready", "bring_up", "bubblewrap_step", "bubblewrap_works", "hold"]

NEEDED_FREE = 200 << 20
DEMO = {"learner": "Demo Learner", "instructor": "Demo Instructor", "certifier": "Demo Certifier", "operator": "Demo Operator"}
ACCOUNTS_FILE = "demo-accounts.txt"
WANTED = "demo-accounts.wanted"


@dataclass(frozen=True, slots=True)
class Ready:
    """What `academy up` tells when a browser may come."""

    address: str
    state: Path
    accounts: Path | None
    seconds: float

    def as_dict(self) -> dict:
        return {"address": self.address, "state": str(self.state), "accounts": str(self.accounts) if self.accounts else None,
                "seconds": round(self.seconds, 1)}


def bring_up(places: Places, settings: Settings, inherited: Mapping[str, str], *, say: Callable[[str], None],
             on_ready: Callable[[Ready], None]) -> None:
    """Run the system until a signal ends it. Raises AcademyError."""
    begin = time.monotonic()
    _installed(places)
    problem = bubblewrap_works()
    if problem:
        raise AcademyError("missing-bubblewrap", problem, bubblewrap_step(problem))
    if free_bytes(places.state) < NEEDED_FREE:
        raise AcademyError("disk-full", f"{free_bytes(places.state) >> 20} MB are free where {places.state} lies, "
                           f"{NEEDED_FREE >> 20} MB are needed", "free some space, or keep the state elsewhere: academy up --data DIR")
    known = check_version(places.state)
    try:
        places.state.mkdir(parents=True, exist_ok=True)
        with hold(places.state):
            if not port_free(settings.web.bind, settings.web.port):
                raise AcademyError("port-in-use", f"port {settings.web.port} on {settings.web.bind} is in use by another program",
                                   f"end that program, or choose another port: academy up --port {settings.web.port + 1}")
            prepare(places)
            if not known and is_loopback(settings.web.bind) and not settings.web.https:
                write_private(places.state / WANTED, "")
            _run(places, settings, inherited, begin, say, on_ready)
    except PermissionError as error:
        raise AcademyError("not-allowed", f"{error.filename} may not be written by this user",
                           "start as the user who owns it, or keep the state elsewhere: academy up --data DIR") from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise AcademyError("disk-full", f"no space is left where {places.state} lies", "free some space and start again") from error


def _run(places: Places, settings: Settings, inherited: Mapping[str, str], begin: float, say: Callable[[str], None],
         on_ready: Callable[[Ready], None]) -> None:
    def everything_ready() -> None:
        if (places.state / WANTED).exists():
            demo_accounts(places)
        accounts = places.state / ACCOUNTS_FILE
        on_ready(Ready(settings.web.hub_url + "/", places.state, accounts if accounts.exists() else None, time.monotonic() - begin))

    def routes() -> None:
        say("routes are back" if refresh_routes(places, settings) else "the hub has not taken up the new proxy yet")

    supervisor = Supervisor(processes(places, settings, inherited), places.state / "log", log_bytes=settings.logs.max_mib << 20,
                            keep=settings.logs.keep, restarted={"proxy": routes}, before_stop=[lambda: end_servers(places)], say=say)
    supervisor.run(everything_ready)


def _installed(places: Places) -> None:
    for path, what in ((places.service_python, "the service environment"), (places.notebook_env / "bin/python", "the notebook environment"),
                       (places.share / "proxy/proxy.mjs", "the proxy"), (places.share / "proxy/node_modules", "the proxy's modules")):
        if not path.exists():
            raise AcademyError("not-installed", f"{what} is missing ({path})", "run: make install")


def bubblewrap_works() -> str:
    """"" if bubblewrap can enclose something here, else what is wrong."""
    if shutil.which("bwrap", path=PATH) is None:
        return "bubblewrap (bwrap) is not installed"
    words = ["bwrap", "--unshare-all", "--unshare-user", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib",
             "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "/usr/bin/true"]
    tried = subprocess.run(words, env={"PATH": PATH}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           text=True)
    return "" if tried.returncode == 0 else f"bubblewrap does not work on this machine: {tried.stderr.strip()[-200:]}"


def bubblewrap_step(problem: str) -> str:
    """What to do about what `bubblewrap_works` found."""
    return ("as root: apt-get update && apt-get install -y --no-install-recommends bubblewrap" if "not installed" in problem else
            "allow user namespaces (as root: sysctl user.max_user_namespaces=15000) and a proc that is not masked")


@contextlib.contextmanager
def hold(state: Path) -> Iterator[None]:
    """This state directory is ours as long as the process lives. Raises already-running."""
    fd = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(fd, 20).decode(errors="replace").strip()
            raise AcademyError("already-running", f"another academy (process {holder or 'unknown'}) uses {state}",
                               "end it first, or keep a second system elsewhere: academy up --data DIR --port N") from None
        os.ftruncate(fd, 0)
        os.write(fd, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(fd)


def demo_accounts(places: Places) -> Path:
    """One account a role, random passwords, in a 0600 file that only the owner of the state reads."""
    lines = ["# Demonstration accounts of this state directory: username, password. Made once; remove what you do not need",
             "# with `academy user remove NAME`."]
    for name, display in DEMO.items():
        password = "-".join(secrets.token_hex(3) for _ in range(3))
        try:
            call(places.socket("accounts"), "create", username=name, password=password, display_name=display, roles=[name])
        except RpcError as error:
            if error.code == "unreachable":
                raise
            call(places.socket("accounts"), "set_password", username=name, password=password)  # begun, but not finished, before
        lines.append(f"{name:<12} {password}")
    file = places.state / ACCOUNTS_FILE
    write_private(file, "\n".join(lines) + "\n")
    (places.state / WANTED).unlink(missing_ok=True)
    return file


def overrides(port: int | None) -> dict[str, str]:
    """The environment's settings, with those of the command line on top: services inherit them."""
    return settings_module.environment() | ({f"{settings_module.PREFIX}WEB_PORT": str(port)} if port else {})
