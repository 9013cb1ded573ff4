"""The environments service: installs a track family's packages when asked. ``python -m hub_config.services.environments STATE``

The only service that reaches a package index. Ops: ``ensure {family}``, ``state {family}`` → {"state", "message", "megabytes"}.
"""
from __future__ import annotations

import logging
import sys
from pathlib import Path

from hub_config.environments import Families
from hub_config.errors import AcademyError
from hub_config.places import Places
from hub_config.rpc import Operation, RpcError, Server
from hub_config.settings import Settings, installer_environment, load, places

__all__ = ["operations", "serve"]


def operations(families: Families, callers: tuple[int, ...]) -> dict[str, Operation]:
    def answer(method):
        def run(caller, request: dict) -> dict:
            family = request.get("family")
            if not isinstance(family, str):
                raise RpcError("bad-request", "family is a text")
            try:
                return method(family).as_dict()
            except AcademyError as error:
                raise RpcError(error.code, error.message, error.next) from None
        return Operation(run, callers)

    return {"ping": Operation(lambda caller, request: {}, callers), "ensure": answer(families.ensure), "state": answer(families.state)}


def serve(where: Places, settings: Settings) -> Server:
    families = Families(where, minutes=settings.environments.minutes, keep_free_mib=settings.environments.keep_free_mib,
                        environment=installer_environment())
    return Server(where.socket("environments"), operations(families, where.callers("environments")), mode=0o666)


def main(state: Path) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s environments %(levelname)s %(message)s")
    try:
        serve(places(state), load(state)).serve_forever()
    except AcademyError as error:
        sys.exit(f"environments: {error}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
