"""The test profile of the VC-API over http(s): what the W3C suites are pointed at. Never part of a running academy.

``POST /{eddsa-rdfc-2022|eddsa-jcs-2022|bsl}/credentials/{issue|verify}``, ``/presentations/verify`` (also below each suite),
``POST /bsl/credentials/status``, ``GET /status/{purpose}`` (the lists), ``GET /`` (the issuer's DID and the paths).

Answers: 201 with the secured credential · 200 ``{"verified": true, "warnings": […]}`` · 400 with the reasons.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from certification.cryptosuites import MADE, RDFC
from certification.document import LARGEST, parse
from certification.errors import CertificationError, ShapeError
from certification.status import PURPOSES
from certification.vc_api import TestIssuer, refusal
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

__all__ = ["create_app", "serve"]

STATUS = "bsl"


def create_app(issuer: TestIssuer) -> Starlette:
    """The application around ``issuer``."""
    def issue(suite: str, request: dict) -> Response:
        make = issuer.issue_with_status if suite == STATUS else issuer.issue
        return JSONResponse(make(_object(request, "credential"), RDFC if suite == STATUS else suite), 201)

    def verify(suite: str, request: dict) -> Response:
        checks = _options(request).get("checks")
        asked = suite == STATUS or (isinstance(checks, list) and "credentialStatus" in checks)
        return _verified(issuer.verify(_object(request, "verifiableCredential"), with_status=asked))

    def verify_presentation(suite: str, request: dict) -> Response:
        options = _options(request)
        return _verified(issuer.verify_presentation(_object(request, "verifiablePresentation"), options.get("challenge"), options.get("domain")))

    def set_status(suite: str, request: dict) -> Response:
        entry = _object(request, "credentialStatus")
        issuer.set_status(str(request.get("credentialId")), str(entry.get("statusPurpose")), request.get("status", True))
        return JSONResponse({})

    def about(request: Request) -> Response:
        return JSONResponse({"issuer": issuer.did, "profile": "test", "paths": sorted(route.path for route in app.routes)})

    def status_list(request: Request) -> Response:
        purpose = request.path_params["purpose"]
        if purpose not in PURPOSES:
            return JSONResponse(refusal(ShapeError("there is no such list", f"one of {', '.join(PURPOSES)}")), 404)
        return JSONResponse(issuer.status_list(purpose), headers={"access-control-allow-origin": "*"})

    def post(path: str, work: Callable[[str, dict], Response], suite: str) -> Route:
        return Route(path, partial(_answer, work, suite, path.endswith("verify")), methods=["POST"])

    app = Starlette(routes=[
        Route("/", about), Route("/status/{purpose}", status_list),
        *(post(f"/{suite}/credentials/{verb}", work, suite) for suite in (*MADE, STATUS) for verb, work in (("issue", issue), ("verify", verify))),
        *(post(f"{below}/presentations/verify", verify_presentation, "") for below in ("", *(f"/{suite}" for suite in (*MADE, STATUS)))),
        post(f"/{STATUS}/credentials/status", set_status, STATUS),
    ])
    return app


async def _answer(work: Callable[[str, dict], Response], suite: str, verifies: bool, request: Request) -> Response:
    from anyio.to_thread import run_sync

    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            break  # `parse` says so
    try:
        return await run_sync(lambda: work(suite, parse(body)))
    except CertificationError as error:
        return JSONResponse(({"verified": False} if verifies else {}) | refusal(error), 400)


def _object(request: dict, member: str) -> dict:
    found = request.get(member)
    if not isinstance(found, dict):
        raise ShapeError(f"the request must hold {member} as an object", 'for instance {"credential": { … }, "options": { … }}')
    return found


def _options(request: dict) -> dict[str, Any]:
    found = request.get("options", {})
    return found if isinstance(found, dict) else {}


def _verified(warnings: list[str]) -> Response:
    return JSONResponse({"verified": True, "warnings": warnings, "errors": []})


def serve(issuer: TestIssuer, host: str, port: int, tls: tuple[Path, Path] | None) -> None:
    """Serve until a signal ends it."""
    import uvicorn

    files = {"ssl_certfile": str(tls[0]), "ssl_keyfile": str(tls[1])} if tls else {}
    uvicorn.run(create_app(issuer), host=host, port=port, proxy_headers=False, server_header=False, access_log=False, log_level="warning",
                lifespan="off", limit_concurrency=100, **files)
