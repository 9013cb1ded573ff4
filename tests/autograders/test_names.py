"""The names a solution cell binds at its top level."""
import pytest

from autograders.steps.names import RecordSyntaxError, bound_names, python_text


@pytest.mark.parametrize(("source", "names"), [
    ("", ()),
    ("# nothing", ()),
    ("x = 1", ("x",)),
    ("x = y = 1", ("x", "y")),
    ("(a, *b), c[0], d.e = f()", ("a", "b")),
    ("x += 1", ("x",)),
    ("x: int", ()),
    ("x: int = 1", ("x",)),
    ("def f(a, b=(w := 1)):\n    c = 1", ("f",)),
    ("async def f(): ...", ("f",)),
    ("class K:\n    attribute = 1\n    def method(self): ...", ("K",)),
    ("import a.b.c, d as e\nfrom f import g, h as i\nfrom j import *", ("a", "e", "g", "i")),
    ("for i, j in x:\n    k = 1\nelse:\n    m = 1", ("i", "j", "k", "m")),
    ("while (n := f()):\n    break", ("n",)),
    ("with a as b, c as (d, e): f = 1", ("b", "d", "e", "f")),
    ("try:\n    a = 1\nexcept E as e:\n    b = 2\nfinally:\n    c = 3", ("a", "b", "c")),
    ("[i for i in range(3)]", ()),
    ("[(last := i) for i in range(3)]", ("last",)),
    ("f = lambda q: (z := q)", ("f",)),
    ("match x:\n    case {'k': v, **rest}: pass\n    case [a, *b] as c: pass", ("rest", "v", "c", "a", "b")),
    ("def f():\n    global g\n    g = 1", ("f", "g")),
    ("def f():\n    def h():\n        global g\n        g = 1", ("f", "g")),
    ("def f():\n    global g\n    return g", ("f",)),
    ("tmp = 1\ndel tmp", ()),
    ("tmp = 1\nif c:\n    del tmp", ("tmp",)),
    ("if a:\n    x = 1\nelse:\n    y = 2", ("x", "y")),
    ("%matplotlib inline\nx = 1", ("x",)),
    ("files = !ls\nout = %time 3\na, b = !ls", ("files", "out", "a", "b")),
    ("%%add_to Class\ndef method(self): ...", ("method",)),
    ("x = 7\nx?", ("x",)),
    ("x = (10\n     % 3)", ("x",)),
    ("été = 1", ("été",)),
])
def test_bound_names(source, names):
    assert bound_names(source) == names


def test_lines_keep_their_numbers():
    assert python_text("%%time\nx = 1\n  !ls\ny = 2").split("\n") == ["", "x = 1", "  pass", "y = 2"]


@pytest.mark.parametrize("source", ["def f(:", "x = ", "\x00", "(" * 500])
def test_what_is_not_python_is_the_instructors_error(source):
    with pytest.raises(RecordSyntaxError, match="not Python"):
        bound_names(source)
