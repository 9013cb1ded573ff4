"""The learner's side of the academy: a Jupyter server extension, a button in the notebook, nbgrader's exchange over HTTP.

It runs in the learner's own sandbox with the learner's own token, and holds nothing that a learner may not see. What it
may reach is the gateway's Unix socket and nothing else.
"""
from __future__ import annotations

__all__ = ["_jupyter_labextension_paths", "_jupyter_server_extension_points"]


def _jupyter_server_extension_points() -> list[dict]:
    return [{"module": "academy_learner"}]


def _jupyter_labextension_paths() -> list[dict]:
    return [{"src": "labextension", "dest": "academy-learner"}]


def _load_jupyter_server_extension(serverapp) -> None:
    from academy_learner.handlers import add_handlers

    add_handlers(serverapp)
    serverapp.log.info("academy-learner: lessons open and assessments are submitted through the academy")
