"""Signing in through the hub, signing out, and the language."""
from __future__ import annotations

import hmac

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from autograders.refusal import Refusal
from hub_config.portal.pages import LANGUAGE_COOKIE
from hub_config.portal.routes.forms import FormPost, cookie_name, portal_of
from hub_config.portal.sessions import STATE_SECONDS, safe_next

__all__ = ["router"]

router = APIRouter()


def _state_cookie(state: str) -> str:
    return f"academy-sign-in-{state[:8]}"


@router.get("/sign-in")
def sign_in(request: Request, next: str = "/"):
    """To the hub, and back to ``next`` afterwards. Several sign-ins may be under way in several tabs."""
    portal = portal_of(request)
    portal.limits.take("sign-in", "everybody")
    under_way, cookie = portal.sessions.start_sign_in(next)
    answer = RedirectResponse(portal.hub.authorize_url(under_way.state, under_way.verifier), 303)
    answer.set_cookie(_state_cookie(under_way.state), cookie, max_age=STATE_SECONDS, path="/oauth_callback",
                      httponly=True, secure=portal.secure, samesite="lax")
    return answer


@router.get("/oauth_callback")
def callback(request: Request, code: str = "", state: str = ""):
    portal = portal_of(request)
    again = "Sign in again from the course page."
    under_way = portal.sessions.open_sign_in(request.cookies.get(_state_cookie(state)))
    if under_way is None or not code or not hmac.compare_digest(under_way.state.encode(), state.encode()):
        raise Refusal("sign-in-ended", "This sign-in has ended or was begun in another browser.", again, 400)
    token = portal.hub.token_for(code, under_way.verifier)
    if portal.hub.person(token) is None:
        raise Refusal("no-access", "This account may not use the academy.", "Ask the operator of this hub.", 403)
    _, cookie = portal.sessions.begin(token)
    answer = RedirectResponse(under_way.next, 303)
    answer.set_cookie(cookie_name(portal), cookie, max_age=portal.sessions.seconds, path="/", httponly=True,
                      secure=portal.secure, samesite="lax")  # not strict: links from notebooks must find the session
    answer.delete_cookie(_state_cookie(state), path="/oauth_callback")
    return answer


@router.post("/sign-out")
def sign_out(form: FormPost):
    """Out of the portal here, out of the hub there."""
    portal = form.visit.portal
    portal.hub.forget(form.visit.session.token)
    answer = RedirectResponse(f"{portal.addresses.hub}/hub/logout", 303)
    answer.delete_cookie(cookie_name(portal), path="/", httponly=True, secure=portal.secure, samesite="lax")
    return answer


@router.post("/language")
def choose_language(form: FormPost):
    portal = form.visit.portal
    code = form.fields.get("language", "")
    answer = RedirectResponse(safe_next(form.fields.get("next")), 303)
    if code in portal.messages.languages:
        answer.set_cookie(LANGUAGE_COOKIE, code, max_age=365 * 86400, path="/", httponly=True, secure=portal.secure, samesite="lax")
    return answer
