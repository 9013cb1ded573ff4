"""What the academy handed out is trusted by the notebook interface, as if the learner had written it.

Only the bytes that arrived are signed, with the key of this server's own home: a notebook from elsewhere stays untrusted
until its owner says otherwise. A signature that cannot be made is no reason to withhold the notebook.
"""
from __future__ import annotations

import logging

__all__ = ["trust"]

log = logging.getLogger(__name__)


def trust(data: bytes) -> None:
    """Sign the notebook ``data``."""
    try:
        import nbformat
        from nbformat.sign import NotebookNotary

        notary = NotebookNotary()
        try:
            notary.sign(nbformat.reads(data.decode("utf-8"), as_version=4))
        finally:
            notary.store.close()
    except Exception as error:
        log.warning("a notebook that was handed out could not be marked as trusted: %s", error)
