"""The learner's distribution from the source tree: what the tests here use of it needs the standard library only."""
from __future__ import annotations

import secrets
import sys
from pathlib import Path

import pytest

from tests.simulators.portal import Rig

SOURCE = Path(__file__).parent.parent.parent / "images/singleuser"
if str(SOURCE) not in sys.path:
    sys.path.insert(0, str(SOURCE))


@pytest.fixture(scope="session")
def shared_rig():
    made = Rig()
    made.start()
    yield made
    made.close()


@pytest.fixture
def own_portal():
    """Named by a test that kills or changes the portal."""


@pytest.fixture
def rig(request):
    """A portal in a process of its own: one for all tests but those that ask for `own_portal`."""
    if "own_portal" not in request.fixturenames:
        yield request.getfixturevalue("shared_rig")
        return
    made = Rig()
    made.start()
    yield made
    made.close()


@pytest.fixture
def gateway(rig):
    """A learner's way to it; ``through`` is another socket, for instance a bad line."""
    from academy_learner.gateway import Gateway

    me = f"lea-{secrets.token_hex(4)}"
    rig.hub.add(me)

    def make(learner: str | None = None, through=None, **more) -> Gateway:
        return Gateway(str(through or rig.places.socket("portal")), rig.hub.token(learner or me), pause=0.05, **more)
    return make


@pytest.fixture
def work(rig, gateway):
    """An answered assessment of about ``size`` bytes."""
    def make(extra: str = "", size: int = 0) -> bytes:
        data = gateway().notebook("counting", "01_totals", "assessment")
        answer = f"total = sum  # {extra}" + (" " + "x" * (size - len(data)) if size > len(data) else "")
        return data.replace(b"raise NotImplementedError()", answer.encode(), 1)
    return make
