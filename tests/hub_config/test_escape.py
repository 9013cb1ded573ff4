"""From a real learner's kernel: each thing that must never happen is tried."""
from __future__ import annotations

import json
import os
import textwrap

import pytest

from tests.hub_config.browser import Browser
from tests.hub_config.house import INSTALLED


@pytest.fixture(scope="module")
def kernel(academy):
    browser = Browser(academy)
    assert browser.sign_in("lea", academy.password).status == 302
    assert browser.visit("/hub/user-redirect/tree").status == 200
    return browser.kernel("lea")


@pytest.fixture(scope="module")
def other(academy):
    """Another learner's running server, with a secret in it."""
    browser = Browser(academy)
    browser.sign_in("ben", academy.password)
    browser.visit("/hub/user-redirect/tree")
    browser.kernel("ben").run("open('/home/learner/work.txt', 'w').write('the work of ben')")
    return browser


def inside(kernel, code: str):
    """What the code assigned to ``answer``."""
    printed = kernel.run("answer = None\n" + textwrap.dedent(code) + "\nimport json; print('\\x1e' + json.dumps(answer))")
    assert "\x1e" in printed, printed
    return json.loads(printed.rpartition("\x1e")[2])


def test_nothing_of_ours_is_in_its_files(kernel, other, academy):
    found = inside(kernel, """
        import os
        answer = {"roots": sorted(os.listdir("/")), "files": []}
        env = os.environ["PATH"].split("/bin:")[0]
        for root, folders, names in os.walk("/"):
            folders[:] = [f for f in folders if os.path.join(root, f) not in ("/proc", "/usr", "/dev", env)]
            answer["files"] += [os.path.join(root, n) for n in names]
        """)
    assert set(found["roots"]) <= {"bin", "dev", "etc", "home", "lib", "lib64", "opt", "proc", "run", "sbin", "tmp", "usr"}
    strange = [path for path in found["files"] if not path.startswith((
        "/home/learner/", "/etc/jupyter/", "/etc/fonts/", "/tmp/runtime/", "/tmp/tmp", "/run/server/s.sock", "/run/academy/gateway.sock",
        str(academy.places.track_envs), str(INSTALLED / "envs/tracks"))) and path not in (
        "/etc/passwd", "/etc/group", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ld.so.cache", "/etc/localtime")]
    assert strange == []


@pytest.mark.parametrize("path", ["", "hub/secrets.json", "hub/hub.sqlite", "accounts/accounts.sqlite", "signer", "grader", "portal", "launcher",
                                  "launcher/1.log", "learners/1", "learners/2", "learners/2/work.txt", "l/2", "f/2/s.sock", "run/hub/hub.sock", "run/proxy/proxy.sock",
                                  "run/launcher/launcher.sock", "run/accounts/accounts.sock", "public-keys"])
def test_no_path_of_the_state_exists(kernel, other, academy, path):
    assert inside(kernel, f"import os; answer = os.path.lexists({str(academy.places.state / path)!r})") is False


def test_no_source_of_ours_can_be_imported(kernel):
    assert inside(kernel, """
        answer = []
        for name in ("hub_config", "autograders", "certification", "curriculum", "academy"):
            try: __import__(name); answer.append(name)
            except ImportError: pass
        """) == []


def test_no_network(kernel, academy):
    assert inside(kernel, f"""
        import socket
        answer = [sorted(name for _, name in socket.if_nameindex())]
        for address in (("127.0.0.1", {academy.port}), ("::1", {academy.port}), ("10.0.0.1", 80), ("8.8.8.8", 53), ("169.254.169.254", 80)):
            try: socket.create_connection(address, 2); answer.append(address)
            except OSError: pass
        for kind in (socket.SOCK_RAW,):
            try: socket.socket(socket.AF_INET, kind, 1); answer.append("raw")
            except OSError: pass
        try: socket.getaddrinfo("example.org", 80); answer.append("names")
        except OSError: pass
        """) == [["lo"]]


def test_only_the_gateway_and_its_own_sockets(kernel):
    lines = inside(kernel, "answer = [l.split()[-1] for l in open('/proc/net/unix').readlines()[1:] if '/' in l or '@' in l]")
    assert all(line.startswith(("/run/server/", "/tmp/", "@")) for line in lines)
    assert inside(kernel, "import os; answer = sorted(os.listdir('/run')), os.listdir('/run/academy')") == [["academy", "server"], ["gateway.sock"]]


@pytest.mark.parametrize("method, path, status", [
    ("POST", "/hub/login", 403), ("GET", "/hub/api/users", 403), ("GET", "/hub/api/users/ben", 403), ("POST", "/hub/api/users/lea/tokens", 403),
    ("GET", "/hub/api/proxy", 403), ("POST", "/hub/api/shutdown", 403), ("GET", "/hub/api/../api/users", 403), ("GET", "/exchange/../hub/api/users", 403),
    ("DELETE", "/hub/api/users/lea/server", 403), ("POST", "/hub/api/users/ben/activity", 404), ("GET", "/hub/api/user", 200),
])
def test_the_door_leads_to_little(kernel, method, path, status):
    assert inside(kernel, f"""
        import http.client, os, socket
        c = http.client.HTTPConnection("x", timeout=10); c.sock = socket.socket(socket.AF_UNIX); c.sock.connect("/run/academy/gateway.sock")
        c.request({method!r}, {path!r}, b"{{}}" if {method!r} == "POST" else None,
                  {{"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"], "X-Forwarded-For": "1.2.3.4", "Content-Type": "application/json"}})
        answer = c.getresponse().status
        """) == status


def test_no_process_and_no_secret_of_anybody_else(kernel, other, academy):
    seen = inside(kernel, """
        import os
        answer = []
        for pid in (p for p in os.listdir("/proc") if p.isdigit()):
            for name in ("cmdline", "environ"):
                try: answer.append(open(f"/proc/{pid}/{name}", "rb").read().decode(errors="replace"))
                except OSError: pass
        """)
    text = "\n".join(seen)
    for name, secret in {**academy.secrets, "password": academy.password}.items():
        assert secret not in text, name
    assert "JUPYTERHUB_USER\0" not in text and "ben" not in [part.partition("=")[2] for part in text.split("\0") if part.startswith("JUPYTERHUB_USER=")]
    assert inside(kernel, "import os; answer = len([p for p in os.listdir('/proc') if p.isdigit()])") < 30


def test_signals_reach_nobody_else(kernel, other):
    assert inside(kernel, """
        import os
        answer = 0
        for pid in range(2, 40000):
            try: os.kill(pid, 0); answer += 1
            except OSError: pass
        """) < 60      # threads count
    assert other.server("ben", "api/status").status == 200


@pytest.mark.parametrize("code", [
    "os.open('/proc/sys/kernel/core_pattern', os.O_WRONLY)", "os.open('/proc/sysrq-trigger', os.O_WRONLY)", "open('/proc/kcore', 'rb').read(1)",
    "os.open('/proc/1/mem', os.O_RDWR) and None or os.open('/proc/sys/vm/overcommit_memory', os.O_WRONLY)",
    "open('/etc/passwd', 'a')", "open('/etc/jupyter/jupyter_server_config.py', 'a')", "os.mkdir('/run/academy/x')", "os.unlink('/run/academy/gateway.sock')",
    "os.mkdir('/x')", "open(sys.prefix + '/x', 'w')", "open('/usr/bin/x', 'w')", "open('/dev/x', 'w')", "os.mknod('/tmp/d', 0o60600, os.makedev(8, 0))",
    "os.setuid(0)", "os.setgroups([0])", "os.chroot('/tmp')", "os.chown('/home/learner', 0, 0)", "os.sethostname(b'x') if hasattr(os, 'sethostname') else socket.sethostname('x')",
    "os.setresuid(61001, 61001, 61001)", "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))", "os.nice(-5)",
])
def test_refused_by_the_machine(kernel, code):
    assert inside(kernel, f"""
        import os, socket, sys
        try: {code}; answer = "done"
        except OSError as error: answer = "refused"
        """) == "refused"


@pytest.mark.parametrize("call", ["unshare(0x10000000)", "unshare(0x00020000)", "mount(b'none', b'/tmp', b'tmpfs', 0, None)", "umount2(b'/proc/sys', 2)",
                                  "setns(0, 0)", "pivot_root(b'/', b'/')", "ptrace(16, 1, 0, 0)", "reboot(0)"])
def test_refused_by_the_kernel(kernel, call):
    name, _, arguments = call.partition("(")
    assert inside(kernel, f"""
        import ctypes
        c = ctypes.CDLL(None, use_errno=True)
        answer = c.{name}({arguments[:-1]}) if hasattr(c, {name!r}) else -1
        """) in (-1, None) or name == "ptrace"


@pytest.mark.parametrize("line", ["su -c id", "mount -t tmpfs x /tmp", "unshare -Ur id", "bwrap --ro-bind / / id", "chsh", "newgrp root"])
def test_no_program_gives_more_rights(kernel, line):
    assert inside(kernel, f"""
        import subprocess
        done = subprocess.run({line.split()!r}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
        answer = done.returncode == 0 and "uid=0" in done.stdout
        """) is False


def test_no_capability_and_no_new_rights(kernel):
    assert inside(kernel, """
        status = dict(l.split(":\\t") for l in open("/proc/self/status").read().splitlines() if ":\\t" in l)
        answer = [status[n].strip() for n in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs")]
        """)[1:] == ["0" * 16, "0" * 16, "0" * 16, "0" * 16, "1"]


def test_sizes_are_bounded(kernel):
    assert inside(kernel, """
        import os, resource
        answer = [os.statvfs(p).f_blocks * os.statvfs(p).f_frsize <= 512 << 20 for p in ("/tmp", "/dev/shm")]
        answer += [resource.getrlimit(resource.RLIMIT_CORE)[1] == 0, 0 < resource.getrlimit(resource.RLIMIT_FSIZE)[1] <= 1 << 30]
        """) == [True] * 4


def test_a_fork_bomb_and_a_memory_bomb_harm_nobody_else(kernel, other, academy):
    if os.geteuid() == 0:
        assert inside(kernel, """
            import os, signal, time
            pids = []
            try:
                while len(pids) < 1000:
                    pid = os.fork()
                    if not pid: time.sleep(60); os._exit(0)
                    pids.append(pid)
                answer = "unbounded"
            except OSError: answer = "bounded"
            for pid in pids: os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)
            """) == "bounded"
    assert other.server("ben", "api/status").status == 200
    code = inside(kernel, """
        import subprocess, sys
        answer = subprocess.run([sys.executable, "-c", "x = bytearray(b'x') * (2 << 30); import time; time.sleep(20)"]).returncode
        """)
    assert code != 0
    assert other.server("ben", "api/status").status == 200 and academy.get("/hub/health").status == 200


def test_the_other_learners_work_is_where_it_was(kernel, other):
    assert json.loads(other.server("ben", "api/contents/work.txt").body)["content"] == "the work of ben"
