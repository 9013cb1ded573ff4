"""numpy's arrays, scalars and dtypes in the codec.

Rules
- Arrays of booleans, numbers, dates and fixed text cross as bytes; arrays of objects as a list of plain values.
- The dtype is on a list, the size agrees with the shape, and the array is made by us: no dtype text is interpreted.
"""
from __future__ import annotations

import math
import re
import sys

from .codec import CodecError, text

__all__ = ["learn"]

_DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|f16|c8|c16|c32|U\d{1,7}|S\d{1,7}|"
                    r"[mM]8(\[(\d{1,6})?(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?)")


def learn(register, classes: dict[str, type]) -> None:
    """Teach the codec numpy's types."""
    np = sys.modules["numpy"]

    def dtype(name: object):
        if type(name) is not str or not _DTYPE.fullmatch(name):
            raise CodecError("a dtype that does not cross")
        return np.dtype(name)

    def put_array(value, e) -> list:
        value = np.ndarray.view(value, np.ndarray) if type(value) is not np.ndarray else value
        if value.dtype == object:
            return ["O", list(value.shape), e.items(value.ravel().tolist())]
        if not _DTYPE.fullmatch(value.dtype.str) or value.dtype.names:
            raise CodecError("an array whose dtype does not cross")
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        return [value.dtype.str, list(value.shape), text(value.tobytes(order)), order]

    def get_array(parts, d):
        if len(parts) < 3 or type(parts[1]) is not list or len(parts[1]) > 32 or not all(
                type(n) is int and 0 <= n < 1 << 40 for n in parts[1]):
            raise CodecError("not an array")
        shape = tuple(parts[1])
        if parts[0] == "O":
            items = d.items(parts[2])
            if math.prod(shape) != len(items):
                raise CodecError("not an array")
            array = np.empty(shape, dtype=object)
            flat = array.reshape(-1)
            for index, item in enumerate(items):
                flat[index] = item
            return array
        kind, data = dtype(parts[0]), d.raw(parts[2])
        if math.prod(shape) * kind.itemsize != len(data) or parts[3:] not in (["C"], ["F"]):
            raise CodecError("not an array")
        try:
            return np.ndarray(shape, kind, bytearray(data), order=parts[3]).copy(order="K")
        except (ValueError, TypeError) as error:
            raise CodecError("not an array") from error

    def put_scalar(value, e) -> list:
        return put_array(np.asarray(value), e)[:3:2]

    def get_scalar(parts, d):
        kind, data = parts[0], d.raw(parts[1]) if len(parts) == 2 else b""
        kind = dtype(kind)
        if len(data) != kind.itemsize:
            raise CodecError("not a scalar")
        return np.frombuffer(data, kind)[0] if kind.itemsize else kind.type()

    def put_polynomial(value, e) -> list:
        return [e.tree(value.coef), e.tree(value.domain), e.tree(value.window)]

    def get_polynomial(parts, d):
        arrays = [d.value(p) for p in parts]
        if len(arrays) != 3 or any(type(a) is not np.ndarray or a.ndim != 1 for a in arrays):
            raise CodecError("not a polynomial")
        return np.polynomial.Polynomial(*arrays)

    register("array", np.ndarray, put_array, get_array)
    kinds = [t for t in vars(np).values() if isinstance(t, type) and issubclass(t, np.generic)
             and t not in (np.void, np.object_)]
    register("scalar", tuple(set(kinds)), put_scalar, get_scalar)
    register("polynomial", np.polynomial.Polynomial, put_polynomial, get_polynomial)
    register("dtype", tuple({type(np.dtype(c)) for c in "?bhilqBHILQefdgFDGUSmM"}), lambda v, e: [v.str],
             lambda p, d: dtype(*p))
    classes.update({f"numpy.{t.__name__}": t for t in {*kinds, np.ndarray}})
