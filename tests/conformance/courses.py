"""A small notebook for each kind of course that uses nbgrader: instructor's cells, and answers of several learners.

Every notebook is ordinary nbgrader: solution regions, visible and hidden asserts, partial credit, cells with zero points,
answers for a person. ``ANSWERS`` gives for each learner the cells that differ from the instructor's; None leaves a cell
as it was released.
"""
from __future__ import annotations

from tests.autograders.builders import checks, code, locked, notebook, solution, text

__all__ = ["ANSWERS", "COURSES", "LIBRARY_COURSES"]


def answer(grade_id: str, body: str) -> dict:
    """A solution cell; what lies between the markers is taken out of the release."""
    return solution(grade_id, body)


def programming() -> dict:
    return notebook(
        text("# Strings and loops"),
        code("import random"),
        answer("vowels", "def count_vowels(word):\n    '''How many vowels there are.'''\n    ### BEGIN SOLUTION\n    return sum(c in 'aeiou' for c in word.lower())\n    ### END SOLUTION"),
        checks("vowels_seen", 1, "assert count_vowels('Eve') == 2, 'two vowels'\nassert count_vowels('') == 0"),
        checks("vowels_hidden", 2, "### BEGIN HIDDEN TESTS\nfor w, n in (('queue', 4), ('RHYTHM', 0)):\n    assert count_vowels(w) == n\n### END HIDDEN TESTS"),
        answer("table", "def print_table(n):\n    ### BEGIN SOLUTION\n    for i in range(1, 4):\n        print(i, 'x', n, '=', i * n)\n    ### END SOLUTION"),
        checks("table_output", 1, "import io, contextlib\nbuffer = io.StringIO()\nwith contextlib.redirect_stdout(buffer):\n    print_table(5)\nassert buffer.getvalue().splitlines()[-1] == '3 x 5 = 15'"),
        answer("ask", "def ask_age():\n    ### BEGIN SOLUTION\n    age = int(input('Age? '))\n    if age < 0:\n        raise ValueError('negative')\n    return age\n    ### END SOLUTION"),
        checks("ask_input", 2, "from unittest import mock\nwith mock.patch('builtins.input', return_value='7'):\n    assert ask_age() == 7\nwith mock.patch('builtins.input', return_value='-1'):\n    try:\n        ask_age()\n    except ValueError:\n        pass\n    else:\n        raise AssertionError('a negative age')"),
        answer("partly", "def is_prime(n):\n    ### BEGIN SOLUTION\n    return n > 1 and all(n % d for d in range(2, n))\n    ### END SOLUTION"),
        checks("partly_test", 4, "right = [is_prime(n) == (n in (2, 3, 5, 7)) for n in range(1, 9)]\nscore = 4 * sum(right) / len(right)\nscore"),
        answer("word", "### BEGIN SOLUTION\nword = 'loop'\n### END SOLUTION"),
        checks("word_type", 0, "assert type(word) is str"),
        checks("word_hash", 1, "import hashlib\nassert hashlib.md5(word.encode()).hexdigest() == hashlib.md5(b'loop').hexdigest()"),
        checks("globals_used", 1, "kept = count_vowels\ndel count_vowels\nassert 'count_vowels' not in globals()\ncount_vowels = kept\nassert count_vowels('a') == 1"),
        solution("essay", "### BEGIN SOLUTION\n# because\n### END SOLUTION", grade=True, points=3),
        text("Why?\n\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION", grade_id="why", grade=True, solution=True, points=2),
        text("Draw a flow chart.", grade_id="chart", task=True, points=1, locked=True),
    )


