"""Who is asking, and whether a form is one of ours: the dependencies that the pages share."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from autograders.refusal import Refusal
from hub_config.portal.context import Portal
from hub_config.portal.hub import Person
from hub_config.portal.sessions import Session

__all__ = ["Form", "FormPost", "SignInNeeded", "Visit", "Visitor", "cookie_name", "portal_of", "role"]


class SignInNeeded(Exception):
    """Nobody has signed in, or the session has ended."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in person's request."""

    portal: Portal
    person: Person
    session: Session


@dataclass(frozen=True, slots=True)
class Form:
    """A form of ours, by the person whose session it belongs to; ``file`` is (name, bytes) if there was one."""

    visit: Visit
    fields: dict[str, str]
    file: tuple[str, bytes] | None


def portal_of(request: Request) -> Portal:
    return request.app.state.portal


def cookie_name(portal: Portal) -> str:
    return "__Host-academy" if portal.secure else "academy"


def visit(request: Request) -> Visit:
    portal = portal_of(request)
    session = portal.sessions.open(request.cookies.get(cookie_name(portal)))
    person = portal.hub.person(session.token) if session else None
    if session is None or person is None:
        raise SignInNeeded
    portal.limits.take("page" if request.method in ("GET", "HEAD") else "write", person.name)
    return Visit(portal, person, session)


Visitor = Annotated[Visit, Depends(visit)]


async def _read_form(request: Request) -> tuple[dict[str, str], tuple[str, bytes] | None]:
    """The form's fields and its file. Read before anything is known of the sender, so bounded by the shield."""
    fields, file = {}, None
    async with request.form(max_files=1, max_fields=8) as form:
        for key, value in form.multi_items():
            if isinstance(value, str):
                fields[key] = value[:4000]
            else:
                file = (value.filename or "", await value.read())
    return fields, file


def form_post(visitor: Visitor, content: Annotated[tuple, Depends(_read_form)]) -> Form:
    fields, file = content
    if not visitor.portal.sessions.fits(visitor.session, fields.pop("form_token", None)):
        raise Refusal("old-form", "This form is of another session.", "Go back, load the page again and repeat it.", 403)
    return Form(visitor, fields, file)


FormPost = Annotated[Form, Depends(form_post)]


def role(name: str):
    """A dependency: the visitor has the role ``name``; for anybody else the page does not exist."""
    def check(visitor: Visitor) -> Visit:
        if not visitor.person.has(name):
            raise Refusal("not-found", "There is no such page.", "Go to your courses.", 404)
        return visitor
    return Annotated[Visit, Depends(check)]
