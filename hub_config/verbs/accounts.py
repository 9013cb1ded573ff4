"""``academy user``: the people of this hub. Asks the accounts service; only root (or the owner of the state) may."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

__all__ = ["register"]

DataOption = Annotated[Optional[Path], typer.Option("--data", help="The state directory.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
RolesOption = Annotated[Optional[list[str]], typer.Option("--role", help="learner, instructor, certifier or operator; may be repeated.")]


def _ask(data: Path | None, op: str, **request) -> dict:
    from hub_config.rpc import call
    from hub_config.settings import places

    return call(places(data).socket("accounts"), op, **request)


def _shown(profile: dict) -> str:
    return f"{profile['username']:<20} {', '.join(profile['roles']):<34} {profile['identity']:<14} {profile['display_name']}"


def _tell(answer: dict, as_json: bool, text: str) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False) if as_json else text)


def _password(file: Path | None) -> tuple[str, bool]:
    """The password and whether we made it up: from a file (- is standard input), typed twice, or random."""
    import secrets
    import sys

    if file is not None:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        return text.rstrip("\r\n"), False
    if sys.stdin.isatty():
        typed = typer.prompt("Password (empty: make one up)", hide_input=True, confirmation_prompt=True, default="", show_default=False)
        if typed:
            return typed, False
    return "-".join(secrets.token_hex(3) for _ in range(3)), True


def add(
    username: Annotated[str, typer.Argument(help="a-z, 0-9 and single hyphens; it cannot be changed later.")],
    name: Annotated[Optional[str], typer.Option("--name", help="As it will stand on certificates.")] = None,
    email: Annotated[Optional[str], typer.Option("--email", help="For this hub only; a certificate holds a salted hash of it.")] = None,
    role: RolesOption = None,
    password_file: Annotated[Optional[Path], typer.Option("--password-file", help="A file that holds the password; - reads standard input.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a person. Without a password one is made up and shown once."""
    password, made = _password(password_file)
    profile = _ask(data, "create", username=username, password=password, display_name=name, email=email, roles=role)
    shown = {**profile, "password": password} if made else profile
    _tell(shown, as_json, f"added {username}" + (f"; the password, shown only now: {password}" if made else ""))


def people(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List everyone: username, roles, how their identity was assured, display name."""
    answer = _ask(data, "list")
    _tell(answer, as_json, "\n".join(map(_shown, answer["profiles"])) or "nobody yet: academy user add")


def password(
    username: str,
    password_file: Annotated[Optional[Path], typer.Option("--password-file", help="A file that holds the password; - reads standard input.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set a new password. Without one it is made up and shown once."""
    new, made = _password(password_file)
    _ask(data, "set_password", username=username, password=new)
    _tell({"username": username, **({"password": new} if made else {})}, as_json,
          f"{username} has a new password" + (f", shown only now: {new}" if made else ""))


def roles(username: str, role: Annotated[list[str], typer.Argument(help="All the roles the person shall have.")],
          data: DataOption = None, as_json: JsonOption = False) -> None:
    """Replace a person's roles. A browser that is signed in follows within five minutes."""
    profile = _ask(data, "set_roles", username=username, roles=role)
    _tell(profile, as_json, _shown(profile))


def identity(username: str, level: Annotated[str, typer.Argument(help="self-asserted, vouched or checked (in person).")],
             by: Annotated[str, typer.Option("--by", help="Who vouches or has checked.")],
             data: DataOption = None, as_json: JsonOption = False) -> None:
    """Record how sure we are that the person is who the display name says; certificates state it."""
    profile = _ask(data, "set_identity", username=username, identity=level, by=by)
    _tell(profile, as_json, _shown(profile))


def remove(username: str, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
           data: DataOption = None, as_json: JsonOption = False) -> None:
    """Erase a person and stop their server. The username stays taken; submitted work and certificates stay valid."""
    from hub_config.rpc import RpcError, call
    from hub_config.settings import places

    if not yes and not as_json:
        typer.confirm(f"Erase {username}? Their sign-in, name and e-mail address go for good", abort=True)
    answer = _ask(data, "remove", username=username)
    try:
        call(places(data).socket("launcher"), "stop_server", number=answer["number"])
    except RpcError as error:
        if error.code not in ("unreachable", "refused"):
            raise
    _tell(answer, as_json, f"removed {username}")


def register(app: typer.Typer) -> None:
    user = typer.Typer(no_args_is_help=True, help="The people of this hub.")
    user.command("add")(add)
    user.command("list")(people)
    user.command("password")(password)
    user.command("roles")(roles)
    user.command("identity")(identity)
    user.command("remove")(remove)
    app.add_typer(user, name="user")
