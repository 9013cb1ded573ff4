"""scipy's sparse matrices and arrays in the codec: checked parts, scipy's own constructors, checked again."""
from __future__ import annotations

import sys

from .codec import CodecError

__all__ = ["learn"]

_COMPRESSED, _OTHER = ("csr", "csc"), ("coo",)


def learn(register, classes: dict[str, type]) -> None:
    """Teach the codec scipy.sparse's types. A format that is not listed crosses as coordinates, in its own class."""
    sparse, np = sys.modules["scipy.sparse"], sys.modules["numpy"]
    kinds = {f"{name}_{end}": getattr(sparse, f"{name}_{end}") for name in (*_COMPRESSED, *_OTHER, "lil", "dok", "dia", "bsr")
             for end in ("matrix", "array") if hasattr(sparse, f"{name}_{end}")}
    names = {kind: name for name, kind in kinds.items()}

    def put(value, e) -> list:
        name = names[type(value)]
        if name[:3] in _COMPRESSED:
            parts = (value.data, value.indices, value.indptr)
        else:
            value = value.tocoo()
            parts = (value.data, *value.coords)
        return [name, [int(n) for n in value.shape], [e.tree(np.asarray(p)) for p in parts]]

    def get(parts, d):
        name, shape, trees = d.shape(parts, str, list, list)
        arrays = [d.value(tree) for tree in trees]
        if name not in kinds or len(shape) not in (1, 2) or not all(type(n) is int and 0 <= n < 1 << 40 for n in shape) or any(
                type(a) is not np.ndarray or a.ndim != 1 for a in arrays) or any(a.dtype.kind not in "iu" for a in arrays[1:]) or (
                arrays[0].dtype.kind not in "biufc"):
            raise CodecError("not a sparse matrix")
        if name[:3] in _COMPRESSED:
            made = kinds[name](tuple(arrays), shape=tuple(shape))
            made.check_format(full_check=True)
            return made
        coordinates = sparse.coo_array if name.endswith("array") else sparse.coo_matrix
        return kinds[name](coordinates((arrays[0], tuple(arrays[1:])), shape=tuple(shape)))

    register("sparse", tuple(names), put, get)
