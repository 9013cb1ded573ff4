"""Bytes that are, or are not, one JSON object that every program reads alike."""
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certification.document import LARGEST, inspect, parse
from certification.errors import ParseError


@pytest.mark.parametrize("data", [
    b"{}", b' {"a": [1, 1.5, true, null, "x"]} ', '{"a": "é\\n\\t\\r"}'.encode(), b'\xef\xbb\xbf{"a": 1}', '{"a": "\U0001f600"}',
    b'{"a": "' + b"x" * (LARGEST - 9) + b'"}'])
def test_accepted(data):
    assert isinstance(parse(data), dict)


@pytest.mark.parametrize(("data", "message"), [
    (b"", "is empty"),
    (b" \n", "is empty"),
    (b"[]", "not a JSON object"),
    (b'"x"', "not a JSON object"),
    (b"{", "not JSON: .* line 1, column 2"),
    (b"{} {}", "not JSON: Extra data"),
    (b"{'a': 1}", "not JSON"),
    (b'{"a": 1,}', "not JSON"),
    (b'{"a": 01}', "not JSON"),
    (b'{"a": NaN}', "NaN is not a JSON number"),
    (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
    (b'{"a": 1e999}', "no single spelling"),
    (b'{"a": -0.0}', "no single spelling"),
    (b'{"a": 0.1234567890123456789}', "no single spelling"),
    (b'{"a": 9007199254740993}', "beyond 2"),
    (b'{"a": ' + b"9" * 5000 + b"}", "number too long"),
    (b'{"a": 1, "a": 1}', "'a' is given twice"),
    (b'{"b": [{"a": 1, "\\u0061": 2}]}', "'a' is given twice"),
    (b'{"a": "\x01"}', "not JSON: Invalid control character"),
    (b'{"a": "\\u0001"}', r"a holds the control character U\+0001"),
    (b'{"a": "\\u0000"}', r"a holds the control character U\+0000"),
    (b'{"a": {"b": ["\\u007f"]}}', r"a\.b holds the control character U\+007F"),
    (b'{"\\u0008": 1}', r"a member name holds the control character U\+0008"),
    (b'{"a": "\\ud800"}', r"control character U\+D800"),
    (b'{"a": "\xff"}', "not UTF-8 text"),
    ('{"a": 1}'.encode("utf-16"), "not UTF-8 text"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"a":' * 100 + b"1" + b"}" * 100, "nested too deeply"),
    (b'{"a": [' + b"1," * 60_000 + b"1]}", "too many values"),
    (b'{"a": "' + b"x" * LARGEST + b'"}', "at most 1,048,576"),
    (b"\x89PNG\r\n\x1a\n", "this is a picture"),
    (b"%PDF-1.7", "a PDF file"),
    (b"eyJhbGciOiJFZERTQSJ9.e30.c2ln", "a JWT"),
    (b"<svg/>", "XML, SVG or HTML file"),
])
def test_refused(data, message):
    with pytest.raises(ParseError, match=message) as caught:
        parse(data)
    assert caught.value.next


@pytest.mark.parametrize(("value", "message"), [
    ({"a": object()}, "is no JSON value"), ({1: "a"}, "name must be a text"), ({"a": b"x"}, "is no JSON value"),
    ({"a": {1, 2}}, "is no JSON value"), ({"a": float("nan")}, "no single spelling")])
def test_an_object_parsed_elsewhere_is_held_to_the_same_rules(value, message):
    with pytest.raises(ParseError, match=message):
        inspect(value)


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f'{{"a": "{text}"}}'.encode("utf-8", "surrogatepass")))
@settings(max_examples=500, deadline=None)
def test_no_foreign_exception(data):
    try:
        assert isinstance(parse(data), dict)
    except ParseError:
        pass
