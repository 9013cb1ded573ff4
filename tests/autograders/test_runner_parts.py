"""The small parts of the runner, each with its boundaries: needs, streams, copies in place, names of files, clocks."""
from __future__ import annotations

import collections
import random

import numpy as np
import pandas as pd
import pytest

from autograders.sandbox.runner.clock import Stopwatch, monotonic
from autograders.sandbox.runner.needs import of_functions, shared
from autograders.sandbox.runner.outputs import declared, named
from autograders.sandbox.runner.source import changed, function_facts, signature
from autograders.sandbox.runner.streams import BLOCKS, ahead
from autograders.sandbox.runner.tracked import COPIES, NODES, Kept, Tracked
from autograders.sandbox.runner.update import changeable, update


@pytest.mark.parametrize("source, reads, writes", [
    ("x = a + b", set(), set()), ("def f():\n    return a", {"a"}, set()), ("def f(a):\n    return a", set(), set()),
    ("def f():\n    global n\n    n = 1", set(), {"n"}), ("def f():\n    global n\n    n += 1", {"n"}, {"n"}),
    ("def f():\n    log.append(1)", {"log"}, {"log"}), ("def f(log):\n    log.append(1)", set(), set()),
    ("def f():\n    t[0] = 1", {"t"}, {"t"}), ("class A:\n    def m(self):\n        return rate", {"rate"}, set()),
    ("g = lambda: k", {"k"}, set()), ("def f():\n    def g():\n        return deep\n    return g", {"deep"}, set()),
    ("def f(:", set(), set()), ("", set(), set()), ("%time x = 1\ndef f():\n    return a", {"a"}, set()),
])
def test_what_functions_need(source, reads, writes):
    found = of_functions(source)
    assert found[0] - {"print"} >= reads and found[1] == writes and not (found[0] & {"x", "f"})


@pytest.mark.parametrize("source, names", [
    ("# share: A", {"A"}), ("### share: A, B\nx = 1", {"A", "B"}), ("#share: [A, B]", {"A", "B"}), ("  # Share: A", {"A"}),
    ("x = '# share: A'", set()), ("# shared: A", set()), ("# share: a-b", set()), ("# share:", set()), ("", set())])
def test_what_a_cell_shares(source, names):
    assert shared(source) == names


def state(seed: int, draws: int) -> list[int]:
    stream = random.Random(seed)
    for _ in range(draws):
        stream.getrandbits(32)
    return list(stream.getstate()[1])


@pytest.mark.parametrize("start, goal, there", [
    ((1, 0), (1, 0), True), ((1, 0), (1, 1), True), ((1, 5), (1, 623), True), ((1, 5), (1, 625), True), ((1, 5), (1, 4), False),
    ((1, 0), (2, 0), False), ((1, 700), (1, 5), False), ((1, 0), (1, 624 * BLOCKS), True), ((1, 0), (1, 624 * (BLOCKS + 1)), False)])
def test_a_stream_is_followed_forwards_and_not_far(start, goal, there):
    assert ahead(state(*start), state(*goal)) is there


@pytest.mark.parametrize("old, new", [
    ([1, [2]], [1, [3], 4]), ([], [1]), ([1, 2], []), ({"a": [1], "b": 2}, {"a": [1, 2], "c": 3}), ({1}, {2, 3}), (bytearray(b"a"), bytearray(b"bc")),
    (collections.deque([1]), collections.deque([2, 3])), (collections.Counter("aa"), collections.Counter("b")), (np.zeros(2), np.ones(2))])
def test_one_object_holds_what_another_holds(old, new):
    kept = old
    assert changeable(old) and update(old, new) and kept is old
    np.testing.assert_equal(old, new)


def test_inner_objects_stay_the_same_objects():
    inner = [1]
    old = {"a": inner, "b": [inner]}
    update(old, {"a": [1, 2], "b": [[5]]})
    assert old["a"] is inner and old["b"][0] is inner


