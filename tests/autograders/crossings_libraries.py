"""The crossings that need scikit-learn, scipy or matplotlib: estimators and figures as handles, sparse matrices."""
from __future__ import annotations

from .crossings import Case

__all__ = ["LIBRARIES"]

MODEL = """
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
X = np.array([[0.], [1.], [2.], [3.]]); y = np.array([0, 0, 1, 1])
model = LogisticRegression(C=10).fit(X, y)
knn = KNeighborsClassifier(n_neighbors=1).fit(X, y)
"""
PIPE = """
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(30, 2)); y = (X[:, 0] > 0).astype(int)
pipe = Pipeline([('scale', StandardScaler()), ('fit', LinearRegression())]).fit(X, X[:, 0] * 2)
search = GridSearchCV(DecisionTreeClassifier(random_state=0), {'max_depth': [1, 2]}, cv=3).fit(X, y)
"""
FIGURE = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
line, = ax.plot([1, 2, 3], [1, 4, 9], color='red', label='squares')
ax.set_title('Squares'); ax.set_xlabel('n'); ax.set_ylabel('n squared'); ax.legend(); ax.set_xlim(0, 4)
fig2, axes = plt.subplots(2, 2)
bars = axes[0, 0].bar(['a', 'b'], [3, 5])
points = axes[0, 1].scatter([1, 2], [3, 4])
"""
LIBRARIES = {
    "an estimator is of its class": Case(
        MODEL, "from sklearn.linear_model import LogisticRegression\nfrom sklearn.neighbors import KNeighborsClassifier\n"
               "assert isinstance(model, LogisticRegression) and type(knn) is KNeighborsClassifier and not isinstance(knn, LogisticRegression)\n"
               "assert type(model).__name__ == 'LogisticRegression' and model.__class__.__name__ == 'LogisticRegression'"),
    "surprise: str(type(type(knn)))": Case(MODEL, "assert str(type(type(knn))) == \"<class 'abc.ABCMeta'>\" and type(knn).__name__ == 'KNeighborsClassifier'"),
    "an estimator's values": Case(
        MODEL, "import numpy as np\nassert model.C == 10 and model.coef_.shape == (1, 1) and list(model.predict([[0.], [3.]])) == [0, 1]\n"
               "assert knn.score([[0.], [3.]], [0, 1]) == 1.0 and knn.get_params()['n_neighbors'] == 1 and hasattr(model, 'coef_') and not hasattr(model, 'tree_')"),
    "an estimator's own metrics in T": Case(MODEL, "from sklearn.metrics import accuracy_score\nassert accuracy_score([0, 1], knn.predict([[0.], [3.]])) == 1"),
    "an estimator that is cloned and fitted in T": Case(
        MODEL, "from sklearn.base import clone\nimport numpy as np\nm = clone(knn)\nm.fit(np.array([[0.], [1.]]), [1, 0])\nassert list(m.predict([[0.]])) == [1]"),
    "an estimator that the test fits": Case(
        "from sklearn.linear_model import LinearRegression\ndef build():\n    return LinearRegression()",
        "import numpy as np\nm = build()\nm.fit(np.array([[0.], [1.], [2.]]), [1., 3., 5.])\nassert abs(m.coef_[0] - 2) < 1e-9 and abs(m.predict([[3.]])[0] - 7) < 1e-9"),
    "a pipeline and its steps": Case(
        PIPE, "from sklearn.linear_model import LinearRegression\nfrom sklearn.preprocessing import StandardScaler\n"
              "assert [n for n, _ in pipe.steps] == ['scale', 'fit'] and isinstance(pipe.named_steps['fit'], LinearRegression)\n"
              "assert isinstance(pipe[0], StandardScaler) and len(pipe) == 2 and pipe.predict([[1., 0.]]).shape == (1,) and pipe['fit'].coef_.shape == (2,)"),
    "a search": Case(
        PIPE, "assert search.best_params_['max_depth'] in (1, 2) and search.best_estimator_.get_depth() >= 1 and 0 < search.best_score_ <= 1\nassert len(search.cv_results_['params']) == 2"),
    "an estimator of the learner's own": Case(
        "from sklearn.base import BaseEstimator, ClassifierMixin\nimport numpy as np\nclass Majority(ClassifierMixin, BaseEstimator):\n"
        "    def fit(self, X, y):\n        self.m_ = np.bincount(y).argmax()\n        return self\n    def predict(self, X):\n        return np.full(len(X), self.m_)",
        "from sklearn.base import BaseEstimator\nm = Majority()\nassert isinstance(m, BaseEstimator) and isinstance(m, Majority) and type(m).__name__ == 'Majority'\n"
        "assert list(m.fit([[0], [1], [2]], [1, 1, 0]).predict([[5]])) == [1] and m.score([[0]], [1]) == 1.0"),
    "an exception of the library": Case(
        "from sklearn.linear_model import LinearRegression\ndef f():\n    return LinearRegression().predict([[1]])",
        "from sklearn.exceptions import NotFittedError\ntry:\n    f()\nexcept NotFittedError:\n    pass\nelse:\n    assert False"),
    "data sets and splits": Case(
        "from sklearn.datasets import load_iris\nfrom sklearn.model_selection import train_test_split\niris = load_iris()\n"
        "X_train, X_test, y_train, y_test = train_test_split(iris.data, iris.target, random_state=0)",
        "assert X_train.shape == (112, 4) and list(iris.target_names) == ['setosa', 'versicolor', 'virginica'] and iris['data'].shape == (150, 4)"),
    "sparse matrices": Case(
        "from sklearn.feature_extraction.text import CountVectorizer\nimport scipy.sparse as sp\nX = CountVectorizer().fit_transform(['a bb', 'bb cc'])\nm = sp.coo_matrix(([1.], ([0], [1])), shape=(2, 3))\ne = sp.eye(3, format='csc')",
        "import scipy.sparse as sp\nassert sp.issparse(X) and X.shape == (2, 2) and X.sum() == 3 and X.toarray().dtype.kind == 'i' and m.toarray()[0, 1] == 1 and e.format == 'csc' and (e @ e).nnz == 3"),
    "a figure's axes and labels": Case(
        FIGURE, "assert ax.get_title() == 'Squares' and ax.get_xlabel() == 'n' and ax.get_ylabel() == 'n squared' and ax.get_xlim() == (0, 4)\n"
                "assert len(fig.axes) == 1 and fig.axes[0] is ax and [t.get_text() for t in ax.get_legend().get_texts()] == ['squares']"),
    "a figure's lines": Case(
        FIGURE, "import numpy as np\nassert len(ax.lines) == 1 and ax.lines[0].get_color() == 'red' and list(ax.lines[0].get_ydata()) == [1, 4, 9]\n"
                "np.testing.assert_array_equal(ax.get_lines()[0].get_xydata(), [[1, 1], [2, 4], [3, 9]])\nassert line.get_label() == 'squares'"),
    "bars, points and grids of axes": Case(
        FIGURE, "assert [p.get_height() for p in axes[0, 0].patches] == [3, 5] and len(bars) == 2 and axes.shape == (2, 2)\n"
                "assert axes[0, 1].collections[0].get_offsets().tolist() == [[1, 3], [2, 4]]\nassert [t.get_text() for t in axes[0, 0].get_xticklabels()] == ['a', 'b']"),
    "a figure is one": Case(
        FIGURE, "import matplotlib, matplotlib.figure, matplotlib.axes\nassert isinstance(fig, matplotlib.figure.Figure) and isinstance(ax, matplotlib.axes.Axes)\nassert isinstance(line, matplotlib.lines.Line2D)"),
    "a function that draws on axes": Case(
        "import matplotlib.pyplot as plt\ndef draw(values):\n    fig, ax = plt.subplots()\n    ax.hist(values, bins=4)\n    return ax", "ax = draw([1, 2, 2, 3])\nassert len(ax.patches) == 4 and sum(p.get_height() for p in ax.patches) == 4"),
    "the current axes are the learner's": Case(
        "import matplotlib.pyplot as plt\ndef draw():\n    plt.figure()\n    plt.plot([1, 2])\n    plt.title('mine')", "import matplotlib.pyplot as plt\ndraw()\nassert plt.gca().get_title() == 'mine' and len(plt.gca().lines) == 1 and len(plt.gcf().axes) == 1"),
    "no figure, no marks": Case("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()", "assert ax.get_title() != '' and len(ax.lines) == 1", 0),
}
