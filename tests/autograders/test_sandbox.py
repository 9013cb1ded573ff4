"""Starting, limiting and ending fork servers, as root and as an ordinary user."""
from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

import autograders
from autograders.examination import CERTIFYING, Environment, Limits, RunResult, Status
from autograders.examiner import ExaminerError, open_examiner
from autograders.sandbox import SandboxError, Started, open_server, protections
from autograders.sandbox import start as starting
from autograders.sandbox.limits import LimitBackend, probe
from autograders.sandbox.runner import seccomp
from autograders.sandbox.runner.files import FilesError, pack, unpack

from .examining import SMALL, environment, examine, examiner, run_of

REPOSITORY = Path(autograders.__file__).resolve().parents[1]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: becomes another user, or makes control groups")


# -- the template
def template(kind="L", userns=7):
    return starting.arguments(kind, environment(), [(9, "/academy/runner/x.py")], userns=userns, control=5, slots=[])


def test_root_never_starts_bubblewrap_as_root():
    line = template()
    assert line[0].endswith("setpriv") and line[line.index("--reuid") + 1] == str(starting.OWNER_UID)
    assert {"--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"} <= set(line[:line.index("--")])
    assert line[line.index("--userns") + 1] == "7"


@pytest.mark.parametrize("userns", [7, None])
def test_the_template_shuts_what_it_must(userns):
    line = template(userns=userns)
    assert {"--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--clearenv", "--new-session"} <= set(line)
    assert line[line.index("--cap-drop") + 1] == "ALL"
    assert "--bind" not in line and "--share-net" not in line and "--dev-bind" not in line
    last_bind = max(i for i, word in enumerate(line) if word in ("--ro-bind", "--ro-bind-try", "--file", "--dir"))
    assert last_bind < line.index("/", line.index("--remount-ro"))


def test_only_T_gets_the_building_blocks():
    assert not any("/lib/" in place for _, place in starting._sources("L"))
    assert any(place == "/academy/lib/autograders/__init__.py" for _, place in starting._sources("T"))


@pytest.mark.parametrize("kind", ["", "l", "X", "T --share-net"])
def test_there_are_two_kinds(kind):
    with pytest.raises(SandboxError, match="the kind is one of"):
        open_server(kind, environment())


@pytest.mark.parametrize("name", ["os; import x", "a b", "", "..", "a.", "x" * 101, "é", "a\n"])
def test_preload_takes_names_of_modules(name):
    with pytest.raises(SandboxError, match="not a module's name"):
        starting.preparation((name,))


def test_a_missing_environment_is_named(tmp_path):
    with pytest.raises(SandboxError, match="not an interpreter; install the environment"):
        open_server("L", Environment(tmp_path / "bin/python"))


def test_a_broken_environment_is_diagnosed():
    with pytest.raises(SandboxError, match="academy doctor"):
        open_examiner(Environment(Path("/usr/bin/true"))).__enter__()


# -- the filter
def test_an_unknown_processor_gets_no_filter():
    with pytest.raises(seccomp.UnknownMachineError, match="no system call filter for riscv64"):
        seccomp.program("riscv64")


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_a_program_within_bounds(machine):
    assert 0 < len(seccomp.program(machine)) // 8 < 4096 and len(seccomp.program(machine)) % 8 == 0


# -- limits
def test_no_control_groups_leave_rlimits_which_never_certify(tmp_path):
    backend = probe(tmp_path)
    assert backend.name == "rlimits" and not backend.bounds_jobs
    isolation = starting._isolation(True, backend)
    assert not RunResult(1, (), Status.PASSED, 0.0, isolation).certifying


@pytest.mark.parametrize("missing", sorted(CERTIFYING))
def test_each_protection_is_needed_to_certify(missing):
    full = starting._isolation(True, LimitBackend("cgroup-v1", {}))
    result = RunResult(1, (), Status.PASSED, 0.0, full)
    assert result.certifying
    assert not replace(result, isolation=tuple(p for p in full if p != missing)).certifying


@as_root
def test_a_memory_bomb_is_ended_by_the_control_group():
    if not probe().bounds_jobs:
        pytest.skip("this machine offers no control groups")
    result = examine("assert True", "hog = []\nwhile True:\n    hog.append(bytearray(8 << 20))", record="x = 1",
                     limits=replace(SMALL, cell_seconds=30.0, seconds=60.0))
    assert (result.ended, result.verdicts[0].status, result.score) == (Status.MEMORY, Status.MEMORY, 0)


@as_root
def test_groups_are_removed_when_a_server_ends():
    backend = probe()
    started = open_server("L", environment(), workers=2, backend=backend)
    folders = list(started.slots.folders)
    assert all(f.is_dir() for f in folders)
    started.close()
    assert not any(f.exists() for f in folders)


# -- lives
def test_a_server_ends_when_its_control_socket_does():
    started = open_server("T", environment())
    started.release()
    assert started.reap(10.0)


