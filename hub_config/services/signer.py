"""The signer service: certification's signer, wired to grader, accounts and curriculum. ``python -m hub_config.services.signer STATE``

Operations (who may ask): ``issue {award}``, ``credential {id}``, ``awards {learner}`` (portal, root) · ``set_status {id,
purpose, value, reason, by, keep_evidence}``, ``publish {}`` (root, or the owner where there is only one user).

Rules
- An answer to a learner's page never changes a status: only whoever administers the machine may.
- One request at a time: the daily cap and the status lists are decided over the whole book.
- Each issuer (the demonstration, each did:web) has a book, a log and lists of its own: a demonstration never blocks the
  qualification. The log keeps the name it was started under.
- An ordinary user's hub, where one uid holds everything, issues demonstrations only, whatever its settings are.
- If STATE/registry.json exists, it is binding: only tracks it delegates to this issuer are certified.
"""
from __future__ import annotations

import inspect
import json
import logging
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from certification import issuer as issuers
from certification.errors import CertificationError
from certification.issue import Book, Record
from certification.keys import load_or_create, public_key
from certification.log import Log
from certification.multibase import decode_public
from certification.public import Publisher
from certification.registry import Registry
from certification.signer import Alignment, Offer, Profile, Signer
from curriculum.catalogue import BUILTIN, load_catalogue
from curriculum.errors import CurriculumError
from curriculum.model import Track

from hub_config import rpc
from hub_config.errors import AcademyError
from hub_config.places import Places
from hub_config.settings import Settings, load, places

__all__ = ["Office", "assemble", "offer_of", "operations", "serve"]

REFRESH = 300.0  # seconds between looks at the age of the status lists
FRAMEWORKS = {"SDG": "https://unstats.un.org/sdgs/metadata/", "ESCO": "https://esco.ec.europa.eu/en/classification",
              "GAMSO": "https://unece.github.io/GAMSO/", "GSBPM": "https://unece.github.io/GSBPM/"}
log = logging.getLogger(__name__)


@dataclass
class Office:
    """The signer with its book and public files, one request at a time."""

    signer: Signer
    publisher: Publisher
    lock: threading.RLock = field(default_factory=threading.RLock)

    def describe(self, record: Record) -> dict:
        document = record.document
        return {"id": record.id, "award": record.award, "state": record.state, "issued": document["validFrom"], "url": document["id"],
                "credential": document}

    def issue(self, award: object) -> dict:
        with self.lock:
            return self.describe(self.signer.issue(award))

    def credential(self, id: object) -> dict:
        with self.lock:
            return self.describe(self.signer.book.record(str(id)))

    def awards(self, learner: object) -> dict:
        with self.lock:
            book = self.signer.book
            described = [self.describe(book.record(id)) for id in book.ids(f"/{learner}")]
        return {"awards": [{key: value for key, value in one.items() if key != "credential"} for one in described]}

    def set_status(self, id: object, purpose: object, value: object, reason: object, by: object = "operator",
                   keep_evidence: object = False) -> dict:
        if not isinstance(value, bool) or not isinstance(keep_evidence, bool):
            raise rpc.RpcError("bad-request", "value and keep_evidence are true or false")
        with self.lock:
            return self.describe(self.signer.set_status(str(id), str(purpose), value, str(reason), str(by), keep_evidence=keep_evidence))

    def publish(self) -> dict:
        """Write the public files that are missing. Between two credentials others get their turn."""
        with self.lock:
            self.publisher.issuer_files()
            self.publisher.records([])
            ids = self.signer.book.ids()
        for id in ids:
            with self.lock:
                self.publisher.credential(self.signer.book.record(id))
        return {"credentials": len(ids), "lists": len(self.signer.book.lists()) * 2}

    def refresh(self) -> None:
        with self.lock:
            self.publisher.lists()

    def close(self) -> None:
        with self.lock:
            self.signer.book.close()
            self.signer.book.log.close()


def operations(office: Office, where: Places) -> dict[str, rpc.Operation]:
    """Who may ask for what. Without separate uids everyone is the one owner."""
    owner = () if where.separate_uids else (where.uid("signer"),)

    def op(run: Callable[..., dict], *uids: int) -> rpc.Operation:
        def guarded(caller: rpc.Caller, request: dict) -> dict:
            try:
                inspect.signature(run).bind(**request)
            except TypeError:
                raise rpc.RpcError("bad-request", "an argument is missing or not known", "the signer takes an award's id, never a document") from None
            try:
                return run(**request)
            except CertificationError as error:
                raise rpc.RpcError(getattr(error, "code", "refused"), error.message, error.next) from None
        return rpc.Operation(guarded, (*uids, *owner))

    portal = where.callers("signer")
    return {"ping": op(lambda: {}, *portal), "issue": op(office.issue, *portal), "credential": op(office.credential, *portal),
            "awards": op(office.awards, *portal), "set_status": op(office.set_status), "publish": op(office.publish)}


