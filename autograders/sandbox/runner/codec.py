"""Plain values as JSON trees, by exact type. Never pickle.

A tree is a JSON scalar (None, bool, int up to 64 bits, float, str) or a list ``[tag, …]``, never a JSON object.

Rules
- Encoding goes by ``type(value)``, never by what a value says of itself. A subclass of a plain scalar, string or array
  is reduced to the value its base type really holds, so no method of its own can speak for it later.
- Decoding builds every object itself, from checked parts: a value either has an exact known type or does not cross.
- Depth, number of nodes and sizes are bounded on both sides; what is over raises CodecError.
- What is no plain value is left to ``escape`` (encoding) and ``resolve`` (decoding): handles and callables.
"""
from __future__ import annotations

import base64
import importlib
import sys
from collections.abc import Callable

__all__ = ["MAX_INT_BITS", "CodecError", "Decoder", "Encoder", "decode", "encode", "register", "text"]

MAX_DEPTH, MAX_NODES, MAX_INT_BITS = 100, 4_000_000, 1 << 20
_SCALARS = frozenset({type(None), bool, int, float, str})
_CLASSES: dict[str, type] = {}  # the classes that cross as values, by their full name
_ENCODERS: dict[type, Callable] = {}
_DECODERS: dict[str, Callable] = {}


class CodecError(Exception):
    """A value cannot cross, or a tree is none."""


def register(tag: str, kind: type | tuple[type, ...], encoder: Callable, decoder: Callable) -> None:
    """``encoder(value, e) -> [part…]`` for exact types ``kind``; ``decoder(parts, d) -> value``."""
    for one in kind if isinstance(kind, tuple) else (kind,):
        _ENCODERS[one] = lambda value, e: [tag, *encoder(value, e)]
    _DECODERS[tag] = decoder


_LIBRARIES = {"builtins": "plain", "numpy": "numpy", "pandas": "pandas", "scipy.sparse": "sparse", "torch": "torch"}


def _learn() -> None:
    """Learn the standard library's types, and those of the libraries that are loaded (entirely: see their last name)."""
    for library, name in _LIBRARIES.items():
        if library not in _learnt and all(hasattr(sys.modules.get(library), last) for last in (
                "__name__", _LAST.get(library, "__name__"))):
            _learnt.add(library)
            importlib.import_module(f".codec_{name}", __package__).learn(register, _CLASSES)


_ON_DEMAND = {"sparse": "scipy.sparse", "tensor": "torch", "size": "torch", "torchdtype": "torch",
              "device": "torch"}


def _demand(tag: str) -> Callable | None:
    """The decoder of a library's tag, imported now if this environment has the library."""
    try:
        importlib.import_module(_ON_DEMAND[tag])
    except ImportError:
        return None
    _learn()
    return _DECODERS.get(tag)


_LAST = {"numpy": "__version__", "pandas": "__version__", "scipy.sparse": "eye_array", "torch": "compile"}
_learnt: set[str] = set()


class Encoder:
    """Encodes one message. ``escape(value)`` gives the tree of what is no plain value, or raises CodecError."""

    def __init__(self, escape: Callable[[object], object] | None = None) -> None:
        self._escape, self._depth, self._nodes = escape, 0, 0
        _learn()

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
        if type.__subclasscheck__(type, kind):
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
        _learn()

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
            if decoder is None and tag in _ON_DEMAND:
                decoder = _demand(tag)
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
        if len(parts) != len(kinds) or any(
                k is not object and type(p) is not k for p, k in zip(parts, kinds, strict=True)):
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
