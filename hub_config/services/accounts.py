"""The accounts service: answers for people's store on its socket. ``python -m hub_config.services.accounts STATE``"""
from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

from ..accounts import Accounts, AccountsError
from ..attempts import Attempts
from ..database import open_database
from ..errors import AcademyError
from ..places import Places
from ..rpc import Caller, Operation, RpcError, Server
from ..settings import Settings, load, places

__all__ = ["operations", "serve"]

MIGRATIONS = Path(__file__).parent.parent / "migrations/accounts"


def operations(accounts: Accounts, places: Places) -> dict[str, Operation]:
    """Who may ask for what. Without separate uids everyone is the one owner."""
    hub, portal, signer = (places.uid(name) for name in ("hub", "portal", "signer"))
    owner = () if places.separate_uids else (hub,)          # root may always

    def op(run: Callable[[Caller, dict], dict], *uids: int) -> Operation:
        def guarded(caller: Caller, request: dict) -> dict:
            try:
                return run(caller, request)
            except AccountsError as error:
                raise RpcError(error.code, error.message, error.next) from None
            except TypeError:
                raise RpcError("bad-request", "an argument is missing or not known") from None
        return Operation(guarded, (*uids, *owner))

    def seen(caller: Caller, profile: dict) -> dict:
        """The hub needs no address to write to."""
        return {**profile, "email": None} if places.separate_uids and caller.uid == hub else profile

    return {
        "ping": op(lambda caller, request: {}, hub, portal, signer),
        "sign_in": op(lambda caller, request: seen(caller, accounts.sign_in(**request)), hub),
        "profile": op(lambda caller, request: seen(caller, accounts.profile(**request)), hub, portal, signer),
        "profiles": op(lambda caller, request: {"profiles": [seen(caller, p) for p in accounts.profiles(list(request["usernames"]))]}
                       if isinstance(request.get("usernames"), list) else _refuse(), hub, portal, signer),
        "consent": op(lambda caller, request: accounts.consent(**request), portal),
        "create": op(lambda caller, request: accounts.create(**request)),
        "set_password": op(lambda caller, request: accounts.set_password(**request)),
        "set_roles": op(lambda caller, request: accounts.set_roles(**request)),
        "set_identity": op(lambda caller, request: accounts.set_identity(**request)),
        "remove": op(lambda caller, request: accounts.remove(**request)),
        "list": op(lambda caller, request: {"profiles": accounts.profiles()}),
    }


def _refuse() -> dict:
    raise RpcError("bad-request", "usernames is a list")


def serve(where: Places, settings: Settings) -> Server:
    """The service on its socket, not yet serving."""
    attempts = Attempts(settings.sign_in.attempts, settings.sign_in.window_seconds)
    accounts = Accounts(open_database(where.store("accounts") / "accounts.sqlite", MIGRATIONS), attempts=attempts,
                        shortest=settings.sign_in.password_length)
    return Server(where.socket("accounts"), operations(accounts, where), mode=0o666)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s accounts %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    state = Path(sys.argv[1])
    try:
        serve(places(state), load(state)).serve_forever()
    except AcademyError as error:
        sys.exit(f"accounts: {error}")
