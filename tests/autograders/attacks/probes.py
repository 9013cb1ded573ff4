"""Probes: cells that look around from inside and list in ``found`` what they could reach. See `catalogue`."""
from __future__ import annotations

from .catalogue import Probe

__all__ = ["PROBES"]

PROBES = {
    "root": Probe(
        "be root, or become it",
        "a uid of its own, no capabilities, no new privileges",
        """
import os
found = ['root'] if 0 in (os.getuid(), os.geteuid(), os.getgid()) else []
for call in (os.setuid, os.setgid):
    try:
        call(0)
        found.append(call.__name__)
    except OSError:
        pass
"""),
    "status": Probe(
        "have capabilities, or no filter",
        "dropped before the first line",
        """
status = dict(l.split(':', 1) for l in open('/proc/self/status'))
want = {'NoNewPrivs': '1', 'Seccomp': '2', **{c: '0' * 16 for c in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')}}
found = [k for k, v in want.items() if status[k].strip() != v]
"""),
    "kernel settings": Probe(
        "open a kernel setting for writing",
        "another uid, and a read-only bind",
        """
import os
found = []
for folder in ('/proc/sys', '/proc/irq'):
    for at, _, names in os.walk(folder):
        for name in names:
            try:
                os.close(os.open(os.path.join(at, name), os.O_WRONLY))
                found.append(os.path.join(at, name))
            except OSError:
                pass
for path in ('/proc/sysrq-trigger', '/dev/mem', '/dev/kmsg', '/proc/kcore', '/proc/1/mem', '/proc/1/environ'):
    try:
        os.close(os.open(path, os.O_RDWR))
        found.append(path)
    except OSError:
        pass
"""),
    "network": Probe(
        "open a socket that leaves the process",
        "only AF_UNIX, in an empty network namespace",
        """
import socket
found = []
for family in (2, 10, 16, 17, 40, 38, 31, 44):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(family, kind).close()
            found.append((family, int(kind)))
        except OSError:
            pass
found += [l.split(':')[0].strip() for l in open('/proc/net/dev') if ':' in l and l.split(':')[0].strip() != 'lo']
found += open('/proc/net/unix').read().count('@') * ['abstract']
"""),
    "processes": Probe(
        "see another process",
        "own process namespace, hidepid",
        """
import os
mine = {1, os.getpid(), os.getppid()}
found = [int(p) for p in os.listdir('/proc') if p.isdigit() and int(p) not in mine]
if os.getpid() > 4: found.append(os.getpid())
"""),
    "init": Probe(
        "reach into the first process",
        "not dumpable",
        """
import os
found = []
for name in ('mem', 'environ', 'maps', 'fd', 'root', 'cwd', 'exe'):
    path = '/proc/1/' + name
    try:
        os.listdir(path) if name == 'fd' else os.readlink(path) if name in ('root', 'cwd', 'exe') else open(path, 'rb').read(1)
        found.append(path)
    except OSError:
        pass
"""),
    "files": Probe(
        "find anybody's files",
        "only the system and the environment are bound",
        """
import os
found = [p for p in ('/' + 'root', '/home',  '/var', '/run', '/srv', '/mnt', '/media', '/boot', '/etc/passwd', '/etc/shadow', '/etc/hosts', '/etc/machine-id', '/sys', '/var/lib/academy') if os.path.exists(p)]
"""),
    "writing": Probe(
        "write where others read",
        "everything but /tmp and /dev/shm is read-only",
        """
import os, sys
found = []
for folder in ('/', '/usr', '/usr/lib', '/etc', '/academy', '/academy/runner', '/dev', sys.prefix, os.path.dirname(os.__file__), '/proc/sys/kernel'):
    try:
        open(os.path.join(folder, 'x'), 'w').close()
        found.append(folder)
    except OSError:
        pass
"""),
    "environment": Probe(
        "read a secret from the environment",
        "it starts empty",
        r"""
import os
allowed = {'PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'USER', 'LOGNAME', 'PWD', 'JPY_PARENT_PID', 'COLUMNS', 'LINES', 'TERM', 'CLICOLOR', 'FORCE_COLOR', 'CLICOLOR_FORCE', 'PAGER', 'GIT_PAGER', 'KMP_INIT_AT_FORK', 'KMP_DUPLICATE_LIB_OK'}
found = [k for k in os.environ if k not in allowed and not k.endswith('_NUM_THREADS') and not k.startswith(('MPL', 'PYTHON', 'IPYTHON', 'OPENBLAS', 'ATEN', 'JOBLIB', 'VECLIB'))]
try:
    found += [l for l in open('/proc/self/environ').read().split('\0') if l and not l.startswith(('PYTHONHASHSEED=', 'PWD='))]
except OSError:
    pass
"""),
    "descriptors": Probe(
        "find an inherited descriptor",
        "all are closed but the job's own",
        """
import os, stat
found = []
sockets = 0
null = os.stat('/dev/null')
for n in range(256):
    try:
        state = os.fstat(n)
    except OSError:
        continue
    if stat.S_ISSOCK(state.st_mode): sockets += 1
    elif (state.st_dev, state.st_ino) != (null.st_dev, null.st_ino): found.append((n, oct(state.st_mode)))
if sockets > 2: found.append(sockets)
"""),
    "namespaces": Probe(
        "make or enter a namespace",
        "the filter",
        """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
found = []
for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
    if libc.unshare(flag) == 0: found.append(hex(flag))
for name in ('user', 'pid', 'net', 'mnt'):
    try:
        fd = os.open('/proc/self/ns/' + name, os.O_RDONLY)
        if libc.setns(fd, 0) == 0: found.append(name)
    except OSError:
        pass
if libc.syscall(56 if os.uname().machine == 'x86_64' else 220, 0x10000011, 0, 0, 0, 0) >= 0: found.append('clone')
"""),
    "set-uid programs": Probe(
        "gain rights by running a program",
        "no new privileges, nosuid",
        """
import subprocess
found = []
for line in (['su', '-c', 'id'], ['mount', '-t', 'tmpfs', 'x', '/tmp'], ['newuidmap', '1', '0', '0', '1'], ['unshare', '-r', 'true'], ['ping', '-c1', '127.0.0.1']):
    try:
        if subprocess.run(line, capture_output=True, timeout=3).returncode == 0: found.append(line)
    except (OSError, subprocess.SubprocessError):
        pass
"""),
    "limits": Probe(
        "raise a limit",
        "hard limits, no capability",
        """
import resource as r
found = []
if r.getrlimit(r.RLIMIT_CORE)[1] != 0: found.append('core')
for name in ('RLIMIT_FSIZE', 'RLIMIT_NOFILE', 'RLIMIT_NPROC', 'RLIMIT_CPU', 'RLIMIT_MEMLOCK'):
    what = getattr(r, name)
    if r.getrlimit(what)[1] == r.RLIM_INFINITY: found.append(name)
    try:
        r.setrlimit(what, (r.getrlimit(what)[1] + 1,) * 2)
        found.append(name)
    except (OSError, ValueError):
        pass
"""),
    "what the last one left": Probe(
        "find files of an earlier job",
        "each job has file systems of its own",
        """
import os
found = [p for d in ('/tmp', '/dev/shm', '/tmp/work', '/tmp/home') for p in (os.path.join(d, n) for n in os.listdir(d)) if p not in ('/tmp/work', '/tmp/home', '/tmp/instructor')]
for d in ('/tmp', '/dev/shm', '/tmp/work', '/tmp/home'):
    open(os.path.join(d, 'left'), 'w').close()
"""),
}
