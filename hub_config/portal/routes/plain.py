"""Health and the stylesheet: nobody has to sign in for these, and the hub may be off."""
from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from autograders.records import RecordsError
from hub_config.portal.pages import style
from hub_config.portal.routes.forms import portal_of

__all__ = ["router"]

router = APIRouter()


@router.get("/health")
def health(request: Request):
    try:
        portal_of(request).exchange.records.check()
    except RecordsError as error:
        return JSONResponse({"status": "failing", "records": str(error)}, 503)
    return {"status": "ok"}


@router.get("/static/academy-{digest}.css")
def stylesheet(digest: str):
    data, current = style()
    kept = "public, max-age=31536000, immutable" if digest == current else "no-cache"
    return Response(data, media_type="text/css", headers={"Cache-Control": kept})
