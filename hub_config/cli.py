"""The command line. One verb = one function in ``hub_config/verbs/<noun>.py``, thin, heavy imports inside it.

Rules
- ``academy verify`` is dispatched before Typer is imported: a stranger's check costs no more than it must.
- Exit codes: 0 done · 1 checked and failed · 2 could not be done. Every verb has ``--json``.
- An error that has a next step is printed with it; a missing extra is named. Anything else is a bug and keeps its traceback.
"""
from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Sequence

__all__ = ["EXTRAS", "NOUNS", "build", "main"]

NOUNS = ("operation", "accounts", "grading", "certification", "issuing", "vc_api")
# The extra that brings a module, for errors that name it.
EXTRAS = {"jupyterhub": "hub", "sqlalchemy": "hub", "alembic": "hub", "fastapi": "hub", "uvicorn": "hub", "argon2": "hub",
          "segno": "hub", "typst": "hub", "tuf": "hub", "httpx": "hub", "jinja2": "hub",
          "nbgrader": "grade", "papermill": "grade", "nbformat": "grade", "nbclient": "grade", "nbconvert": "grade",
          "jupytext": "grade", "pyseccomp": "grade"}


def build():
    """The Typer application with the verbs of every noun that is installed."""
    import typer

    app = typer.Typer(name="academy", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                      help="Training and certification for official statistics.")
    for noun in NOUNS:
        if importlib.util.find_spec(f"hub_config.verbs.{noun}") is not None:
            importlib.import_module(f"hub_config.verbs.{noun}").register(app)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script. Ends the process with the verb's exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        sys.exit(_run(arguments))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(2)


def _run(arguments: list[str]) -> int:
    try:
        if arguments[:1] == ["verify"] and "--help" not in arguments and importlib.util.find_spec("hub_config.verbs.verify_fast"):
            from hub_config.verbs import verify_fast

            return verify_fast.main(arguments[1:]) or 0
        try:
            return build()(args=arguments, standalone_mode=False) or 0
        except Exception as error:
            if not hasattr(error, "show"):
                raise
            error.show()  # a usage error of the command line's own
            return 2
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").split(".")[0])
        if extra is None:
            raise
        return _refuse(arguments, "missing-extra", f"this verb needs academy[{extra}] ({error.name} is not installed)",
                       f"python -m pip install 'academy[{extra}]', or run make install in a clone")
    except Exception as error:
        if not hasattr(error, "code") or not hasattr(error, "next"):
            raise
        return _refuse(arguments, str(error.code), str(error.args[0] if error.args else error), str(error.next))


def _refuse(arguments: list[str], code: str, message: str, next: str) -> int:
    if "--json" in arguments:
        print(json.dumps({"error": {"code": code, "message": message, "next": next}}))
    else:
        print(f"academy: {message}" + (f"\n  next: {next}" if next else ""), file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