def objects() -> dict:
    return notebook(
        locked("given_class", "class Shape:\n    def __init__(self, name):\n        self.name = name\n    def area(self):\n        raise NotImplementedError\n    def describe(self):\n        return f'{self.name}: {self.area():.1f}'"),
        answer("square", "class Square(Shape):\n    ### BEGIN SOLUTION\n    def __init__(self, side):\n        super().__init__('square')\n        self.side = side\n    def area(self):\n        return self.side ** 2\n    def __eq__(self, other):\n        return self.side == other.side\n    def __lt__(self, other):\n        return self.side < other.side\n    ### END SOLUTION"),
        checks("square_is", 1, "s = Square(3)\nassert isinstance(s, Shape) and issubclass(Square, Shape) and s.area() == 9"),
        checks("square_does", 1, "assert s.describe() == 'square: 9.0'\nassert Square(2) == Square(2) and Square(1) < Square(2)\nassert max([Square(1), Square(4), Square(2)]).side == 4"),
        locked("node", "class Node:\n    def __init__(self, value, next=None):\n        self.value, self.next = value, next\ndef to_list(node):\n    found = []\n    while node is not None:\n        found.append(node.value)\n        node = node.next\n    return found"),
        answer("reverse", "def reverse(node):\n    ### BEGIN SOLUTION\n    before = None\n    while node is not None:\n        node.next, before, node = before, node, node.next\n    return before\n    ### END SOLUTION"),
        checks("reverse_test", 2, "assert to_list(reverse(Node(1, Node(2, Node(3))))) == [3, 2, 1]\nassert reverse(None) is None"),
        answer("stack", "class Stack:\n    ### BEGIN SOLUTION\n    def __init__(self):\n        self.items = []\n    def push(self, item):\n        self.items.append(item)\n    def pop(self):\n        if not self.items:\n            raise IndexError('empty')\n        return self.items.pop()\n    def __len__(self):\n        return len(self.items)\n    ### END SOLUTION"),
        checks("stack_test", 2, "st = Stack()\nst.push(1)\nst.push('two')\nassert len(st) == 2 and st.pop() == 'two' and st.pop() == 1\ntry:\n    st.pop()\nexcept IndexError:\n    pass\nelse:\n    raise AssertionError"),
        checks("stack_inside", 1, "st.push(5)\nst.items.append(6)\nassert st.pop() == 6 and st.items == [5]"),
        answer("counter", "def counter(start):\n    ### BEGIN SOLUTION\n    while True:\n        step = yield start\n        start += step or 1\n    ### END SOLUTION"),
        checks("counter_test", 1, "c = counter(5)\nassert [next(c), next(c), c.send(10)] == [5, 6, 16]"),
    )


def numerics() -> dict:
    return notebook(
        locked("setup", "import numpy as np\nnp.random.seed(4)\nA = np.random.rand(4, 4) + 4 * np.eye(4)\nb = np.random.rand(4)"),
        answer("gauss", "def solve(A, b):\n    ### BEGIN SOLUTION\n    M = np.hstack([A.astype(float), b.reshape(-1, 1)])\n    n = len(b)\n    for i in range(n):\n        M[i] = M[i] / M[i, i]\n        for j in range(n):\n            if j != i:\n                M[j] = M[j] - M[j, i] * M[i]\n    return M[:, -1]\n    ### END SOLUTION"),
        checks("gauss_test", 2, "np.testing.assert_allclose(solve(A, b), np.linalg.solve(A, b))\nassert A.shape == (4, 4)"),
        checks("gauss_banned", 2, "### BEGIN HIDDEN TESTS\nkept, np.linalg.solve = np.linalg.solve, None\ntry:\n    x = solve(A, b)\nfinally:\n    np.linalg.solve = kept\nassert np.allclose(A @ x, b)\n### END HIDDEN TESTS"),
        answer("bisect", "def bisect(f, lo, hi, steps=60):\n    '''A root of f between lo and hi.'''\n    ### BEGIN SOLUTION\n    for _ in range(steps):\n        mid = (lo + hi) / 2\n        if f(lo) * f(mid) <= 0:\n            hi = mid\n        else:\n            lo = mid\n    return (lo + hi) / 2\n    ### END SOLUTION"),
        checks("bisect_test", 2, "assert abs(bisect(lambda x: x ** 2 - 2, 0, 2) - np.sqrt(2)) < 1e-9\nassert abs(bisect(np.cos, 0, 3) - np.pi / 2) < 1e-9"),
        checks("bisect_source", 1, "import inspect\nassert 'brentq' not in inspect.getsource(bisect)\nassert list(inspect.signature(bisect).parameters) == ['f', 'lo', 'hi', 'steps']"),
        answer("scale", "def normalise(v):\n    ### BEGIN SOLUTION\n    v /= np.linalg.norm(v)\n    ### END SOLUTION"),
        checks("scale_test", 1, "v = np.array([3.0, 4.0])\nassert normalise(v) is None\nnp.testing.assert_allclose(v, [0.6, 0.8])"),
        answer("walk", "def walk(n):\n    ### BEGIN SOLUTION\n    return np.cumsum(np.random.choice([-1, 1], n))\n    ### END SOLUTION"),
        checks("walk_test", 1, "np.random.seed(11)\nexpected = np.cumsum(np.random.choice([-1, 1], 9))\nnp.random.seed(11)\nassert (walk(9) == expected).all()"),
        answer("poly", "### BEGIN SOLUTION\np = np.polynomial.Polynomial.fit([0, 1, 2], [1, 3, 7], 2).convert()\n### END SOLUTION"),
        checks("poly_test", 1, "assert np.allclose(p.coef, [1, 1, 1]) and np.isclose(p(3), 13)"),
    )


