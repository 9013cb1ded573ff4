"""Starting a fork server in its sandbox: the one closed template of a command line. Standard library only.

As root (the launcher, or a root's own grading): a user namespace is made ahead, whose root is an unprivileged uid of
the machine and whose other uids are a range nobody else has; setpriv drops everything; bubblewrap enters that
namespace. Started by root without it, bubblewrap would be no boundary at all.
As an ordinary user: bubblewrap makes the namespace, all jobs have the one uid there is, none sees another.

Rules
- The caller chooses an environment and a kind; paths, uids, mounts and arguments come from here.
- Nothing secret goes in: the environment is empty, the arguments are public, files are copied in by descriptor.
- The server lives as long as its control socket has another end: close that, and everything it started is gone.
"""
from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .limits import LimitBackend, Slots, probe
from .runner import linux
from .runner.pins import HASH_SEED

__all__ = ["KINDS", "SandboxError", "Started", "arguments", "open_server", "preparation"]

KINDS = ("L", "T")
OWNER_UID = 61999            # root inside the server's user namespace; owns nothing outside
FIRST_JOB_UID, JOB_UIDS = 1000000, 60000
_HERE = Path(__file__).resolve().parent
_ETC = ("ld.so.cache", "localtime", "mime.types", "fonts", "alternatives", "ssl/openssl.cnf")
_CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_KILL")
_number = iter(range(10**9)).__next__
_lock = threading.Lock()


class SandboxError(Exception):
    """A sandbox could not be made; the message says what is missing and the next step."""


class EnvironmentLike(Protocol):
    python: Path
    read_only: tuple[Path, ...]


@dataclass
class Started:
    """A running fork server: its control socket, what it protects, and (for whoever started it) how to end it.

    ``control`` is SOCK_SEQPACKET. The launcher sends ``control`` and `description` to the grader, which calls `adopt`,
    then closes its own copy (`release`) and keeps ``process`` and ``slots`` to reap and tidy up (`reap`).
    """

    kind: str
    control: socket.socket | None
    isolation: tuple[str, ...]
    certifying: bool
    workers: int
    process: subprocess.Popen | None = None
    slots: Slots = field(default_factory=Slots)
    errors: int | None = None  # descriptor of the server's standard error (an anonymous file)

    def description(self) -> dict:
        """JSON-able: everything but the descriptors."""
        return {"kind": self.kind, "isolation": list(self.isolation), "certifying": self.certifying,
                "workers": self.workers}

    @classmethod
    def adopt(cls, fd: int, description: dict) -> Started:
        """The server behind a control socket that came from elsewhere. It is ended by `close`, reaped over there."""
        control = socket.socket(fileno=fd)
        return cls(str(description["kind"]), control, tuple(map(str, description["isolation"])),
                   description["certifying"] is True, int(description["workers"]))

    def release(self) -> None:
        """Close this process's copy of the control socket: the server now lives with the other holder."""
        if self.control is not None:
            self.control.close()
            self.control = None

    def why(self) -> str:
        """The last words of a server that did not start, for the operator."""
        if self.errors is None:
            return ""
        size = os.fstat(self.errors).st_size
        return os.pread(self.errors, 2000, max(0, size - 2000)).decode(errors="replace").strip()

    def reap(self, seconds: float = 0.0) -> bool:
        """Wait up to ``seconds`` for the end, then tidy up. True when nothing is left. Never kills."""
        if self.process is not None:
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                return False
        if self.errors is not None:
            os.close(self.errors)
            self.errors = None
        for _ in range(50):  # the groups' last processes may still be on their way out
            if self.slots.remove():
                return True
            time.sleep(0.01)
        return False

    def close(self) -> None:
        """End the server and everything it started."""
        self.release()
        if self.process is not None and not self.reap(5.0):
            self.process.kill()
            self.reap(5.0)


def preparation(preload: tuple[str, ...]) -> bytes:
    """The first packet for a server: what it imports before the first job. Dotted names only."""
    for name in preload:
        if not all(part.isidentifier() and part.isascii() for part in name.split(".")) or len(name) > 100:
            raise SandboxError(f"{name!r} is not a module's name; preload takes dotted names like sklearn.linear_model")
    return json.dumps({"op": "prepare", "preload": list(preload)}).encode()


def _memory_file(data: bytes) -> int:
    fd = os.memfd_create("academy", os.MFD_CLOEXEC)
    os.write(fd, data) if data else None
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _sources(kind: str) -> list[tuple[Path, str]]:
    """(file here, place inside): the runner, and for T the building blocks instructors import."""
    found = [(path, f"/academy/runner/{path.name}") for path in sorted((_HERE / "runner").glob("*.py"))]
    if kind == "T":
        package = _HERE.parent
        found.append((package / "__init__.py", "/academy/lib/autograders/__init__.py"))
        found += [(p, f"/academy/lib/autograders/{p.relative_to(package)}")
                  for p in sorted((package / "checks").rglob("*.py"))]
    return found


def _folders(paths: set[Path]) -> list[str]:
    """The folders on the way to what is bound, open to every uid (bubblewrap would make them for its own alone)."""
    line: list[str] = []
    for folder in sorted({f for path in paths for f in (path, *path.parents)} - {Path("/")}):
        line += ["--perms", "0755", "--dir", str(folder)]
    return line


