"""The portal as an ASGI application: `create_app` puts the routes, the shield and the plain-words errors together."""
from __future__ import annotations

import logging
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from autograders.refusal import Refusal
from hub_config.portal.context import Portal
from hub_config.portal.hub import HubError
from hub_config.portal.pages import page
from hub_config.portal.routes import certificates, courses, desks, exchange, plain, sign_in, submissions
from hub_config.portal.routes.forms import SignInNeeded
from hub_config.portal.shield import Shield
from hub_config.rpc import RpcError

__all__ = ["create_app"]

log = logging.getLogger(__name__)
FORM_EXTRA = 64 << 10  # boundaries and fields around a file of the largest size


def create_app(portal: Portal) -> FastAPI:
    """The application for ``portal``. Nothing is read from the environment and nothing is started here."""
    app = FastAPI(title="academy portal", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.portal = portal
    for part in (plain, sign_in, courses, submissions, certificates, desks, exchange):
        app.include_router(part.router)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(HubError, _hub_away)
    app.add_exception_handler(RpcError, _service_away)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)
    app.add_middleware(GZipMiddleware, minimum_size=600)
    app.add_middleware(Shield, origin=portal.addresses.portal, hub=portal.addresses.hub,
                       max_body=portal.exchange.rules.max_bytes + FORM_EXTRA)
    return app


def _answer(request: Request, refusal: Refusal):
    """For a program JSON, for a person a page; both say what to do next."""
    headers = {"Retry-After": str(refusal.detail["wait"])} if "wait" in refusal.detail else {}
    if request.url.path.startswith("/exchange"):
        return JSONResponse(refusal.document(), refusal.status, headers=headers)
    back = request.url.path.removesuffix("/submissions") if request.method == "POST" else "/"
    answer = page(request, "problem.html", status=refusal.status, problem=refusal, back=back if back.startswith("/courses/") else "/")
    answer.headers.update(headers)
    return answer


def _refused(request: Request, error: Refusal):
    return _answer(request, error)


def _sign_in(request: Request, error: SignInNeeded):
    if request.method in ("GET", "HEAD"):
        where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/sign-in?next=" + quote(where, safe="/"), 303)
    return _answer(request, Refusal("signed-out", "You are not signed in any more; nothing was submitted.",
                                    "Sign in on the course page, then do it again.", 401))


def _hub_away(request: Request, error: HubError):
    log.warning("%s", error)
    return _answer(request, Refusal("hub-away", "The sign-in service does not answer at the moment. Your work is safe.",
                                    "Try again in a minute.", 503, wait=10))


def _service_away(request: Request, error: RpcError):
    log.warning("a service refused: %s", error.code)
    return _answer(request, Refusal(error.code, "Another part of the academy does not answer at the moment. Your work is safe.",
                                    "Try again in a minute.", 503, wait=10))


def _malformed(request: Request, error: RequestValidationError):
    where = ", ".join(sorted({str(part) for problem in error.errors() for part in problem["loc"][1:]}))[:200]
    return _answer(request, Refusal("bad-request", f"The request is not well formed{': ' + where if where else ''}.", "Load the page again.", 400))


def _http(request: Request, error: HTTPException):
    words = {404: ("There is no such page.", "Go to your courses."), 405: ("This cannot be done here.", "Go to your courses.")}
    message, next = words.get(error.status_code, ("The request could not be read.", "Load the page again."))
    return _answer(request, Refusal("not-found" if error.status_code == 404 else "bad-request", message, next, error.status_code))


def _broken(request: Request, error: Exception):
    log.error("a page failed: %s %s", request.method, request.url.path, exc_info=error)
    return _answer(request, Refusal("internal", "Something went wrong on this server. What you have a receipt for is safe.",
                                    "Try again; if it stays so, tell the operator of this hub.", 500))
