"""The exchange over HTTP, for learners' tools. JSON in and out; a token of the learner's server says who it is.

GET  /exchange/assignments                                   what there is and what I did about it
GET  /exchange/assignments/{track}/{module}/{kind}           the notebook (kind: lesson, assessment)
GET|HEAD /exchange/uploads/{hash}                            {"offset", "complete"}, also as Upload-Offset, Upload-Complete
PUT  /exchange/uploads/{hash}                                a piece: Content-Range: bytes a-b/total (or ?offset=&total=)
POST /exchange/submissions {track, module, content_hash}     {"receipt": envelope, "receipt_url"}
GET  /exchange/submissions/{id}                              {"submission", "receipt", "feedback"}
Errors: {"error": {"code", "message", "next"}}.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict

from autograders.refusal import Refusal
from hub_config.portal.context import Portal
from hub_config.portal.routes.forms import portal_of

__all__ = ["router"]

router = APIRouter(prefix="/exchange")
_RANGE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})\Z")


@dataclass(frozen=True, slots=True)
class _Client:
    portal: Portal
    name: str


def _client(request: Request) -> _Client:
    portal = portal_of(request)
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    person = portal.hub.person(token.strip()) if kind.lower() in ("token", "bearer") and token.strip() else None
    if person is None:
        raise Refusal("no-token", "This needs the token of a signed-in learner's server.", "Restart your notebook server.", 401)
    portal.limits.take("pieces", person.name)
    return _Client(portal, person.name)


Client = Annotated[_Client, Depends(_client)]


async def _body(request: Request) -> bytes:
    return await request.body()


@router.get("/assignments")
def assignments(client: Client):
    found = client.portal.exchange.assignments(client.name)
    return {"assignments": found, "portal_url": client.portal.addresses.portal, "chunk_bytes": client.portal.chunk_bytes}


@router.get("/assignments/{track}/{module}/{kind}")
def assignment(client: Client, track: str, module: str, kind: str):
    data = client.portal.exchange.fetch_assignment(client.name, track, module, kind)
    return Response(data, media_type="application/x-ipynb+json")


@router.api_route("/uploads/{content_hash}", methods=["GET", "HEAD"])
def offset(client: Client, content_hash: str):
    return _offset(client, client.portal.exchange.uploads.progress(client.name, content_hash))


@router.put("/uploads/{content_hash}")
def piece(request: Request, client: Client, content_hash: str, data: Annotated[bytes, Depends(_body)],
          offset: int | None = None, total: int | None = None):
    header = request.headers.get("content-range")
    if header is not None:
        match = _RANGE.match(header)
        if match is None or int(match[2]) - int(match[1]) + 1 != len(data):
            raise Refusal("bad-range", "Content-Range does not fit the piece.", "Send: Content-Range: bytes FIRST-LAST/TOTAL", 400)
        offset, total = int(match[1]), int(match[3])
    if offset is None or total is None:
        raise Refusal("bad-range", "It is not said which piece this is.", "Send: Content-Range: bytes FIRST-LAST/TOTAL", 400)
    return _offset(client, client.portal.exchange.uploads.piece(client.name, content_hash, offset, total, data))


class Submitted(BaseModel):
    model_config = ConfigDict(extra="forbid", str_max_length=300)

    track: str
    module: str
    content_hash: str
    name: str = "assessment.ipynb"
    learner: str | None = None


@router.post("/submissions", status_code=201)
def submit(client: Client, submitted: Submitted):
    client.portal.limits.take("write", client.name)
    envelope = client.portal.exchange.submit(client.name, submitted.track, submitted.module, submitted.content_hash,
                                             name=submitted.name, claimed=submitted.learner)
    return {"receipt": envelope, "receipt_url": f"{client.portal.addresses.portal}/submissions/{envelope['receipt']['submission']}"}


@router.get("/submissions/{ident}")
def submission(client: Client, ident: str):
    exchange = client.portal.exchange
    found = exchange.submission(client.name, ident)
    return {"submission": found.document(), "receipt": found.receipt, "feedback": exchange.fetch_feedback(client.name, ident)}


def _offset(client: _Client, progress) -> JSONResponse:
    return JSONResponse({"offset": progress.offset, "complete": progress.complete, "chunk_bytes": client.portal.chunk_bytes},
                        headers={"Upload-Offset": str(progress.offset), "Upload-Complete": "?1" if progress.complete else "?0"})
