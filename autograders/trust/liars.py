"""Wrong answers that look right: what they claim holds, what they are does not.

| kind | the answer | it must fail, because |
|---|---|---|
| liar | an object that equals everything and is larger and smaller than everything | a check must compare plain values |
| subclass | of the right type, with every comparison lying | the same |
| claims | the right answer's type, length, shape and name, with every value changed | points must not rest on claims |

Each is the instructor's own answer with what it binds exchanged: functions answer so, values are so, classes' methods do so.
Exceptions are raised as they should be: a task whose only test is an exception is found by the other wrong answers.
"""
from __future__ import annotations

__all__ = ["KINDS", "liar"]

KINDS = ("liar", "subclass", "claims")

_TEMPLATE = '''

def _wrong_answers(space, names, kind):
    import functools, inspect

    def lies(base):
        true = lambda self, *other: True
        body = {{"__eq__": true, "__ne__": lambda self, other: False, "__hash__": lambda self: 0}}
        body |= {{name: true for name in ("__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__contains__")}}
        if base is object:
            itself = lambda self, *arguments, **named: self
            body |= {{name: itself for name in ("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__",
                      "__rtruediv__", "__abs__", "__neg__", "__call__", "__getitem__", "__round__", "__pow__", "__mod__")}}
            body |= {{"__len__": lambda self: 0, "__iter__": lambda self: iter(()), "__float__": lambda self: 0.0, "__index__": lambda self: 0}}
        return type(base.__name__, (base,), body)

    def other(value):
        kind_of = type(value)
        if value is None:
            return 0
        if kind_of is bool:
            return not value
        if kind_of in (int, float, complex):
            return kind_of(value + 1)
        if kind_of is str:
            return "".join("y" if letter == "x" else "x" for letter in value)
        if kind_of is bytes:
            return bytes((letter + 1) % 256 for letter in value)
        if kind_of in (list, tuple, set, frozenset):
            return kind_of(other(item) for item in value)
        if kind_of is dict:
            return {{key: other(item) for key, item in value.items()}}
        if getattr(getattr(value, "dtype", None), "kind", "") == "b":
            return ~value if getattr(value, "shape", ()) else kind_of(not value)
        try:
            return value + 1
        except Exception:
            return None

    def wrong(value):
        if kind == "claims":
            return other(value)
        base = type(value) if kind == "subclass" and type(value) in (int, float, str, bytes, list, tuple, dict, set) else object
        try:
            return lies(base)() if base is object else lies(base)(other(value))
        except TypeError:
            return lies(object)()

    def answering(function):
        @functools.wraps(function)
        def answer(*arguments, **named):
            return wrong(function(*arguments, **named))
        return answer

    for name in names:
        value = space.get(name)
        if inspect.ismodule(value):
            continue
        if inspect.isclass(value):
            for method, function in list(vars(value).items()):
                if inspect.isfunction(function) and not (method.startswith("__") and method in ("__init__", "__new__", "__post_init__")):
                    setattr(value, method, answering(function))
        else:
            space[name] = answering(value) if inspect.isfunction(value) else wrong(value)
_wrong_answers(globals(), {names!r}, {kind!r})
del _wrong_answers
'''


def liar(source: str, names: tuple[str, ...], kind: str) -> str:
    """The solution cell ``source``, whose ``names`` answer as ``kind`` says."""
    if kind not in KINDS:
        raise ValueError(f"no kind {kind!r}; there are {', '.join(KINDS)}")
    return source.rstrip() + "\n" + _TEMPLATE.format(names=tuple(names), kind=kind)
