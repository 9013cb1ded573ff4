"""What instructors, certifiers and operators see first: how things stand, in numbers, from the records alone."""
from __future__ import annotations

import time

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy import case, func, select

from autograders.refusal import Refusal
from autograders.records import Credential, Job, Submission, Verdict
from hub_config.portal.pages import page
from hub_config.portal.routes.forms import FormPost, Visit, role

__all__ = ["router"]

router = APIRouter(prefix="/desk")


def _per_module(visitor: Visit) -> list[dict]:
    count = lambda state: func.sum(case((Submission.state == state, 1), else_=0))  # noqa: E731
    with visitor.portal.exchange.records.read() as session:
        counted = {(track, module): rest for track, module, *rest in session.execute(select(
            Submission.track, Submission.module, func.count(), func.count(Submission.learner.distinct()), count("queued") + count("grading"),
            count("needs_review")).group_by(Submission.track, Submission.module))}
        means = {(track, module): mean for track, module, mean in session.execute(select(
            Submission.track, Submission.module, func.avg(Verdict.score / Verdict.max_score))
            .join(Verdict, Verdict.submission == Submission.id).where(Verdict.max_score > 0).group_by(Submission.track, Submission.module))}
    rows = []
    for track in visitor.portal.exchange.courses.catalogue.tracks:
        for module in track.modules:
            key = (track.id, module.id)
            submissions, learners, waiting, review = counted.get(key, (0, 0, 0, 0))
            rows.append({"track": track, "module": module, "submissions": submissions, "learners": learners, "waiting": waiting,
                         "review": review, "mean": means.get(key)})
    return rows


def _waiting_since(visitor: Visit) -> float | None:
    with visitor.portal.exchange.records.read() as session:
        first = session.scalar(select(func.min(Job.enqueued)).where(Job.state.in_(("waiting", "leased"))))
    return None if first is None else max(0.0, time.time() - first)


@router.get("/instructor")
def instructor(request: Request, visitor: role("instructor")):
    return page(request, "desk_instructor.html", person=visitor.person, session=visitor.session, rows=_per_module(visitor))


@router.get("/certifier")
def certifier(request: Request, visitor: role("certifier")):
    with visitor.portal.exchange.records.read() as session:
        counted = dict(session.execute(select(Credential.track, func.count()).group_by(Credential.track)).tuples().all())
    rows = [(track, counted.get(track.id, 0)) for track in visitor.portal.exchange.courses.catalogue.tracks]
    return page(request, "desk_certifier.html", person=visitor.person, session=visitor.session, rows=rows)


@router.get("/operator")
def operator(request: Request, visitor: role("operator")):
    return page(request, "desk_operator.html", person=visitor.person, session=visitor.session, counts=visitor.portal.queue.counts(),
                oldest=_waiting_since(visitor), parked=visitor.portal.queue.parked(), refresh=30)


@router.post("/operator/retry")
def retry(form: FormPost):
    """Everything that was set aside is examined again: the operator has removed the cause."""
    if not form.visit.person.has("operator"):
        raise Refusal("not-found", "There is no such page.", "Go to your courses.", 404)
    form.visit.portal.queue.retry()
    return RedirectResponse("/desk/operator", 303)
