"""The web application of the verify page.

``/`` the page (``?credential=ID`` checks one of this hub) · ``POST /verify`` a file, a text or JSON · ``/open?link=…`` a
certificate's address · ``/health`` · everything else: the static files of STATE/public.

Rules
- It reads the public files and what a visitor gives it; it has no store, no session, no key, and opens no connection.
- A link is never fetched: only its id is read, and looked up among the public files.
- A body above BODY bytes is refused while it arrives; checks run two at a time in threads.
- No script anywhere; the policy below would stop one.
"""
from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread
from certification.certificate import attached, day
from certification.errors import CertificationError, RegistryError
from certification.model import assurance_of, listed
from certification.public import holder_of
from certification.registry import EMPTY, Registry
from certification.verify import Result, Verdict, verify
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hub_config.verifier.words import DEMONSTRATION, MARKS, STEPS, VERDICTS

__all__ = ["BODY", "create_app"]

BODY = 2 << 20
ID = re.compile(r"[0-9a-f]{32}")
HERE = Path(__file__).parent
HEADERS = {
    b"content-security-policy": b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
    b"cross-origin-opener-policy": b"same-origin",
}


class Guard:
    """Adds the headers to every answer and refuses a body that is too large, also one without a length."""

    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        seen = 0

        async def counted():
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > BODY:
                raise HTTPException(413, "The file is too large to be a certificate.")
            return message

        async def headed(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS.items()]
            await send(message)

        await self.app(scope, counted, headed)


class PublicFiles(StaticFiles):
    """STATE/public: readable by any page of the world, since verifiers and wallets run in browsers too."""

    async def get_response(self, path: str, scope) -> Response:
        parts = Path(path).parts
        if any(part.startswith(".") and part != ".well-known" for part in parts):
            raise HTTPException(404)
        answer = await super().get_response(path, scope)
        answer.headers["access-control-allow-origin"] = "*"
        answer.headers["cache-control"] = "max-age=60"
        if "credentials" in parts:
            answer.headers["x-robots-tag"] = "noindex"
        if parts[:1] == ("log",):
            answer.headers["content-type"] = "application/octet-stream" if "tile" in parts else "text/plain; charset=utf-8"
        return answer


class Desk:
    """Checks what visitors bring, against the public files and the registries."""

    def __init__(self, public: Path, registry: Path | None) -> None:
        self.public, self.registry_file = Path(public), registry
        self.limiter: anyio.CapacityLimiter | None = None

    def registry(self) -> Registry:
        """This hub's own issuer, and those the operator relies on; the operator's word wins."""
        issuers: dict[str, Any] = {}
        for file in (self.public / "registry.json", self.registry_file):
            if file is not None and file.exists():
                issuers |= Registry.load(file).issuers
        return Registry(issuers) if issuers else EMPTY

    def check(self, data: bytes) -> Result:
        if data.startswith(b"%PDF"):
            data = attached(data) or data
        lists = [file.read_bytes() for file in sorted((self.public / "status").glob("**/*.json"))]
        return verify(data, registry=self.registry(), status=lists, offline=True)

    async def run(self, data: bytes) -> Result:
        if self.limiter is None:
            self.limiter = anyio.CapacityLimiter(2)
        return await anyio.to_thread.run_sync(partial(self.check, data), limiter=self.limiter)

    def stored(self, id: str) -> bytes | None:
        """One of this hub's own credentials."""
        file = self.public / "credentials" / id / "credential.json"
        return file.read_bytes() if ID.fullmatch(id) and file.is_file() else None


def _shown(result: Result) -> dict:
    """What the result page shows. Of the credential only what its signature covers, of the issuer the registry's name."""
    document = result.credential
    words = VERDICTS[result.verdict.value]
    about = None
    if document is not None:
        what = document["credentialSubject"].get("achievement")
        names = [one.get("name") for one in (what, document) if isinstance(one, dict)]
        stated = assurance_of(document)
        about = {"holder": _holder(document), "achievement": next((name for name in names if isinstance(name, str)), None), "issuer": result.issuer,
                 "issued": _day(document.get("validFrom")), "expires": _day(document.get("validUntil")),
                 "assurance": stated.sentences() if stated else (), "id": document.get("id")}
        if result.verdict is Verdict.VALID and str(listed(document["proof"])[0]["verificationMethod"]).startswith("did:key:"):
            words = DEMONSTRATION
    steps = [(step.status, STEPS[step.name], MARKS[step.status], step.message) for step in result.steps]
    return {"words": words, "verdict": result.verdict.value, "about": about, "steps": steps}


