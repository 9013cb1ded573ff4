"""``academy issue``, ``revoke``, ``suspend``, ``reinstate``: the signer's verbs. Only root, or the owner of the state, may.

Exit codes: 0 done · 1 refused (not earned, revoked, no such credential) · 2 could not be asked.
"""
from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

__all__ = ["register"]

DataOption = Annotated[Optional[Path], typer.Option("--data", help="The state directory.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in a sentence without names; it stays in the journal.")]
Id = Annotated[str, typer.Argument(help="The credential's id or its public address.", show_default=False)]
NOT_ASKED = ("unreachable", "refused-caller", "internal", "bad-request")


def _ask(data: Path | None, as_json: bool, subject: str, op: str, **request) -> tuple[dict | None, int]:
    """The signer's answer and the exit code; a refusal is printed here."""
    from hub_config.rpc import RpcError, call
    from hub_config.settings import places

    try:
        return call(places(data).socket("signer"), op, timeout=120, **request), 0
    except RpcError as error:
        could_not = error.code in NOT_ASKED or (error.code == "refused" and "caller" in str(error))
        if as_json:
            typer.echo(json.dumps({"subject": subject, "error": {"code": error.code, "message": str(error), "next": error.next}}))
        else:
            typer.echo(f"academy: {subject}: {error}" + (f"\n  next: {error.next}" if error.next else ""), err=True)
        return None, 2 if could_not else 1


def _tell(answer: dict, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        typer.echo(f"{answer['award']}: {answer['state']}, issued {answer['issued']}\n  {answer['url']}")


def issue(
    awards: Annotated[list[str], typer.Argument(help="Awards, each as TRACK/LEARNER.", show_default=False)],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> int:
    """Issue the credential of an award that is earned; asked again, the same credential."""
    from contextlib import nullcontext

    from rich.progress import Progress

    worst = 0
    show = Progress(transient=True, disable=as_json) if len(awards) > 20 else nullcontext()
    with show as progress:
        task = progress.add_task("Issuing", total=len(awards)) if progress is not None else None
        for award in awards:
            answer, code = _ask(data, as_json, award, "issue", award=award)
            worst = max(worst, code)
            if answer is not None:
                _tell(answer, as_json)
            if progress is not None:
                progress.advance(task)
    return worst


def _status(id: str, purpose: str, value: bool, reason: str, data: Path | None, as_json: bool, **more) -> int:
    name = id.rstrip("/").rpartition("/")[2]
    answer, code = _ask(data, as_json, id, "set_status", id=name, purpose=purpose, value=value, reason=reason, by=_who(), **more)
    if answer is not None:
        _tell(answer, as_json)
    return code


def _who() -> str:
    """Who asks, for the journal."""
    import os
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def revoke(
    id: Id,
    reason: ReasonOption,
    keep_evidence: Annotated[bool, typer.Option("--keep-evidence", help="The same work may earn a new credential, say because a name was wrong.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> int:
    """Withdraw a credential for ever."""
    return _status(id, "revocation", True, reason, data, as_json, keep_evidence=keep_evidence)


def suspend(id: Id, reason: ReasonOption, data: DataOption = None, as_json: JsonOption = False) -> int:
    """Withdraw a credential for the time being."""
    return _status(id, "suspension", True, reason, data, as_json)


def reinstate(id: Id, reason: ReasonOption, data: DataOption = None, as_json: JsonOption = False) -> int:
    """Lift a suspension. A revocation is final."""
    return _status(id, "suspension", False, reason, data, as_json)


def register(app) -> None:
    for verb in (issue, revoke, suspend, reinstate):
        app.command()(verb)