def data() -> dict:
    return notebook(
        locked("frame", "import pandas as pd, numpy as np\nsales = pd.DataFrame({'shop': list('aabbc'), 'month': pd.to_datetime(['2024-01-01', '2024-02-01'] * 2 + ['2024-01-01']), 'sum': [3.0, 5.0, np.nan, 7.0, 1.0]})"),
        answer("clean", "### BEGIN SOLUTION\nclean = sales.dropna().reset_index(drop=True)\n### END SOLUTION"),
        checks("clean_test", 1, "assert isinstance(clean, pd.DataFrame) and clean.shape == (4, 3) and clean['sum'].notna().all()\nassert clean.dtypes['sum'] == float"),
        answer("group", "### BEGIN SOLUTION\nby_shop = clean.groupby('shop')['sum'].mean()\n### END SOLUTION"),
        checks("group_test", 2, "pd.testing.assert_series_equal(by_shop, clean.groupby('shop')['sum'].mean())\nassert by_shop.idxmax() == 'b' and by_shop.loc['a'] == 4"),
        answer("extra", "### BEGIN SOLUTION\nsales['log'] = np.log(sales['sum'])\nsales.sort_values('sum', inplace=True)\n### END SOLUTION"),
        checks("extra_test", 2, "assert 'log' in sales.columns and np.isclose(sales['log'].max(), np.log(7))\nassert sales['sum'].dropna().is_monotonic_increasing"),
        answer("pivot", "def pivot(df):\n    ### BEGIN SOLUTION\n    return df.pivot_table(index='shop', columns='month', values='sum', aggfunc='sum')\n    ### END SOLUTION"),
        checks("pivot_test", 2, "wide = pivot(sales)\nassert wide.shape == (3, 2) and wide.index.name == 'shop'\nassert wide.loc['c'].iloc[0] == 1 and pd.isna(wide.loc['c'].iloc[1])"),
        answer("save", "### BEGIN SOLUTION\nclean.to_csv('clean.csv', index=False)\n### END SOLUTION"),
        checks("save_test", 1, "import os\nassert os.path.exists('clean.csv')\nassert len(pd.read_csv('clean.csv')) == 4"),
        answer("last", "### BEGIN SOLUTION\nshare = round(float(clean['sum'].max() / clean['sum'].sum()), 3)\nshare\n### END SOLUTION"),
        checks("last_test", 1, "assert share == 0.438\nassert isinstance(share, float)"),
    )


def learning() -> dict:
    return notebook(
        locked("setup", "import numpy as np\nfrom sklearn.datasets import load_iris\nfrom sklearn.model_selection import train_test_split\nX, y = load_iris(return_X_y=True)"),
        answer("split", "### BEGIN SOLUTION\nX_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)\n### END SOLUTION"),
        checks("split_test", 1, "assert X_train.shape == (120, 4) and len(y_test) == 30"),
        answer("fit", "from sklearn.neighbors import KNeighborsClassifier\n### BEGIN SOLUTION\nknn = KNeighborsClassifier(n_neighbors=3).fit(X_train, y_train)\n### END SOLUTION"),
        checks("fit_type", 1, "assert isinstance(knn, KNeighborsClassifier) and knn.n_neighbors == 3\nassert str(type(type(knn))) == \"<class 'abc.ABCMeta'>\""),
        checks("fit_score", 2, "from sklearn.metrics import accuracy_score\nassert accuracy_score(y_test, knn.predict(X_test)) > 0.9\nassert knn.score(X_test, y_test) > 0.9"),
        answer("pipe", "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\nfrom sklearn.linear_model import LogisticRegression\n### BEGIN SOLUTION\npipe = make_pipeline(StandardScaler(), LogisticRegression()).fit(X_train, y_train)\n### END SOLUTION"),
        checks("pipe_test", 2, "assert [type(s).__name__ for _, s in pipe.steps] == ['StandardScaler', 'LogisticRegression']\nassert pipe.named_steps['logisticregression'].coef_.shape == (3, 4)\nassert pipe.predict_proba(X_test).shape == (30, 3)"),
        answer("plot", "import matplotlib.pyplot as plt\n### BEGIN SOLUTION\nfig, ax = plt.subplots()\nax.scatter(X[:, 0], X[:, 1], c=y)\nax.set_title('Iris')\nax.set_xlabel('length')\n### END SOLUTION"),
        checks("plot_test", 2, "assert ax.get_title() == 'Iris' and ax.get_xlabel() != ''\nassert len(ax.collections) == 1 and ax.collections[0].get_offsets().shape == (150, 2)"),
    )