def arguments(kind: str, environment: EnvironmentLike, files: list[tuple[int, str]], *, userns: int | None,
              control: int, slots: list[dict]) -> list[str]:
    """The whole command line. ``files``: (descriptor, place inside). ``userns``: None as an ordinary user."""
    python = Path(os.path.abspath(environment.python))
    bound = {python.parent.parent, *map(Path, environment.read_only)}
    base = Path(os.path.realpath(python)).parent.parent
    if base != Path("/usr"):
        bound.add(base)
    line: list[str] = []
    if userns is not None:
        line += ["/usr/bin/setpriv", "--reuid", str(OWNER_UID), "--regid", str(OWNER_UID), "--clear-groups",
                 "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--", "/usr/bin/bwrap",
                 "--userns", str(userns)]
    else:
        line += ["/usr/bin/bwrap", "--unshare-user", "--uid", "0", "--gid", "0"]
    line += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
             "--hostname", "examiner", "--new-session", "--clearenv", "--setenv", "PYTHONHASHSEED", HASH_SEED,
             "--cap-drop", "ALL"]
    for capability in _CAPABILITIES if userns is not None else (*_CAPABILITIES, "CAP_SETFCAP"):
        line += ["--cap-add", capability]
    line += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "lib", "lib32", "lib64", "sbin"):
        path = Path("/") / name
        if path.is_symlink():
            line += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            line += ["--ro-bind", str(path), str(path)]
    line += _folders({Path("/etc/ssl")})
    for name in _ETC:
        line += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    line += ["--size", str(256 << 20), "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev",
             "--size", str(1 << 20), "--tmpfs", "/dev/shm"]
    bound = {path for path in bound if not str(path).startswith("/usr/")}
    line += _folders({path.parent for path in bound})
    for path in sorted(bound):
        line += ["--ro-bind", str(path), str(path)]
    for fd, place in files:
        line += ["--perms", "0444", "--file", str(fd), place]
    settings = json.dumps({"slots": slots, "own_uids": userns is not None})
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--", str(python), "-s", "-P", "-B", "-c",
             "import sys; sys.path.insert(0, '/academy'); from runner.server import main; sys.path.remove('/academy'); "
             "main(sys.argv[1:])", kind, str(control), settings]
    return line


def _user_namespace(number: int) -> int:
    """A user namespace owned by `OWNER_UID`, with a range of its own for jobs; returned as a descriptor. Root only."""
    ready_out, ready_in = os.pipe()
    done_out, done_in = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setresgid(OWNER_UID, OWNER_UID, OWNER_UID)
            os.setresuid(OWNER_UID, OWNER_UID, OWNER_UID)
            linux.unshare(linux.CLONE_NEWUSER)
            os.write(ready_in, b"1")
            os.close(done_in)
            os.read(done_out, 1)
        finally:
            os._exit(0)
    try:
        os.close(ready_in)
        if os.read(ready_out, 1) != b"1":
            raise SandboxError("this kernel makes no user namespaces; see /proc/sys/user/max_user_namespaces")
        first = FIRST_JOB_UID + JOB_UIDS * (number % 1000)
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{pid}/{name}").write_text(f"0 {OWNER_UID} 1\n1 {first} {JOB_UIDS}\n")
        return os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        for fd in (ready_out, done_out, done_in):
            os.close(fd)
        os.waitpid(pid, 0)


def _isolation(root: bool, backend: LimitBackend) -> tuple[str, ...]:
    return (
        "bubblewrap", "user-namespace", "uid-per-job" if root else "one-uid", "mount-namespace", "pid-namespace",
        "network-namespace", "ipc-namespace", "read-only-root", "no-new-privileges", "no-capabilities", "seccomp",
        "not-dumpable", "rlimits", backend.name if backend.bounds_jobs else "watched-rlimits-only",
    )


def open_server(kind: str, environment: EnvironmentLike, *, workers: int = 1,
                backend: LimitBackend | None = None) -> Started:
    """Start the fork server for ``kind`` ("L" or "T"). It is idle until it gets its `preparation`.

    ``environment`` has ``python`` (an interpreter) and ``read_only`` (more folders to bind). Raises SandboxError.
    """
    if kind not in KINDS:
        raise SandboxError(f"the kind is one of {KINDS}")
    for program, package in (("/usr/bin/bwrap", "bubblewrap"), ("/usr/bin/setpriv", "util-linux")):
        if not os.access(program, os.X_OK):
            raise SandboxError(f"{program} is missing; install it: apt-get install {package}")
    if not os.access(environment.python, os.X_OK):
        raise SandboxError(f"{environment.python} is not an interpreter; install the environment first")
    root = os.geteuid() == 0
    backend = backend or probe()
    with _lock:
        number = _number()
    slots = backend.slots(f"{os.getpid()}-{number}-{kind}", workers)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    opened: list[int] = []
    try:
        files = []
        for path, place in _sources(kind):
            files.append((_memory_file(path.read_bytes()), place))
            opened.append(files[-1][0])
        userns = None
        if root:
            userns = _user_namespace(os.getpid() * 7 + number)
            opened.append(userns)
        errors = _memory_file(b"")
        line = arguments(kind, environment, files, userns=userns, control=theirs.fileno(), slots=slots.files)
        process = subprocess.Popen(line, env={}, cwd="/", stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                                   pass_fds=(theirs.fileno(), *opened, *slots.fds()), start_new_session=True)
    except (OSError, SandboxError) as error:
        ours.close()
        slots.remove()
        raise SandboxError(f"the sandbox could not be started: {error}; see: academy doctor") from error
    finally:
        theirs.close()
        for fd in opened:
            os.close(fd)
        slots.close_files()
    return Started(kind, ours, _isolation(root, backend), backend.bounds_jobs, workers, process, slots, errors)
