"""Attacks on the examiner: what each tries, what stops it, and the learner's cell that does it.

A forgery replaces the answer to `RECORD` and must earn nothing from `TESTS`. A probe looks around from inside and puts
what it could reach into ``found``, which must stay empty: in L, and in T. The notebook tests build on the same tables.
"""
from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FORGERIES", "MARKER", "PROBES", "RECORD", "TESTS", "Forgery", "Probe"]

MARKER = "7391"  # in every value of the tests that no learner may see in a result
RECORD = "def total(items):\n    return sum(items)\n\nanswer = 42\nfinal = 2.5\n"
TESTS = (
    f"expected = 42\nsecret = 'hidden-{MARKER}'\nassert answer == expected",
    f"cases = [[1, 2, {MARKER}], [0.5] * 7, []]\nfor items in cases:\n    assert total(items) == sum(items)",
    "import math\nassert math.isclose(final, 2.5) and abs(final - 2.5) < 1e-9\nassert isinstance(final, float)",
    "import numpy as np\nnp.testing.assert_allclose(answer, 42)\nnp.testing.assert_equal(final, 2.5)",
    "import unittest\ncase = unittest.TestCase()\ncase.assertEqual(answer, 42)\ncase.assertAlmostEqual(final, 2.5)",
    "assert answer in (42, 43) and 42 in [answer]\nassert 7 in {total([3, 4]): 1}",
    "import hashlib\nassert hashlib.sha256(str(answer).encode()).hexdigest()[:8] == '73475cb4'",
    "assert total([3, 4]) == 7 and total(range(5)) == 10\nassert all(map(lambda x: total([x]) == x, [1, 2, 3]))",
)


@dataclass(frozen=True)
class Forgery:
    tries: str
    stopped_by: str
    source: str
    ended: str = "passed"  # how the run ends: passed, died, timeout, memory


@dataclass(frozen=True)
class Probe:
    tries: str
    stopped_by: str
    source: str


_LIAR = """
class Liar{base}:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __hash__(self): return hash(42)
    def __sub__(self, other): return 0
    __rsub__ = __sub__
    def __abs__(self): return 0
    def __round__(self, digits=None): return 0
    def __contains__(self, item): return True
    def __bool__(self): return True
    def __call__(self, *a, **k): return Liar({arguments})
answer = final = Liar({arguments})
total = lambda items: Liar({arguments})
"""
_EVERY_FD = """
import os, stat
fds = []
for n in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(n).st_mode): fds.append(n)
    except OSError:
        pass
assert fds or os._exit(9)
"""

