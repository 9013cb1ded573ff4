"""What crosses, exactly; and what does not."""
from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import io
import json
import math
import pathlib
import re
import uuid

import numpy as np
import pandas as pd
import pytest

from autograders.sandbox.runner.codec import CodecError, decode, encode

Point = collections.namedtuple("Point", "x y")


def cross(value):
    """There and through JSON, as between two processes."""
    return decode(json.loads(json.dumps(encode(value))))


EXACT = [
    None, True, False, 0, -1, 2**63 - 1, 2**63, -(2**63) - 1, 3**500, 0.0, -0.0, 0.1, 1e308, math.inf, -math.inf, 1j, 1 + 2j,
    "", "é", "\ud800", "a\x00b", b"", b"\xff\x00", [], [1, [2.0, "x", None]], (), (1, (2,)), {}, {"a": 1, 2: [3]},
    {(1, 2): {3}}, set(), {1}, frozenset({1}), range(3), range(5, 1, -2), slice(1, None, 2), ..., NotImplemented,
    dt.date(2024, 2, 29), dt.datetime(2024, 1, 1, 12, 30, 1, 5), dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
    dt.time(1, 2, 3), dt.timedelta(days=-1, microseconds=1), decimal.Decimal("1.10"), fractions.Fraction(-1, 3),
    pathlib.Path("/a/b"), uuid.UUID(int=5), collections.OrderedDict([("b", 1), ("a", 2)]), collections.Counter("aab"),
    collections.defaultdict(list, {"a": [1]}), collections.deque([1, 2], maxlen=3), bytearray(b"x"),
    int, str, list, dt.date, np.float64, pd.DataFrame, np.dtype("<f8"), np.int64(3), np.float32(0.1), np.bool_(True),
    np.datetime64("2024-01-01"), np.str_("x"), pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-01", tz="Europe/Rome"),
    pd.Timedelta("1D"), pd.NaT, pd.NA, pd.Period("2024-01", "M"), pd.Interval(0, 1), re.compile("a+", re.I),
]


@pytest.mark.parametrize("value", EXACT, ids=lambda v: f"{type(v).__name__}-{str(v)[:20]!a}")
def test_a_value_comes_back_as_it_was(value):
    got = cross(value)
    assert type(got) is type(value)
    if value is pd.NaT or value is pd.NA or isinstance(value, type) or value is ...:
        assert got is value
    else:
        assert got == value and repr(got) == repr(value)


ARRAYS = [
    np.arange(6).reshape(2, 3), np.zeros((0, 3)), np.array(1.5), np.array([True]), np.array(["a", "bc"]),
    np.array([b"x"]), np.array([1 + 2j]), np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(10)[::2],
    np.array(["2024-01", "NaT"], dtype="M8[M]"), np.array([1, None, "x"], dtype=object), np.array([1], dtype=">i4"),
    np.array([np.nan, np.inf], dtype=np.float16),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}-{a.shape}")
def test_an_array_comes_back_as_it_was(array):
    got = cross(array)
    assert type(got) is np.ndarray and got.dtype == array.dtype and got.shape == array.shape
    np.testing.assert_array_equal(got, array)
    assert got.flags.owndata and got.flags.writeable


DATES = pd.date_range("2024-01-01", periods=3, freq="D")
FRAMES = [
    pd.DataFrame({"a": [1, 2], "b": [0.5, None], "c": ["x", None]}), pd.DataFrame(), pd.DataFrame(index=[1, 2]),
    pd.DataFrame({"d": DATES, "z": DATES.tz_localize("UTC"), "p": DATES.to_period("M"), "t": DATES - DATES[0]}),
    pd.DataFrame({"k": pd.Categorical(["a", "b", "a"], ordered=True), "i": pd.array([1, None, 3], dtype="Int64"),
                  "b": pd.array([True, None, False], dtype="boolean"), "s": pd.array(["x", None, "y"], dtype="string")}),
    pd.DataFrame({"v": [1, 2, 3]}, index=pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["g", "n"])),
    pd.DataFrame([[1, 2]], columns=["same", "same"]), pd.DataFrame({"o": [1, "a", (2, 3)]}, dtype=object),
]


@pytest.mark.parametrize("frame", FRAMES, ids=range(len(FRAMES)))
def test_a_frame_comes_back_as_it_was(frame):
    pd.testing.assert_frame_equal(cross(frame), frame)


@pytest.mark.parametrize("series", [
    pd.Series([1.0, 2.0], name="x"), pd.Series(["a", None]), pd.Series([1, 2], index=DATES[:2], name=("a", 1)),
    pd.Series(dtype=float), pd.Series(pd.Categorical(["u", "v"]))], ids=range(5))
def test_a_series_comes_back_as_it_was(series):
    pd.testing.assert_series_equal(cross(series), series)


@pytest.mark.parametrize("index", [pd.Index([1, 2], name="i"), pd.RangeIndex(1, 7, 2), DATES, pd.Index(["a", "b"]),
                                   pd.CategoricalIndex(["a", "b"])], ids=range(5))
def test_an_index_comes_back_as_it_was(index):
    pd.testing.assert_index_equal(cross(index), index)


