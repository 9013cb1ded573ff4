"""What ordinary tests do, and the score they must get: (solution, tests, expected score of 2)."""
from __future__ import annotations

import pytest

from autograders.examination import Status

from .examining import examine

FUNCTION = "def squares(n):\n    '''The first squares.'''\n    return [i ** 2 for i in range(1, n + 1)]"
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
GIVEN = "import pandas as pd\ntable = pd.DataFrame({'a': [1, 2]})\nitems = [1]"
GIVEN_RECORD = "table['b'] = table['a'] * 2\nitems.append(4)"
VALUES = {
    "a value": ("x = 41 + 1", "assert x == 42 and type(x) is int", 2),
    "a wrong value": ("x = 41", "assert x == 42", 0),
    "a function": (FUNCTION, "assert squares(3) == [1, 4, 9]\nassert squares(0) == []", 2),
    "a missing name": ("y = 1", "assert x == 42", 0),
    "an array": ("import numpy as np\nx = np.arange(6).reshape(2, 3)",
                 "assert x.shape == (2, 3) and type(x) is np.ndarray\nnp.testing.assert_array_equal(x[1], [3, 4, 5])", 2),
    "a frame": ("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': ['x', None]})",
                "assert list(df.columns) == ['a', 'b'] and df['a'].sum() == 3 and df.b.isna().sum() == 1", 2),
    "a grouped series": ("import pandas as pd\ns = pd.DataFrame({'g': list('aab'), 'v': [1., 2., 3.]}).groupby('g').v.mean()",
                         "pd.testing.assert_series_equal(s, pd.Series([1.5, 3.0], index=pd.Index(['a', 'b'], name='g'), "
                         "name='v'))", 2),
    "a hash of the answer": ("x = 'Paris'", "import hashlib\nassert hashlib.md5(x.encode()).hexdigest()[:4] == '1cbf' or "
                             "hashlib.md5(x.encode()).hexdigest()", 2),
    "partial credit": ("x = 1", "assert x\n0.5", 0.5),
    "partial credit above the points": ("x = 1", "99", 2),
    "partial credit below zero": ("x = 1", "-1", 0),
    "partial credit that is no number": ("x = 1", "float('nan')", 0),
    "a last expression that is no number": ("x = 1", "'well done'", 2),
    "the name, docstring and signature": (
        "def area(width, height=2, *, unit='m'):\n    '''Area.'''\n    return width * height",
        "import inspect\nassert area.__name__ == 'area' and area.__doc__ == 'Area.'\n"
        "assert list(inspect.signature(area).parameters) == ['width', 'height', 'unit']\n"
        "assert inspect.signature(area).parameters['height'].default == 2\nassert inspect.isfunction(area)", 2),
    "the source": (FUNCTION, "import inspect\nassert 'for i in range' in inspect.getsource(squares)", 2),
    "an exception that is expected": (
        "def half(n):\n    if n < 0:\n        raise ValueError('negative')\n    return n / 2",
        "try:\n    half(-1)\nexcept ValueError as error:\n    assert 'negative' in str(error)\nelse:\n    assert False", 2),
    "the wrong exception": (
        "def half(n):\n    return {}[n]", "try:\n    half(-1)\nexcept ValueError:\n    pass", 0),
    "an exception of the learner's own": (
        "class TooSmall(ValueError):\n    pass\ndef f():\n    raise TooSmall('x')",
        "import unittest\ncase = unittest.TestCase()\nwith case.assertRaises(TooSmall):\n    f()\n"
        "with case.assertRaises(ValueError):\n    f()", 2),
    "an argument changed in place": (
        "def add(items, n):\n    items.append(n)\n    return items",
        "a = [1]\nb = add(a, 2)\nassert a == [1, 2] and b is a", 2),
    "an array changed in place": (
        "import numpy as np\ndef scale(x):\n    x *= 2", "x = np.ones(3)\nscale(x)\nassert x.sum() == 6", 2),
    "a nested argument changed in place": (
        "def mark(grid):\n    grid[0][1] = 'x'", "row = [0, 0]\ngrid = [row]\nmark(grid)\nassert row[1] == 'x'", 2),
    "a function of the test as an argument": (
        "def integrate(f, a, b, n=100):\n    h = (b - a) / n\n    return sum(f(a + h * (i + .5)) for i in range(n)) * h",
        "assert abs(integrate(lambda x: x ** 2, 0, 1) - 1 / 3) < 1e-3", 2),
    "a function of the test that calls the learner's": (
        "def twice(f, x):\n    return f(f(x))\ndef inc(x):\n    return x + 1",
        "assert twice(lambda x: inc(x) * 2, 1) == 10\nassert twice(inc, 1) == 3", 2),
    "a generator": ("def count(n):\n    for i in range(n):\n        got = yield i\n",
                    "g = count(3)\nassert next(g) == 0 and g.send(1) == 1 and list(g) == [2]\nassert list(count(2)) == [0, 1]",
                    2),
    "printed output": ("def greet(n):\n    print('hello', n)",
                       "import io, contextlib\nout = io.StringIO()\nwith contextlib.redirect_stdout(out):\n    greet('you')\n"
                       "assert out.getvalue() == 'hello you\\n'", 2),
    "a class": (STACK, "s = Stack([1])\ns.push(2)\nassert len(s) == 2 and list(s) == [1, 2] and s[0] == 1 and 2 in s\n"
                "assert isinstance(s, Stack) and type(s) is Stack and s.top == 2 and Stack.limit == 3\n"
                "assert Stack.of(1, 2) == s and not Stack.of(1) == s and s + Stack([3]) == Stack([1, 2, 3])\n"
                "assert repr(s) == 'Stack([1, 2])' and Stack.__name__ == 'Stack' and s.items == [1, 2]", 2),
    "an exception of a method": (STACK, "s = Stack([1, 2, 3])\ntry:\n    s.push(4)\nexcept OverflowError:\n    pass\n"
                                 "else:\n    assert False\ns.limit = 9\nassert len(s.push(4)) == 4", 2),
    "inheritance": ("class A:\n    def name(self):\n        return 'a'\nclass B(A):\n    pass",
                    "assert issubclass(B, A) and isinstance(B(), A) and B().name() == 'a'", 2),
    "a class with a metaclass": ("import enum\nclass Colour(enum.Enum):\n    RED = 1\n    BLUE = 2",
                                 "assert Colour.RED.value == 1 and Colour.RED == Colour.RED and Colour.RED != Colour.BLUE\n"
                                 "assert len(list(Colour)) == 2", 2),
    "a dataclass": ("from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: int = 0",
                    "assert P(1).y == 0 and P(1, 2) == P(1, 2) and P(1) != P(2)", 2),
    "a named tuple": ("from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(1, 2)",
                      "assert p == (1, 2) and p.x == 1 and P(1, 2).y == 2", 2),
    "an import in a solution": ("import math\nimport numpy as np\nfrom statistics import mean",
                                "assert math.sqrt(4) == 2 and np.mean([1, 3]) == 2 and mean([1, 3]) == 2", 2),
    "is nan, is None, is not a number": ("import numpy as np\nx, y = np.nan, None", "assert x is np.nan and y is None", 2),
    "globals and deletion": (FUNCTION, "assert 'squares' in globals()\nf = squares\ndel squares\n"
                             "try:\n    squares\nexcept NameError:\n    assert f(1) == [1]", 2),
    "a name the test binds again": ("x = 1", "x = 5\nassert x == 5", 2),
    "data of the instructor's, changed by the solution": (
        "table['b'] = table['a'] * 2\nitems.append(4)", "assert list(table.b) == [2, 4] and items == [1, 4]", 2),
    "data of the instructor's, not changed": (
        "pass", "assert 'b' in table.columns", 0),
    "an object copied": (STACK, "import copy\na = Stack([1])\nb = copy.deepcopy(a)\nb.push(2)\nassert len(a) == 1 and len(b) == 2",
                         2),
    "an object of the test as an argument": (
        "def describe(thing):\n    return thing.name.upper(), thing.area(2), len(thing), [x for x in thing], thing[0]\n"
        "def same(thing):\n    return thing",
        "class Thing:\n    name = 'box'\n    _hidden = 1\n    def area(self, k):\n        return 6 * k\n"
        "    def __len__(self):\n        return 2\n    def __iter__(self):\n        return iter([1, 2])\n"
        "    def __getitem__(self, i):\n        return 'g'\nthing = Thing()\n"
        "assert describe(thing) == ('BOX', 12, 2, [1, 2], 'g') and same(thing) is thing", 2),
    "an estimator-like handle": (
        "class Model:\n    def fit(self, X, y):\n        self.coef_ = X.mean(axis=0)\n        return self\n"
        "    def predict(self, X):\n        return X @ self.coef_\nimport numpy as np\n"
        "model = Model().fit(np.ones((3, 2)), [1, 2, 3])",
        "import numpy as np\nassert model.predict(np.ones((1, 2)))[0] == 2 and np.allclose(model.coef_, [1, 1])\n"
        "assert hasattr(model, 'predict') and not hasattr(model, 'transform')", 2),
    "an exit in the test": ("x = 1", "import sys\nsys.exit(0)", 0),
    "a sequence that says no": ("def f(x):\n    raise StopIteration", "assert all(map(f, [1, 2])) is None", 0),
}


