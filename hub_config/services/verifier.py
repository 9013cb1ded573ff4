"""The verifier service: the public verify page on its own origin. ``python -m hub_config.services.verifier STATE``

It needs no other service and no store: STATE/public, which anyone may read, and STATE/registry.json if the operator keeps one.
"""
from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path

from hub_config.errors import AcademyError
from hub_config.places import Places
from hub_config.settings import Settings, load, places
from hub_config.verifier.app import create_app

__all__ = ["listen", "serve"]


def listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    os.chmod(path, 0o666)  # the directory protects it
    listening.listen(512)
    return listening


def serve(where: Places, settings: Settings) -> None:
    """Serve until a signal ends it."""
    import uvicorn

    app = create_app(where.public, registry=where.state / "registry.json", institution=settings.hub.institution,
                     contact=settings.hub.contact)
    config = uvicorn.Config(app, proxy_headers=False, server_header=False, access_log=False, log_config=None, lifespan="off",
                            timeout_keep_alive=620, timeout_graceful_shutdown=5, limit_concurrency=200,
                            h11_max_incomplete_event_size=32 << 10)
    uvicorn.Server(config).run(sockets=[listen(where.socket("verifier"))])


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s verifier %(levelname)s %(message)s")
    try:
        serve(places(Path(sys.argv[1])), load(Path(sys.argv[1])))
    except AcademyError as error:
        sys.exit(f"verifier: {error}")
