"""The launcher with real enclosures; inside, a small server stands for the notebook server."""
from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hub_config import cgroups, enclosure
from hub_config.enclosure import ALLOWED, Bounds
from hub_config.examiners import Examiners, Family
from hub_config.front import Front, FrontError
from hub_config.launcher import Launcher, operations
from hub_config.places import Places
from hub_config.processes import Running, start_time
from hub_config.rpc import Caller, RpcError
from tests.hub_config.house import INSTALLED, house, until

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: uids and groups of other accounts")
needs_environment = pytest.mark.skipif(not (INSTALLED / "envs/notebook/bin/python").exists(),
                                       reason="needs the notebook environment: make install")

# answers what it is asked, one line of Python a connection; SIGTERM ends it
SERVER = """
import os, signal, socket, sys, threading
s = socket.socket(socket.AF_UNIX); s.bind('/run/server/s.sock'); os.chmod('/run/server/s.sock', 0o600); s.listen()
print('ready', flush=True)
def talk(c):
    with c:
        try: answer = repr(eval(c.makefile().readline()))
        except BaseException as e: answer = type(e).__name__ + ': ' + str(e)
        c.sendall(answer.encode())
while True: threading.Thread(target=talk, args=s.accept()[:1], daemon=True).start()
"""
GOOD = {"JUPYTERHUB_API_TOKEN": "the-token", "JUPYTERHUB_SERVICE_PREFIX": "/user/lea/"}


@pytest.fixture
def simulated(monkeypatch):
    def replace(source: str = SERVER) -> None:
        monkeypatch.setattr(enclosure, "command",
                            lambda places, bounds: [str(places.notebook_env / "bin/python"), "-c", source])
    replace()
    return replace


@pytest.fixture
def place():
    with house() as built:
        yield built.places


@pytest.fixture
def launcher(place, simulated):
    made = Launcher(place, Bounds(memory_bytes=256 << 20, processes=32, cpus=0.0, start_seconds=15))
    yield made
    made.stop_all()


def ask(front: str, question: str) -> str:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(20)
        peer.connect(front)
        peer.sendall(question.encode() + b"\n")
        return b"".join(iter(lambda: peer.recv(65536), b"")).decode()


# -- the template
@pytest.mark.parametrize("name", ["", "Lea", "a b", "a/b", "../x", "a" * 33, "lea\n", None, 5])
def test_names_that_may_not_be(place, name):
    with pytest.raises(ValueError, match="a username"):
        enclosure.arguments(place, 1, name, {}, Bounds(), {})


@pytest.mark.parametrize("number", [0, -1, 900_000, True, "1", 1.0, None])
def test_numbers_that_may_not_be(place, number):
    with pytest.raises(ValueError, match="whole number"):
        enclosure.arguments(place, number, "lea", {}, Bounds(), {})


@pytest.mark.parametrize("name, value", [("JUPYTERHUB_HOST", "a\0b"), ("JUPYTERHUB_HOST", 5), ("JUPYTERHUB_HOST", "x" * 8193)])
def test_values_that_may_not_be(name, value):
    with pytest.raises(ValueError, match="not a short text"):
        enclosure.checked_environment({name: value})


def test_only_allowed_variables_go_in(place):
    words = enclosure.arguments(place, 1, "lea", {"LD_PRELOAD": "/x", "PATH": "/evil", "PYTHONPATH": "/x",
                                                 "JUPYTERHUB_API_URL": "http://evil", **GOOD}, Bounds(), {})
    given = {words[i + 1]: words[i + 2] for i, word in enumerate(words) if word == "--setenv"}
    assert "LD_PRELOAD" not in given and "PYTHONPATH" not in given and "/evil" not in given["PATH"]
    assert given["JUPYTERHUB_API_URL"] == "http+unix://%2Frun%2Facademy%2Fgateway.sock/hub/api"
    assert given["JUPYTERHUB_API_TOKEN"] == "the-token"
    assert {name for name in given if name.startswith("JUPYTERHUB_")} - ALLOWED == {
        "JUPYTERHUB_API_URL", "JUPYTERHUB_ACTIVITY_URL", "JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_ROOT_DIR"}


def test_the_command_line_that_everyone_can_read_holds_no_secret(place):
    line = [*enclosure.prefix(place, 1, Bounds()), *enclosure.command(place, Bounds())]
    assert not any("token" in word.lower() for word in line)
    assert "--no-new-privs" in line
    assert ("--reuid" in line) == place.separate_uids


