"""Submitting from a page, the receipt, the submitted file and the feedback."""
from __future__ import annotations

import json

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from autograders.refusal import Refusal
from hub_config.portal.pages import page
from hub_config.portal.routes.forms import FormPost, Visitor

__all__ = ["router"]

router = APIRouter()
WAITING = ("queued", "grading")


@router.post("/courses/{track}/{module}/submissions")
def submit(form: FormPost, track: str, module: str):
    visitor, (name, data) = form.visit, form.file or ("", b"")
    if not name:
        raise Refusal("name-empty", "No file was chosen.", "Choose the notebook file that you worked in.", 422)
    receipt = visitor.portal.exchange.submit_file(visitor.person.name, track, module, name, data)
    return RedirectResponse(f"/submissions/{receipt['receipt']['submission']}", 303)


@router.get("/submissions/{ident}")
def receipt(request: Request, visitor: Visitor, ident: str):
    exchange = visitor.portal.exchange
    submission = exchange.submission(visitor.person.name, ident)
    module = _module(visitor, submission)
    feedback = exchange.fetch_feedback(visitor.person.name, ident)
    return page(request, "receipt.html", person=visitor.person, session=visitor.session, submission=submission, module=module,
                feedback=feedback, place=visitor.portal.queue.place(ident), refresh=5 if submission.state in WAITING else None)


@router.get("/submissions/{ident}/receipt.json")
def receipt_file(visitor: Visitor, ident: str):
    submission = visitor.portal.exchange.submission(visitor.person.name, ident)
    return _download(json.dumps(submission.receipt, indent=2, ensure_ascii=False).encode() + b"\n", "application/json",
                     f"receipt-{submission.track}-{submission.module}-{submission.attempt}.json")


@router.get("/submissions/{ident}/notebook.ipynb")
def submitted_file(visitor: Visitor, ident: str):
    submission = visitor.portal.exchange.submission(visitor.person.name, ident)
    return _download(visitor.portal.exchange.blobs.read(submission.content_hash), "application/x-ipynb+json",
                     f"{submission.track}-{submission.module}-{submission.attempt}.ipynb")


@router.get("/submissions/{ident}/feedback")
def feedback(request: Request, visitor: Visitor, ident: str):
    exchange = visitor.portal.exchange
    submission = exchange.submission(visitor.person.name, ident)
    found = exchange.fetch_feedback(visitor.person.name, ident)
    if found is None:
        return RedirectResponse(f"/submissions/{ident}", 303)
    module = _module(visitor, submission)
    need = next((n.share for n in exchange.courses.track(submission.track).pass_rule.modules if n.module == submission.module), None)
    passed = not found["needs_review"] and bool(found["max_score"]) and need is not None and found["score"] / found["max_score"] >= need
    return page(request, "feedback.html", person=visitor.person, session=visitor.session, submission=submission, module=module,
                feedback=found, need=need, passed=passed)


def _module(visitor, submission):
    return visitor.portal.exchange.courses.module(submission.track, submission.module)


def _download(data: bytes, kind: str, name: str) -> Response:
    return Response(data, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