def agents() -> dict:
    return notebook(
        locked("world", "import random\nimport numpy as np\nclass Corridor:\n    '''States 0 to 4; right of 4 is the goal.'''\n    def __init__(self):\n        self.reset()\n    def reset(self):\n        self.state = 0\n        return self.state\n    def step(self, action):\n        self.state = max(0, self.state + (1 if action == 1 else -1))\n        done = self.state >= 5\n        return self.state, float(done), done"),
        answer("greedy", "def greedy(q, state):\n    ### BEGIN SOLUTION\n    return int(np.argmax(q[state]))\n    ### END SOLUTION"),
        checks("greedy_test", 1, "assert greedy({0: [0.1, 0.9]}, 0) == 1 and greedy(np.eye(2), 0) == 0"),
        answer("agent", "class Agent:\n    ### BEGIN SOLUTION\n    def __init__(self, n_states, alpha=0.5, gamma=0.9):\n        self.q = np.zeros((n_states, 2))\n        self.alpha, self.gamma = alpha, gamma\n    def update(self, s, a, r, s2):\n        self.q[s, a] += self.alpha * (r + self.gamma * self.q[s2].max() - self.q[s, a])\n    def act(self, s):\n        return greedy(self.q, s)\n    ### END SOLUTION"),
        checks("agent_update", 2, "a = Agent(6)\na.update(4, 1, 1.0, 5)\nassert np.isclose(a.q[4, 1], 0.5)\na.q[5] = 1\na.update(4, 1, 0.0, 5)\nassert np.isclose(a.q[4, 1], 0.7)"),
        answer("episode", "def episode(env, policy, limit=50):\n    ### BEGIN SOLUTION\n    state, total = env.reset(), 0.0\n    for _ in range(limit):\n        state, reward, done = env.step(policy(state))\n        total += reward\n        if done:\n            break\n    return total\n    ### END SOLUTION"),
        checks("episode_test", 2, "env = Corridor()\nassert episode(env, lambda s: 1) == 1.0 and env.state == 5\nassert episode(env, lambda s: 0, limit=5) == 0.0 and env.state == 0"),
        answer("epsilon", "def epsilon_greedy(q, state, epsilon):\n    ### BEGIN SOLUTION\n    if random.random() < epsilon:\n        return random.randrange(2)\n    return greedy(q, state)\n    ### END SOLUTION"),
        checks("epsilon_test", 2, "random.seed(1)\nchosen = [epsilon_greedy(np.array([[0, 1]]), 0, 0.5) for _ in range(200)]\nassert 120 < sum(chosen) < 180\nassert all(epsilon_greedy(np.array([[0, 1]]), 0, 0) == 1 for _ in range(20))"),
    )


def recommender() -> dict:
    return notebook(
        locked("ratings", "import numpy as np\nimport pandas as pd\nfrom collections import defaultdict\nratings = {'ada': {'x': 5, 'y': 1}, 'bob': {'x': 4, 'z': 2}, 'cy': {'y': 5}}"),
        answer("matrix", "### BEGIN SOLUTION\nR = pd.DataFrame(ratings).T.sort_index(axis=1)\n### END SOLUTION"),
        checks("matrix_test", 1, "assert list(R.columns) == ['x', 'y', 'z'] and R.loc['ada', 'x'] == 5 and R.isna().sum().sum() == 4"),
        answer("means", "def means(ratings):\n    ### BEGIN SOLUTION\n    sums = defaultdict(list)\n    for items in ratings.values():\n        for item, value in items.items():\n            sums[item].append(value)\n    return {item: sum(v) / len(v) for item, v in sums.items()}\n    ### END SOLUTION"),
        checks("means_test", 2, "assert means(ratings) == {'x': 4.5, 'y': 3.0, 'z': 2.0}\nassert means({}) == {}"),
        answer("cosine", "def cosine(u, v):\n    ### BEGIN SOLUTION\n    return float(u @ v / (np.linalg.norm(u) * np.linalg.norm(v)))\n    ### END SOLUTION"),
        checks("cosine_test", 1, "assert np.isclose(cosine(np.array([1, 0]), np.array([1, 1])), 1 / np.sqrt(2))"),
        answer("top", "def top(user, n=1):\n    ### BEGIN SOLUTION\n    seen, all_means = ratings[user], means(ratings)\n    return sorted((i for i in all_means if i not in seen), key=lambda i: -all_means[i])[:n]\n    ### END SOLUTION"),
        checks("top_test", 2, "# share: ratings\nassert top('ada') == ['z'] and top('cy', 2) == ['x', 'z']\nratings['dan'] = {}\nassert top('dan') == ['x']"),
        answer("pairs", "from itertools import combinations\n### BEGIN SOLUTION\npairs = set(combinations(sorted(ratings), 2))\n### END SOLUTION"),
        checks("pairs_test", 1, "assert ('ada', 'bob') in pairs and all(isinstance(p, tuple) for p in pairs)"),
    )


