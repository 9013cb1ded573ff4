"""Plain values as JSON trees, by exact type. Never pickle.

A tree is a JSON scalar (None, bool, int up to 64 bits, float, str) or a list ``[tag, …]``; a JSON object is never one.

Rules
- Encoding goes by ``type(value)``, never by what a value says of itself. A subclass of a plain scalar, string or array
  is reduced to the value its base type really holds, so no method of its own can speak for it later.
- Decoding builds every object itself, from checked parts: a value either has an exact known type or does not cross.
- Depth, number of nodes and sizes are bounded on both sides; what is over raises CodecError.
- What is no plain value is left to ``escape`` (encoding) and ``resolve`` (decoding): handles and callables.
"""
from __future__ import annotations

import base64
import collections
import datetime
import decimal
import fractions
import io
import pathlib
import re
import sys
import uuid
from collections.abc import Callable

__all__ = ["CodecError", "Decoder", "Encoder", "decode", "encode", "register"]

MAX_DEPTH, MAX_NODES, MAX_INT_BITS = 100, 4_000_000, 1 << 20
_SCALARS = frozenset({type(None), bool, int, float, str})
_CLASSES = {
    f"builtins.{t.__name__}": t
    for t in (bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range, slice, object,
              type, type(None))
} | {f"{t.__module__}.{t.__qualname__}": t for t in (
    datetime.date, datetime.datetime, datetime.time, datetime.timedelta, decimal.Decimal, fractions.Fraction,
    collections.OrderedDict, collections.Counter, collections.defaultdict, collections.deque)}
_FACTORIES = {"": None, "int": int, "float": float, "str": str, "list": list, "dict": dict, "set": set, "tuple": tuple,
              "bool": bool}
_ENCODERS: dict[type, Callable] = {}
_DECODERS: dict[str, Callable] = {}


class CodecError(Exception):
    """A value cannot cross, or a tree is none."""


def register(tag: str, kind: type | tuple[type, ...], encoder: Callable, decoder: Callable) -> None:
    """``encoder(value, e) -> [part…]`` for exact types ``kind``; ``decoder(parts, d) -> value``."""
    for one in kind if isinstance(kind, tuple) else (kind,):
        _ENCODERS[one] = lambda value, e: [tag, *encoder(value, e)]
    _DECODERS[tag] = decoder


def _science() -> None:
    """Learn numpy's and pandas' types once they are loaded."""
    for name in ("numpy", "pandas"):
        if name in sys.modules and name not in _loaded and hasattr(sys.modules[name], "__version__"):
            _loaded.add(name)
            if name == "numpy":
                from .codec_numpy import learn
            else:
                from .codec_pandas import learn
            learn(register, _CLASSES)


_loaded: set[str] = set()


class Encoder:
    """Encodes one message. ``escape(value)`` gives the tree of what is no plain value, or raises CodecError."""

    def __init__(self, escape: Callable[[object], object] | None = None) -> None:
        self._escape, self._depth, self._nodes = escape, 0, 0
        _science()

    def tree(self, value: object) -> object:
        kind = type(value)
        if kind in _SCALARS:
            if kind is int and not -(1 << 63) <= value < 1 << 63:
                if value.bit_length() > MAX_INT_BITS:
                    raise CodecError("an integer too long to cross")
                return ["int", hex(value)]
            return value
        self._nodes += 1
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH or self._nodes > MAX_NODES:
                raise CodecError("a value too deep or too large to cross")
            encoder = _ENCODERS.get(kind)
            if encoder is not None:
                return encoder(value, self)
            return self._other(value, kind)
        finally:
            self._depth -= 1

    def items(self, values) -> list:
        """The trees of many values; a list of ordinary scalars as it is."""
        values = list(values)
        kinds = set(map(type, values))
        if kinds <= _SCALARS and (int not in kinds or all(
                -(1 << 63) <= v < 1 << 63 for v in values if type(v) is int)):
            return values
        return [self.tree(v) for v in values]

    def _other(self, value: object, kind: type) -> object:
        if kind is type or isinstance(kind, type) and type.__subclasscheck__(type, kind):
            name = f"{value.__module__}.{value.__qualname__}"
            if _CLASSES.get(name) is value:
                return ["class", name]
        elif tuple in kind.__bases__ and len(kind.__bases__) == 1 and type(kind.__dict__.get("_fields")) is tuple:
            fields = list(kind._fields)
            return ["named", kind.__name__, fields, self.items(tuple.__iter__(value))]
        else:
            for base, reduce in _REDUCE.items():
                if base in kind.__mro__:
                    return self.tree(reduce(value))
            for base in kind.__mro__[1:]:  # a subclass of an array or an extension's scalar
                if base in _ENCODERS and base.__module__ == "numpy":
                    return _ENCODERS[base](value, self)
        if self._escape is None:
            raise CodecError(f"a {kind.__name__[:60]} is no plain value")
        return self._escape(value)


