"""How each pattern of real tests crosses between L and T: (solution, tests, the score of 2 for each tests cell).

A case may have ``given`` (the instructor's cell before), ``record`` (the instructor's solution, if it differs) and
several tests cells with a score each. The names say the row; "surprise" marks what surprised in real courses.
"""
from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CROSSINGS", "Case"]


@dataclass(frozen=True)
class Case:
    solution: str
    tests: str | tuple[str, ...]
    scores: float | tuple[float, ...] = 2
    given: str = ""
    record: str | None = None


NODE = """
class Node:
    def __init__(self, value, next=None):
        self.value = value
        self.next = next
        self._seen = 0
    def length(self):
        self._seen += 1
        return 1 + (self.next.length() if self.next is not None else 0)
"""
ANIMAL = """
class Animal:
    kind = 'animal'
    def __init__(self, name):
        self.name = name
    def sound(self):
        return '...'
    def speak(self):
        return f'{self.name} says {self.sound()}'
"""
SQUARES = """
def squares(n):
    if n < 1:
        raise ValueError('n must be at least 1')
    return [i ** 2 for i in range(1, n + 1)]
def sum_of_squares(n):
    return sum(squares(n))
"""
USES = """
tmp = squares
del squares
try:
    sum_of_squares(1)
except NameError:
    pass
else:
    raise AssertionError('does not use squares')
finally:
    squares = tmp
assert sum_of_squares(3) == 14
"""
BAG = """
class Bag:
    def __init__(self, items=None):
        self.items = items if items is not None else []
        self.grid = [[0, 0], [0, 0]]
        self.info = {'n': 1}
    def total(self):
        return sum(self.items)
    def corner(self):
        return self.grid[0][1]
    def all(self):
        return self.items
"""

