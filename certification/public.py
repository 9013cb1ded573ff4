"""The public files: everything a stranger needs to check a credential, as static files that any web server can hold.

``did.json`` (or ``.well-known/did.json``) · ``registry.json`` · ``status/<purpose>-<n>.json`` (and ``status/former/<k>/…`` for
credentials that name an address this issuer had before) · ``log/checkpoint``,
``log/key``, ``log/tile/…`` · ``credentials/<id>/{index.html, credential.json, certificate.pdf, inclusion.json}`` · ``style.css``

Rules
- A file is replaced whole or not at all, and every one can be made again from the signer's store.
- A signed status list is kept and published again byte for byte until a bit changes or half its time has passed.
- Nothing but a credential's own page names a learner, and that page names only whom the credential names.
- A certificate that cannot be printed (no font for a name) never holds up status lists or the credential itself.
"""
from __future__ import annotations

import html
import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from certification import model, status
from certification.canonical import jcs
from certification.certificate import Certificate, CertificateError, day, render
from certification.issue import Book, Record
from certification.issuer import Issuer
from certification.log import leaf
from certification.times import parse_time

__all__ = ["Publisher", "certificate_of", "write"]

HERE = Path(__file__).parent
log = logging.getLogger(__name__)

STATES = {
    "valid": ("good", "Issued and not withdrawn", "When this page was written, the certificate was in force."),
    "suspended": ("care", "Suspended", "The issuer has suspended this certificate: it does not count until the issuer lifts that."),
    "revoked": ("bad", "Revoked", "The issuer has withdrawn this certificate: it does not count any more."),
}
QUESTIONS = {"identity": "Identity", "supervision": "Supervision", "aids": "Aids", "assessment": "Assessment"}