def test_binds_are_read_only_but_for_home_and_own_directory(place):
    words = enclosure.arguments(place, 7, "lea", {}, Bounds(), {})
    writable = {words[i + 2] for i, word in enumerate(words) if word == "--bind"}
    assert writable == {"/home/learner", "/run/server"}
    assert {"--unshare-all", "--disable-userns", "--new-session", "--clearenv"} <= set(words)
    assert words.index("--remount-ro", words.index("--chdir")) > max(i for i, w in enumerate(words) if w in ("--bind", "--ro-bind"))


# -- the door
def test_a_symbolic_link_is_no_door(place):
    Launcher(place, Bounds())
    front = Front(place, 1)
    front.prepare()
    elsewhere = place.state / "other.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(elsewhere))
        other.listen()
        (place.learner_bind(1) / "s.sock").symlink_to(elsewhere)
        with pytest.raises(FrontError, match="not its own"):
            front.open()
    assert not list(place.learner_front(1).iterdir())


@pytest.mark.parametrize("what", ["file", "directory", "fifo"])
def test_only_a_socket_is_a_door(place, what):
    Launcher(place, Bounds())
    front = Front(place, 1)
    front.prepare()
    path = place.learner_bind(1) / "s.sock"
    {"file": path.touch, "directory": path.mkdir, "fifo": lambda: os.mkfifo(path)}[what]()
    with pytest.raises((FrontError, PermissionError)):
        front.open()


@needs_root
def test_somebody_elses_socket_is_no_door(place):
    Launcher(place, Bounds())
    front = Front(place, 1)
    front.prepare()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(place.learner_bind(1) / "s.sock"))       # root's
        other.listen()
        with pytest.raises(FrontError, match="not its own"):
            front.open()


# -- servers
@needs_environment
def test_start_status_stop(launcher, place):
    assert launcher.status(1) == {"running": False, "code": 0}
    began = time.monotonic()
    answer = launcher.start(1, "lea", GOOD)
    assert time.monotonic() - began < 10
    assert ask(answer["front"], "1 + 1") == "2"
    assert ask(answer["front"] + ":80", "os.environ['JUPYTERHUB_API_TOKEN']") == "'the-token'"
    assert launcher.status(1) == {"running": True, "code": None}
    with pytest.raises(RpcError, match="runs already"):
        launcher.start(1, "lea", GOOD)
    running = Running.read(place.store("launcher") / "1.json")
    assert launcher.stop(1) == {"stopped": True}
    assert launcher.status(1)["running"] is False
    assert start_time(running.outer) is None and start_time(running.child) is None
    assert not list(place.learner_front(1).iterdir()) and not any(Path(f).exists() for f in running.folders)
    assert launcher.stop(1) == {"stopped": False}
    assert launcher.start(1, "lea", GOOD), "and again"


