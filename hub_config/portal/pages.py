"""Pages from templates: escaped by default, in the person's language, with what every page needs."""
from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub_config.portal.context import Portal
from hub_config.portal.hub import Person
from hub_config.portal.messages import Language
from hub_config.portal.sessions import Session

__all__ = ["STATIC", "LANGUAGE_COOKIE", "language", "page", "open_url"]

HERE = Path(__file__).parent
STATIC = HERE / "static"
LANGUAGE_COOKIE = "academy-language"


@lru_cache(maxsize=1)
def style() -> tuple[bytes, str]:
    """The stylesheet and a short digest of it for its address: it may be kept for ever."""
    data = (STATIC / "academy.css").read_bytes()
    return data, hashlib.sha256(data).hexdigest()[:12]


def points(value: float | None) -> str:
    """3.0 as 3, 2.5 as 2.5."""
    return "0" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def share(value: float) -> str:
    return f"{value * 100:.4g} %"


def moment(text: str) -> str:
    """2026-11-23T18:06:17Z as 2026-11-23 18:06 UTC: the same in every language, and sorted as it reads."""
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return text


@lru_cache(maxsize=64)
def _environment(code: str, texts: tuple) -> Environment:
    lang = Language(code, dict(texts))
    environment = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"])
    environment.install_gettext_callables(lang.gettext, lang.ngettext, newstyle=True)
    environment.filters.update(points=points, share=share, moment=moment, path=lambda text: quote(text, safe=""))
    return environment


def language(request: Request, portal: Portal) -> Language:
    return portal.messages.choose(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))


def open_url(portal: Portal, what: str, **query: str) -> str:
    """The address that leads into the person's own notebook server, started if need be."""
    return f"{portal.addresses.hub}/hub/user-redirect/academy/{what}?{urlencode(query)}"


def page(request: Request, template: str, *, person: Person | None = None, session: Session | None = None,
         status: int = 200, refresh: int | None = None, **values) -> HTMLResponse:
    """The page ``template`` for this request. ``refresh``: load it again after so many seconds."""
    portal: Portal = request.app.state.portal
    lang = language(request, portal)
    html = _environment(lang.code, tuple(sorted(lang.texts.items()))).get_template(template).render(
        lang=lang, languages=list(portal.messages.languages.values()), person=person, addresses=portal.addresses,
        institution=portal.institution, style=f"/static/academy-{style()[1]}.css", refresh=refresh,
        form_token=portal.sessions.form_token(session) if session else "", here=request.url.path, **values)
    return HTMLResponse(html, status_code=status, headers={"Content-Language": lang.code, "Vary": "Cookie, Accept-Language"})