def _holder(document: dict) -> str | None:
    try:
        return holder_of(document)
    except (KeyError, TypeError, AttributeError):
        return None


def _day(moment: object) -> str | None:
    try:
        return day(moment)
    except (TypeError, ValueError):
        return None


def create_app(public: Path, *, registry: Path | None = None, institution: str = "Academy", contact: str = "") -> Starlette:
    """``registry`` is a file of issuers the operator relies on (it may be absent)."""
    pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                        lstrip_blocks=True)
    pages.globals |= {"institution": institution, "contact": contact}
    desk = Desk(public, registry)
    style = (Path(day.__code__.co_filename).parent / "page.css").read_bytes()

    def page(name: str, status: int = 200, **shown) -> HTMLResponse:
        return HTMLResponse(pages.get_template(name).render(**shown), status, {"cache-control": "no-store"})

    def problem(status: int, message: str, next: str) -> HTMLResponse:
        return page("problem.html", status, message=message, next=next)

    async def answer(request: Request, data: bytes) -> Response:
        try:
            result = await desk.run(data)
        except RegistryError as error:
            return problem(503, "The list of known issuers on this site is damaged.", f"Its operator has to repair it: {error.message}.")
        if _wants_json(request):
            return JSONResponse(result.as_dict() | {"issuer": result.issuer}, headers={"cache-control": "no-store"})
        return page("result.html", **_shown(result))

    async def home(request: Request) -> Response:
        id = request.query_params.get("credential")
        if id is None:
            return page("home.html")
        data = desk.stored(id)
        if data is None:
            return problem(404, "There is no such certificate on this site.",
                           "Check the address, or drop the certificate's file on the start page.")
        return await answer(request, data)

    async def open_link(request: Request) -> Response:
        link = request.query_params.get("link", "").strip()
        found = ID.findall(re.split(r"[?#]", link)[0]) if len(link) < 2000 else []
        data = desk.stored(found[-1]) if found else None
        if data is None:
            return problem(404, "This site does not hold the certificate at that address.",
                           "Open the address in your browser, download the credential (JSON) there, and drop the file here. "
                           "This page never opens addresses by itself.")
        return await answer(request, data)

    async def check(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() == "application/json":
            return await answer(request, await request.body())
        try:
            async with request.form(max_files=1, max_fields=4, max_part_size=BODY) as form:
                upload, text = form.get("file"), form.get("text")
                data = await upload.read() if hasattr(upload, "read") else b""
        except MultiPartException as error:
            raise HTTPException(400) from error
        data = data or (text.strip().encode() if isinstance(text, str) else b"")
        if not data:
            return problem(400, "Nothing arrived to be checked.", "Choose the certificate's file, or paste its text.")
        return await answer(request, data)

    async def refused(request: Request, error: HTTPException) -> Response:
        texts = {400: ("The form did not arrive whole.", "Try it again from the start page."),
                 404: ("There is no such page.", "Go to the start page."), 405: ("That cannot be done here.", "Go to the start page."),
                 413: ("The file is too large to be a certificate.", "Give the credential (JSON) or the certificate (PDF) alone.")}
        message, next = texts.get(error.status_code, (str(error.detail), "Try it again from the start page."))
        if _wants_json(request):
            return JSONResponse({"error": {"message": message, "next": next}}, error.status_code)
        return problem(error.status_code, message, next)

    routes = [
        Route("/", home), Route("/open", open_link), Route("/verify", check, methods=["POST"]),
        Route("/verify", lambda request: RedirectResponse("/", 303)),
        Route("/health", lambda request: PlainTextResponse("ok")),
        Route("/style.css", lambda request: Response(style, media_type="text/css", headers={"cache-control": "max-age=3600"})),
        Mount("/", PublicFiles(directory=public, html=True, check_dir=False)),
    ]
    handlers: dict[Any, Callable] = {HTTPException: refused, CertificationError: lambda request, error: problem(500, error.message, error.next)}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.add_middleware(Guard)
    return app


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept
