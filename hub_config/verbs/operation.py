"""``academy up, settings, backup, restore, doctor``: an operator's verbs."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

__all__ = ["register"]

DataOption = Annotated[Optional[Path], typer.Option("--data", help="The state directory.")]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def _say(text: str) -> None:
    typer.echo(text, err=True)


def up(
    data: DataOption = None,
    port: Annotated[Optional[int], typer.Option("--port", min=1, max=65535, help="The port that browsers reach.")] = None,
    as_json: JsonOption = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Also say when each service is ready.")] = False,
) -> None:
    """Start the whole system here and keep it running until Ctrl-C."""
    from hub_config.settings import load, places
    from hub_config.up import Ready, bring_up, overrides

    where = places(data)
    inherited = overrides(port)
    quiet = True

    def say(text: str) -> None:
        if verbose or not quiet or "ended" in text or "could not" in text:
            _say(f"academy: {text}")

    def ready(found: Ready) -> None:
        if as_json:
            typer.echo(json.dumps(found.as_dict()))
        else:
            typer.echo(f"\nacademy is ready after {found.seconds:.0f} s\n\n  address   {found.address}")
            if found.accounts:
                typer.echo(f"  accounts  {found.accounts}   (learner, instructor, certifier, operator)")
            typer.echo(f"  state     {found.state}\n  logs      {found.state / 'log'}\n\nCtrl-C ends it; everything is kept.")

    if not as_json:
        _say(f"academy: starting with the state in {where.state} …")
    bring_up(where, load(where.state, inherited), inherited, say=say, on_ready=ready)
    if not as_json:
        _say("academy: everything has ended")


def settings(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Every setting: its value, where it came from, and what it is for."""
    from hub_config.settings import explain, load, places

    where = places(data)
    load(where.state)
    found = explain(where.state)
    if as_json:
        typer.echo(json.dumps([{"section": one.section, "key": one.key, "value": one.value, "default": one.default,
                                "origin": one.origin, "sentence": one.sentence} for one in found], indent=1))
        return
    section = ""
    for one in found:
        if one.section != section:
            section = one.section
            typer.echo(f"\n[{section}]")
        origin = "" if one.origin == "default" else f"   (from {one.origin}; default {json.dumps(one.default)})"
        typer.echo(f"{one.key} = {json.dumps(one.value)}{origin}\n    {one.sentence}")


def backup(file: Annotated[Path, typer.Argument(help="The file to write; it will hold private keys.")],
           data: DataOption = None, as_json: JsonOption = False) -> None:
    """Copy the whole state to one file, also while the system runs."""
    from hub_config.backup import back_up
    from hub_config.settings import places

    made = back_up(places(data), file, say=None if as_json else _say)
    typer.echo(json.dumps(made) if as_json else f"{made['files']} files, {made['bytes'] / 1e6:.1f} MB in {file}. "
               "It holds private keys: keep it where only you can read it.")


def restore(file: Annotated[Path, typer.Argument(help="A file that academy backup wrote.")],
            data: DataOption = None, as_json: JsonOption = False) -> None:
    """Put a backup back on a machine (or directory) that has no state yet."""
    from hub_config.backup import restore as put_back
    from hub_config.settings import places

    where = places(data)
    made = put_back(where, file, say=None if as_json else _say)
    typer.echo(json.dumps(made) if as_json else f"{made['files']} files are back in {where.state}. Next: academy up --data {where.state}")


def doctor(data: DataOption = None, as_json: JsonOption = False) -> None:
    """What this machine protects and may do, what is wrong, and what to do about it."""
    from hub_config.doctor import examine
    from hub_config.settings import places

    findings = examine(places(data))
    if as_json:
        typer.echo(json.dumps({"findings": [finding.as_dict() for finding in findings]}))
    else:
        for finding in findings:
            typer.echo(f"{finding.status:<10} {finding.name}: {finding.message}")
            if finding.next:
                typer.echo(f"           next: {finding.next}")
    if any(finding.status == "fail" for finding in findings):
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    for verb in (up, settings, backup, restore, doctor):
        app.command(verb.__name__)(verb)
