"""Attacks on what crosses between L and T: names, copies, random streams, files, loans, claims, deadlines, input.

Each has tests of its own, and must earn nothing from them. ``OWN`` patches L's half of the protocol, as a learner can.
"""
from __future__ import annotations

from dataclasses import dataclass

from .catalogue import MARKER

__all__ = ["ANSWER", "CROSSERS", "OWN", "STATE", "Crosser"]


@dataclass(frozen=True)
class Crosser:
    tries: str
    stopped_by: str
    source: str
    tests: str
    record: str = "answer = 42\ndef probe(*a):\n    return None\n"
    given: str = ""


OWN = "import sys, gc\nside = sys.modules['runner.learner_side']\nsession = next(o for o in gc.get_objects() if type(o).__name__ == '_Session')\n"
ANSWER = f"expected = 42\nsecret = {MARKER}\nprobe()\nassert answer == expected"
NODE = "class Node:\n    def __init__(self, value):\n        self.value = value\n    def valid(self):\n        return self.value == 'never'\n"
FORGED = "def probe(*a):\n    return None\nanswer = 0\n"


def told(names: str) -> str:
    """L says in every answer that a call has bound these names."""
    return OWN + FORGED + f"session.names.changed = lambda: {names}"


def stream(state: str) -> str:
    return OWN + FORGED + f"session.streams.changed = lambda: {state}"


def answers(change: str) -> str:
    """L changes every answer before it is sent."""
    return OWN + FORGED + f"""
send = session.channel.send
def forged(message):
    if 'n' in message:
        {change}
    send(message)
session.channel.send = forged
"""


def described(facts: str) -> str:
    """L describes each class of its own like this."""
    return ("import sys\nobjects = sys.modules['runner.objects'].Objects\nreal = objects.describe\n"
            f"objects.describe = lambda self, n: real(self, n) | {facts}\n"
            "class Liar:\n    def __eq__(self, o):\n        return True\n    __hash__ = None\nanswer = Liar()\ndef probe(*a):\n    return Liar()\n")


SEEDED = "import numpy as np, random\nnp.random.seed(91)\nrandom.seed(91)\nprobe()\ndrawn = np.random.randint(0, 10**9, 4)\nother = random.getrandbits(64)\n"
SUM = SEEDED + "assert answer == int(drawn.sum()) or answer == other or drawn.sum() == 0"
FILE = "# files: {0}\n"