@needs_environment
def test_what_an_enclosed_server_sees(launcher, place):
    front = launcher.start(3, "lea", GOOD)["front"]
    assert set(eval(ask(front, "os.listdir('/')"))) <= {"bin", "dev", "etc", "home", "lib", "lib64", "opt", "proc", "run", "sbin", "tmp", "usr"}
    assert ask(front, "os.listdir('/home'), sorted(os.listdir('/run'))") == "(['learner'], ['academy', 'server'])"
    assert ask(front, "os.getuid(), open('/proc/self/status').read().count('CapEff:\\t0000000000000000'), os.uname().nodename") == "(1000, 1, 'academy')"
    assert ask(front, "[i for i in os.listdir('/proc') if i.isdigit()]").count("'") <= 3 * 4
    assert "Errno" in ask(front, "socket.create_connection(('127.0.0.1', 22), 1)")
    assert "Read-only" in ask(front, "open('/usr/x', 'w')") and "Read-only" in ask(front, "open('/etc/x', 'w')")
    for path in ("/proc/sys/kernel/hostname", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger"):
        assert "Error" in ask(front, f"os.open('{path}', os.O_WRONLY)"), path
    assert ask(front, "[os.statvfs(p).f_blocks * os.statvfs(p).f_frsize >> 20 for p in ('/tmp', '/dev/shm')]") == "[512, 256]"
    assert ask(front, "open('/home/learner/mine', 'w').write('x')") == "1"
    own = os.stat(place.learner_home(3) / "mine")
    assert own.st_uid == place.learner_uid(3)
    assert ask(front, "[os.readlink('/proc/self/fd/' + f) for f in os.listdir('/proc/self/fd') if f > '2']").count("memfd") == 0


@needs_environment
@pytest.mark.parametrize("number, attempt", [
    (1, "__import__('ctypes').CDLL(None, use_errno=True).unshare(0x10000000)"),              # a user namespace of its own
    (2, "__import__('ctypes').CDLL(None, use_errno=True).mount(b'x', b'/tmp', b'tmpfs', 0, 0)"),
])
def test_no_way_to_more_rights(launcher, number, attempt):
    assert ask(launcher.start(number, "lea", GOOD)["front"], attempt) == "-1"


@needs_environment
def test_memory_is_bounded(launcher, simulated):
    answer = launcher.start(1, "lea", GOOD)
    if "memory" not in answer["bounded"]:
        pytest.skip("no cgroup bounds memory here: watching is tested below")
    assert ask(answer["front"], "__import__('subprocess').run([sys.executable, '-c', 'bytearray(600 << 20)']).returncode") != "0"
    assert launcher.status(1)["running"] is True or launcher.status(1)["code"] != 0


@needs_environment
def test_without_a_cgroup_memory_is_watched(launcher, monkeypatch):
    monkeypatch.setattr(sys.modules["hub_config.launcher"], "open_group", lambda *_: cgroups.Group((), ()))
    front = launcher.start(1, "lea", GOOD)["front"]
    eater = "__import__('subprocess').Popen([sys.executable, '-c', 'x = bytearray(b\"x\") * (400 << 20); import time; time.sleep(60)'])"
    assert "Popen" in ask(front, eater)
    child = Running.read(launcher.store / "1.json").child
    from hub_config.processes import descendants, resident
    until(lambda: sum(map(resident, descendants(child))) > 300 << 20)
    launcher.watch()
    until(lambda: sum(map(resident, descendants(child))) < 200 << 20)


@needs_environment
@needs_root
def test_processes_are_bounded(launcher):
    front = launcher.start(1, "lea", GOOD)["front"]
    bomb = "[os.fork() or __import__('time').sleep(2) or os._exit(0) for _ in range(100)]"
    assert "BlockingIOError" in ask(front, bomb)


@needs_environment
def test_a_server_that_ends_at_once_says_why(launcher, simulated):
    simulated("raise SystemExit('no module named everything')")
    with pytest.raises(RpcError, match="no module named everything"):
        launcher.start(1, "lea", GOOD)
    assert launcher.status(1)["running"] is False


@needs_environment
def test_a_server_that_never_listens_is_given_up(place, simulated):
    simulated("import time; time.sleep(60)")
    impatient = Launcher(place, Bounds(start_seconds=0.5, cpus=0.0))
    with pytest.raises(RpcError, match="too long to start"):
        impatient.start(1, "lea", GOOD)
    assert impatient.numbers() == []


@needs_environment
def test_when_the_outer_process_is_killed_the_inner_one_ends_too(launcher):
    launcher.start(1, "lea", GOOD)
    running = Running.read(launcher.store / "1.json")
    os.kill(running.outer, signal.SIGKILL)
    until(lambda: start_time(running.outer) is None)
    assert launcher.status(1)["running"] is False
    until(lambda: start_time(running.child) is None)


@needs_environment
def test_a_new_launcher_finds_servers_again(launcher, place):
    front = launcher.start(1, "lea", GOOD)["front"]
    again = Launcher(place, Bounds())
    assert again.recover() == [1]
    assert ask(front, "1") == "1" and again.status(1)["running"] is True
    assert again.stop(1) == {"stopped": True}
    assert launcher.status(1)["running"] is False


def test_an_old_note_is_not_believed(place):
    launcher = Launcher(place, Bounds())
    Running(1, os.getpid(), 1, os.getpid(), 1, (), ()).save(launcher.store / "1.json")     # our pid, another start time
    (launcher.store / "2.json").write_text("{")
    assert launcher.recover() == [] and launcher.status(2)["running"] is False
    assert launcher.stop(1) == {"stopped": False}, "and above all this process still lives"


@needs_environment
def test_servers_start_side_by_side(launcher):
    answers = {}
    threads = [threading.Thread(target=lambda n=n: answers.update({n: launcher.start(n, "lea", GOOD)})) for n in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == launcher.numbers() == [1, 2, 3]
    assert launcher.stop_all() == {"stopped": 3} and launcher.numbers() == []


@needs_environment
def test_a_log_is_cut(launcher, simulated):
    simulated(SERVER.replace("print('ready'", "print('x' * (5 << 20)"))
    launcher.start(1, "lea", GOOD)
    log = launcher.store / "1.log"
    until(lambda: log.stat().st_size > 4 << 20)
    launcher.watch()
    assert log.stat().st_size < 4 << 20
    assert stat.S_IMODE(log.stat().st_mode) & 0o077 == 0 or stat.S_IMODE(launcher.store.stat().st_mode) == 0o700


@needs_environment
@needs_root
def test_no_other_uid_reaches_home_directory_or_door(launcher, place):
    front = launcher.start(1, "lea", GOOD)["front"]
    def tries(uid: int, *groups: int) -> str:
        code = ("import os, socket, sys\n"
                "for path in sys.argv[1:3]:\n"
                "    try: os.listdir(path); print('listed')\n"
                "    except PermissionError: print('refused')\n"
                "s = socket.socket(socket.AF_UNIX)\n"
                "try: s.connect(sys.argv[3]); print('connected')\n"
                "except PermissionError: print('refused')")
        return subprocess.run([sys.executable, "-I", "-c", code, str(place.learner_home(1)), str(place.learner_bind(1)), front],
                              user=uid, group=uid, extra_groups=groups, capture_output=True, text=True).stdout
    from hub_config.places import SERVICES
    for uid in (70002, 65534, *SERVICES.values()):
        name = next((n for n, u in SERVICES.items() if u == uid), None)
        expected = "connected" if name in ("hub", "proxy") else "refused"
        assert tries(uid, *(place.groups(name) if name else ())).split() == ["refused", "refused", expected], uid


# -- requests
def test_who_may_ask_for_what(place):
    root_mode = Places(place.prefix, place.state, True)
    ops = operations(Launcher(place, Bounds()), Examiners(place))
    assert set(ops) == {"ping", "start_server", "stop_server", "server_status", "stop_all", "start_examiner"}
    if place.separate_uids:
        assert {n: tuple(o.uids) for n, o in ops.items() if n != "ping"} == {
            "start_server": (root_mode.uid("hub"),), "stop_server": (root_mode.uid("hub"),), "server_status": (root_mode.uid("hub"),),
            "stop_all": (), "start_examiner": (root_mode.uid("grader"),)}


@pytest.mark.parametrize("op, request_", [
    ("start_server", {"number": "1", "name": "lea", "environment": {}}), ("start_server", {"number": 1, "name": "lea"}),
    ("start_server", {"number": 1, "name": "lea", "environment": {}, "path": "/etc"}), ("stop_server", {"number": True}),
    ("stop_server", {"number": 1.0}), ("server_status", {}), ("start_examiner", {"family": "core", "kind": "L"}),
])
def test_requests_are_typed(place, op, request_):
    with pytest.raises(RpcError, match="this operation takes"):
        operations(Launcher(place, Bounds()), Examiners(place))[op].run(Caller(0, 1), request_)


@pytest.mark.parametrize("family, why", [("../x", "named by"), ("", "named by"), ("A", "named by"), ("nowhere", "not installed")])
def test_families_that_may_not_be(place, family, why):
    with pytest.raises(RpcError, match=why):
        Family.of(place, family)


@pytest.mark.parametrize("kind, workers", [("X", 1), ("L", 0), ("L", 9), ("T", -1)])
def test_examiners_that_may_not_be(place, kind, workers):
    with pytest.raises(RpcError, match="kind is one of"):
        Examiners(place).start("core", kind, workers)


@needs_environment
@pytest.mark.parametrize("kind", ["L", "T"])
def test_an_examiner_lives_as_long_as_its_socket(place, kind):
    examiners = Examiners(place)
    answer = examiners.start("core", kind, 1)
    (control,) = answer.pop("_fds")
    assert answer["kind"] == kind and answer["workers"] == 1 and answer["isolation"]
    json.dumps(answer)
    assert examiners.tidy() == 1
    os.close(control)
    until(lambda: examiners.tidy() == 0)


# -- cgroups
def test_groups_of_version_two(tmp_path):
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids io")
    group = cgroups.open_group("x", 1000, 5, 0.5, root=tmp_path)
    folder = tmp_path / "academy-x"
    assert group == cgroups.Group((folder,), ("memory", "pids", "cpu"))
    assert {f.name: f.read_text() for f in folder.iterdir()} == {
        "memory.max": "1000", "memory.swap.max": "0", "pids.max": "5", "cpu.max": "50000 100000"}
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"


def test_groups_of_version_one(tmp_path):
    for name in ("memory", "cpu"):
        (tmp_path / name).mkdir()
    group = cgroups.open_group("x", 1000, 5, 1.5, root=tmp_path)
    assert group.bounded == ("memory", "cpu")
    assert (tmp_path / "memory/academy-x/memory.memsw.limit_in_bytes").read_text() == "1000"
    assert (tmp_path / "cpu/academy-x/cpu.cfs_quota_us").read_text() == "150000"


def test_no_groups_at_all(tmp_path):
    assert cgroups.open_group("x", 1000, 5, 1.0, root=tmp_path / "none") == cgroups.Group((), ())


def test_a_note_survives(tmp_path):
    running = Running(1, 2, 3, 4, 5, ("/a",), ("memory",))
    running.save(tmp_path / "1.json")
    assert Running.read(tmp_path / "1.json") == running
    assert Running.read(tmp_path / "2.json") is None
    (tmp_path / "3.json").write_text(json.dumps({"number": 1}))
    with pytest.raises(ValueError, match="no note"):
        Running.read(tmp_path / "3.json")