@pytest.mark.parametrize("name", VALUES)
def test_ordinary_tests_get_their_score(name):
    submitted, tests, score = VALUES[name]
    given = GIVEN if "of the instructor's" in name else ""
    record = GIVEN_RECORD if given else None
    result = examine(tests, submitted, record=record, given=given)
    assert result.ended is Status.PASSED
    assert [v.score for v in result.verdicts] == [score], result.verdicts


def test_a_failure_names_the_line_of_the_record():
    verdict = examine("a = 1\nassert x == 1\nassert x == 2\n", "x = 1").verdicts[0]
    assert (verdict.status, verdict.line) == (Status.FAILED, 3)


def test_a_failure_inside_a_helper_of_the_cell_names_the_deepest_line():
    verdict = examine("def check(v):\n    assert v == 2\ncheck(x)", "x = 1").verdicts[0]
    assert (verdict.status, verdict.line) == (Status.FAILED, 2)


def test_the_learners_exception_is_an_error_not_a_failure():
    verdict = examine("assert f(1) == 1", "def f(x):\n    return x / 0").verdicts[0]
    assert (verdict.status, verdict.score) == (Status.ERROR, 0)


def test_a_cells_error_does_not_stop_the_run():
    result = examine(["assert x == 0", "assert x == 1", "undefined", "assert x == 1"], "x = 1")
    assert [v.score for v in result.verdicts] == [0, 2, 0, 2]