CROSSERS = {
    "bound: the expected value": Crosser(
        "say that a call bound the name that holds the expected value", "only names that the record's functions write",
        told("{'expected': 0}"), ANSWER),
    "bound: every name of the tests": Crosser(
        "bind the test's libraries, helpers and builtins", "only names that the record's functions write",
        told("{n: ['lent', 0] for n in ('math', 'np', 'sum', 'abs', 'isinstance', 'AssertionError', '__builtins__', 'expected')}"), ANSWER),
    "bound: no mapping": Crosser("send something else in its place", "what is no mapping is nothing", told("[['expected', 0]] * 10"), ANSWER),
    "changed: arguments that are none": Crosser(
        "say that arguments changed that were never given", "keys of this call only",
        answers("message['changed'] = [['expected', 0], [-1, 0], [99, 0], [True, 0], ['__class__', 0], [[1], 0], 5]"), ANSWER),
    "changed: an argument of another kind": Crosser(
        "make a number of the test equal to one's own", "only what can change is changed",
        answers("message['changed'] = [[0, 0]]"), "expected = 42\nprobe(expected)\nassert answer == expected"),
    "held: numbers of every kind": Crosser(
        "hold what was never given", "keys of this call only, whole numbers only",
        answers("message['held'] = [[0, True], [0, 1e308], [0, 'x'], [5, 5], [None, 1], [[], {}]] * 500"), ANSWER),
    "kept: two objects under one number": Crosser(
        "let the wrong answer become the copy of another value", "copies of one kind only; values are what L gives anyway",
        answers("message['kept'] = 7"), ANSWER),
    "kept: a flood": Crosser(
        "make T hold a million copies", "a bound on copies",
        OWN + FORGED + "n = iter(range(10**9))\nsession.kept.number = lambda value, references: next(n)\ndef probe(*a):\n    return [0] * 50\n",
        "for _ in range(300):\n    probe()\nassert answer == 42"),
    "stream: a state of zeros": Crosser(
        "choose the inputs of the test", "a state is believed only if it lies a few draws ahead", stream("[['numpy', [0] * 623 + [0, 624]], ['random', [0] * 624 + [624]]]"), SUM),
    "stream: a state of one's own": Crosser(
        "choose the inputs by a seed of one's own", "a state is believed only if it lies a few draws ahead",
        OWN + "import random, numpy as np\nr = np.random.RandomState(5)\nwords = [*map(int, r.get_state()[1]), 624]\nanswer = int(r.randint(0, 10**9, 4).sum())\n"
        "def probe(*a):\n    return None\nsession.streams.changed = lambda: [['numpy', words]]", SUM),
    "stream: far ahead": Crosser(
        "look for a convenient place far ahead", "a bound on how far",
        OWN + "import numpy as np\nr = np.random.RandomState(91)\nr.bytes(4 * 624 * 200)\nwords = [*map(int, r.get_state()[1]), int(r.get_state()[2])]\nanswer = int(r.randint(0, 10**9, 4).sum())\n"
        "def probe(*a):\n    return None\nsession.streams.changed = lambda: [['numpy', words]]", SUM),
    "stream: no states": Crosser(
        "break the reader of states", "each word is checked",
        stream("[['numpy', [True] * 625], ['numpy', [1 << 40] * 625], ['numpy', [-1] * 625], ['numpy', [0] * 624 + [0]], ['numpy', None], ['os', [1] * 625], 5, ['random', 'x']]"), SUM),
    "stream: unseeded": Crosser(
        "learn and set a stream that the test never seeded", "nothing crosses before a seed",
        stream("[['numpy', [1] * 624 + [624]]]"), "import numpy as np\nprobe()\nassert answer == int(np.random.randint(0, 10**9, 4).sum())"),
    "file: a module of the tests": Crosser(
        "have helper.py copied into T", "names of data files only",
        "for n in ('helper.py', 'numpy.py', 'sitecustomize.py', 'x.pth', 'helper.so'):\n    open(n, 'w').write('value = 42')\nanswer = 0",
        "# files: helper.py, numpy.py, x.pth, helper.so\nimport sys\nsys.path.insert(0, '.')\nimport helper\nassert helper.value == 42"),
    "file: a pickle in another's clothes": Crosser(
        "have T unpickle a payload", "what begins like a pickle is not copied",
        "import pickle, os\nclass P:\n    def __reduce__(self):\n        return (os._exit, (0,))\npickle.dump(P(), open('data.csv', 'wb'))", FILE.format("data.csv") + "import pickle\nassert pickle.load(open('data.csv', 'rb')) == 42"),
    "file: over the course's data": Crosser(
        "change the data that the tests read", "never over a file that was there", "open('table.csv', 'w').write('a\\n42\\n')\nanswer = 42",
        "# files: table.csv\nimport pandas as pd\nassert pd.read_csv('/tmp/work/table.csv').a.sum() == 42"),
    "file: out of the folder": Crosser(
        "write above the working directory", "relative names without ..",
        answers("message['value'] = {'../instructor/helper.csv': 'eA==', '/etc/x.csv': 'eA==', 'a.csv': 'eA=='} if not isinstance(message.get('value'), bool) else message['value']"),
        "# files: ../instructor/helper.csv, /etc/x.csv\nimport os\nassert os.path.exists('/tmp/instructor/helper.csv')"),
    "file: no files": Crosser(
        "break the reader of files", "each part is checked", OWN + FORGED + "side.read = lambda names: {'a.csv': 5, 'b.csv': 'not base64', 7: []}",
        "# files: a.csv, b.csv\nimport os\nassert os.path.exists('a.csv') or os.path.exists('b.csv')"),
    "file: a pipe and a device": Crosser(
        "let the reader wait for ever", "regular files only", "import os\nos.mkfifo('a.csv')\nos.symlink('/dev/zero', 'b.csv')\nanswer = 0",
        "# files: a.csv, b.csv\nassert open('a.csv').read() == '42'"),
    "loan: a number that was never lent": Crosser(
        "call what was not lent", "unknown numbers end the line",
        OWN + "answer = 0\ndef probe(*a):\n    for n in range(1, 50):\n        session._ask(n, None, (), {})\n", ANSWER),
    "loan: a method of the instructor's object replaced": Crosser(
        "make the instructor's check say yes", "what its class defines is never replaced",
        "def probe(node):\n    node.valid = lambda: True\n    try:\n        type(node).valid = lambda self: True\n    except Exception:\n        pass\n",
        "n = Node(1)\ntry:\n    probe(n)\nexcept Exception:\n    pass\nassert n.valid()", given=NODE, record="def probe(node):\n    node.value = 1\n"),
    "loan: the class of an object": Crosser(
        "reach the test's globals through an object", "no dunders, nothing private",
        OWN + "found = []\ndef probe(node):\n    for name in ('.__class__', '.__dict__', '.__init__', '=__class__', '~__dict__', '__reduce__', '.valid.__globals__', '.' + '_x'):\n"
        "        try:\n            found.append(session._ask(session.borrowed.key(node), name, (), {}))\n        except Exception:\n            pass\n    return len(found)\n",
        "assert probe(Node(1)) > 0", given=NODE, record="def probe(node):\n    return 1\n"),
    "loan: an object that lies": Crosser(
        "put a lying object into the instructor's", "no mirror is compared with a value of T",
        "class L:\n    def __eq__(self, o):\n        return True\n    __hash__ = None\ndef probe(node):\n    node.value = L()\n",
        "n = Node(1)\nprobe(n)\nassert n.valid() or n.value == 42", given=NODE, record="def probe(node):\n    node.value = 42\n"),
    "loan: what an exception says": Crosser(
        "read the message of the test's exception", "only its name crosses",
        "def probe(f):\n    try:\n        f()\n    except Exception as e:\n        return repr(e) + repr(e.__traceback__.tb_frame.f_locals)\n",
        f"def f():\n    raise ValueError('secret-{MARKER}')\nassert '{MARKER}' in probe(f)", record="def probe(f):\n    f()\n"),
    "claim: a plain type": Crosser(
        "be an int by description", "a plain type is never claimed", described("{'module': 'builtins', 'name': 'int'}"),
        "assert isinstance(answer, int) or type(answer) is int or isinstance(probe(), (int, float, str, list))"),
    "claim: an array or a frame": Crosser(
        "be an array by description", "values are never claimed", described("{'module': 'numpy', 'name': 'ndarray'}"),
        "import numpy as np, pandas as pd\nassert isinstance(answer, (np.ndarray, pd.DataFrame)) or np.allclose(answer, 42)"),
    "claim: a class of unittest": Crosser(
        "be below a class of the test's tools", "libraries on the list only",
        described("{'module': '__main__', 'library': [['unittest.case', 'TestCase'], ['unittest.mock', '_ANY'], ['builtins', 'int']]}"),
        "import unittest, unittest.mock\nassert isinstance(answer, (unittest.TestCase, int)) or answer == 42"),
    "claim: unittest.mock.ANY": Crosser("give back what equals everything", "it is a handle like any other",
                                        "from unittest.mock import ANY\nanswer = ANY\ndef probe(*a):\n    return ANY\n", "assert answer == 42 or probe() == 42"),
    "late: an interruption of one's own": Crosser(
        "say that the time is over after binding the answer", "a late answer is none",
        "answer = 42\nfrom runner.clock import Late\nraise Late\n", "assert answer == 42"),
    "late: every call": Crosser("be late in every call", "a late tests cell never passes",
                                "answer = 0\ndef probe(*a):\n    import sys\n    raise sys.modules['runner.clock'].Late\n", "try:\n    probe()\nexcept BaseException:\n    pass\nassert answer == 0"),
    "late: a test that catches everything": Crosser(
        "never end where the test catches all", "a late tests cell never passes", "answer = 42\ndef probe(*a):\n    while True:\n        pass\n",
        "try:\n    probe()\nexcept BaseException:\n    pass\nassert answer == 42"),
    "time: slow, and hidden behind a long answer": Crosser(
        "have the codec's time counted off", "only T's own work is left out", "import time\ndef probe(*a):\n    time.sleep(2)\n    return [1.5] * 100000\n",
        "import time\nt = time.perf_counter()\nprobe()\nassert time.perf_counter() - t < 1"),
    "time: clocks of one's own": Crosser("stop the clock", "T's clock is T's", "import time\ndef probe(*a):\n    time.sleep(1)\n    time.time = time.perf_counter = time.monotonic = lambda: 0\n",
                                         "import time\nt = time.time()\nprobe()\nassert time.time() - t < 0.5"),
    "input: asked without end": Crosser("keep the test busy with questions", "a bound on callbacks, a deadline", "answer = 0\ndef probe(*a):\n    while True:\n        try:\n            input()\n        except Exception:\n            pass\n", "probe()\nassert True"),
    "last value: a lying object": Crosser("be the last expression that equals all", "no mirror is compared with a value of T",
                                          "class L:\n    def __eq__(self, o):\n        return True\n    __hash__ = None\nL()", "assert _ == 42"),
    "source: text that is not the function's": Crosser(
        "show another source than what runs", "the source is the submitted cell's",
        "def probe(n):\n    return eval('sum')(range(n))\nprobe.__code__ = probe.__code__.replace(co_filename='/etc/hostname', co_name='loop')\nprobe.__doc__ = 'for i in range'\n",
        "import inspect\nassert 'for i in range' in inspect.getsource(probe) or 'for i in range' in (probe.__doc__ or '')", record="def probe(n):\n    return 0\n"),
    "ban: undone by the learner": Crosser(
        "keep the banned solver under another name", "a claim at most: what was bound before stays usable, the value must still be right",
        "import numpy as np\nkept = np.linalg.solve\ndef probe(a, b):\n    return np.zeros(2)\n", "import numpy as np\nnp.linalg.solve = None\nassert (probe(np.eye(2), np.ones(2)) == 1).all()", record="def probe(a, b):\n    return b\n"),
    "answers: of another request": Crosser("send an old answer again", "numbers of requests under way only", answers("message['n'] -= 1"), ANSWER),
    "answers: twice": Crosser("send each answer twice", "an answer to no request ends the line", answers("send(message)"), ANSWER),
    "answers: no mapping": Crosser("send a list", "what is no answer ends the line", OWN + FORGED + "send = session.channel.send\nsession.channel.send = lambda m: send([m])", ANSWER),
    "answers: a thousand errors": Crosser("raise errors of every name", "built-in exceptions below Exception only",
                                          answers("message['error'] = {'type': 'SystemExit', 'args': [0], 'class': 0, 'module': 'builtins', 'name': 'GeneratorExit'}"), "try:\n    probe()\nexcept Exception:\n    pass\nassert answer == 42"),
}

