"""The certificate as a PDF: what a ministry prints and frames, and a program reads.

A4 landscape, PDF/A-3a (ISO 19005-3, tagged) by typst, with the signed credential attached as ``credential.json`` and a QR
code of its public page. Every word on it comes from the credential: the paper cannot say more than the signature does.

Fonts: Libertinus Serif (in typst), the Noto families of the fontpkg-* packages (SIL OFL 1.1), then the system's fonts
(Debian's fonts-noto-core for Ethiopic and more, fonts-noto-cjk for Chinese, Japanese and Korean).

Rules
- A letter that no font has is CertificateError with the package to install, never an empty box on a printed name.
- The same credential gives the same bytes on the same machine: the file's time is the credential's.
"""
from __future__ import annotations

import functools
import io
import json
import re
import unicodedata
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from certification.errors import CertificationError

__all__ = ["CertificateError", "Certificate", "attached", "qr_svg", "render", "right_to_left"]

LARGEST = 1 << 20
SUMMARY = 400
_EMBEDDED = re.compile(rb"/Type\s*/EmbeddedFile\b")
TEMPLATE = Path(__file__).with_name("certificate.typ")

WORDS = {
    "title": "Certificate of Achievement",
    "certifies": "This certifies that",
    "achieved": "has successfully completed",
    "date": "Date of issue",
    "expires": "Valid until",
    "issuer": "Issued by",
    "assurance": "How it was earned",
    "verify": "Check it",
    "verify_how": "Scan the code or open the address below. It shows whether this certificate is genuine and still valid.",
    "attached": "The signed credential is attached to this file.",
    "attachment": "The signed credential (Open Badges 3.0) that this page shows",
    "demonstration": "Demonstration, not a qualification",
    "demonstration_mark": "Demonstration",
    "withheld": "the holder, whose name is withheld at their own wish",
    "qr_alt": "QR code of the address at which this certificate can be checked",
}
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")


class CertificateError(CertificationError):
    """The certificate cannot be printed as it should be."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the paper says. ``name`` None: the credential names nobody. ``assurance``: pairs of (question, answer)."""

    name: str | None
    achievement: str
    summary: str
    issuer: str
    issued: str
    url: str
    assurance: tuple[tuple[str, str], ...]
    demonstration: bool
    expires: str | None = None
    language: str = "en"
    words: dict[str, str] = field(default_factory=lambda: dict(WORDS))


def right_to_left(text: str) -> bool:
    """UAX 9, rules P2 and P3: the first strong letter decides."""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return False


def day(moment: str) -> str:
    """``2026-11-23T10:00:00Z`` as ``23 November 2026``."""
    when = datetime.fromisoformat(moment)
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def qr_svg(url: str) -> bytes:
    """The QR code of ``url``, error correction M or better, without a quiet zone (the page has one)."""
    import segno

    buffer = io.BytesIO()
    segno.make(url, error="m", micro=False).save(buffer, kind="svg", border=0, xmldecl=False, dark="#14213d")
    return buffer.getvalue()


@functools.lru_cache(maxsize=1)
def _fonts():
    """Found once a process. Fonts of installed packages announce themselves by the entry point ``fontpkg.family``."""
    import importlib.metadata
    import importlib.util

    import typst

    paths = []
    for entry in importlib.metadata.entry_points(group="fontpkg.family"):
        found = importlib.util.find_spec(entry.value)
        paths += found.submodule_search_locations if found is not None else []
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=sorted(paths))


def render(certificate: Certificate, credential: bytes) -> bytes:
    """The PDF of ``certificate`` with ``credential`` (the signed JSON) attached. Raises CertificateError."""
    import typst

    words = certificate.words
    name = certificate.name if certificate.name is not None else words["withheld"]
    data = {
        "words": words, "lang": certificate.language, "rtl": certificate.language in ("ar", "fa", "he", "ur", "dv"),
        "name": name, "named": certificate.name is not None, "name_rtl": right_to_left(name),
        "achievement": certificate.achievement, "summary": _shortened(certificate.summary), "issuer": certificate.issuer,
        "date": day(certificate.issued), "expires": day(certificate.expires) if certificate.expires else None,
        "assurance": [list(row) for row in certificate.assurance], "demonstration": certificate.demonstration,
        "url": certificate.url, "qr_alt": words["qr_alt"],
        "document_title": f"{words['title']}: {certificate.achievement}",
        "description": f"{words['certifies']} {name} {words['achieved']} {certificate.achievement}",
    }
    for text in (name, certificate.achievement, certificate.summary, certificate.issuer):
        _printable(text)
    issued = datetime.fromisoformat(certificate.issued).astimezone(UTC)
    inputs = {"data": json.dumps(data, ensure_ascii=False), "credential": credential.decode("utf-8"),
              "qr": qr_svg(certificate.url).decode()}
    try:
        compiler = typst.Compiler(TEMPLATE.read_bytes(), font_paths=_fonts())
        return compiler.compile(format="pdf", pdf_standards=["a-3a"], sys_inputs=inputs, timestamp=int(issued.timestamp()))
    except typst.TypstError as error:
        if "could not be displayed" in error.message:
            letter = error.message.split("`")[1] if "`" in error.message else "a letter"
            raise CertificateError(f"no installed font has {letter}, which the certificate needs",
                                   "install the system packages fonts-noto-core and fonts-noto-cjk") from error
        raise CertificateError(f"the certificate cannot be typeset: {error.message}",
                               "see whether the academy is installed completely: academy doctor") from error


def attached(pdf: bytes) -> bytes | None:
    """The credential attached to a certificate that `render` made; None if there is none. Unpacks at most 1 MiB."""
    for found in _EMBEDDED.finditer(pdf):
        start = pdf.find(b"stream", found.end())
        start += 8 if pdf[start + 6:start + 8] == b"\r\n" else 7
        try:
            data = zlib.decompressobj().decompress(pdf[start:start + LARGEST], LARGEST + 1)
        except zlib.error:
            continue
        if len(data) <= LARGEST and data.lstrip().startswith(b"{"):
            return data
    return None


def _shortened(text: str) -> str:
    """At most SUMMARY letters, so that the certificate stays one page; the credential inside has all of it."""
    if len(text) <= SUMMARY:
        return text
    return (text[:SUMMARY].rpartition(" ")[0] or text[:SUMMARY]).rstrip(" .,;:") + " …"


def _printable(text: str) -> None:
    """Refuse letters that would print something else than they say: controls and direction overrides."""
    for letter in text:
        if unicodedata.category(letter) == "Cc" or letter in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
            raise CertificateError(f"U+{ord(letter):04X} cannot stand on a certificate", "write the name without it")
