"""What every test may rely on: no settings from the caller's environment, and a temporary home."""
from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _closed_environment(monkeypatch):
    """A developer's own ACADEMY_… variables decide no test."""
    for name in list(os.environ):
        if name.startswith("ACADEMY_") and name != "ACADEMY_PICTURES":
            monkeypatch.delenv(name)
