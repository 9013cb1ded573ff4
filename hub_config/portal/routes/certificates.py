"""The certificate: its page, the signed JSON, the PDF, and the QR code of its public page."""
from __future__ import annotations

import json

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from autograders.progress import TrackProgress, track_progress
from autograders.refusal import Refusal
from hub_config.portal.credentials import describe, pdf, qr
from hub_config.portal.pages import page
from hub_config.portal.routes.forms import FormPost, Visit, Visitor
from hub_config.rpc import RpcError

__all__ = ["router"]

router = APIRouter(prefix="/certificates")
CONSENT = "name-on-certificate/1"  # what the learner agreed to, and its version


@router.get("/{track}")
def certificate(request: Request, visitor: Visitor, track: str):
    """The certificate if there is one; else the form that asks for it, or what remains to be passed."""
    progress = _progress(visitor, track)
    now = visitor.portal.awards.current(visitor.person.name, track)
    asks = progress.earned and (now.document is None or now.state == "revoked")
    return page(request, "certificate.html", person=visitor.person, session=visitor.session, progress=progress, asks=asks,
                about=describe(now.document) if now.document else None, state=now.state, profile=_profile(visitor) if asks else None)


@router.post("/{track}")
def ask_for_it(form: FormPost, track: str):
    """The learner asks for the certificate, with or without the own name on it."""
    visitor = form.visit
    if not _progress(visitor, track).earned:
        raise _not_earned()
    if form.fields.get("name") == "yes":
        visitor.portal.ask("accounts", "consent", username=visitor.person.name, version=CONSENT)
    try:
        visitor.portal.awards.credential(visitor.person.name, track)
    except RpcError as error:
        if error.code in ("unreachable", "internal"):
            raise
        raise Refusal(error.code, "The certificate was not issued: the signer came to another result than this page.",
                      "Tell the certification body of this hub; your results are kept.", 409) from error
    return RedirectResponse(f"/certificates/{track}", 303)


@router.get("/{track}/credential.json")
def credential_file(visitor: Visitor, track: str):
    text = json.dumps(_credential(visitor, track), indent=2, ensure_ascii=False)
    return Response(text + "\n", media_type="application/vc+json", headers=_attachment(f"certificate-{track}.json"))


@router.get("/{track}/certificate.pdf")
def credential_pdf(visitor: Visitor, track: str):
    return Response(pdf(_credential(visitor, track)), media_type="application/pdf", headers=_attachment(f"certificate-{track}.pdf"))


@router.get("/{track}/qr.svg")
def public_page_qr(visitor: Visitor, track: str):
    return Response(qr(_credential(visitor, track)), media_type="image/svg+xml", headers={"Cache-Control": "private, no-cache"})


def _credential(visitor: Visit, track: str) -> dict:
    visitor.portal.exchange.courses.track(track)
    found = visitor.portal.awards.current(visitor.person.name, track).document
    if found is None:
        raise _not_earned()
    return found


def _progress(visitor: Visit, track: str) -> TrackProgress:
    found = visitor.portal.exchange.courses.track(track)
    with visitor.portal.exchange.records.read() as session:
        return track_progress(session, found, visitor.person.name)


def _profile(visitor: Visit) -> dict:
    """What accounts knows of the person; without it the form is shown without the name."""
    try:
        return visitor.portal.ask("accounts", "profile", username=visitor.person.name)
    except RpcError:
        return {}


def _not_earned() -> Refusal:
    return Refusal("not-earned", "This certificate is not there yet.", "The course page says what remains.", 404)


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