COURSES = {"programming": programming, "objects": objects, "numerics": numerics, "data": data, "agents": agents,
           "recommender": recommender}
LIBRARY_COURSES = {"learning": learning}  # these need scikit-learn and matplotlib

# learner -> notebook -> grade_id -> what was written; an answer that is not here is the instructor's.
ANSWERS: dict[str, dict[str, dict[str, str | None]]] = {
    "right": {},
    "blank": {name: dict.fromkeys((
        "vowels", "table", "ask", "partly", "word", "essay", "why", "square", "reverse", "stack", "counter", "gauss", "bisect", "scale",
        "walk", "poly", "clean", "group", "extra", "pivot", "save", "last", "split", "fit", "pipe", "plot", "greedy", "agent", "episode",
        "epsilon", "matrix", "means", "cosine", "top", "pairs")) for name in (*COURSES, *LIBRARY_COURSES)},
    "partly": {
        "programming": {"vowels": "def count_vowels(word):\n    return sum(c in 'aeiou' for c in word)", "partly": "def is_prime(n):\n    return n % 2 == 1",
                        "word": "word = 'Loop'", "ask": "def ask_age():\n    return int(input())", "why": "I do not know."},
        "objects": {"square": "class Square:\n    def __init__(self, side):\n        self.side = side\n    def area(self):\n        return self.side ** 2",
                    "reverse": "def reverse(node):\n    return node", "counter": "def counter(start):\n    return iter([5, 6, 16])"},
        "numerics": {"gauss": "def solve(A, b):\n    return np.linalg.solve(A, b)", "scale": "def normalise(v):\n    return v / np.linalg.norm(v)",
                     "bisect": "from math import *\ndef bisect(f, lo, hi, steps=60):\n    # brentq\n    for _ in range(steps):\n        mid = (lo + hi) / 2\n        if f(lo) * f(mid) <= 0:\n            hi = mid\n        else:\n            lo = mid\n    return lo"},
        "data": {"group": "by_shop = clean.groupby('shop')['sum'].sum()", "extra": "sales = sales.assign(log=np.log(sales['sum']))", "save": "pass",
                 "pivot": "def pivot(df):\n    return df.pivot(index='shop', columns='month', values='sum')"},
        "learning": {"fit": "from sklearn.neighbors import KNeighborsClassifier\nknn = KNeighborsClassifier(n_neighbors=5).fit(X_train, y_train)",
                     "plot": "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot(X[:, 0])\nax.set_title('Iris')"},
        "agents": {"agent": "class Agent:\n    def __init__(self, n):\n        self.q = np.zeros((n, 2))\n    def update(self, s, a, r, s2):\n        self.q[s, a] = 0.5 * r",
                   "epsilon": "def epsilon_greedy(q, state, epsilon):\n    return greedy(q, state)"},
        "recommender": {"means": "def means(ratings):\n    return {'x': 4.5, 'y': 3.0, 'z': 2.0}", "pairs": "pairs = [('ada', 'bob')]"},
    },
    "broken": {
        "programming": {"vowels": "def count_vowels(word)\n    return 1", "table": "raise RuntimeError('stop')"},
        "objects": {"square": "class Square(Shape):\n    pass", "stack": "class Stack(list):\n    push = list.append"},
        "numerics": {"gauss": "import missing_module\ndef solve(A, b):\n    return b", "poly": "p = [1, 1, 1]"},
        "data": {"clean": "clean = sales.dropna().reset_index(drop=True\n", "last": "share = '0.438'"},
        "learning": {"split": "X_train, X_test, y_train, y_test = train_test_split(X, y)"},
        "agents": {"greedy": "def greedy(q, state):\n    return q"},
        "recommender": {"cosine": "def cosine(u, v):\n    return 1 / 0", "top": "top = 'ada'"},
    },
}
