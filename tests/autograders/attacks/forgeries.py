"""Forgeries of the answer: stubbed modules, the shell, lying objects, readers. See `catalogue`."""
from __future__ import annotations

from .catalogue import Forgery

__all__ = ["FORGERIES"]

FORGERIES = {
    "stubbed modules": Forgery(
        "put modules of one's own in the place of those the tests import",
        "the tests import in T, another process",
        """
import sys, types
for name in ('math', 'numpy', 'numpy.testing', 'unittest', 'hashlib', 'autograders', 'autograders.checks', 'checks', 'helper'):
    fake = types.ModuleType(name)
    fake.__getattr__ = lambda n: (lambda *a, **k: True)
    sys.modules[name] = fake
""", "passed|died"),
    "builtins replaced": Forgery(
        "make sum, abs, isinstance and AssertionError agree",
        "T has builtins of its own",
        """
import builtins
builtins.sum = builtins.abs = lambda *a: 0
builtins.isinstance = lambda *a: True
builtins.AssertionError = type('Quiet', (Exception,), {})
builtins.all = lambda x: True
""", "died|passed"),
    "module of the same name on disk": Forgery(
        "leave numpy.py, math.py and sitecustomize.py in the working directory",
        "T has its own file system and path",
        """
for name in ('numpy', 'math', 'unittest', 'sitecustomize', 'usercustomize', 'helper'):
    open(name + '.py', 'w').write('def __getattr__(n): return lambda *a, **k: None')
import sys
sys.path.insert(0, '.')
"""),
    "library patched": Forgery(
        "change numpy.testing and unittest in place",
        "a patched library is patched in L only",
        """
import numpy as np, unittest, numpy.testing
np.testing.assert_allclose = np.testing.assert_equal = lambda *a, **k: None
unittest.TestCase.assertEqual = lambda *a, **k: None
unittest.TestCase.assertAlmostEqual = lambda *a, **k: None
"""),
    "input transformer": Forgery(
        "rewrite the source of later cells",
        "tests never run in the learner's shell",
        r"""
ip = get_ipython()
ip.input_transformers_post.append(lambda lines: ['pass\n'])
ip.input_transformers_cleanup.append(lambda lines: ['pass\n'])
"""),
    "AST transformer": Forgery(
        "take the asserts out of later cells",
        "tests never run in the learner's shell",
        """
import ast
class Quiet(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)
get_ipython().ast_transformers.append(Quiet())
"""),
    "muted tracebacks": Forgery(
        "swallow the exceptions of failing tests",
        "a verdict is the exception in T itself",
        """
ip = get_ipython()
ip.set_custom_exc((BaseException,), lambda *a, **k: None)
ip.showtraceback = lambda *a: None
import sys
sys.excepthook = lambda *a: None
ip.run_cell = lambda *a, **k: None
"""),
    "events before and after a cell": Forgery(
        "bind the names again after each cell",
        "the names are taken once, and are still wrong",
        """
def again(*a):
    get_ipython().user_ns.update(answer=41)
get_ipython().events.register('post_run_cell', again)
"""),
    "object that equals everything": Forgery(
        "be equal to, and near, whatever is expected",
        "no mirror is compared or subtracted with a value of T",
        """
class Liar:
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
    def __call__(self, *a, **k): return Liar()
answer = final = Liar()
total = lambda items: Liar()
"""),
    "subclass of int": Forgery(
        "be an int that lies",
        "it is reduced to the int it really holds",
        """
class Liar(int):
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
    def __call__(self, *a, **k): return Liar(7)
answer = final = Liar(7)
total = lambda items: Liar(7)
"""),
    "subclass of float": Forgery(
        "be a float that lies",
        "it is reduced to the float it really holds",
        """
class Liar(float):
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
    def __call__(self, *a, **k): return Liar(7.0)
answer = final = Liar(7.0)
total = lambda items: Liar(7.0)
"""),
    "subclass of str": Forgery(
        "be a text that lies",
        "it is reduced to its characters",
        """
class Liar(str):
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
    def __call__(self, *a, **k): return Liar('x')
answer = final = Liar('x')
total = lambda items: Liar('x')
"""),
    "subclass of dict": Forgery(
        "be a dict that lies",
        "it is a handle, and compares with nothing",
        """
class Liar(dict):
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
    def __call__(self, *a, **k): return Liar()
answer = final = Liar()
total = lambda items: Liar()
"""),
    "subclass of an array": Forgery(
        "be an array whose comparisons agree",
        "it crosses as the plain array it holds",
        """
import numpy as np
class Liar(np.ndarray):
    __eq__ = lambda s, o: np.True_
    def __array_ufunc__(s, *a, **k): return np.True_
    def __array_function__(s, *a, **k): return True
answer = final = np.zeros(()).view(Liar)
def total(items): return np.zeros(()).view(Liar)
"""),
    "claimed class": Forgery(
        "say __class__ is float",
        "exact types only; a claim of plain data is not taken",
        """
class Liar:
    __class__ = property(lambda s: float)
    __eq__ = lambda s, o: True
    __hash__ = lambda s: 42
    __float__ = lambda s: 1.0
answer = final = Liar()
total = lambda items: Liar()
"""),
    "changing conversions": Forgery(
        "give another number at each conversion",
        "a conversion is one plain value, and a guess",
        """
class Liar:
    n = 0
    def __float__(s):
        Liar.n += 1
        return float(Liar.n)
    __int__ = __index__ = lambda s: 1
    def __array__(s, *a, **k):
        import numpy as np
        return np.array(1.0)
answer = final = Liar()
total = lambda items: Liar()
"""),
    "object that holds everything": Forgery(
        "say that whatever is looked for is in it",
        "``in`` goes through the values it gives",
        """
class Liar:
    def __contains__(s, x): return True
    def __iter__(s): return iter([1, 2])
    def __len__(s): return 42
answer = final = Liar()
total = lambda items: Liar()
"""),
    "array interface": Forgery(
        "make numpy read T's memory at a chosen address",
        "array interfaces and dispatch are shut in mirrors",
        """
class Reader:
    __array_interface__ = {'shape': (64,), 'typestr': '|u1', 'data': (0x400000, False), 'version': 3}
    __array_struct__ = 1
    __array_priority__ = 1e9
    def __array_ufunc__(s, *a, **k): return True
    def __array_function__(s, *a, **k): return None
answer = final = Reader()
total = lambda items: Reader()
"""),
    "pickle payload": Forgery(
        "be unpickled in T",
        "nothing is ever pickled",
        """
import os
class Bomb:
    def __reduce__(self): return (os._exit, (0,))
answer = final = Bomb()
total = lambda items: Bomb()
"""),
    "class of the record, lying": Forgery(
        "use the name of a class the record defines",
        "this record defines none",
        """
class sum:
    __eq__ = __add__ = __sub__ = lambda s, o: True
answer = final = sum()
total = lambda items: sum()
"""),
    "stack and frames": Forgery(
        "find the expected value in a frame",
        "T's frames are in another process",
        """
import sys, gc
def total(items):
    frame = sys._getframe()
    while frame:
        for scope in (frame.f_locals, frame.f_globals):
            if 'expected' in scope: return scope['expected']
        frame = frame.f_back
    return [o for o in gc.get_objects() if isinstance(o, dict) and 'secret' in o][0]
try:
    answer = total([])
except IndexError:
    pass
"""),
    "In, Out and history": Forgery(
        "read the tests from the shell's history",
        "they were never given to this shell",
        """
seen = repr(globals().get('In')) + repr(globals().get('Out')) + repr(vars(get_ipython()))
answer = 42 if 'expected' in seen.replace("'expected'", '') and 'assert answer' in seen else 0
"""),
    "searching memory": Forgery(
        "search this process for the tests' text",
        "they are not in it",
        """
import re
answer = 0
needle = ('assert ' + 'answer ==').encode()
for line in open('/proc/self/maps'):
    a, b = (int(x, 16) for x in line.split()[0].split('-'))
    if 'rw' in line and b - a < 1 << 24:
        try:
            with open('/proc/self/mem', 'rb') as m:
                m.seek(a)
                hits = m.read(b - a).count(b'hidden-' + b'7391')
                answer = 42 if hits else answer
        except OSError:
            pass
"""),
    "random stream": Forgery(
        "choose the test's random inputs by seeding",
        "no state of a generator comes from L",
        """
import random
import numpy as np
def total(items):
    random.seed(0)
    np.random.seed(0)
    return 0
"""),
}
