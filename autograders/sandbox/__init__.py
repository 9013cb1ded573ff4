"""The trust boundary: how learner and instructor code is started, limited and kept apart. Standard library only.

`start.open_server` makes a fork server (bubblewrap, user namespace, control groups); `doctor.protections` says which of
the protections this machine gives; `runner` is what runs inside.
"""
from __future__ import annotations

from .doctor import Protection, protections
from .start import SandboxError, Started, open_server

__all__ = ["Protection", "SandboxError", "Started", "open_server", "protections"]