def offer_of(track: Track) -> Offer:
    """What the curriculum promises whoever passes ``track``."""
    titles = {module.id: module.title for module in track.modules}
    needs = "; ".join(f"at least {float(need.share) * 100:g} % of the points in “{titles.get(need.module, need.module)}”"
                      for need in track.pass_rule.modules)
    abilities = " ".join(f"{outcome.sentence.rstrip('.')}." for outcome in track.outcomes)
    return Offer(
        rule=track.pass_rule, title=track.title, description=track.summary, version=track.version, language=track.language,
        criteria=f"To earn this: {needs}. About {track.hours:g} hours of study, level {track.level}. Who holds it can: {abilities}",
        assessment=track.assessment, tags=tuple(track.competencies), alignments=tuple(
            Alignment(entry.name, FRAMEWORKS.get(entry.framework, "https://unstats.un.org/"), entry.framework, entry.code,
                      "" if entry.confirmed else "Proposed by the authors of the course, not yet confirmed by a specialist.")
            for entry in track.alignments))


def assemble(where: Places, settings: Settings) -> Office:
    """Everything from the signer's own store. Raises CertificationError or AcademyError if it does not hold."""
    store, web, hub = where.store("signer"), settings.web, settings.hub
    keys = store / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    credential_key, status_key, log_key = (load_or_create(keys / f"{name}.pem") for name in ("credentials", "status", "log"))
    address = (web.public_url or web.verify_url).rstrip("/")
    demonstration = settings.demonstration(where.separate_uids)
    issuer = (issuers.demonstration(credential_key, hub.institution, address) if demonstration
              else issuers.web(address, hub.institution, credential_key, status_key))
    own = store / ("demonstration" if demonstration else re.sub(r"[^a-z0-9.]+", "-", issuer.did.lower()))
    own.mkdir(mode=0o700, exist_ok=True)
    known = _addresses(own / "addresses.json", address)
    log_ = Log(own / "log", known[0].partition("://")[2] + "/log", log_key.sign, decode_public(log_key.multikey))
    book = Book(own / "book", log_, issuer.sign_credential, sign_text=issuer.sign_credential_text)

    catalogue = load_catalogue((*((BUILTIN,) if settings.packs.builtin else ()), *settings.packs.paths))
    offers = {track.id: offer_of(track) for track in catalogue.tracks}
    publisher = Publisher(where.public, own / "lists", book, issuer, address, web.verify_url, tracks=lambda: list(offers),
                          hours=settings.signer.status_hours, former=[one for one in known if one != address])
    signer = Signer(
        book=book, issuer=issuer, address=address, offers=lambda: offers, transcript_key=_transcript_key(where),
        transcripts=lambda learner, track: rpc.call(where.socket("grader"), "transcripts", learner=learner, track=track)["transcripts"],
        profile=lambda username: _profile(where, username), delegated=lambda did, track: _delegated(where.state / "registry.json", did, track),
        daily_cap=settings.signer.daily_cap, valid_years=settings.signer.valid_years, publish=publisher.records)
    return Office(signer, publisher)


def _addresses(file: Path, current: str) -> list[str]:
    """Every address this issuer's credentials may name, in the order it had them."""
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    if current not in known:
        known.append(current)
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps(known), encoding="utf-8")
        draft.replace(file)
    return known


def _transcript_key(where: Places):
    file = where.state / "public-keys/transcript.json"
    try:
        return public_key(json.loads(file.read_text(encoding="utf-8"))["key"])
    except (OSError, ValueError, KeyError) as error:
        raise AcademyError("not-installed", f"{file} is missing or damaged: no transcript could be checked",
                           "start the academy with: academy up") from error


def _profile(where: Places, username: str) -> Profile | None:
    try:
        found = rpc.call(where.socket("accounts"), "profile", username=username)
    except rpc.RpcError as error:
        if error.code == "unknown":
            return None
        raise
    return Profile(found["username"], found.get("display_name") or "", found.get("email") or "", bool(found.get("consent")), found["identity"])


def _delegated(file: Path, did: str, track: str) -> bool:
    if not file.exists():
        return True
    issuer = Registry.load(file).find(did)
    return issuer is not None and issuer.certifies(track)


def serve(where: Places, settings: Settings) -> tuple[rpc.Server, Office]:
    """The service on its socket, not yet serving. Missing public files are written in the background."""
    office = assemble(where, settings)
    server = rpc.Server(where.socket("signer"), operations(office, where), mode=0o666)  # the directory protects it
    return server, office


def _tend(office: Office, stop: threading.Event) -> None:
    """Publish what is missing, then keep the status lists young."""
    first = True
    while first or not stop.wait(REFRESH):
        try:
            office.publish() if first else office.refresh()
        except Exception:
            log.exception("publishing failed; it is tried again")
        first = False


def main(state: Path) -> None:
    server, office = serve(places(state), load(state))
    threading.Thread(target=_tend, args=(office, threading.Event()), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s signer %(levelname)s %(message)s")
    try:
        main(Path(sys.argv[1]))
    except (AcademyError, CertificationError, CurriculumError) as error:
        sys.exit(f"signer: {getattr(error, 'advice', error)}")