def test_a_frame_in_place_and_what_cannot_be():
    frame = pd.DataFrame({"a": [1]})
    assert update(frame, pd.DataFrame({"b": [2, 3]})) and list(frame.b) == [2, 3]
    assert not update([1], (1,)) and not update(np.zeros(2), np.zeros(3)) and not update(5, 5) and not changeable((1,)) and not changeable("x")


def test_copies_are_compared_once_more_and_then_forgotten():
    tracked = Tracked(lambda value: ["object", 0])
    kept = tracked.take(3, [1], [1])
    assert tracked.news() == []
    kept.append(2)
    assert tracked.news() == [[3, ["list", [1, 2]]]] and tracked.news() == []
    assert tracked.take(3, [7], [7]) is kept and kept == [7]
    tracked.take(4, [1], [1])
    tracked.news()
    assert set(tracked._copies) == {3}


@pytest.mark.parametrize("number, value", [(True, [1]), ("1", [1]), (None, [1]), (1.0, [1]), (1, 5), (1, (1,)), (1, [0] * (NODES + 1)), (1, ["x" * (1 << 19)])])
def test_what_is_not_tracked(number, value):
    tracked = Tracked(lambda value: ["object", 0])
    assert tracked.take(number, value, value) is value and not tracked._copies


def test_copies_and_kept_objects_are_bounded():
    tracked, kept = Tracked(lambda value: ["object", 0]), Kept()
    values = [[n] for n in range(3 * COPIES)]
    for number, value in enumerate(values):
        tracked.take(number, value, value)
        kept.number(value, 0)
    assert len(tracked._copies) == COPIES and len(kept._objects) == 2 * COPIES


@pytest.mark.parametrize("name, may", [
    ("out.csv", True), ("a/b.txt", True), ("my file.xlsx", True), ("figure.png", True), ("helper.py", False), ("x.pkl", False), ("x.so", False),
    ("../x.csv", False), ("/etc/x.csv", False), (".x.csv", False), ("a/.b/c.csv", False), ("x", False), ("a\n.csv", False), ("x.csv.py", False),
    ("x.pth", False), ("a" * 300 + ".csv", False), ("", False), ("x.ipynb", False), ("a//b.csv", False)])
def test_names_of_files_that_may_come(name, may):
    assert (named(f"open({name!r}, 'w')") == {name}) is may


@pytest.mark.parametrize("source, names", [
    ("# files: a.csv, b.txt", {"a.csv", "b.txt"}), ("# file: a.csv", {"a.csv"}), ("# files: [a.csv]", {"a.csv"}), ("# files: a.py, ../b.csv", set()), ("x", set())])
def test_files_that_a_cell_declares(source, names):
    assert declared(source) == names


@pytest.mark.parametrize("source, names", [
    ("random.shuffle(deck)", {"deck"}), ("heapq.heappush(h, 1)", {"h"}), ("x[0] = 1", {"x"}), ("x.a.b = 1", {"x"}), ("x.sort()", {"x"}),
    ("df.drop('a', inplace=True)", {"df"}), ("total = sum(numbers)", set()), ("y = sorted(x)", set()), ("def f():\n    x.append(1)", set())])
def test_what_a_solution_changes_in_place(source, names):
    assert changed(source) == names


def test_the_codec_is_left_out_and_never_more_than_the_call():
    watch = Stopwatch()
    watch.leave_out(monotonic() - 1.0, 0.2)
    assert abs(watch.crossing - 0.4) < 0.01
    watch.leave_out(monotonic(), 50.0)
    assert watch.crossing < 1.0


@pytest.mark.parametrize("source, text", [
    ("def f(a, /, b: int, *c, d=1, **e) -> str: ...", "(a, /, b: int, *c, d=1, **e) -> str"), ("def f(a=[], b=g()): ...", "(a=[], b=Ellipsis)"),
    ("f = lambda x, y=2: 1", "(x, y=2)"), ("async def f(): ...", "()"), ("def f(a: 'T', b: list[int], c: np.ndarray): ...", "(a: 'T', b: list[int], c: 'np.ndarray')")])
def test_signatures_are_as_written(source, text):
    assert str(signature(function_facts(source)["f"])) == text
