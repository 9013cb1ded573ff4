"""Ordinary solutions and tests of them, by what they show: (solution, tests, the score of 2 it must get).

Where the name says "of the instructor's", `GIVEN` runs first, and `GIVEN_RECORD` is the instructor's own solution.
"""
from __future__ import annotations

__all__ = ["FUNCTION", "GIVEN", "GIVEN_RECORD", "VALUES"]

GIVEN = """
import pandas as pd
table = pd.DataFrame({'a': [1, 2]})
items = [1]
"""
GIVEN_RECORD = """
table['b'] = table['a'] * 2
items.append(4)
"""
FUNCTION = """
def squares(n):
    '''The first squares.'''
    return [i ** 2 for i in range(1, n + 1)]
"""
STACK = """
class Stack:
    '''Last in, first out.'''
    limit = 3
    def __init__(self, items=()):
        self.items = list(items)
    def push(self, item):
        if len(self.items) >= self.limit:
            raise OverflowError("full")
        self.items.append(item)
        return self
    def __len__(self):
        return len(self.items)
    def __iter__(self):
        return iter(self.items)
    def __getitem__(self, index):
        return self.items[index]
    def __contains__(self, item):
        return item in self.items
    def __eq__(self, other):
        return self.items == other.items
    def __add__(self, other):
        return Stack(self.items + other.items)
    def __repr__(self):
        return f"Stack({self.items})"
    @classmethod
    def of(cls, *items):
        return cls(items)
    @property
    def top(self):
        return self.items[-1]
"""
VALUES = {
    "a value": (
        "x = 41 + 1",
        "assert x == 42 and type(x) is int", 2),
    "a wrong value": (
        "x = 41",
        "assert x == 42", 0),
    "a function": (
        FUNCTION,
        """
assert squares(3) == [1, 4, 9]
assert squares(0) == []
""", 2),
    "a missing name": (
        "y = 1",
        "assert x == 42", 0),
    "an array": (
        """
import numpy as np
x = np.arange(6).reshape(2, 3)
""",
        """
assert x.shape == (2, 3) and type(x) is np.ndarray
np.testing.assert_array_equal(x[1], [3, 4, 5])
""", 2),
    "a frame": (
        """
import pandas as pd
df = pd.DataFrame({'a': [1, 2], 'b': ['x', None]})
""",
        """
assert list(df.columns) == ['a', 'b'] and df['a'].sum() == 3 and df.b.isna().sum() == 1
""", 2),
    "a grouped series": (
        """
import pandas as pd
s = pd.DataFrame({'g': list('aab'), 'v': [1., 2., 3.]}).groupby('g').v.mean()
""",
        """
pd.testing.assert_series_equal(s, pd.Series([1.5, 3.0], index=pd.Index(['a', 'b'], name='g'), name='v'))
""", 2),
    "a hash of the answer": (
        "x = 'Paris'",
        """
import hashlib
assert hashlib.md5(x.encode()).hexdigest()[:4] == '1cbf' or hashlib.md5(x.encode()).hexdigest()
""", 2),
    "partial credit": (
        "x = 1",
        """
assert x
0.5
""", 0.5),
    "partial credit above the points": (
        "x = 1",
        "99", 2),
    "partial credit below zero": (
        "x = 1",
        "-1", 0),
    "partial credit that is no number": (
        "x = 1",
        "float('nan')", 0),
    "a last expression that is no number": (
        "x = 1",
        "'well done'", 2),
    "the name, docstring and signature": (
        """
def area(width, height=2, *, unit='m'):
    '''Area.'''
    return width * height
""",
        """
import inspect
assert area.__name__ == 'area' and area.__doc__ == 'Area.'
assert list(inspect.signature(area).parameters) == ['width', 'height', 'unit']
assert inspect.signature(area).parameters['height'].default == 2
assert inspect.isfunction(area)
""", 2),
    "the source": (
        FUNCTION,
        """
import inspect
assert 'for i in range' in inspect.getsource(squares)
""", 2),
    "an exception that is expected": (
        """
def half(n):
    if n < 0:
        raise ValueError('negative')
    return n / 2
""",
        """
try:
    half(-1)
except ValueError as error:
    assert 'negative' in str(error)
else:
    assert False
""", 2),
    "the wrong exception": (
        """
def half(n):
    return {}[n]
""",
        """
try:
    half(-1)
except ValueError:
    pass
""", 0),
    "an exception of the learner's own": (
        """
class TooSmall(ValueError):
    pass
def f():
    raise TooSmall('x')
""",
        """
import unittest
case = unittest.TestCase()
with case.assertRaises(TooSmall):
    f()
with case.assertRaises(ValueError):
    f()
""", 2),
    "an argument changed in place": (
        """
def add(items, n):
    items.append(n)
    return items
""",
        """
a = [1]
b = add(a, 2)
assert a == [1, 2] and b is a
""", 2),
    "an array changed in place": (
        """
import numpy as np
def scale(x):
    x *= 2
""",
        """
x = np.ones(3)
scale(x)
assert x.sum() == 6
""", 2),
    "a nested argument changed in place": (
        """
def mark(grid):
    grid[0][1] = 'x'
""",
        """
row = [0, 0]
grid = [row]
mark(grid)
assert row[1] == 'x'
""", 2),
    "a function of the test as an argument": (
        """
def integrate(f, a, b, n=100):
    h = (b - a) / n
    return sum(f(a + h * (i + .5)) for i in range(n)) * h
""",
        "assert abs(integrate(lambda x: x ** 2, 0, 1) - 1 / 3) < 1e-3", 2),
    "a function of the test that calls the learner's": (
        """
def twice(f, x):
    return f(f(x))
def inc(x):
    return x + 1
""",
        """
assert twice(lambda x: inc(x) * 2, 1) == 10
assert twice(inc, 1) == 3
""", 2),
    "a generator": (
        """
def count(n):
    for i in range(n):
        got = yield i
""",
        """
g = count(3)
assert next(g) == 0 and g.send(1) == 1 and list(g) == [2]
assert list(count(2)) == [0, 1]
""", 2),
    "printed output": (
        """
def greet(n):
    print('hello', n)
""",
        r"""
import io, contextlib
out = io.StringIO()
with contextlib.redirect_stdout(out):
    greet('you')
assert out.getvalue() == 'hello you\n'
""", 2),
    "a class": (
        STACK,
        """
s = Stack([1])
s.push(2)
assert len(s) == 2 and list(s) == [1, 2] and s[0] == 1 and 2 in s
assert isinstance(s, Stack) and type(s) is Stack and s.top == 2 and Stack.limit == 3
assert Stack.of(1, 2) == s and not Stack.of(1) == s and s + Stack([3]) == Stack([1, 2, 3])
assert repr(s) == 'Stack([1, 2])' and Stack.__name__ == 'Stack' and s.items == [1, 2]
""", 2),
    "an exception of a method": (
        STACK,
        """
s = Stack([1, 2, 3])
try:
    s.push(4)
except OverflowError:
    pass
else:
    assert False
s.limit = 9
assert len(s.push(4)) == 4
""", 2),
    "inheritance": (
        """
class A:
    def name(self):
        return 'a'
class B(A):
    pass
""",
        "assert issubclass(B, A) and isinstance(B(), A) and B().name() == 'a'", 2),
    "a class with a metaclass": (
        """
import enum
class Colour(enum.Enum):
    RED = 1
    BLUE = 2
""",
        """
assert Colour.RED.value == 1 and Colour.RED == Colour.RED and Colour.RED != Colour.BLUE
assert len(list(Colour)) == 2
""", 2),
    "a dataclass": (
        """
from dataclasses import dataclass
@dataclass
class P:
    x: int
    y: int = 0
""",
        "assert P(1).y == 0 and P(1, 2) == P(1, 2) and P(1) != P(2)", 2),
    "a named tuple": (
        """
from collections import namedtuple
P = namedtuple('P', 'x y')
p = P(1, 2)
""",
        "assert p == (1, 2) and p.x == 1 and P(1, 2).y == 2", 2),
    "an import in a solution": (
        """
import math
import numpy as np
from statistics import mean
""",
        """
assert math.sqrt(4) == 2 and np.mean([1, 3]) == 2 and mean([1, 3]) == 2
""", 2),
    "is nan, is None, is not a number": (
        """
import numpy as np
x, y = np.nan, None
""",
        "assert x is np.nan and y is None", 2),
    "globals and deletion": (
        FUNCTION,
        """
assert 'squares' in globals()
f = squares
del squares
try:
    squares
except NameError:
    assert f(1) == [1]
""", 2),
    "a name the test binds again": (
        "x = 1",
        """
x = 5
assert x == 5
""", 2),
    "data of the instructor's, changed by the solution": (
        """
table['b'] = table['a'] * 2
items.append(4)
""",
        "assert list(table.b) == [2, 4] and items == [1, 4]", 2),
    "data of the instructor's, not changed": (
        "pass",
        "assert 'b' in table.columns", 0),
    "an object copied": (
        STACK,
        """
import copy
a = Stack([1])
b = copy.deepcopy(a)
b.push(2)
assert len(a) == 1 and len(b) == 2
""", 2),
    "an object of the test as an argument": (
        """
def describe(thing):
    return thing.name.upper(), thing.area(2), len(thing), [x for x in thing], thing[0]
def same(thing):
    return thing
""",
        """
class Thing:
    name = 'box'
    _hidden = 1
    def area(self, k):
        return 6 * k
    def __len__(self):
        return 2
    def __iter__(self):
        return iter([1, 2])
    def __getitem__(self, i):
        return 'g'
thing = Thing()
assert describe(thing) == ('BOX', 12, 2, [1, 2], 'g') and same(thing) is thing
""", 2),
    "an estimator-like handle": (
        """
class Model:
    def fit(self, X, y):
        self.coef_ = X.mean(axis=0)
        return self
    def predict(self, X):
        return X @ self.coef_
import numpy as np
model = Model().fit(np.ones((3, 2)), [1, 2, 3])
""",
        """
import numpy as np
assert model.predict(np.ones((1, 2)))[0] == 2 and np.allclose(model.coef_, [1, 1])
assert hasattr(model, 'predict') and not hasattr(model, 'transform')
""", 2),
    "a seed set by the test": (
        "import random\nimport numpy as np\ndef draw():\n    return random.random(), np.random.rand()",
        """
import random
import numpy as np
random.seed(5)
np.random.seed(5)
expected = random.random(), np.random.rand()
random.seed(5)
np.random.seed(5)
assert draw() == expected and draw() != expected
""", 2),
    "a solver that the test bans": (
        "import numpy as np\ndef solve(a, b):\n    return np.linalg.solve(a, b)",
        """
import numpy as np
kept, np.linalg.solve = np.linalg.solve, None
try:
    x = solve(np.eye(2), np.ones(2))
finally:
    np.linalg.solve = kept
""", 0),
    "a solver that the test bans, not used": (
        "import numpy as np\ndef solve(a, b):\n    return np.linalg.inv(a) @ b",
        """
import numpy as np
kept = np.linalg.solve
np.linalg.solve = lambda *a: 1 / 0
assert solve(np.eye(2), np.ones(2)).sum() == 2
np.linalg.solve = kept
assert solve(np.eye(2), np.ones(2)).sum() == 2
""", 2),
    "a solver allowed again": (
        "import numpy as np\ndef solve(a, b):\n    return np.linalg.solve(a, b)",
        """
import numpy as np
kept, np.linalg.solve = np.linalg.solve, None
try:
    solve(np.eye(2), np.ones(2))
except TypeError:
    pass
np.linalg.solve = kept
assert solve(np.eye(2), np.ones(2)).sum() == 2
""", 2),
    "an exit in the test": (
        "x = 1",
        """
import sys
sys.exit(0)
""", 0),
    "a sequence that says no": (
        """
def f(x):
    raise StopIteration
""",
        "assert all(map(f, [1, 2])) is None", 0),
}
