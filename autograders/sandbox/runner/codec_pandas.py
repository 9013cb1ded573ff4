"""pandas' frames, series, indexes and scalars in the codec.

Rules
- A column crosses as a numpy array, or as a list of plain values with the name of its dtype, which is on a list.
- Frames and indexes are built by pandas' own constructors from decoded parts; their classes are exact.
"""
from __future__ import annotations

import re
import sys

from .codec import CodecError

__all__ = ["learn"]

_EXTENSION = re.compile(
    r"str|string|string\[(python|pyarrow)\]|boolean|U?Int(8|16|32|64)|Float(32|64)|"
    r"period\[[A-Za-z0-9-]{1,12}\]|datetime64\[(s|ms|us|ns), [A-Za-z0-9_+\-/:]{1,40}\]")


def learn(register, classes: dict[str, type]) -> None:
    """Teach the codec pandas' types."""
    pd, np = sys.modules["pandas"], sys.modules["numpy"]

    def both(tag, kind, encoder, decoder):
        register(tag, kind, encoder, decoder)

    def column(value, e) -> list:
        """The values of a series or an index."""
        array = value.array if not isinstance(value, pd.Categorical) else value
        if isinstance(array, pd.Categorical):
            return ["category", column(array.categories, e), e.tree(np.asarray(array.codes)), bool(array.ordered)]
        if isinstance(value.dtype, np.dtype):
            return ["numpy", e.tree(np.asarray(value))]
        name = str(value.dtype)
        if not _EXTENSION.fullmatch(name):
            raise CodecError("a column whose dtype does not cross")
        if name.startswith("datetime64["):
            return ["zoned", name, e.tree(array.asi8)]
        if name.startswith("period["):
            return ["period", name, e.tree(array.asi8)]
        pairs = zip(array.tolist(), pd.isna(array).tolist(), strict=True)
        return ["extension", name, e.items([None if missing else value for value, missing in pairs])]

    def uncolumn(parts, d):
        kind, *rest = parts
        if kind == "numpy":
            array = d.value(*rest)
            if type(array) is not np.ndarray or array.ndim != 1:
                raise CodecError("not a column")
            return array
        if kind == "category":
            codes = d.value(rest[1])
            return pd.Categorical.from_codes(codes, pd.Index(uncolumn(rest[0], d)), ordered=rest[2] is True)
        if type(rest[0]) is not str or not _EXTENSION.fullmatch(rest[0]):
            raise CodecError("a dtype that does not cross")
        if kind == "zoned":
            unit, zone = rest[0][11:-1].split(", ")
            stamps = d.value(rest[1]).view(f"M8[{unit}]")
            return pd.DatetimeIndex(stamps).tz_localize("UTC").tz_convert(zone).array
        if kind == "period":
            return pd.arrays.PeriodArray(d.value(rest[1]), dtype=rest[0])
        if kind == "extension":
            return pd.array(d.items(rest[1]), dtype=rest[0])
        raise CodecError("not a column")

    def put_index(value, e) -> list:
        return [column(value, e), e.tree(value.name), getattr(value, "freqstr", None)]

    def get_index(parts, d):
        index = pd.Index(uncolumn(parts[0], d), name=d.value(parts[1]))
        if type(parts[2]) is str and isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)) and re.fullmatch(
                r"[A-Za-z0-9-]{1,12}", parts[2]):
            index.freq = parts[2]
        return index

    def put_frame(value, e) -> list:
        columns = [column(value.iloc[:, n], e) for n in range(value.shape[1])]
        return [e.tree(value.columns), e.tree(value.index), columns]

    def get_frame(parts, d):
        names, index = d.value(parts[0]), d.value(parts[1])
        if not isinstance(names, pd.Index) or not isinstance(index, pd.Index) or len(parts[2]) != len(names):
            raise CodecError("not a frame")
        columns = [pd.Series(uncolumn(c, d), index=index, copy=False) for c in parts[2]]
        frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=index)
        frame.columns = names
        return frame

    def put_multi(value, e) -> list:
        return [[e.tree(v) for v in value.levels], [e.tree(np.asarray(c)) for c in value.codes],
                e.items(value.names)]

    def get_zone(name):
        if name is None:
            return None
        if type(name) is str and re.fullmatch(r"[A-Za-z0-9_+\-/:]{1,40}", name):
            return name
        raise CodecError("not a time zone")

    both("index", (pd.Index, pd.DatetimeIndex, pd.TimedeltaIndex, pd.PeriodIndex, pd.CategoricalIndex), put_index,
         get_index)
    both("rangeindex", pd.RangeIndex, lambda v, e: [v.start, v.stop, v.step, e.tree(v.name)],
         lambda p, d: pd.RangeIndex(*d.shape(p[:3], int, int, int), name=d.value(p[3])))
    both("multiindex", pd.MultiIndex, put_multi, lambda p, d: pd.MultiIndex(
        [d.value(v) for v in p[0]], [d.value(c) for c in p[1]], names=d.items(p[2])))
    both("series", pd.Series, lambda v, e: [column(v, e), e.tree(v.index), e.tree(v.name)],
         lambda p, d: pd.Series(uncolumn(p[0], d), index=d.value(p[1]), name=d.value(p[2])))
    both("frame", pd.DataFrame, put_frame, get_frame)
    both("categorical", pd.Categorical, lambda v, e: [column(v, e)], lambda p, d: uncolumn(p[0], d))
    both("timestamp", pd.Timestamp, lambda v, e: [v.value if v.unit == "ns" else v._value, v.unit,
                                                  None if v.tz is None else str(v.tz)],
         lambda p, d: pd.Timestamp(np.datetime64(*d.shape(p[:2], int, str))).as_unit(p[1]) if p[2] is None else
         pd.Timestamp(np.datetime64(*d.shape(p[:2], int, str))).as_unit(p[1]).tz_localize("UTC").tz_convert(
             get_zone(p[2])))
    both("pdtimedelta", pd.Timedelta, lambda v, e: [v._value, v.unit],
         lambda p, d: pd.Timedelta(np.timedelta64(*d.shape(p, int, str))).as_unit(p[1]))
    both("nat", type(pd.NaT), lambda v, e: [], lambda p, d: pd.NaT)
    both("na", type(pd.NA), lambda v, e: [], lambda p, d: pd.NA)
    both("period", pd.Period, lambda v, e: [v.ordinal, v.freqstr],
         lambda p, d: pd.Period(ordinal=d.shape(p, int, str)[0], freq=p[1][:12]))
    both("interval", pd.Interval, lambda v, e: [e.tree(v.left), e.tree(v.right), v.closed],
         lambda p, d: pd.Interval(d.value(p[0]), d.value(p[1]), p[2]))
    classes.update({f"{t.__module__}.{t.__qualname__}": t for t in (
        pd.DataFrame, pd.Series, pd.Index, pd.Timestamp, pd.Timedelta, pd.MultiIndex, pd.DatetimeIndex)})
