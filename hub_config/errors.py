"""Errors of the composition root. Every one carries a diagnosis and the next step.

    AcademyError(code, message, next)
    ├── settings.SettingsError   settings
    └── raised here and there with a code of CODES

``code`` is for programs and documentation (docs/operator.md explains each), ``message`` and ``next`` are for people.
"""
from __future__ import annotations

__all__ = ["CODES", "AcademyError"]

CODES = {
    "settings": "a setting is unknown, of the wrong kind or unsafe",
    "missing-extra": "this verb needs packages that the installed extra does not bring",
    "not-installed": "an environment or file that make install brings is missing",
    "missing-bubblewrap": "bubblewrap, which encloses every notebook, is not installed or not allowed to work",
    "port-in-use": "another program listens on the port",
    "already-running": "another academy up uses this state directory",
    "newer-state": "the state directory was written by a newer version",
    "not-a-state": "the directory holds other files, so it is not taken as a state directory",
    "disk-full": "too little space is left where the state lies",
    "not-allowed": "the operating system refused access",
    "service-failed": "a service ended again and again before the system was ready",
    "backup": "the backup could not be written or is not one",
    "not-empty": "a restore needs an empty place, so that nothing is overwritten",
    "unknown-family": "a track names a family of packages that this installation does not have",
    "environment": "a track's packages could not be installed",
    "no-secrets": "a service's own secrets are missing: it was not started by academy up",
    "source": "an instructor's notebook or a module cannot be read as one",
    "not-running": "the verb needs a running system, and nothing answers",
}


class AcademyError(Exception):
    """A refusal with its next step. ``code`` is one of CODES."""

    def __init__(self, code: str, message: str, next: str) -> None:
        super().__init__(message)
        self.code, self.message, self.next = code, message, next

    def __str__(self) -> str:
        return f"{self.message} - {self.next}" if self.next else self.message