FORGERIES = {
    # -- modules and builtins
    "stubbed modules": Forgery(
        "put modules of one's own in the place of those the tests import", "the tests import in T, another process",
        "import sys, types\nfor name in ('math', 'numpy', 'numpy.testing', 'unittest', 'hashlib', 'autograders', "
        "'autograders.checks', 'checks', 'helper'):\n    fake = types.ModuleType(name)\n"
        "    fake.__getattr__ = lambda n: (lambda *a, **k: True)\n    sys.modules[name] = fake"),
    "builtins replaced": Forgery(
        "make sum, abs, isinstance and AssertionError agree", "T has builtins of its own",
        "import builtins\nbuiltins.sum = builtins.abs = lambda *a: 0\nbuiltins.isinstance = lambda *a: True\n"
        "builtins.AssertionError = type('Quiet', (Exception,), {})\nbuiltins.all = lambda x: True", "died|passed"),
    "module of the same name on disk": Forgery(
        "leave numpy.py, math.py and sitecustomize.py in the working directory", "T has its own file system and path",
        "for name in ('numpy', 'math', 'unittest', 'sitecustomize', 'usercustomize', 'helper'):\n"
        "    open(name + '.py', 'w').write('def __getattr__(n): return lambda *a, **k: None')\n"
        "import sys\nsys.path.insert(0, '.')"),
    "library patched": Forgery(
        "change numpy.testing and unittest in place", "a patched library is patched in L only",
        "import numpy as np, unittest, numpy.testing\nnp.testing.assert_allclose = np.testing.assert_equal = "
        "lambda *a, **k: None\nunittest.TestCase.assertEqual = lambda *a, **k: None\n"
        "unittest.TestCase.assertAlmostEqual = lambda *a, **k: None"),
    # -- the shell
    "input transformer": Forgery(
        "rewrite the source of later cells", "tests never run in the learner's shell",
        "ip = get_ipython()\nip.input_transformers_post.append(lambda lines: ['pass\\n'])\n"
        "ip.input_transformers_cleanup.append(lambda lines: ['pass\\n'])"),
    "AST transformer": Forgery(
        "take the asserts out of later cells", "tests never run in the learner's shell",
        "import ast\nclass Quiet(ast.NodeTransformer):\n    def visit_Assert(self, node):\n"
        "        return ast.copy_location(ast.Pass(), node)\nget_ipython().ast_transformers.append(Quiet())"),
    "muted tracebacks": Forgery(
        "swallow the exceptions of failing tests", "a verdict is the exception in T itself",
        "ip = get_ipython()\nip.set_custom_exc((BaseException,), lambda *a, **k: None)\nip.showtraceback = lambda *a: None\n"
        "import sys\nsys.excepthook = lambda *a: None\nip.run_cell = lambda *a, **k: None"),
    "events before and after a cell": Forgery(
        "bind the names again after each cell", "the names are taken once, and are still wrong",
        "def again(*a):\n    get_ipython().user_ns.update(answer=41)\nget_ipython().events.register('post_run_cell', again)"),
    # -- lying objects
    "object that equals everything": Forgery(
        "be equal to, and near, whatever is expected", "no mirror is compared or subtracted with a value of T",
        _LIAR.format(base="", arguments="")),
    "subclass of int": Forgery(
        "be an int that lies", "it is reduced to the int it really holds", _LIAR.format(base="(int)", arguments="7")),
    "subclass of float": Forgery(
        "be a float that lies", "it is reduced to the float it really holds", _LIAR.format(base="(float)", arguments="7.0")),
    "subclass of str": Forgery(
        "be a text that lies", "it is reduced to its characters", _LIAR.format(base="(str)", arguments="'x'")),
    "subclass of dict": Forgery(
        "be a dict that lies", "it is a handle, and compares with nothing", _LIAR.format(base="(dict)", arguments="")),
    "subclass of an array": Forgery(
        "be an array whose comparisons agree", "it crosses as the plain array it holds",
        "import numpy as np\nclass Liar(np.ndarray):\n    __eq__ = lambda s, o: np.True_\n    def __array_ufunc__(s, *a, **k):"
        " return np.True_\n    def __array_function__(s, *a, **k): return True\n"
        "answer = final = np.zeros(()).view(Liar)\ndef total(items): return np.zeros(()).view(Liar)"),
    "claimed class": Forgery(
        "say __class__ is float", "exact types only; a claim of plain data is not taken",
        "class Liar:\n    __class__ = property(lambda s: float)\n    __eq__ = lambda s, o: True\n    __hash__ = lambda s: 42\n"
        "    __float__ = lambda s: 1.0\nanswer = final = Liar()\ntotal = lambda items: Liar()"),
    "changing conversions": Forgery(
        "give another number at each conversion", "a conversion is one plain value, and a guess",
        "class Liar:\n    n = 0\n    def __float__(s):\n        Liar.n += 1\n        return float(Liar.n)\n    __int__ = __index__ = "
        "lambda s: 1\n    def __array__(s, *a, **k):\n        import numpy as np\n        return np.array(1.0)\n"
        "answer = final = Liar()\ntotal = lambda items: Liar()"),
    "object that holds everything": Forgery(
        "say that whatever is looked for is in it", "``in`` goes through the values it gives",
        "class Liar:\n    def __contains__(s, x): return True\n    def __iter__(s): return iter([1, 2])\n"
        "    def __len__(s): return 42\nanswer = final = Liar()\ntotal = lambda items: Liar()"),
    "array interface": Forgery(
        "make numpy read T's memory at a chosen address", "array interfaces and dispatch are shut in mirrors",
        "class Reader:\n    __array_interface__ = {'shape': (64,), 'typestr': '|u1', 'data': (0x400000, False), 'version': 3}\n"
        "    __array_struct__ = 1\n    __array_priority__ = 1e9\n    def __array_ufunc__(s, *a, **k): return True\n"
        "    def __array_function__(s, *a, **k): return None\nanswer = final = Reader()\ntotal = lambda items: Reader()"),
    "pickle payload": Forgery(
        "be unpickled in T", "nothing is ever pickled",
        "import os\nclass Bomb:\n    def __reduce__(self): return (os._exit, (0,))\nanswer = final = Bomb()\n"
        "total = lambda items: Bomb()"),
    "class of the record, lying": Forgery(
        "use the name of a class the record defines", "this record defines none",
        "class sum:\n    __eq__ = __add__ = __sub__ = lambda s, o: True\nanswer = final = sum()\ntotal = lambda items: sum()"),
    # -- readers
    "stack and frames": Forgery(
        "find the expected value in a frame", "T's frames are in another process",
        "import sys, gc\ndef total(items):\n    frame = sys._getframe()\n    while frame:\n"
        "        for scope in (frame.f_locals, frame.f_globals):\n            if 'expected' in scope: return scope['expected']\n"
        "        frame = frame.f_back\n    return [o for o in gc.get_objects() if isinstance(o, dict) and 'secret' in o][0]\n"
        "try:\n    answer = total([])\nexcept IndexError:\n    pass"),
    "In, Out and history": Forgery(
        "read the tests from the shell's history", "they were never given to this shell",
        "seen = repr(globals().get('In')) + repr(globals().get('Out')) + repr(vars(get_ipython()))\n"
        "answer = 42 if 'expected' in seen.replace(\"'expected'\", '') and 'assert answer' in seen else 0"),
    "searching memory": Forgery(
        "search this process for the tests' text", "they are not in it",
        "import re\nanswer = 0\nneedle = ('assert ' + 'answer ==').encode()\nfor line in open('/proc/self/maps'):\n"
        "    a, b = (int(x, 16) for x in line.split()[0].split('-'))\n    if 'rw' in line and b - a < 1 << 24:\n        try:\n"
        "            with open('/proc/self/mem', 'rb') as m:\n                m.seek(a)\n"
        "                hits = m.read(b - a).count(b'hidden-' + b'7391')\n"
        "                answer = 42 if hits else answer\n        except OSError:\n            pass"),
    # -- exits
    "os._exit in a cell": Forgery("end before the tests", "no verdict, no points", "import os\nos._exit(0)", "died"),
    "os._exit in a call": Forgery(
        "end in the middle of a test", "the cell it happens in cannot pass",
        "import os\nanswer = 0\ndef total(items):\n    os._exit(0)", "died"),
    "sys.exit": Forgery("end quietly", "an exit is an exception", "import sys\nanswer = 0\nsys.exit(0)"),
    "exits raised in a call": Forgery(
        "raise SystemExit, KeyboardInterrupt, GeneratorExit in T", "only kinds of Exception come back",
        "kinds = iter([SystemExit(0), KeyboardInterrupt(), GeneratorExit(), StopIteration()] * 9)\n"
        "def total(items):\n    raise next(kinds)"),
    "end of an iteration": Forgery(
        "stop all(map(…)) early by StopIteration", "StopIteration comes back only where an iterator was asked",
        "def total(items):\n    raise StopIteration"),
    "skip the test": Forgery(
        "raise unittest's SkipTest", "only built-in exceptions and those of listed libraries come back",
        "import unittest\ndef total(items):\n    raise unittest.SkipTest('x')"),
    "kill everything": Forgery(
        "kill the parent and all one can see", "own process namespace; its init ignores its own",
        "import os, signal\nfor pid in (os.getppid(), 1, -1):\n    try:\n        os.kill(pid, signal.SIGKILL)\n"
        "    except OSError:\n        pass\nos.kill(os.getpid(), signal.SIGKILL)", "died"),
    "crash": Forgery("end by a segmentation fault", "no verdict, no points",
                     "import ctypes\nctypes.string_at(0)", "died"),
    # -- frames and file descriptors
    "forged verdicts": Forgery(
        "write verdicts to every open descriptor", "L holds no end of T's pipe; a nonce and tokens are missing",
        _EVERY_FD + "import json, struct\nfor fd in fds:\n    for index in range(12):\n"
        "        body = json.dumps({'nonce': '', 'cell': index, 'token': '', 'status': 'passed', 'score': 2.0}).encode()\n"
        "        try:\n            os.write(fd, struct.pack('>I', len(body)) + body)\n        except OSError:\n            pass",
        "died"),
    "forged answers": Forgery(
        "answer requests before they are made", "an answer to no request ends the line",
        _EVERY_FD + "import json, struct\nfor fd in fds:\n    for n in range(1, 50):\n"
        "        body = json.dumps({'n': n, 'value': {'answer': 42, 'final': 2.5}}).encode()\n        try:\n"
        "            os.write(fd, struct.pack('>I', len(body)) + body)\n        except OSError:\n            pass", "died"),
    "frame too long": Forgery(
        "announce four gigabytes", "a bound on frames", _EVERY_FD + "for fd in fds:\n    os.write(fd, b'\\xff' * 64)", "died"),
    "frame that nests": Forgery(
        "make T's parser recurse", "what does not parse ends the line",
        _EVERY_FD + "import struct\nbody = b'[' * 200000\nfor fd in fds:\n    os.write(fd, struct.pack('>I', len(body)) + body)",
        "died"),
    "descriptors closed": Forgery(
        "close every descriptor", "T sees the end", _EVERY_FD + "for fd in fds:\n    os.close(fd)", "died"),
    "hostile descriptions": Forgery(
        "describe classes that are their own base, with any method", "names, bases and methods are checked",
        "import sys\nobjects = sys.modules['runner.objects'].Objects\n"
        "objects.describe = lambda self, n: {'name': 'x' * 10**6, 'module': 'builtins', 'doc': 5, 'bases': [n, n],\n"
        "    'dunders': ['__eq__', '__class__', '__init_subclass__', '__sub__'] * 1000, 'exception': 'BaseException'}\n"
        "class C:\n    __eq__ = lambda s, o: True\nanswer = final = C()\ntotal = lambda items: C()"),
    "hostile trees": Forgery(
        "send values of forbidden kinds", "every part of a value is checked",
        "import sys\nside = sys.modules['runner.learner_side']\nbad = iter([['array', '|O', [1], 'AAAA', 'C'], "
        "['array', '<f8', [1 << 39, 0], '', 'C'], ['class', 'os._exit'], ['handle', -1, -1], ['type', True], "
        "['named', 'x', ['__eq__'], [1]], ['datetime', '2020-01-01', '../../etc/passwd', 0], ['dtype', 'O'], "
        "['function', 5, '__import__'], ['timedelta', 1e308], {'a': 1}, ['frame', 1, 2, 3], ['module', 'os'], "
        "['pattern', '(' * 5000, 0]] * 9)\nside.encode = lambda *a: next(bad)\nanswer = final = object()"),
    # -- values
    "nested value": Forgery(
        "nest lists beyond any depth", "a bound on depth",
        "answer = []\nfor _ in range(100000):\n    answer = [answer]\nfinal = []\nfinal.append(final)\ntotal = lambda items: final"),
    "huge value": Forgery(
        "send more than fits", "a bound on frames and nodes",
        "answer = 'x' * (40 << 20)\nfinal = 1 << 5000000\ntotal = lambda items: 'x' * (40 << 20)"),
    "surrogates and NaN": Forgery(
        "send text and numbers that break comparisons", "they are ordinary wrong values",
        "answer = '\\ud800\\udfff\\x00'\nfinal = float('nan')\ntotal = lambda items: float('inf') - float('inf')"),
    "array of objects": Forgery(
        "hide liars in an array", "they are handles there too",
        "import numpy as np\nclass L:\n    __eq__ = lambda s, o: True\n    __sub__ = lambda s, o: 0\n"
        "answer = final = np.array([L()], dtype=object)\ntotal = lambda items: np.array([L()], dtype=object)"),
    # -- loops and bombs
    "endless loop": Forgery("never end", "a deadline for each cell", "answer = 0\nwhile True:\n    pass", "timeout"),
    "endless call": Forgery(
        "never answer a call", "a deadline for each cell", "answer = 0\ndef total(items):\n    while True:\n        pass",
        "timeout"),
    "interrupts caught": Forgery(
        "catch every signal and exception", "the deadline is SIGKILL, from outside",
        "import signal\nfor n in range(1, 65):\n    try:\n        signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError):\n        pass\nwhile True:\n    try:\n        while True: pass\n"
        "    except BaseException:\n        pass", "timeout"),
    "endless output": Forgery(
        "print without end", "output is dropped beyond its bound; a deadline", "while True:\n    print('x' * 10000)", "timeout"),
    "memory": Forgery(
        "take all memory", "a control group, or a watching server",
        "hog = []\nwhile True:\n    hog.append(bytearray(8 << 20))", "memory|passed|died"),
    "forks": Forgery(
        "fork without end", "a bound on processes",
        "import os, time\nanswer = 0\nfor _ in range(500):\n    try:\n        if os.fork() == 0:\n            time.sleep(60)\n"
        "    except OSError:\n        break"),
    "threads": Forgery(
        "start threads without end", "a bound on processes",
        "import threading, time\nanswer = 0\nfor _ in range(500):\n    try:\n"
        "        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n    except RuntimeError:\n        break"),
    "disk": Forgery(
        "fill the disk", "a sized file system",
        "answer = 0\nfor n in range(64):\n    with open(f'file{n}', 'wb') as f:\n        f.write(b'x' * (1 << 20))"),
    "one file": Forgery(
        "write one huge file", "a bound on file size",
        "answer = 0\nwith open('file', 'wb') as f:\n    for n in range(64):\n        f.write(b'x' * (1 << 20))"),
    "shared memory": Forgery(
        "fill /dev/shm", "a sized file system",
        "answer = 0\nwith open('/dev/shm/file', 'wb') as f:\n    for n in range(64):\n        f.write(b'x' * (1 << 20))"),
}

