"""Make one object hold what another holds, in place: so that who kept a reference sees the change.

Used where a copy crossed: an argument the learner's function changed, a value of the learner's that a test changed.
"""
from __future__ import annotations

import collections

__all__ = ["changeable", "update"]

_DICTS = (dict, collections.OrderedDict, collections.defaultdict, collections.Counter)
_MUTABLE = (list, set, bytearray, collections.deque, *_DICTS)
_LIBRARY = {("numpy", "ndarray"), ("pandas", "DataFrame"), ("pandas", "Series"), ("_io", "StringIO"), ("_io", "BytesIO")}


def changeable(value: object) -> bool:
    """Whether ``value`` is plain data of a kind that can change in place."""
    kind = type(value)
    return kind in _MUTABLE or (kind.__module__.partition(".")[0], kind.__name__) in _LIBRARY


def update(old: object, new: object) -> bool:
    """Make ``old`` hold what ``new`` holds; False if they are not of one kind that can change."""
    kind = type(old)
    if kind is not type(new):
        return False
    if kind is list:
        for index, (a, b) in enumerate(zip(old, new, strict=False)):
            if not (type(a) in _MUTABLE and type(a) is type(b)):
                old[index] = b
            elif a is not b:
                update(a, b)
        del old[len(new):]
        old.extend(new[len(old):])
    elif kind in _DICTS:
        kept = {k: old[k] for k in new if k in old and type(old[k]) in _MUTABLE and type(old[k]) is type(new[k])}
        for key, value in kept.items():
            update(value, new[key])
        fresh = list(new.items())
        old.clear()
        for key, value in fresh:
            old[key] = kept.get(key, value)
    elif kind is set:
        fresh = list(new)
        old.clear()
        old.update(fresh)
    elif kind in (bytearray, collections.deque):
        fresh = list(new)
        old.clear()
        old.extend(fresh)
    elif kind.__module__ == "numpy" and kind.__name__ == "ndarray":
        if old.shape != new.shape or old.dtype != new.dtype or not old.flags.writeable:
            return False
        old[...] = new
    elif kind.__module__.startswith("pandas") and kind.__name__ in ("DataFrame", "Series"):
        old._update_inplace(new)
    elif kind.__name__ in ("StringIO", "BytesIO"):
        old.seek(0)
        old.truncate()
        old.write(new.getvalue())
        old.seek(new.tell())
    else:
        return False
    return True
