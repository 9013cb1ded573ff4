"""The standard library's plain types in the codec."""
from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import io
import pathlib
import re
import uuid

from .codec import MAX_INT_BITS, CodecError, Decoder, text

__all__ = ["learn"]

_CLASSES = {
    f"builtins.{t.__name__}": t
    for t in (bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range, slice, object,
              type, type(None))
} | {f"{t.__module__}.{t.__qualname__}": t for t in (
    datetime.date, datetime.datetime, datetime.time, datetime.timedelta, decimal.Decimal, fractions.Fraction,
    collections.OrderedDict, collections.Counter, collections.defaultdict, collections.deque)}
_FACTORIES = {"": None, "int": int, "float": float, "str": str, "list": list, "dict": dict, "set": set, "tuple": tuple,
              "bool": bool}


def _integer(parts: list, d: Decoder) -> int:
    (digits,) = d.shape(parts, str)
    if len(digits) > MAX_INT_BITS // 4 + 4 or not re.fullmatch(r"-?0x[0-9a-f]+", digits):
        raise CodecError("not an integer")
    return int(digits, 16)


def _pairs(parts: list, d: Decoder) -> list[tuple]:
    keys, values = d.shape(parts, list, list)
    if len(keys) != len(values):
        raise CodecError("keys without values")
    return list(zip(d.items(keys), d.items(values), strict=True))


def _named(parts: list, d: Decoder) -> tuple:
    name, fields, values = d.shape(parts, str, list, list)
    if not all(type(f) is str and f.isidentifier() for f in (name, *fields)) or len(fields) > 200:
        raise CodecError("not the names of a named tuple")
    key = (name, *fields)
    if key not in _named_classes:
        if len(_named_classes) >= 200:
            raise CodecError("too many kinds of named tuples")
        _named_classes[key] = collections.namedtuple(name, fields)
    return _named_classes[key](*d.items(values))


_named_classes: dict[tuple, type] = {}


def _offset(zone: datetime.tzinfo | None) -> object:
    if zone is None:
        return None
    if type(zone) is datetime.timezone:
        return zone.utcoffset(None).total_seconds()
    key = getattr(zone, "key", None)
    if type(zone).__module__ == "zoneinfo" and type(key) is str:
        return key
    raise CodecError("a time zone that cannot cross")


def _zone(tree: object) -> datetime.tzinfo | None:
    if tree is None:
        return None
    if type(tree) is str and re.fullmatch(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+)*", tree):
        import zoneinfo
        return zoneinfo.ZoneInfo(tree)
    if type(tree) is float:
        return datetime.timezone(datetime.timedelta(seconds=tree))
    raise CodecError("not a time zone")


def _date_time(parts: list, d: Decoder) -> datetime.datetime:
    words, zone, fold = d.shape(parts, str, object, int)
    return datetime.datetime.fromisoformat(words).replace(tzinfo=_zone(zone), fold=fold)


def _time(parts: list, d: Decoder) -> datetime.time:
    words, zone, fold = d.shape(parts, str, object, int)
    return datetime.time.fromisoformat(words).replace(tzinfo=_zone(zone), fold=fold)


def _factory(value: collections.defaultdict) -> str:
    for name, factory in _FACTORIES.items():
        if value.default_factory is factory:
            return name
    raise CodecError("a default factory that cannot cross")


def _string_io(parts: list, d: Decoder) -> io.StringIO:
    content, at = d.shape(parts, str, int)
    buffer = io.StringIO(content, newline="")
    buffer.seek(at)
    return buffer


def _bytes_io(parts: list, d: Decoder) -> io.BytesIO:
    content, at = d.shape(parts, str, int)
    buffer = io.BytesIO(d.raw(content))
    buffer.seek(at)
    return buffer


def _pattern(parts: list, d: Decoder) -> re.Pattern:
    source, flags = d.shape(parts, object, int)
    source = d.value(source)
    if type(source) not in (str, bytes) or len(source) > 10000:
        raise CodecError("not a pattern")
    return re.compile(source, flags & 0xFFFF)