_CALLS = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nfound = []\n"
PROBES = {
    "root": Probe("be root, or become it", "a uid of its own, no capabilities, no new privileges",
                  "import os\nfound = ['root'] if 0 in (os.getuid(), os.geteuid(), os.getgid()) else []\n"
                  "for call in (os.setuid, os.setgid):\n    try:\n        call(0)\n        found.append(call.__name__)\n"
                  "    except OSError:\n        pass"),
    "status": Probe("have capabilities, or no filter", "dropped before the first line",
                    "status = dict(l.split(':', 1) for l in open('/proc/self/status'))\n"
                    "want = {'NoNewPrivs': '1', 'Seccomp': '2', **{c: '0' * 16 for c in ('CapInh', 'CapPrm', 'CapEff', "
                    "'CapBnd', 'CapAmb')}}\nfound = [k for k, v in want.items() if status[k].strip() != v]"),
    "kernel settings": Probe(
        "open a kernel setting for writing", "another uid, and a read-only bind",
        "import os\nfound = []\nfor folder in ('/proc/sys', '/proc/irq'):\n    for at, _, names in os.walk(folder):\n"
        "        for name in names:\n            try:\n                os.close(os.open(os.path.join(at, name), os.O_WRONLY))\n"
        "                found.append(os.path.join(at, name))\n            except OSError:\n                pass\n"
        "for path in ('/proc/sysrq-trigger', '/dev/mem', '/dev/kmsg', '/proc/kcore', '/proc/1/mem', '/proc/1/environ'):\n"
        "    try:\n        os.close(os.open(path, os.O_RDWR))\n        found.append(path)\n    except OSError:\n        pass"),
    "network": Probe(
        "open a socket that leaves the process", "only AF_UNIX, in an empty network namespace",
        "import socket\nfound = []\nfor family in (2, 10, 16, 17, 40, 38, 31, 44):\n"
        "    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):\n        try:\n"
        "            socket.socket(family, kind).close()\n            found.append((family, int(kind)))\n"
        "        except OSError:\n            pass\nfound += [l.split(':')[0].strip() for l in open('/proc/net/dev') if ':' in l "
        "and l.split(':')[0].strip() != 'lo']\nfound += open('/proc/net/unix').read().count('@') * ['abstract']"),
    "processes": Probe(
        "see another process", "own process namespace, hidepid",
        "import os\nmine = {1, os.getpid(), os.getppid()}\nfound = [int(p) for p in os.listdir('/proc') if p.isdigit() "
        "and int(p) not in mine]\nif os.getpid() > 4: found.append(os.getpid())"),
    "init": Probe(
        "reach into the first process", "not dumpable",
        "import os\nfound = []\nfor name in ('mem', 'environ', 'maps', 'fd', 'root', 'cwd', 'exe'):\n    path = '/proc/1/' + name\n"
        "    try:\n        os.listdir(path) if name == 'fd' else os.readlink(path) if name in ('root', 'cwd', 'exe') else "
        "open(path, 'rb').read(1)\n        found.append(path)\n    except OSError:\n        pass"),
    "files": Probe(
        "find anybody's files", "only the system and the environment are bound",
        "import os\nfound = [p for p in ('/' + 'root', '/home',"
                  "  '/var', '/run', '/srv', '/mnt', '/media', '/boot', "
        "'/etc/passwd', '/etc/shadow', '/etc/hosts', '/etc/machine-id', '/sys', '/var/lib/academy') if os.path.exists(p)]"),
    "writing": Probe(
        "write where others read", "everything but /tmp and /dev/shm is read-only",
        "import os, sys\nfound = []\nfor folder in ('/', '/usr', '/usr/lib', '/etc', '/academy', '/academy/runner', '/dev', "
        "sys.prefix, os.path.dirname(os.__file__), '/proc/sys/kernel'):\n    try:\n"
        "        open(os.path.join(folder, 'x'), 'w').close()\n        found.append(folder)\n    except OSError:\n        pass"),
    "environment": Probe(
        "read a secret from the environment", "it starts empty",
        "import os\nallowed = {'PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'USER', 'LOGNAME', 'PWD', "
        "'JPY_PARENT_PID', 'COLUMNS', 'LINES', 'TERM', 'CLICOLOR', 'FORCE_COLOR', 'CLICOLOR_FORCE', 'PAGER', 'GIT_PAGER', "
        "'KMP_INIT_AT_FORK', 'KMP_DUPLICATE_LIB_OK'}\nfound = [k for k in os.environ if k not in allowed and not "
        "k.endswith('_NUM_THREADS') and not k.startswith(('MPL', 'PYTHON', 'IPYTHON', 'OPENBLAS', 'ATEN', 'JOBLIB', "
        "'VECLIB'))]\ntry:\n    found += [l for l in open('/proc/self/environ').read().split('\\0') if l and "
        "not l.startswith(('PYTHONHASHSEED=', 'PWD='))]\nexcept OSError:\n    pass"),
    "descriptors": Probe(
        "find an inherited descriptor", "all are closed but the job's own",
        "import os, stat\nfound = []\nsockets = 0\nnull = os.stat('/dev/null')\nfor n in range(256):\n    try:\n"
        "        state = os.fstat(n)\n    except OSError:\n        continue\n"
        "    if stat.S_ISSOCK(state.st_mode): sockets += 1\n"
        "    elif (state.st_dev, state.st_ino) != (null.st_dev, null.st_ino): found.append((n, oct(state.st_mode)))\n"
        "if sockets > 2: found.append(sockets)"),
    "namespaces": Probe(
        "make or enter a namespace", "the filter",
        _CALLS + "for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):\n"
        "    if libc.unshare(flag) == 0: found.append(hex(flag))\nfor name in ('user', 'pid', 'net', 'mnt'):\n    try:\n"
        "        fd = os.open('/proc/self/ns/' + name, os.O_RDONLY)\n        if libc.setns(fd, 0) == 0: found.append(name)\n"
        "    except OSError:\n        pass\n"
        "if libc.syscall(56 if os.uname().machine == 'x86_64' else 220, 0x10000011, 0, 0, 0, 0) >= 0: found.append('clone')"),
    "set-uid programs": Probe(
        "gain rights by running a program", "no new privileges, nosuid",
        "import subprocess\nfound = []\nfor line in (['su', '-c', 'id'], ['mount', '-t', 'tmpfs', 'x', '/tmp'], "
        "['newuidmap', '1', '0', '0', '1'], ['unshare', '-r', 'true'], ['ping', '-c1', '127.0.0.1']):\n    try:\n"
        "        if subprocess.run(line, capture_output=True, timeout=3).returncode == 0: found.append(line)\n"
        "    except (OSError, subprocess.SubprocessError):\n        pass"),
    "limits": Probe(
        "raise a limit", "hard limits, no capability",
        "import resource as r\nfound = []\nif r.getrlimit(r.RLIMIT_CORE)[1] != 0: found.append('core')\n"
        "for name in ('RLIMIT_FSIZE', 'RLIMIT_NOFILE', 'RLIMIT_NPROC', 'RLIMIT_CPU', 'RLIMIT_MEMLOCK'):\n"
        "    what = getattr(r, name)\n    if r.getrlimit(what)[1] == r.RLIM_INFINITY: found.append(name)\n    try:\n"
        "        r.setrlimit(what, (r.getrlimit(what)[1] + 1,) * 2)\n        found.append(name)\n"
        "    except (OSError, ValueError):\n        pass"),
    "what the last one left": Probe(
        "find files of an earlier job", "each job has file systems of its own",
        "import os\nfound = [p for d in ('/tmp', '/dev/shm', '/tmp/work', '/tmp/home') for p in (os.path.join(d, n) "
        "for n in os.listdir(d)) if p not in ('/tmp/work', '/tmp/home', '/tmp/instructor')]\n"
        "for d in ('/tmp', '/dev/shm', '/tmp/work', '/tmp/home'):\n    open(os.path.join(d, 'left'), 'w').close()"),
}
