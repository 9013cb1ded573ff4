"""Courses: the list, one track, one module, and the way into the notebook."""
from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from autograders.exchange.courses import KINDS
from autograders.progress import ModuleProgress, State, TrackProgress, track_progress
from autograders.receipt import rfc3339
from autograders.records import Submission
from autograders.refusal import Refusal
from hub_config.portal.pages import open_url, page
from hub_config.portal.routes.forms import Visit, Visitor
from hub_config.rpc import RpcError
from sqlalchemy import select

__all__ = ["router"]

router = APIRouter()


def _progress(visitor: Visit, track: str) -> TrackProgress:
    found = visitor.portal.exchange.courses.track(track)
    with visitor.portal.exchange.records.read() as session:
        return track_progress(session, found, visitor.person.name)


def closing(visitor: Visit, progress: TrackProgress) -> dict[str, tuple[str, bool]]:
    """Of each module that closes: when (RFC 3339), and whether it has."""
    exchange = visitor.portal.exchange
    found = {one.module.id: exchange.closes(progress.track.id, one.module.id) for one in progress.modules}
    now = rfc3339(exchange.clock())
    return {module: (closes, now > closes) for module, closes in found.items() if closes is not None}


def way_on(progress: TrackProgress) -> tuple[str, str, ModuleProgress | None]:
    """The one Continue button of a track: what it does, where it leads, and for which module."""
    track, step = progress.track.id, progress.next
    if step is None:
        return "certificate", f"/certificates/{track}", None
    if step.waiting:
        return "wait", f"/submissions/{step.newest.id}", step
    if not step.lesson_opened and step.state is State.NOT_STARTED:
        return ("lesson" if progress.started else "start"), f"/open/{track}/{step.module.id}/lesson", step
    if step.state is State.RETURNED:
        return "improve", f"/courses/{track}/{step.module.id}", step
    return "assessment", f"/open/{track}/{step.module.id}/assessment", step


@router.get("/")
def courses(request: Request, visitor: Visitor):
    """The one course there is, or a list of them."""
    tracks = visitor.portal.exchange.courses.catalogue.tracks
    if len(tracks) == 1:
        return _track_page(request, visitor, tracks[0].id)
    found = [_progress(visitor, track.id) for track in tracks]
    running = next((p for p in found if p.started and (p.remaining or not p.credential)), None)
    return page(request, "courses.html", person=visitor.person, session=visitor.session, tracks=found, way_on=way_on, running=running)


@router.get("/courses/{track}")
def one_track(request: Request, visitor: Visitor, track: str):
    return _track_page(request, visitor, track)


def _track_page(request: Request, visitor: Visit, track: str):
    progress = _progress(visitor, track)
    if progress.credential is not None and visitor.portal.awards.current(visitor.person.name, track).state == "revoked":
        progress = _progress(visitor, track)
    waiting = any(m.state in (State.SUBMITTED, State.GRADING) for m in progress.modules)
    return page(request, "track.html", person=visitor.person, session=visitor.session, progress=progress,
                way_on=way_on(progress), closing=closing(visitor, progress), refresh=15 if waiting else None)


@router.get("/courses/{track}/{module}")
def one_module(request: Request, visitor: Visitor, track: str, module: str):
    visitor.portal.exchange.courses.module(track, module)
    progress = _progress(visitor, track)
    place = next(number for number, m in enumerate(progress.modules) if m.module.id == module)
    with visitor.portal.exchange.records.read() as session:
        attempts = session.scalars(select(Submission).where(
            Submission.learner == visitor.person.name, Submission.track == track, Submission.module == module)
            .order_by(Submission.attempt.desc()).limit(20)).all()
    need = next((n.share for n in progress.track.pass_rule.modules if n.module == module), None)
    return page(request, "module.html", person=visitor.person, session=visitor.session, progress=progress,
                step=progress.modules[place], number=place + 1, attempts=attempts, need=need,
                closing=closing(visitor, progress).get(module), from_server=open_url(visitor.portal, "submit", track=track, module=module),
                megabytes=visitor.portal.exchange.rules.max_bytes / (1 << 20))


@router.get("/open/{track}/{module}/{kind}")
def open_notebook(request: Request, visitor: Visitor, track: str, module: str, kind: str):
    """Into the learner's server, once the track's kernel is there; until then a page that says how far it is."""
    portal = visitor.portal
    found = portal.exchange.courses.module(track, module)
    if kind not in KINDS:
        raise Refusal("no-such-notebook", "A module has a lesson and an assessment.", "Choose one of them.", 404)
    portal.limits.take("open", visitor.person.name)
    try:
        ready = portal.ask("environments", "ensure", family=found.family, timeout=10.0)
    except RpcError as error:
        if error.code != "unreachable":
            raise
        ready = {"state": "ready"}  # the notebook opens without it; a missing kernel shows there
    if ready.get("state") == "failed":
        raise Refusal("kernel-failed", "The software of this course could not be installed.",
                      "Tell the operator of this hub; everything else works meanwhile.", 503)
    if ready.get("state") != "ready":
        return page(request, "preparing.html", person=visitor.person, session=visitor.session, refresh=4,
                    module=found, kind=kind, megabytes=ready.get("megabytes"), message=ready.get("message", ""))
    return RedirectResponse(open_url(portal, "open", track=track, module=module, kind=kind), 303)
