"""Credentials in pictures: one, whole, and nothing that grows or fetches."""
from __future__ import annotations

import json
import struct
import zlib

import pytest

from certification.baked import LARGEST_PICTURE, bake_png, unbake
from certification.document import LARGEST, parse, read_json, text_of
from certification.errors import ParseError
from tests.certification.kit import SIGNED, check


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


HEAD = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
TAIL = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND")
PICTURE = HEAD + TAIL
TEXT = json.dumps(SIGNED, ensure_ascii=False).encode()
BAKED = bake_png(PICTURE, TEXT)
NS = 'xmlns:ob="https://purl.imsglobal.org/ob/v3p0"'


def baked(body: bytes) -> bytes:
    return HEAD + chunk(b"iTXt", body) + TAIL


def svg(inner: str, head: str = "", attributes: str = NS) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>{head}<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inner}</svg>'.encode()


SVG = svg(f"<ob:credential><![CDATA[{TEXT.decode()}]]></ob:credential><rect/>")


@pytest.mark.parametrize("data", [
    BAKED, SVG, b"\xef\xbb\xbf" + SVG, b"\n" + svg(f"<ob:credential>{TEXT.decode()}</ob:credential>").partition(b"?>")[2],
    baked(b"openbadgecredential\0\1\0\0\0" + zlib.compress(TEXT)), baked(b"openbadgecredential\0\0\0en\0Ausweis\0" + TEXT),
], ids=["png", "svg", "svg with a mark", "svg without a head", "compressed", "with a language"])
def test_a_baked_credential_is_valid(data):
    assert read_json(text_of(data)) == SIGNED
    assert check(data).verdict == "valid"


def test_a_baked_credential_that_was_changed_is_invalid():
    assert check(bake_png(PICTURE, TEXT.replace(b'"Output privacy"', b'"Doctor"'))).verdict == "invalid"


@pytest.mark.parametrize(("data", "message"), [
    (PICTURE, "holds no credential"),
    (svg("<rect/>"), "holds no credential"),
    (svg(f"<ob:credential>{{}}</ob:credential>", attributes='xmlns:ob="https://example.org/"'), "holds no credential"),
    (HEAD + chunk(b"tEXt", b"openbadgecredential\0{}") + TAIL, "holds no credential"),
    (HEAD + 2 * chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0{}") + TAIL, "more than one credential"),
    (svg("<ob:credential>{}</ob:credential>" * 2), "more than one credential"),
    (BAKED[:-1], "not a whole PNG"), (BAKED + b"x", "not a whole PNG"), (BAKED[:40], "not a whole PNG"), (HEAD, "not a whole PNG"),
    (BAKED.replace(b"Output", b"output", 1), "not a whole PNG"),
    (HEAD + b"\xff\xff\xff\xffiTXt", "not a whole PNG"),
    (baked(b"openbadgecredential\0"), "not a whole PNG"), (baked(b"openbadgecredential\0\0\0en"), "not a whole PNG"),
    (baked(b"openbadgecredential\0\1\0\0\0" + zlib.compress(TEXT)[:-9]), "not a whole PNG"),
    (baked(b"openbadgecredential\0\1\0\0\0not zlib"), "not a whole PNG"),
    (baked(b"openbadgecredential\0\1\0\0\0" + zlib.compress(bytes(64 << 20), 9)), "more than 1,048,576 bytes"),
    (SVG[:-3], "not a whole SVG"), (svg("<ob:credential><x/>{}</ob:credential>"), "not a whole SVG"), (b"<", "not a whole SVG"),
    (svg("<g>" * 300 + "</g>" * 300), "nested too deeply"),
    (svg("&a;", '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'), "entities of its own"),
    (svg("&a;", '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), "entities of its own"),
    (svg("", '<!DOCTYPE svg [<!ELEMENT svg ANY>]>'), "entities of its own"),
    (HEAD + chunk(b"IDAT", bytes(LARGEST_PICTURE)) + TAIL, "at most"),
])
def test_refused(data, message):
    with pytest.raises(ParseError, match=message) as caught:
        read_json(text_of(data))
    assert caught.value.next
    result = check(data)
    assert result.verdict == "invalid" and result.credential is None


def test_an_external_document_type_is_not_fetched():
    data = svg(f"<ob:credential><![CDATA[{TEXT.decode()}]]></ob:credential>", '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "https://example.org/x.dtd">')
    assert check(data).verdict == "valid"


@pytest.mark.parametrize("picture", [b"", b"<svg/>", BAKED])
def test_only_a_plain_png_is_baked(picture):
    with pytest.raises(ParseError, match="only a PNG without a credential|damaged"):
        bake_png(picture, TEXT)


def test_a_picture_of_the_largest_size_is_read():
    room = LARGEST_PICTURE - len(BAKED) - 12
    assert unbake(HEAD + chunk(b"IDAT", bytes(room)) + BAKED[len(HEAD):], LARGEST) == TEXT


@pytest.mark.parametrize("data", [BAKED, SVG])
def test_lists_and_did_documents_are_no_pictures(data):
    with pytest.raises(ParseError, match="this is a picture"):
        parse(data)
