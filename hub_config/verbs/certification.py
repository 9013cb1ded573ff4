"""``academy verify``: anyone checks a credential, anywhere, without an account and without the hub."""
from typing import Annotated

__all__ = ["register"]


def register(app) -> None:
    """Add the verb ``verify`` to ``app``."""
    import typer

    @app.command()
    def verify(
        file: Annotated[str, typer.Argument(help="The credential as JSON, or baked into a PNG or SVG; - reads standard input; a directory: all below it, a line each.", show_default=False)],
        json: Annotated[bool, typer.Option("--json", help="Print verdict and steps as one JSON object.")] = False,
        offline: Annotated[bool, typer.Option("--offline", help="Open no connection; what is not at hand is 'not checked'.")] = False,
        registry: Annotated[str | None, typer.Option(help="File of the issuers you rely on.", show_default=False)] = None,
        status: Annotated[list[str] | None, typer.Option(help="Saved status list (repeatable).", show_default=False)] = None,
        did: Annotated[list[str] | None, typer.Option(help="Saved DID document of a did:web issuer (repeatable).", show_default=False)] = None,
    ) -> int:
        """Verify a credential: each step with what was found, then one verdict.

        Exit code 0: valid · 1: revoked, suspended, expired or invalid · 2: could not be checked, or the issuer is not known.
        """
        from hub_config.verbs.verify_fast import run

        return run(file, json=json, offline=offline, registry=registry, status=status or (), did=did or ())
