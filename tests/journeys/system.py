"""The running system as browser journeys use it: started once, on a port and a state directory of its own."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.whole import System

__all__ = ["System", "running"]


@contextmanager
def running(academy: Path, **settings: str) -> Iterator[System]:
    """``academy``: the installed command. The state is removed afterwards."""
    with System(academy, **settings) as started:
        yield started