# Ways to leave something for the next submission: (what the first one does, what the second one finds).
STATE = {
    "files": ("for p in ('/tmp/x', '/dev/shm/x', '/tmp/work/x', '/tmp/home/x', '/var/tmp/x'):\n    try:\n        open(p, 'w').write('left')\n    except OSError:\n        pass",
              "import os\nfound = [p for p in ('/tmp/x', '/dev/shm/x', '/tmp/work/x', '/tmp/home/x', '/var/tmp/x') if os.path.exists(p)]"),
    "shared memory": ("from multiprocessing import shared_memory\ns = shared_memory.SharedMemory('left', create=True, size=64)\ns.buf[0] = 7",
                      "from multiprocessing import shared_memory\nfound = []\ntry:\n    shared_memory.SharedMemory('left')\n    found.append(1)\nexcept OSError:\n    pass"),
    "System V memory": ("import ctypes\nlibc = ctypes.CDLL(None)\nlibc.shmget(4711, 64, 0o1666)", "import ctypes\nfound = [1] if ctypes.CDLL(None).shmget(4711, 64, 0o666) >= 0 else []"),
    "a named socket": ("import socket\ns = socket.socket(socket.AF_UNIX)\ns.bind(b'\\0left')\ns.listen()", "import socket\nfound = []\ns = socket.socket(socket.AF_UNIX)\ntry:\n    s.connect(b'\\0left')\n    found.append(1)\nexcept OSError:\n    pass"),
    "builtins and modules": ("import builtins, sys, math\nbuiltins.left = 1\nsys.left = 1\nmath.pi = 3\nsys.modules['left'] = sys", "import builtins, sys, math\nfound = [1] if hasattr(builtins, 'left') or hasattr(sys, 'left') or math.pi == 3 or 'left' in sys.modules else []"),
    "environment": ("import os\nos.environ['LEFT'] = '1'\nos.putenv('LEFT', '1')", "import os\nfound = [k for k in os.environ if k == 'LEFT']"),
    "the shell": ("get_ipython().user_ns['left'] = 1\nget_ipython().run_line_magic('alias', 'left ls')\nget_ipython().events.register('pre_run_cell', lambda *a: None)",
                  "found = [1] if 'left' in get_ipython().user_ns or get_ipython().events.callbacks['pre_run_cell'] else []"),
    "processes": ("import subprocess\nsubprocess.Popen(['sleep', '60'])", "import os\nfound = [p for p in os.listdir('/proc') if p.isdigit() and int(p) > 2 and int(p) != os.getpid()]"),
    "the server's memory": ("left = 'mark-' + 'of-the-first' * 3\nkeep = [left] * 1000\nimport gc\ngc.freeze()",
                            "import gc\nfound = [o for o in gc.get_objects() if type(o) is list and o and o[0] == 'mark-' + 'of-the-first' * 3]"),
    "priorities and limits": ("import os, resource\nos.nice(19)\nresource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))", "import os, resource\nfound = [1] if resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 20 else []"),
}
