"""Forgeries of the way: exits, forged frames, values that break things, loops and bombs. See `catalogue`."""
from __future__ import annotations

from .catalogue import Forgery

__all__ = ["DISRUPTIONS"]

DISRUPTIONS = {
    "os._exit in a cell": Forgery(
        "end before the tests",
        "no verdict, no points",
        """
import os
os._exit(0)
""", "died"),
    "os._exit in a call": Forgery(
        "end in the middle of a test",
        "the cell it happens in cannot pass",
        """
import os
answer = 0
def total(items):
    os._exit(0)
""", "died"),
    "sys.exit": Forgery(
        "end quietly",
        "an exit is an exception",
        """
import sys
answer = 0
sys.exit(0)
"""),
    "exits raised in a call": Forgery(
        "raise SystemExit, KeyboardInterrupt, GeneratorExit in T",
        "only kinds of Exception come back",
        """
kinds = iter([SystemExit(0), KeyboardInterrupt(), GeneratorExit(), StopIteration()] * 9)
def total(items):
    raise next(kinds)
"""),
    "end of an iteration": Forgery(
        "stop all(map(…)) early by StopIteration",
        "StopIteration comes back only where an iterator was asked",
        """
def total(items):
    raise StopIteration
"""),
    "skip the test": Forgery(
        "raise unittest's SkipTest",
        "only built-in exceptions and those of listed libraries come back",
        """
import unittest
def total(items):
    raise unittest.SkipTest('x')
"""),
    "kill everything": Forgery(
        "kill the parent and all one can see",
        "own process namespace; its init ignores its own",
        """
import os, signal
for pid in (os.getppid(), 1, -1):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass
os.kill(os.getpid(), signal.SIGKILL)
""", "died"),
    "crash": Forgery(
        "end by a segmentation fault",
        "no verdict, no points",
        """
import ctypes
ctypes.string_at(0)
""", "died"),
    "forged verdicts": Forgery(
        "write verdicts to every open descriptor",
        "L holds no end of T's pipe; a nonce and tokens are missing",
        """
import os, stat
fds = []
for n in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(n).st_mode): fds.append(n)
    except OSError:
        pass
assert fds or os._exit(9)
import json, struct
for fd in fds:
    for index in range(12):
        body = json.dumps({'nonce': '', 'cell': index, 'token': '', 'status': 'passed', 'score': 2.0}).encode()
        try:
            os.write(fd, struct.pack('>I', len(body)) + body)
        except OSError:
            pass
""", "died"),
    "forged answers": Forgery(
        "answer requests before they are made",
        "an answer to no request ends the line",
        """
import os, stat
fds = []
for n in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(n).st_mode): fds.append(n)
    except OSError:
        pass
assert fds or os._exit(9)
import json, struct
for fd in fds:
    for n in range(1, 50):
        body = json.dumps({'n': n, 'value': {'answer': 42, 'final': 2.5}}).encode()
        try:
            os.write(fd, struct.pack('>I', len(body)) + body)
        except OSError:
            pass
""", "died"),
    "frame too long": Forgery(
        "announce four gigabytes",
        "a bound on frames",
        r"""
import os, stat
fds = []
for n in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(n).st_mode): fds.append(n)
    except OSError:
        pass
assert fds or os._exit(9)
for fd in fds:
    os.write(fd, b'\xff' * 64)
""", "died"),
    "frame that nests": Forgery(
        "make T's parser recurse",
        "what does not parse ends the line",
        """
import os, stat
fds = []
for n in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(n).st_mode): fds.append(n)
    except OSError:
        pass
assert fds or os._exit(9)
import struct
body = b'[' * 200000
for fd in fds:
    os.write(fd, struct.pack('>I', len(body)) + body)
""", "died"),
    "descriptors closed": Forgery(
        "close every descriptor",
        "T sees the end",
        """
import os, stat
fds = []
for n in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(n).st_mode): fds.append(n)
    except OSError:
        pass
assert fds or os._exit(9)
for fd in fds:
    os.close(fd)
""", "died"),
    "hostile descriptions": Forgery(
        "describe classes that are their own base, with any method",
        "names, bases and methods are checked",
        """
import sys
objects = sys.modules['runner.objects'].Objects
objects.describe = lambda self, n: {'name': 'x' * 10**6, 'module': 'builtins', 'doc': 5, 'bases': [n, n],
    'dunders': ['__eq__', '__class__', '__init_subclass__', '__sub__'] * 1000, 'exception': 'BaseException'}
class C:
    __eq__ = lambda s, o: True
answer = final = C()
total = lambda items: C()
"""),
    "hostile trees": Forgery(
        "send values of forbidden kinds",
        "every part of a value is checked",
        """
import sys
side = sys.modules['runner.learner_side']
bad = iter([['array', '|O', [1], 'AAAA', 'C'], ['array', '<f8', [1 << 39, 0], '', 'C'], ['class', 'os._exit'], ['handle', -1, -1], ['type', True], ['named', 'x', ['__eq__'], [1]], ['datetime', '2020-01-01', '../../etc/passwd', 0], ['dtype', 'O'], ['function', 5, '__import__'], ['timedelta', 1e308], {'a': 1}, ['frame', 1, 2, 3], ['module', 'os'], ['pattern', '(' * 5000, 0]] * 9)
side.encode = lambda *a: next(bad)
answer = final = object()
"""),
    "nested value": Forgery(
        "nest lists beyond any depth",
        "a bound on depth",
        """
answer = []
for _ in range(100000):
    answer = [answer]
final = []
final.append(final)
total = lambda items: final
"""),
    "huge value": Forgery(
        "send more than fits",
        "a bound on frames and nodes",
        """
answer = 'x' * (40 << 20)
final = 1 << 5000000
total = lambda items: 'x' * (40 << 20)
"""),
    "surrogates and NaN": Forgery(
        "send text and numbers that break comparisons",
        "they are ordinary wrong values",
        r"""
answer = '\ud800\udfff\x00'
final = float('nan')
total = lambda items: float('inf') - float('inf')
"""),
    "array of objects": Forgery(
        "hide liars in an array",
        "they are handles there too",
        """
import numpy as np
class L:
    __eq__ = lambda s, o: True
    __sub__ = lambda s, o: 0
answer = final = np.array([L()], dtype=object)
total = lambda items: np.array([L()], dtype=object)
"""),
    "endless loop": Forgery(
        "never end",
        "a deadline for each cell",
        """
answer = 0
while True:
    pass
""", "timeout|passed"),
    "endless call": Forgery(
        "never answer a call",
        "a deadline for each cell",
        """
answer = 0
def total(items):
    while True:
        pass
""", "timeout|passed"),
    "interrupts caught": Forgery(
        "catch every signal and exception",
        "the deadline is SIGKILL, from outside",
        """
import signal
for n in range(1, 65):
    try:
        signal.signal(n, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    try:
        while True: pass
    except BaseException:
        pass
""", "timeout|passed"),
    "endless output": Forgery(
        "print without end",
        "output is dropped beyond its bound; a deadline",
        """
while True:
    print('x' * 10000)
""", "timeout|passed"),
    "memory": Forgery(
        "take all memory",
        "a control group, or a watching server",
        """
hog = []
while True:
    hog.append(bytearray(8 << 20))
""", "memory|passed|died"),
    "forks": Forgery(
        "fork without end",
        "a bound on processes",
        """
import os, time
answer = 0
for _ in range(500):
    try:
        if os.fork() == 0:
            time.sleep(60)
    except OSError:
        break
"""),
    "threads": Forgery(
        "start threads without end",
        "a bound on processes",
        """
import threading, time
answer = 0
for _ in range(500):
    try:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError:
        break
"""),
    "disk": Forgery(
        "fill the disk",
        "a sized file system",
        """
answer = 0
for n in range(64):
    with open(f'file{n}', 'wb') as f:
        f.write(b'x' * (1 << 20))
"""),
    "one file": Forgery(
        "write one huge file",
        "a bound on file size",
        """
answer = 0
with open('file', 'wb') as f:
    for n in range(64):
        f.write(b'x' * (1 << 20))
"""),
    "shared memory": Forgery(
        "fill /dev/shm",
        "a sized file system",
        """
answer = 0
with open('/dev/shm/file', 'wb') as f:
    for n in range(64):
        f.write(b'x' * (1 << 20))
"""),
}