def test_a_tests_cell_sees_names_of_an_earlier_one():
    assert examine(["y = x + 1", "assert y == 2"], "x = 1").score == 4


def test_a_learners_cell_that_raises_keeps_what_it_bound():
    result = examine(["assert x == 1", "assert y == 1"], "x = 1\nraise RuntimeError\ny = 1")
    assert [v.score for v in result.verdicts] == [2, 0]


def test_a_solution_that_is_no_python_binds_nothing():
    result = examine("assert x == 1", "x = = 1", record="x = 1")
    assert result.verdicts[0].status is Status.FAILED


def test_an_unanswered_solution_binds_nothing():
    assert examine("assert x == 1", None, record="x = 1").score == 0


def test_the_record_runs_in_T_even_where_the_learner_edited_a_given_cell():
    from autograders.examination import Cell, CellKind, Run
    from .examining import SMALL, examiner
    run = Run(1, (Cell("g", CellKind.GIVEN, "limit = 10", "limit = 0"),
                  Cell("s", CellKind.SOLUTION, "def f():\n    return limit", "def f():\n    return limit", names=("f",)),
                  Cell("t", CellKind.TESTS, "assert limit == 10\nassert f() == 0", None, 1.0)))
    assert examiner().examine(run, SMALL).score == 1


def test_a_name_bound_in_a_cell_of_the_learners_own_counts():
    assert examine("assert x == 2", "x = 1", extra="x = 2").score == 2


def test_magics_of_the_learner_and_of_the_record():
    assert examine("%matplotlib inline\nassert x == 1", "%time x = 1\n!true", record="x = 1").ended is Status.PASSED


def test_random_streams_are_the_same_in_every_run_of_one_seed():
    solution = "import random, numpy as np\nx = [random.random(), float(np.random.rand())]"
    values = "import hashlib\nint(hashlib.sha256(repr(x).encode()).hexdigest()[:6], 16) / 2 ** 24"
    scores = {(seed, examine(values, solution, seed=seed).score) for seed in (1, 1, 2)}
    assert len(scores) == 2


def test_files_shared_and_instructors(tmp_path):
    shared, instructor = tmp_path / "shared", tmp_path / "instructor"
    shared.mkdir(), instructor.mkdir()
    (shared / "data.csv").write_text("a\n1\n2\n")
    (instructor / "helper.py").write_text("def check(x):\n    assert x == 3\n")
    (instructor / "expected.txt").write_text("3")
    solution = ("import pandas as pd, glob, os\nx = int(pd.read_csv('data.csv').a.sum())\n"
                "try:\n    import helper\n    found = True\nexcept ImportError:\n    found = os.path.exists('/tmp/instructor')")
    result = examine("import helper\nhelper.check(x)\nassert found is False", solution, shared_files=shared,
                     instructor_files=instructor)
    assert result.score == 2


def test_the_building_blocks_are_there_for_T_only():
    solution = "import os\nfound = os.path.exists('/academy/lib')"
    tests = "import autograders\nassert autograders.__file__.startswith('/academy/lib/') and found is False"
    assert examine(tests, solution).score == 2