def write(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``, readable by all, whole or not at all; nothing happens if it is there already."""
    try:
        if path.read_bytes() == data:
            return
    except OSError:
        pass
    for folder in reversed([one for one in path.parents if not one.exists()]):
        folder.mkdir()
        folder.chmod(0o755)  # whatever the umask is
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(draft, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        os.fchmod(file.fileno(), 0o644)
    os.replace(draft, path)


def holder_of(document: dict) -> str | None:
    """The name the credential states in clear, if it states one."""
    for entry in model.listed(document["credentialSubject"].get("identifier")):
        if entry.get("hashed") is False and entry.get("identityType") == "name":
            return entry["identityHash"]
    return None


def _institution(document: dict) -> str:
    return document["issuer"].get("description") or document["issuer"]["name"]


def certificate_of(document: dict) -> Certificate:
    """What the paper says about a credential: only what the credential says."""
    stated = model.assurance_of(document) or model.Assurance()
    what = document["credentialSubject"]["achievement"]
    return Certificate(
        name=holder_of(document), achievement=what["name"], summary=what["description"], issuer=_institution(document),
        issued=document["validFrom"], expires=document.get("validUntil"), url=document["id"],
        assurance=tuple(zip(QUESTIONS.values(), stated.sentences(), strict=True)),
        demonstration=document["issuer"]["id"].startswith("did:key:"))


@dataclass
class Publisher:
    """Writes ``folder``. ``store`` keeps the signed lists; ``hours`` is how long a verifier may rely on one of them."""

    folder: Path
    store: Path
    book: Book
    issuer: Issuer
    address: str
    verify_address: str
    tracks: Callable[[], Sequence[str]] = tuple
    hours: int = 24
    former: Sequence[str] = ()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _tiled: int = 0

    def everything(self) -> None:
        """Write what is missing or out of date, from the signer's store alone."""
        self.issuer_files()
        self.lists()
        self.transparency()
        for id in self.book.ids():
            self.credential(self.book.record(id))

    def records(self, records: Sequence[Record]) -> None:
        """After `Signer.issue` or a change of status: the lists first, since they bind."""
        self.lists()
        self.transparency()
        for record in records:
            self.credential(record)

    def issuer_files(self) -> None:
        document = self.issuer.did_document()
        entry = {"name": self.issuer.name if document else f"{self.issuer.institution} ({self.issuer.name})",
                 "tracks": sorted(self.tracks()) or ["*"]}
        if document is not None:
            rooted = urlsplit(self.address).path.strip("/")
            write(self.folder / ("did.json" if rooted else ".well-known/did.json"), _pretty(document))
            entry["document"] = document
        write(self.folder / "registry.json", _pretty({"type": "academy.registry/1", "issuers": {self.issuer.did: entry}}))
        write(self.folder / "style.css", (HERE / "page.css").read_bytes())
        write(self.folder / "log/key", (self.book.log.vkey() + "\n").encode())

    def lists(self) -> None:
        """Every status list, signed anew if a bit changed or it is past half its time."""
        for number in self.book.lists():
            for purpose in status.PURPOSES:
                name = f"{purpose}-{number}.json"
                bits = status.StatusList()
                for index in self.book.raised(purpose, number):
                    bits[index] = True
                self._list(self.address, Path(name), purpose, bits)
                for k, address in enumerate(self.former, 1):
                    self._list(address, Path("former", str(k), name), purpose, bits)

    def _list(self, address: str, place: Path, purpose: str, bits: status.StatusList) -> None:
        id, kept = f"{address}/status/{place.name}", self.store / place
        if not self._current(kept, id, bits):
            now = self.now().replace(microsecond=0)
            document = status.list_credential(id=id, issuer=self.issuer.did, purpose=purpose, bits=bits, valid_from=now,
                                              valid_until=now + timedelta(hours=self.hours))
            write(kept, jcs(self.issuer.sign_list(document)))
        write(self.folder / "status" / place, kept.read_bytes())

    def _current(self, kept: Path, id: str, bits: status.StatusList) -> bool:
        try:
            document = json.loads(kept.read_bytes())
            age = self.now() - parse_time(document["validFrom"], "validFrom")
            return (document["credentialSubject"]["encodedList"] == status.encode(bits)
                    and document["issuer"] == self.issuer.did and document["id"] == id
                    and -timedelta(seconds=1) < age < timedelta(hours=self.hours) / 2)
        except (OSError, ValueError, KeyError):
            return False

    def transparency(self) -> None:
        """The log's tiles and then its checkpoint: a reader who sees the checkpoint finds all it covers."""
        for name, data in self.book.log.tiles(since=self._tiled).items():
            write(self.folder / "log" / name, data)
        write(self.folder / "log/checkpoint", self.book.log.checkpoint().encode())
        self._tiled = self.book.log.size

    def credential(self, record: Record) -> None:
        """A credential's own page. The PDF is made once, the page again when the status changes."""
        folder, document = self.folder / "credentials" / record.id, record.document
        write(folder / "credential.json", record.signed)
        proof = self.book.log.inclusion(leaf(record.salt, record.signed)).as_json()
        if not (folder / "inclusion.json").exists():
            write(folder / "inclusion.json", _pretty(proof | {"salt": record.salt.hex()}))
        write(folder / "index.html", self.page(record, document))
        if not (folder / "certificate.pdf").exists():
            try:
                write(folder / "certificate.pdf", self.pdf(record))
            except CertificateError as error:
                log.error("the certificate of %s was not printed: %s", record.id, error.advice)

    def pdf(self, record: Record) -> bytes:
        """The printed certificate. Raises CertificateError."""
        return render(certificate_of(record.document), record.signed)

    def page(self, record: Record, document: dict) -> bytes:
        shown = certificate_of(document)
        kind, state, words = STATES[record.state]
        text = {
            "lang": "en", "dir": "ltr", "institution": shown.issuer, "achievement": shown.achievement, "description": shown.summary,
            "holder": shown.name or replace(shown, name=None).words["withheld"], "state_class": kind, "state": state,
            "state_words": words, "issuer": document["issuer"]["name"], "issued": day(shown.issued),
            "expires": day(shown.expires) if shown.expires else "It does not expire.", "id": document["id"],
            "criteria": document["credentialSubject"]["achievement"]["criteria"]["narrative"], "did": document["issuer"]["id"],
            "verify": f"{self.verify_address}/?credential={record.id}", "published": day(self.book.changed(record.id)),
        }
        safe = {key: html.escape(value) for key, value in text.items()}
        safe["demonstration"] = ('<p><span class="badge bad">Demonstration, not a qualification</span></p>'
                                 if shown.demonstration else "")
        safe["assurance"] = "\n".join(f"<dt>{html.escape(question)}</dt><dd>{html.escape(answer)}</dd>"
                                      for question, answer in shown.assurance)
        return Template((HERE / "page.html").read_text("utf-8")).substitute(safe).encode()


def _pretty(document: dict) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
