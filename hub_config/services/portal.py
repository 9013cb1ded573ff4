"""The portal service: pages and exchange over HTTP on its socket, the records for the grader on another.

``python -m hub_config.services.portal STATE``

It needs neither hub nor signer to start, and answers /health without them. On SIGTERM requests that run are finished.
"""
from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path

import uvicorn

from autograders.exchange import Blobs, Courses, Exchange, Uploads
from autograders.intake import Rules
from autograders.queue import LeaseTable
from autograders.receipt import Receipts
from autograders.records import RecordsError, open_records
from autograders.seeds import own_seeds
from certification.errors import CertificationError
from certification.keys import load_or_create
from curriculum.catalogue import BUILTIN, load_catalogue
from curriculum.errors import CurriculumError

from hub_config import rpc
from hub_config.errors import AcademyError
from hub_config.places import Places
from hub_config.portal.app import create_app
from hub_config.portal.awards import Awards
from hub_config.portal.context import Addresses, Portal
from hub_config.portal.hub import Hub
from hub_config.portal.messages import Messages
from hub_config.portal.records_rpc import operations
from hub_config.portal.sessions import Sessions
from hub_config.settings import Settings, SettingsError, load, places
from hub_config.tree import read_secret

__all__ = ["assemble", "main", "serve"]

KEEP_ALIVE = 620  # longer than the proxy keeps an idle connection, so that none is closed under a request


def assemble(where: Places, settings: Settings) -> Portal:
    """Everything the pages work with, from the portal's own store."""
    store = where.store("portal")
    api_token, cookie_key, seeds = (read_secret(where, "portal", name) for name in ("api_token", "cookie_key", "seeds"))
    key = load_or_create(store / "receipt.pem")
    records = open_records(store / "records.sqlite")
    queue = LeaseTable(records)
    rules = Rules(max_bytes=settings.submission.max_bytes)
    blobs = Blobs(store / "blobs")
    catalogue = load_catalogue((*((BUILTIN,) if settings.packs.builtin else ()), *settings.packs.paths))
    dates = {name: (None, due) for name, due in settings.submission.closing.items()}
    if unknown := dates.keys() - {f"{track.id}/{module.id}" for track in catalogue.tracks for module in track.modules}:
        raise SettingsError(f"submission.closes names {', '.join(sorted(unknown))}, which no course pack has",
                            "write TRACK/MODULE as in the address of the module's page, or take the entry out")
    exchange = Exchange(records, queue, blobs, Uploads(store / "uploads", blobs, records, rules), Courses(catalogue),
                        Receipts(key.sign, key.did), own_seeds(bytes.fromhex(seeds)), rules, settings.submission.daily, dates=dates)

    def ask(service: str, op: str, **request) -> dict:
        return rpc.call(where.socket(service), op, **request)

    web = settings.web
    return Portal(
        addresses=Addresses(web.portal_url, web.hub_url, web.verify_url), exchange=exchange, queue=queue,
        hub=Hub(where.socket("hub"), web.hub_url, f"{web.portal_url}/oauth_callback", api_token),
        sessions=Sessions(bytes.fromhex(cookie_key), days=web.cookie_days), ask=ask, awards=Awards(exchange, ask),
        messages=Messages(default=settings.hub.language), institution=settings.hub.institution,
        chunk_bytes=settings.submission.chunk_bytes)


def serve(where: Places, settings: Settings) -> None:
    """Serve until a signal ends it."""
    portal = assemble(where, settings)
    ops = operations(portal.exchange, portal.queue, where.callers("records"), portal.awards.later)
    records = rpc.Server(where.socket("records"), ops, mode=0o666).start()
    config = uvicorn.Config(create_app(portal), proxy_headers=False, server_header=False, date_header=True, access_log=False,
                            log_config=None, lifespan="off", timeout_keep_alive=KEEP_ALIVE, timeout_graceful_shutdown=8,
                            h11_max_incomplete_event_size=64 << 10)
    try:
        uvicorn.Server(config).run(sockets=[_listen(where.socket("portal"))])
    finally:
        records.close()
        portal.exchange.records.close()


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    os.chmod(path, 0o666)  # the directory protects it
    listening.listen(512)
    return listening


def main(state: str) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s portal %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        serve(places(Path(state)), load(Path(state)))
    except (AcademyError, CurriculumError, CertificationError, RecordsError) as error:
        sys.stderr.write(f"portal: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