CROSSINGS = {
    # -- one real namespace
    "surprise: del squares, as in nbgrader's own example": Case(SQUARES, USES),
    "del squares, and the learner does not use it": Case(
        SQUARES.replace("sum(squares(n))", "sum(i * i for i in range(n + 1))"), USES, 0),
    "a name deleted in a test is back in the next cell": Case(SQUARES, (USES, "assert sum_of_squares(2) == 5")  , (2, 2)),
    "a name deleted and never put back": Case(SQUARES, ("del squares", "sum_of_squares(2)"), (2, 0)),
    "a function of the learner's replaced by the test's": Case(
        SQUARES, "calls = []\ndef squares(n):\n    calls.append(n)\n    return [7]\nassert sum_of_squares(5) == 7 and calls == [5]"),
    "mock.patch of a learner's function": Case(
        SQUARES, "from unittest.mock import patch\nwith patch('__main__.squares', return_value=[1, 1]) as fake:\n"
                 "    assert sum_of_squares(9) == 2\nfake.assert_called_once_with(9)\nassert sum_of_squares(2) == 5"),
    "an alias of a learner's function bound to another of its names": Case(
        "def f(x):\n    return g(x)\ndef g(x):\n    return 1\ndef h(x):\n    return 2",
        "kept, g = g, h\nassert f(0) == 2\ng = kept\nassert f(0) == 1"),
    "a learner's global that a test sets and the record's function reads": Case(
        "rate = 2\ndef convert(x):\n    return x * rate", "rate = 10\nassert convert(3) == 30"),
    "surprise: a global that only a test sets is not for L": Case(
        "def scale(x):\n    return x * A", "A = 3\nassert scale(2) == 6", 0),
    "a global that a test sets and shares": Case(
        "def scale(x):\n    return x * A", "# share: A\nA = 3\nassert scale(2) == 6"),
    "a global shared under several names": Case(
        "def scale(x):\n    return x * A + B", "### share: [A, B]\nA = 3\nB = 1\nassert scale(2) == 7"),
    "data of the instructor's that a test changes and shares": Case(
        "def size():\n    return len(table)", "# share: table\nassert size() == 0\ntable['a'] = 1\nassert size() == 1", given="table = {}"),
    "data of the instructor's that a test changes and does not share": Case(
        "def size():\n    return len(table)", "table['a'] = 1\nassert size() == 1", 0, given="table = {}"),
    "a function that the test shares": Case("def use():\n    return helper(2)", "# share: helper\ndef helper(x):\n    return x * 5\nassert use() == 10 and use() == 10"),
    "surprise: a test cell that redefines a learner's name": Case(
        "answer = 41\ndef f():\n    return 1", ("answer = 42\nassert answer == 42", "assert answer == 42 and f() == 1"), (2, 2)),
    "a value bound to a learner's name that no function reads stays in T": Case(
        "answer = 1\ndef peek():\n    return globals()['answer']", "answer = 'secret'\nassert peek() == 1"),
    "a global that a call binds": Case(
        "count = 0\ndef tick():\n    global count\n    count += 1", "tick()\ntick()\nassert count == 2"),
    "a global that a call changes in place": Case(
        "log = []\ndef note(x):\n    log.append(x)", "note(1)\nassert log == [1]\nnote(2)\nassert log == [1, 2]"),
    "a global that a test changes in place": Case(
        "log = []\ndef size():\n    return len(log)", "log.append(5)\nassert size() == 1\nlog.clear()\nassert size() == 0"),
    "an instructor's name that a call of the learner's changes": Case(
        "def register(name):\n    table[name] = len(table)", "register('a')\nregister('b')\nassert table == {'a': 0, 'b': 1}",
        given="table = {}"),
    "in locals, in globals, in vars, in dir": Case(
        "x = 1", "assert 'x' in locals() and 'x' in globals() and 'x' in vars() and 'x' in dir() and 'y' not in globals()"),
    "globals get and set": Case("x = 1\ndef f():\n    return x", "assert globals()['x'] == 1\nglobals()['x'] = 5\nassert f() == 5"),
    "a name checked by eval and exec": Case("x = 4", "assert eval('x') == 4\nexec('y = x + 1')\nassert y == 5"),
    "a test cell uses what an earlier one made of a learner's value": Case(
        "x = [3, 1]", ("order = sorted(x)", "assert order == [1, 3]"), (2, 2)),
    "a test uses what an instructor's cell made of a learner's value": Case("x = 2", ("y = x * 3", "assert y == 6"), (2, 2)),
    "the last expression of the solution": Case("x = 3\nx * 2", "assert _ == 6"),
    "the last expression by its number": Case("x = 3\nx * 2", "assert Out[1] == 6"),

    # -- write-through
    "an attribute appended to": Case(BAG, "b = Bag()\nb.items.append(4)\nassert b.total() == 4"),
    "an item of an attribute set": Case(BAG, "b = Bag()\nb.grid[0][1] = 9\nassert b.corner() == 9"),
    "a dictionary of an attribute": Case(BAG, "b = Bag()\nb.info['n'] += 1\nassert b.info == {'n': 2}"),
    "an alias of an attribute sees a later change": Case(
        BAG + "    def add(self, x):\n        self.items.append(x)\n", "b = Bag()\nitems = b.items\nb.add(1)\nassert b.items == [1] and items is b.items"),
    "a value that a method gives is the object's own": Case(BAG, "b = Bag()\nb.all().append(2)\nassert b.total() == 2"),
    "a list that the learner's object keeps": Case(BAG, "mine = [1]\nb = Bag(mine)\nmine.append(5)\nassert b.total() == 6 and b.items is mine"),
    "an attribute set": Case(BAG, "b = Bag()\nb.items = [1, 2]\nassert b.total() == 3\ndel b.items\nassert not hasattr(b, 'items')"),
    "an array of an attribute changed in place": Case(
        "import numpy as np\nclass M:\n    def __init__(self):\n        self.w = np.zeros(3)\n    def sum(self):\n        return self.w.sum()",
        "m = M()\nm.w[1] = 5\nassert m.sum() == 5\nm.w += 1\nassert m.sum() == 8"),
    "a frame of an attribute changed in place": Case(
        "import pandas as pd\nclass T:\n    def __init__(self):\n        self.df = pd.DataFrame({'a': [1, 2]})\n    def sum(self):\n        return int(self.df.sum().sum())",
        "t = T()\nt.df['b'] = 1\nassert t.sum() == 5"),
    "an argument by name changed in place": Case("def add(items, n):\n    items.append(n)", "a = []\nadd(items=a, n=1)\nassert a == [1]"),
    "a dictionary as an argument": Case("def add(d):\n    d['x'] = d.get('x', 0) + 1", "d = {}\nadd(d)\nadd(d)\nassert d == {'x': 2}"),
    "a set as an argument": Case("def add(s):\n    s |= {1}", "s = {2}\nadd(s)\nassert s == {1, 2}"),
    "a frame as an argument": Case(
        "def add(df):\n    df['b'] = df['a'] * 2", "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\nadd(df)\nassert list(df.b) == [2, 4]"),
    "an argument that must not change": Case("def f(x):\n    x.sort()\n    return x", "a = [2, 1]\nf(a)\nassert a == [2, 1]", 0),

    # -- the instructor's classes and objects
    "an object of an instructor's class as an argument": Case(
        "def last(node):\n    while node.next is not None:\n        node = node.next\n    return node.value",
        "assert last(Node(1, Node(2, Node(3)))) == 3", given=NODE),
    "it is an instance of that class in L": Case(
        "def f(node):\n    return isinstance(node, Node) and node.length() == 2", "assert f(Node(1, Node(2)))", given=NODE),
    "an attribute of it set by the learner": Case(
        "def push(node, value):\n    while node.next is not None:\n        node = node.next\n    node.next = Node(value)",
        "n = Node(1)\npush(n, 2)\npush(n, 3)\nassert n.length() == 3 and n.next.next.value == 3", given=NODE),
    "the learner's own object of an instructor's class": Case(
        "def make(values):\n    head = None\n    for v in reversed(values):\n        head = Node(v, head)\n    return head",
        "n = make([1, 2, 3])\nassert isinstance(n, Node) and type(n) is not int and n.value == 1 and n.length() == 3", given=NODE),
    "an object of the test comes back as itself": Case(
        "class Box:\n    def __init__(self):\n        self.things = []\n    def put(self, x):\n        self.things.append(x)\n    def get(self):\n        return self.things.pop()",
        "n = Node(5)\nb = Box()\nb.put(n)\nassert b.get() is n", given=NODE),
    "a class below an instructor's": Case(
        "class Dog(Animal):\n    def sound(self):\n        return 'woof'",
        "d = Dog('Rex')\nassert isinstance(d, Animal) and issubclass(Dog, Animal) and isinstance(d, Dog)\n"
        "assert d.speak() == 'Rex says woof' and d.kind == 'animal' and Dog.kind == 'animal'", given=ANIMAL),
    "a class that is not below it": Case(
        "class Dog:\n    def __init__(self, name):\n        pass", "assert isinstance(Dog('x'), Animal)", 0, given=ANIMAL),
    "an attribute of the class overridden": Case(
        "class Dog(Animal):\n    kind = 'dog'", "assert Dog.kind == 'dog' and Dog('x').kind == 'dog' and Animal.kind == 'animal'", given=ANIMAL),
    "abstract classes of the instructor": Case(
        "class Square(Shape):\n    def __init__(self, s):\n        self.s = s\n    def area(self):\n        return self.s ** 2",
        "assert Square(3).area() == 9 and isinstance(Square(1), Shape)",
        given="from abc import ABC, abstractmethod\nclass Shape(ABC):\n    @abstractmethod\n    def area(self): ..."),
    "data of the instructor's shuffled by the solution": Case(
        "import random\nrandom.shuffle(deck)", "assert sorted(deck) == list(range(20)) and deck != list(range(20))", given="deck = list(range(20))"),
    "an instructor's name bound again by the solution": Case("data = data * 2", "assert data == [1, 1]", given="data = [1]"),

    # -- classes of the learner's
    "dunders of every kind": Case(
        "class V:\n    def __init__(self, x):\n        self.x = x\n    def __add__(self, o):\n        return V(self.x + o.x)\n"
        "    def __mul__(self, k):\n        return V(self.x * k)\n    def __rmul__(self, k):\n        return V(self.x * k)\n"
        "    def __neg__(self):\n        return V(-self.x)\n    def __abs__(self):\n        return abs(self.x)\n    def __lt__(self, o):\n        return self.x < o.x\n"
        "    def __eq__(self, o):\n        return self.x == o.x\n    def __call__(self, y):\n        return self.x + y\n    def __bool__(self):\n        return self.x != 0\n"
        "    def __str__(self):\n        return f'<{self.x}>'\n    def __iadd__(self, o):\n        self.x += o.x\n        return self\n    def __float__(self):\n        return float(self.x)",
        "a, b = V(1), V(2)\nassert (a + b).x == 3 and (a * 3).x == 3 and (3 * a).x == 3 and (-a).x == -1 and abs(V(-4)) == 4\n"
        "assert a < b and sorted([b, a])[0] is a and max(a, b) is b and V(1) == V(1) and a != b and a(5) == 6\n"
        "assert bool(V(0)) is False and str(b) == '<2>' and f'{b}' == '<2>' and float(b) == 2.0\nc = a\na += b\nassert a is c and a.x == 3"),
    "a context manager": Case(
        "class C:\n    def __init__(self):\n        self.log = []\n    def __enter__(self):\n        self.log.append('in')\n        return self\n    def __exit__(self, *a):\n        self.log.append('out')",
        "c = C()\nwith c as d:\n    assert d is c\nassert c.log == ['in', 'out']"),
    "properties and their setters": Case(
        "class T:\n    def __init__(self):\n        self._c = 0\n    @property\n    def c(self):\n        return self._c\n    @c.setter\n    def c(self, v):\n        if v < -273:\n            raise ValueError('cold')\n        self._c = v",
        "t = T()\nt.c = 5\nassert t.c == 5\ntry:\n    t.c = -300\nexcept ValueError:\n    pass\nelse:\n    assert False"),
    "static and class methods, class attributes": Case(
        "class K:\n    n = 0\n    def __init__(self):\n        K.n += 1\n    @staticmethod\n    def two():\n        return 2\n    @classmethod\n    def make(cls):\n        return cls()",
        "k = K.make()\nassert K.n == 1 and K.two() == 2 and isinstance(k, K)\nK.n = 10\nK()\nassert K.n == 11"),
    "an iterator class": Case(
        "class Up:\n    def __init__(self, n):\n        self.n, self.i = n, 0\n    def __iter__(self):\n        return self\n    def __next__(self):\n        if self.i == self.n:\n            raise StopIteration\n        self.i += 1\n        return self.i",
        "assert list(Up(3)) == [1, 2, 3] and sum(Up(4)) == 10\nu = Up(1)\nassert next(u) == 1\ntry:\n    next(u)\nexcept StopIteration:\n    pass\nelse:\n    assert False"),
    "objects in collections": Case(
        "class P:\n    def __init__(self, n):\n        self.n = n\ndef people():\n    return [P(i) for i in range(3)]\ndef by_name():\n    return {str(p.n): p for p in people()}",
        "assert [p.n for p in people()] == [0, 1, 2] and by_name()['2'].n == 2 and all(isinstance(p, P) for p in people())"),
    "a test's class that uses the learner's function as a method": Case(
        "def greet(self):\n    return 'hi ' + self.name", "class X:\n    name = 'x'\nassert greet(X()) == 'hi x'"),

    # -- functions, sources, signatures
    "a function passed to an instructor's helper": Case(
        "def f(x):\n    return x ** 2", "assert [apply(f, i) for i in range(3)] == [0, 1, 4] and list(map(f, [1, 2])) == [1, 4]",
        given="def apply(g, x):\n    return g(x)"),
    "surprise: a helper that calls getsource on the learner's function": Case(
        "def f(x):\n    # by hand\n    return x + x",
        "assert uses(f, 'x + x') and not uses(f, 'sum(')", given="import inspect\ndef uses(g, text):\n    return text in inspect.getsource(g)"),
    "the source of a class and of a method": Case(
        "class A:\n    def go(self, n=2):\n        '''Goes.'''\n        for i in range(n):\n            pass",
        "import inspect, ast, textwrap\nassert 'for i in range(n)' in inspect.getsource(A) and inspect.getsource(A).startswith('class A')\n"
        "assert 'range(n)' in inspect.getsource(A.go) and 'range(n)' in inspect.getsource(A().go)\n"
        "assert any(isinstance(n, ast.For) for n in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(A.go)))))\n"
        "assert list(inspect.signature(A.go).parameters) == ['self', 'n'] and list(inspect.signature(A().go).parameters) == ['n']\nassert A.go.__doc__ == 'Goes.'"),
    "the signature of a class": Case(
        "class A:\n    def __init__(self, a, b=3):\n        pass", "import inspect\nassert str(inspect.signature(A)) == '(a, b=3)'"),
    "annotations and defaults": Case(
        "def f(a: int, b: str = 'x', *c, d: list[int] = None) -> float:\n    return 1.0",
        "import inspect\ns = inspect.signature(f)\nassert s.return_annotation is float and s.parameters['a'].annotation is int and s.parameters['b'].default == 'x'\n"
        "assert f.__annotations__ == {'a': int, 'b': str, 'd': list[int], 'return': float}"),
    "a lambda": Case("f = lambda x, y=2: x * y", "import inspect\nassert f(3) == 6 and callable(f) and f.__name__ == '<lambda>'\nassert 'x * y' in inspect.getsource(f)\nassert len(inspect.signature(f).parameters) == 2"),
    "the last definition counts": Case("def f():\n    '''one'''\n    return 1\ndef f():\n    '''two'''\n    return 2", "import inspect\nassert f() == 2 and f.__doc__ == 'two' and 'return 2' in inspect.getsource(f)"),
    "a decorated function": Case(
        "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def g(*a):\n        return 2 * f(*a)\n    return g\n@twice\ndef one():\n    '''One.'''\n    return 1",
        "assert one() == 2 and one.__name__ == 'one' and one.__doc__ == 'One.'"),
    "a closure and a partial": Case(
        "from functools import partial\ndef adder(n):\n    return lambda x: x + n\nadd2 = adder(2)\nadd3 = partial(lambda a, b: a + b, 3)", "assert add2(1) == 3 and adder(5)(1) == 6 and add3(1) == 4"),
    "recursion and caches": Case(
        "from functools import lru_cache\n@lru_cache(None)\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)", "assert fib(30) == 832040 and callable(fib)"),
    "callbacks with keywords that raise": Case(
        "def tries(f):\n    try:\n        return f(x=1)\n    except ValueError:\n        return 'caught'", "def f(x):\n    raise ValueError\nassert tries(f) == 'caught'"),
    "a callback that gives an object of the learner's": Case(
        "class P:\n    n = 4\ndef use(f):\n    return f(P()).n", "seen = []\ndef f(p):\n    seen.append(p)\n    return p\nassert use(f) == 4 and seen[0].n == 4"),
    "a generator that is sent to": Case(
        "def mean():\n    total = n = 0\n    value = None\n    while True:\n        x = yield value\n        total, n = total + x, n + 1\n        value = total / n",
        "g = mean()\nnext(g)\nassert g.send(2) == 2 and g.send(4) == 3\ng.close()"),
    "a generator is a generator": Case("def g():\n    yield 1", "import types, inspect\nassert isinstance(g(), types.GeneratorType) and inspect.isgenerator(g()) and [x for x in g()] == [1]"),
    "an endless generator": Case("def n():\n    i = 0\n    while True:\n        yield i\n        i += 1", "from itertools import islice\nassert list(islice(n(), 3)) == [0, 1, 2]"),

    # -- input, output, files, time
    "input replaced by mock.patch": Case(
        "def ask():\n    return int(input('n? ')) + int(input('m? '))", "from unittest.mock import patch\nwith patch('builtins.input', side_effect=['2', '3']):\n    assert ask() == 5"),
    "input replaced in the namespace": Case("def ask():\n    return input('n? ')", "input = lambda prompt='': 'yes'\nassert ask() == 'yes'"),
    "input from a replaced stdin": Case(
        "def ask():\n    return [input(), input()]", "import io, sys\nkept, sys.stdin = sys.stdin, io.StringIO('a\\nb\\n')\ntry:\n    assert ask() == ['a', 'b']\nfinally:\n    sys.stdin = kept"),
    "input that nobody answers": Case("def ask():\n    return input()", "ask()", 0),
    "a solution cell that asks for input": Case("def f():\n    return 1\nname = input('name? ')", "assert f() == 1"),
    "printed lines in order": Case(
        "def show(n):\n    for i in range(n):\n        print(i, end=' ')\n    print('done')",
        "import io\nfrom contextlib import redirect_stdout\nwith redirect_stdout(io.StringIO()) as out:\n    show(2)\n    print('mine')\nassert out.getvalue() == '0 1 done\\nmine\\n'"),
    "output captured by IPython": Case("def f():\n    print('x')", "from IPython.utils.capture import capture_output\nwith capture_output() as c:\n    f()\nassert c.stdout == 'x\\n'"),
    "a file that the solution writes": Case("with open('out.csv', 'w') as f:\n    f.write('a,b\\n1,2\\n')", "import pandas as pd, os\nassert os.path.exists('out.csv') and pd.read_csv('out.csv').b.sum() == 2"),
    "a file that a function writes": Case(
        "def save(path):\n    with open(path, 'w') as f:\n        f.write('ok')\nsave('result.txt')", "# files: result.txt\nassert open('result.txt').read() == 'ok'"),
    "a file that was not written": Case("pass", "# files: result.txt\nassert open('result.txt').read() == 'ok'", 0),
    "timing": Case("def f(n):\n    return sum(range(n))", "import time\nstart = time.perf_counter()\nf(1000)\nassert 0 <= time.perf_counter() - start < 2"),
    "too slow": Case("import time\ndef f():\n    time.sleep(0.6)", "import time\nstart = time.time()\nf()\nassert time.time() - start < 0.5", 0),
    "timeit": Case("def f():\n    return 1", "import timeit\nassert timeit.timeit(f, number=20) < 5"),

    # -- random state and library state
    "a seed in a test, draws in the learner's function": Case(
        "import numpy as np\ndef draw():\n    return np.random.randint(0, 1000, 3)",
        "import numpy as np\nnp.random.seed(7)\nexpected = np.random.randint(0, 1000, 3)\nnp.random.seed(7)\nassert (draw() == expected).all()"),
    "both draw from one stream": Case(
        "import numpy as np\ndef draw():\n    return np.random.rand()",
        "import numpy as np\nnp.random.seed(3)\nexpected = np.random.rand(4)\nnp.random.seed(3)\nassert [np.random.rand(), draw(), np.random.rand(), draw()] == list(expected)"),
    "both draw from random's stream": Case(
        "import random\ndef roll():\n    return random.randint(1, 6)",
        "import random\nrandom.seed(3)\nexpected = [random.randint(1, 6) for _ in range(40)]\nrandom.seed(3)\nassert [random.randint(1, 6) if i % 2 else roll() for i in range(40)] == expected"),
    "a seed in an instructor's cell, draws in the solution": Case(
        "x = np.random.rand(3)", "np.random.seed(5)\nassert (x == np.random.rand(3)).all()", given="import numpy as np\nnp.random.seed(5)"),
    "the solution draws, then the test": Case(
        "x = np.random.rand(3)", "y = np.random.rand()\nnp.random.seed(5)\nassert (np.random.rand(4) == [*x, y]).all()", given="import numpy as np\nnp.random.seed(5)"),
    "surprise: the ban of a solver": Case(
        "import numpy as np\ndef solve(a, b):\n    return np.linalg.solve(a, b)",
        "import numpy as np\nkept, np.linalg.solve = np.linalg.solve, None\ntry:\n    solve(np.eye(2), np.ones(2))\nfinally:\n    np.linalg.solve = kept", 0),
    "a ban in an earlier cell": Case(
        "import numpy as np\ndef inverse(a):\n    return np.linalg.inv(a)", ("import numpy as np\ndel np.linalg.inv", "inverse(np.eye(2))"), (2, 0)),
    "surprise: an instructor's solution that reads what only the test sets": Case(
        "def area():\n    return width * height", "width, height = 2, 3\nassert area() == 6", 0),

    # -- values
    "exact types": Case(
        "import numpy as np\na, b, c, d, e = 1, 1.0, True, '1', np.float64(1)",
        "import numpy as np\nassert [type(v) for v in (a, b, c, d, e)] == [int, float, bool, str, np.float64] and not isinstance(a, float)"),
    "hash of a repr": Case("x = {'a': [1, 2.5, None, True]}", "import hashlib\nassert hashlib.sha1(repr(x).encode()).hexdigest() == hashlib.sha1(repr({'a': [1, 2.5, None, True]}).encode()).hexdigest()"),
    "sets and their order": Case("x = {'b', 'a', 'c'}", "assert list(x) == list({'b', 'a', 'c'}) or sorted(x) == ['a', 'b', 'c']"),
    "singletons": Case("import numpy as np, pandas as pd\nx = [np.nan, pd.NA, pd.NaT, ..., None]", "import numpy as np, pandas as pd\nassert x[0] is np.nan and x[1] is pd.NA and x[2] is pd.NaT and x[3] is ... and x[4] is None"),
    "NaN in a column of text": Case(
        "import pandas as pd, numpy as np\ns = pd.Series(['a', np.nan, 'b'])", "import pandas as pd, numpy as np\npd.testing.assert_series_equal(s, pd.Series(['a', np.nan, 'b']))\nassert s.isna().sum() == 1"),
    "dates of every unit": Case(
        "import numpy as np\nd = [np.datetime64('2020', u) for u in ('Y', 'M', 'D', 's', 'ms', 'us', 'ns')]", "assert [str(x.dtype) for x in d] == [f'datetime64[{u}]' for u in ('Y', 'M', 'D', 's', 'ms', 'us', 'ns')]"),
    "a module of the solution": Case("import math as m\nimport numpy.linalg as la", "assert m.pi > 3 and la.norm([3, 4]) == 5"),
    "an import made only by the learner": Case("import statistics\nx = statistics.mean([1, 2])", "assert x == 1.5 and 'statistics' in globals()"),
    "a regular expression": Case("import re\np = re.compile(r'\\d+')", "import re\nassert p.findall('a1b22') == ['1', '22'] and isinstance(p, re.Pattern)"),
    "a polynomial": Case("import numpy as np\np = np.polynomial.Polynomial([1, 2])", "assert p(2) == 5"),
    "nested functions' results": Case("def f():\n    return {'a': (1, [2, {3}]), 'b': frozenset({4})}", "assert f() == {'a': (1, [2, {3}]), 'b': frozenset({4})}"),
    "an exception with what it carries": Case(
        "class Low(Exception):\n    def __init__(self, n):\n        super().__init__(f'too low: {n}')\n        self.n = n\ndef f(n):\n    raise Low(n)",
        "try:\n    f(3)\nexcept Low as e:\n    assert str(e) == 'too low: 3'\nelse:\n    assert False"),
    "assertRaises of several kinds": Case(
        "def f(k):\n    if k == 1:\n        raise TypeError('t')\n    if k == 2:\n        raise KeyError('k')\n    raise ZeroDivisionError",
        "import unittest\nt = unittest.TestCase()\nfor k, e in ((1, TypeError), (2, KeyError), (3, ZeroDivisionError), (3, ArithmeticError)):\n    t.assertRaises(e, f, k)\nwith t.assertRaisesRegex(TypeError, '^t$'):\n    f(1)"),
    "pytest's raises is not needed: try and else": Case("def f():\n    return 1", "try:\n    f()\nexcept Exception:\n    raise AssertionError\nelse:\n    pass"),
}