_REDUCE = {
    bool: bool, int: lambda v: int.__add__(v, 0), float: lambda v: float.__add__(v, 0.0),
    complex: lambda v: complex.__add__(v, 0j), str: lambda v: "".join(str.__iter__(v)),
    bytes: lambda v: bytes(bytes.__iter__(v)),
}


class Decoder:
    """Decodes one message. ``resolve(tag, parts)`` gives what a handle's tree stands for, or raises CodecError."""

    def __init__(self, resolve: Callable[[str, list], object] | None = None) -> None:
        self._resolve, self._depth, self._nodes = resolve, 0, 0
        _science()

    def value(self, tree: object) -> object:
        kind = type(tree)
        if kind in _SCALARS:
            return tree
        if kind is not list or not tree or type(tree[0]) is not str:
            raise CodecError("not a tree")
        self._nodes += 1
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH or self._nodes > MAX_NODES:
                raise CodecError("a value too deep or too large to cross")
            tag, parts = tree[0], tree[1:]
            decoder = _DECODERS.get(tag)
            if decoder is not None:
                return self._made(decoder, parts)
            if self._resolve is None:
                raise CodecError("a handle where a value belongs")
            return self._resolve(tag, parts)
        finally:
            self._depth -= 1

    def _made(self, decoder: Callable, parts: list) -> object:
        try:
            return decoder(parts, self)
        except (CodecError, RecursionError):
            raise
        except Exception as error:  # whatever a constructor says to parts that are none
            raise CodecError("parts that make no value") from error

    def items(self, trees: object) -> list:
        if type(trees) is not list:
            raise CodecError("not a list of trees")
        self._nodes += len(trees) // 8
        if set(map(type, trees)) <= _SCALARS:
            return trees
        return [self.value(t) for t in trees]

    # -- checked parts
    @staticmethod
    def shape(parts: list, *kinds: type) -> list:
        """``parts``, if it has exactly these types (``object``: any tree)."""
        if len(parts) != len(kinds) or any(k is not object and type(p) is not k for p, k in zip(parts, kinds)):
            raise CodecError("parts of the wrong kind")
        return parts

    @staticmethod
    def raw(text: object) -> bytes:
        if type(text) is not str:
            raise CodecError("not base64")
        try:
            return base64.b64decode(text, validate=True)
        except ValueError as error:
            raise CodecError("not base64") from error


def text(data: bytes) -> str:
    """Bytes as they stand in a tree."""
    return base64.b64encode(data).decode()


def _integer(parts: list, d: Decoder) -> int:
    (digits,) = d.shape(parts, str)
    if len(digits) > MAX_INT_BITS // 4 + 4 or not re.fullmatch(r"-?0x[0-9a-f]+", digits):
        raise CodecError("not an integer")
    return int(digits, 16)


def _pairs(parts: list, d: Decoder) -> list[tuple]:
    keys, values = d.shape(parts, list, list)
    if len(keys) != len(values):
        raise CodecError("keys without values")
    return list(zip(d.items(keys), d.items(values)))


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


def _class(parts: list, d: Decoder) -> type:
    (name,) = d.shape(parts, str)
    return _CLASSES[name]


def _plain() -> None:
    def both(tag, kind, encoder, decoder):
        register(tag, kind, encoder, decoder)

    one = Decoder.shape
    both("int", (), None, _integer)
    both("class", (), None, _class)
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


_plain()


def encode(value: object, escape: Callable[[object], object] | None = None) -> object:
    """The tree of ``value``. Raises CodecError, also for what recurses without end or changes while it is read."""
    try:
        return Encoder(escape).tree(value)
    except (RecursionError, RuntimeError, UnicodeError, AttributeError, TypeError, ValueError, OverflowError) as error:
        raise CodecError(f"a value that cannot be read ({type(error).__name__})") from error


def decode(tree: object, resolve: Callable[[str, list], object] | None = None) -> object:
    """The value of ``tree``. Raises CodecError for everything that is no tree of plain values."""
    try:
        return Decoder(resolve).value(tree)
    except RecursionError as error:
        raise CodecError("a value too deep to cross") from error
    except TypeError as error:  # an unhashable key
        raise CodecError("parts that make no value") from error
