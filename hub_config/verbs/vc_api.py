"""``academy vc-api``: the test profile that the W3C suites are pointed at. Starts nothing of the academy and reads none of its keys."""
from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

__all__ = ["register"]

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def vc_api(
    port: Annotated[int, typer.Option("--port", help="The port to listen on.")],
    tls: Annotated[Optional[tuple[Path, Path]], typer.Option("--tls", metavar="CERT KEY", help="Certificate and key files (PEM); needed for any address but this machine's own.")] = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    url: Annotated[Optional[str], typer.Option("--url", help="Where the suites reach it; by default https://localhost:PORT.", show_default=False)] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Open no connection to look up keys and status lists of others.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say where it listens as one JSON object.")] = False,
) -> int:
    """Serve the VC-API with a throw-away issuer, for the W3C test suites; it certifies nothing."""
    import json

    from certification.fetch import Fetcher
    from certification.vc_api import TestIssuer

    from hub_config.errors import AcademyError
    from hub_config.services.vc_api import serve

    if tls is None and host not in LOOPBACK:
        raise AcademyError("settings", f"{host} is not this machine's own address, and there is no certificate", "give --tls CERT KEY")
    for file in tls or ():
        if not file.is_file():
            raise AcademyError("settings", f"{file} cannot be read", "give certificate and key: --tls CERT KEY")
    address = url or f"{'https' if tls else 'http'}://localhost:{port}"
    issuer = TestIssuer(address, fetch=None if offline else Fetcher())
    if as_json:
        typer.echo(json.dumps({"url": address, "issuer": issuer.did}))
    else:
        typer.echo(f"A test profile: nothing signed here is a certificate.\n  at      {address}\n  issuer  {issuer.did}")
    serve(issuer, host, port, tls)
    return 0


def register(app) -> None:
    app.command("vc-api")(vc_api)