def test_a_server_can_be_handed_on():
    """As the launcher does: the grader gets a descriptor and a description, nothing else."""
    kept = []

    def start(kind, environment):
        started = open_server(kind, environment)
        one, two = socket.socketpair()
        socket.send_fds(one, [b"x"], [started.control.fileno()])
        _, (fd,), _, _ = socket.recv_fds(two, 1, 1)
        one.close(), two.close()
        description = started.description()
        started.release()
        kept.append(started)
        return Started.adopt(fd, description)

    with open_examiner(environment(), start=start) as opened:
        assert opened.examine(run_of("assert x == 1", "x = 1"), SMALL).score == 2
    assert all(started.reap(10.0) for started in kept)


def test_nothing_of_a_run_is_left_behind():
    examine("assert True", "import subprocess, os\nfor _ in range(3):\n    subprocess.Popen(['sleep', '987654'])\nx = 1")
    lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert "sleep 987654" not in lines


def test_a_dead_server_is_started_again():
    with open_examiner(environment()) as opened:
        opened._servers["L"].process.kill()
        opened._servers["L"].control.close()
        opened._servers["L"].control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)[0]
        assert opened.examine(run_of("assert x == 1", "x = 1"), SMALL).score == 2


def test_two_runs_at_a_time_do_not_meet():
    results = {}

    def one(n):
        results[n] = examine(f"assert x == {n}", f"x = {n}", seed=n).score

    threads = [threading.Thread(target=one, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == dict.fromkeys(range(6), 2)


def test_a_run_in_servers_of_its_own():
    """For the highest stakes: nothing is shared with another run, not even a layout of memory."""
    with open_examiner(environment(), fresh=True) as opened:
        results = [opened.examine(run_of("assert x > 0", "x = id(object())"), SMALL) for _ in range(2)]
        assert not opened._servers
    assert [r.score for r in results] == [2, 2] and all("fresh-exec" in r.isolation for r in results)


def test_the_whole_run_has_a_deadline_too():
    started = time.monotonic()
    result = examiner().examine(run_of(["import time; time.sleep(1)"] * 9, "x = 1"), Limits(seconds=1.5, cell_seconds=30))
    assert result.ended is Status.TIMEOUT and time.monotonic() - started < 8
    assert [v.status for v in result.verdicts].count(Status.TIMEOUT) == 1


# -- files
def test_files_go_in_without_links(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("a")
    (tmp_path / "in/link").symlink_to("/etc/passwd")
    fd = os.memfd_create("x")
    os.write(fd, pack(tmp_path / "in"))
    out = tmp_path / "out"
    out.mkdir()
    assert unpack(fd, str(out)) == 1 and (out / "a.txt").read_text() == "a"


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("autograders.sandbox.runner.files.MAX_FILES", 1)
    for name in "ab":
        (tmp_path / name).write_text("x")
    with pytest.raises(FilesError, match="more than 1 files"):
        pack(tmp_path)
    with pytest.raises(ExaminerError, match="more than 1 files"):
        examine("assert x", "x = 1", shared_files=tmp_path)


# -- doctor, and the ordinary user
def test_the_doctor_names_each_protection():
    found = protections()
    assert {"bubblewrap", "namespaces", "seccomp", "limits", "uid-per-job"} == {p.name for p in found}
    assert all(p.message for p in found)


@as_root
def test_an_ordinary_user_examines_too_and_does_not_certify(tmp_path):
    """The same run under an unprivileged uid: forgeries and probes included."""
    if not os.access(REPOSITORY, os.X_OK):
        pytest.skip("the repository is not readable by other users")
    script = (
        "import sys\nfrom tests.autograders.examining import examine\n"
        "from tests.autograders.attacks.catalogue import RECORD, TESTS\n"
        "from tests.autograders.attacks.disruptions import DISRUPTIONS\n"
        "from tests.autograders.attacks.forgeries import FORGERIES\n"
        "from tests.autograders.attacks.probes import PROBES\n"
        "assert examine(list(TESTS), RECORD).score == 2 * len(TESTS)\n"
        "FORGERIES |= DISRUPTIONS\nfor name in ('os._exit in a call', 'forks', 'memory', 'disk', 'object that equals everything'):\n"
        "    result = examine(list(TESTS), FORGERIES[name].source, record=RECORD)\n    assert result.score == 0, (name, result)\n"
        "for name, probe in PROBES.items():\n    result = examine('assert found == []', probe.source, record='found = []')\n"
        "    assert result.score == 2, (name, result)\n    assert not result.certifying, result.isolation\nprint('all well')")
    line = ["setpriv", "--reuid", "65501", "--regid", "65501", "--clear-groups", "--inh-caps=-all", sys.executable, "-c",
            script]
    probe_access = subprocess.run([*line[:6], "test", "-x", sys.executable])
    if probe_access.returncode:
        pytest.skip("the interpreter is not readable by other users")
    answer = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True, timeout=120,
                            env={"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"})
    assert answer.stdout.strip() == "all well", answer.stdout + answer.stderr