def test_named_tuples_views_and_buffers():
    point = cross(Point(1, [2]))
    assert point == (1, [2]) and point.y == [2] and type(point).__name__ == "Point"
    assert list(cross({"a": 1}.keys())) == ["a"] and list(cross({"a": 1}.items())) == [("a", 1)]
    assert list(cross({"a": 1}.values())) == [1]
    buffer = io.StringIO("abc")
    buffer.seek(1)
    assert cross(buffer).read() == "bc" and cross(io.BytesIO(b"x")).read() == b"x"
    assert cross(np.polynomial.Polynomial([1, 2]))(2) == 5


class _Int(int):
    def __eq__(self, other):
        return True
    __hash__ = int.__hash__
    __add__ = __int__ = __index__ = lambda self, *a: 999


class _Float(float):
    __float__ = __add__ = lambda self, *a: 999.0


class _Str(str):
    __str__ = __iter__ = lambda self: iter("999")


class _Array(np.ndarray):
    tobytes = view = __array__ = lambda self, *a, **k: np.zeros(1)


@pytest.mark.parametrize("liar, truth", [(_Int(3), 3), (_Float(3.5), 3.5), (_Str("x"), "x")], ids=["int", "float", "str"])
def test_a_subclass_is_reduced_to_what_it_holds(liar, truth):
    got = cross([liar])[0]
    assert type(got) is type(truth) and got == truth


def test_a_subclass_of_an_array_is_reduced_to_what_it_holds():
    got = cross(np.array([1.0, 2.0]).view(_Array))
    assert type(got) is np.ndarray and got.tolist() == [1.0, 2.0]


class _Object:
    pass


LOOP: list = []
LOOP.append(LOOP)
DEEP: list = []
for _ in range(200):
    DEEP = [DEEP]


@pytest.mark.parametrize("value", [
    _Object(), _Object, len, lambda: 0, [_Object()], {"a": {_Object()}}, LOOP, DEEP, 1 << (1 << 21), (i for i in ()), json,
    np.zeros(1, dtype=[("a", int)]), collections.defaultdict(_Object), ValueError("x"), object()],
    ids=lambda v: type(v).__name__)
def test_what_is_no_plain_value_does_not_cross(value):
    with pytest.raises(CodecError):
        encode(value)


BAD = [
    {}, {"a": 1}, [], [1], [None], ["nothing"], ["handle", 0, 0], ["object", 0], ["list"], ["list", 1], ["list", [1], 2],
    ["tuple", "ab"], ["dict", [1], []], ["dict", [["list", []]], [1]], ["set", [["list", []]]], ["int", "zz"], ["int", 5],
    ["int", "0x" + "f" * 600000], ["complex", 1, 2], ["bytes", "!"], ["bytes", 1], ["range", [1]], ["class", "os.system"],
    ["class", "builtins.eval"], ["named", "P", ["a"], []], ["named", "P", ["__class__"], [1]], ["named", "a b", [], []],
    ["default", "eval", [], []], ["decimal", 1], ["fraction", 1, 0], ["date", "x"], ["datetime", "2024-01-01", "../x", 0],
    ["pattern", "(", 0], ["pattern", 5, 0], ["uuid", "x"], ["array"], ["array", "<f8", [1], "", "C"],
    ["array", "<f8", [-1], "", "C"], ["array", "<f8", [1 << 50], "", "C"], ["array", "|O", [0], "", "C"],
    ["array", "V8", [1], "AAAAAAAAAAA=", "C"], ["array", "<f8", [1.0], "AAAAAAAAAAA=", "C"], ["array", "O", [2], [1]],
    ["array", "<f8", [1], "AAAAAAAAAAA=", "Q"], ["array", "<f8,<i4", [1], "AAAAAAAAAAAAAAAA", "C"],
    ["scalar", "<f8", ""], ["scalar"], ["dtype", "O"], ["dtype", "<f8, os"], ["polynomial", 1, 2, 3], ["frame", 1, 2, 3],
    ["series", ["numpy", 5], None, None], ["series", ["extension", "object", []], None, None], ["index", [], None, None],
    ["rangeindex", 0, 1, 0, None], ["timestamp", 1, "eons", None], ["timestamp", 1, "ns", "../../etc"], ["multiindex", 1, 2, 3],
    ["period", 1, "x" * 50], ["deque", [1], "x"], ["keys", [["list", []]]],
]


@pytest.mark.parametrize("tree", BAD, ids=lambda t: str(t)[:40])
def test_a_tree_that_is_none_is_refused(tree):
    with pytest.raises(CodecError):
        decode(tree)


def test_a_tree_too_deep_is_refused():
    tree: list = ["list", []]
    for _ in range(200):
        tree = ["list", [tree]]
    with pytest.raises(CodecError, match="too deep"):
        decode(tree)


def test_what_is_no_value_goes_to_whoever_knows():
    thing = _Object()
    tree = encode([1, thing], lambda v: ["handle", 7, 8] if v is thing else None)
    assert decode(tree, lambda tag, parts: (tag, *parts)) == [1, ("handle", 7, 8)]