def learn(register, classes: dict[str, type]) -> None:
    """Teach the codec the standard library's types."""
    classes.update(_CLASSES)
    both, one = register, Decoder.shape
    both("int", (), None, _integer)
    both("class", (), None, lambda p, d: classes[one(p, str)[0]])
    both("named", (), None, _named)
    both("list", list, lambda v, e: [e.items(v)], lambda p, d: list(d.items(*one(p, list))))
    both("tuple", tuple, lambda v, e: [e.items(v)], lambda p, d: tuple(d.items(*one(p, list))))
    both("set", set, lambda v, e: [e.items(v)], lambda p, d: set(d.items(*one(p, list))))
    both("frozen", frozenset, lambda v, e: [e.items(v)], lambda p, d: frozenset(d.items(*one(p, list))))
    both("dict", dict, lambda v, e: [e.items(v.keys()), e.items(v.values())], lambda p, d: dict(_pairs(p, d)))
    both("ordered", collections.OrderedDict, lambda v, e: [e.items(v.keys()), e.items(v.values())],
         lambda p, d: collections.OrderedDict(_pairs(p, d)))
    both("counter", collections.Counter, lambda v, e: [e.items(v.keys()), e.items(v.values())],
         lambda p, d: collections.Counter(dict(_pairs(p, d))))
    both("default", collections.defaultdict,
         lambda v, e: [_factory(v), e.items(v.keys()), e.items(v.values())],
         lambda p, d: collections.defaultdict(_FACTORIES[p[0]], _pairs(p[1:], d)))
    both("deque", collections.deque, lambda v, e: [e.items(v), v.maxlen],
         lambda p, d: collections.deque(d.items(p[0]), p[1]))
    both("keys", type({}.keys()), lambda v, e: [e.items(v)], lambda p, d: dict.fromkeys(d.items(*p)).keys())
    both("values", type({}.values()), lambda v, e: [e.items(v)], lambda p, d: dict(enumerate(d.items(*p))).values())
    both("items", type({}.items()), lambda v, e: [e.items([k for k, _ in v]), e.items([x for _, x in v])],
         lambda p, d: dict(_pairs(p, d)).items())
    both("complex", complex, lambda v, e: [v.real, v.imag], lambda p, d: complex(*one(p, float, float)))
    both("bytes", bytes, lambda v, e: [text(v)], lambda p, d: d.raw(*p))
    both("bytearray", bytearray, lambda v, e: [text(bytes(v))], lambda p, d: bytearray(d.raw(*p)))
    both("range", range, lambda v, e: e.items([v.start, v.stop, v.step]), lambda p, d: range(*d.items(p)))
    both("slice", slice, lambda v, e: e.items([v.start, v.stop, v.step]), lambda p, d: slice(*d.items(p)))
    both("ellipsis", type(...), lambda v, e: [], lambda p, d: ...)
    both("notimplemented", type(NotImplemented), lambda v, e: [], lambda p, d: NotImplemented)
    both("date", datetime.date, lambda v, e: [v.isoformat()], lambda p, d: datetime.date.fromisoformat(*one(p, str)))
    both("datetime", datetime.datetime, lambda v, e: [v.replace(tzinfo=None).isoformat(), _offset(v.tzinfo), v.fold],
         _date_time)
    both("time", datetime.time, lambda v, e: [v.replace(tzinfo=None).isoformat(), _offset(v.tzinfo), v.fold], _time)
    both("timedelta", datetime.timedelta, lambda v, e: [v.days, v.seconds, v.microseconds],
         lambda p, d: datetime.timedelta(*one(p, int, int, int)))
    both("timezone", datetime.timezone, lambda v, e: [v.utcoffset(None).total_seconds()], lambda p, d: _zone(*p))
    both("decimal", decimal.Decimal, lambda v, e: [str(v)], lambda p, d: decimal.Decimal(*one(p, str)))
    both("fraction", fractions.Fraction, lambda v, e: e.items([v.numerator, v.denominator]),
         lambda p, d: fractions.Fraction(*d.items(p)))
    both("path", type(pathlib.Path()), lambda v, e: [str(v)], lambda p, d: pathlib.Path(*one(p, str)))
    both("pure", pathlib.PurePosixPath, lambda v, e: [str(v)], lambda p, d: pathlib.PurePosixPath(*one(p, str)))
    both("uuid", uuid.UUID, lambda v, e: [v.hex], lambda p, d: uuid.UUID(hex=one(p, str)[0]))
    both("stringio", io.StringIO, lambda v, e: [v.getvalue(), v.tell()], _string_io)
    both("bytesio", io.BytesIO, lambda v, e: [text(v.getvalue()), v.tell()], _bytes_io)
    both("pattern", re.Pattern, lambda v, e: [e.tree(v.pattern), v.flags], _pattern)
