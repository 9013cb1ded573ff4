"""A portal in this process, a browser without scripts, and answers of the examiner."""
from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from hub_config.portal.app import create_app
from hub_config.services.portal import assemble
from tests.simulators.portal import ORIGIN, Rig


class Browser(TestClient):
    """Keeps cookies, follows nothing by itself, sends Origin with forms, and can sign in through the simulated hub."""

    def __init__(self, app, rig: Rig) -> None:
        super().__init__(app, base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=False)
        self.rig = rig

    def sign_in(self, name: str = "lea", next: str = "/"):
        there = self.get("/sign-in", params={"next": next})
        return self.get(self.rig.hub.sign_in(there.headers["location"], name))

    def form_token(self, page: str = "/") -> str:
        return re.search(r'name="form_token" value="([0-9a-f]+)"', self.get(page).text)[1]

    def fill(self, path: str, data: dict | None = None, *, origin: str = ORIGIN, token: str | None = None, **more):
        fields = {"form_token": self.form_token() if token is None else token, **(data or {})}
        return self.post(path, data=fields, headers={"origin": origin}, **more)


@pytest.fixture
def rig():
    made = Rig()
    yield made
    made.close()


@pytest.fixture
def portal(rig):
    made = assemble(rig.places, rig.settings())
    yield made
    made.exchange.records.close()


@pytest.fixture
def browser(rig, portal):
    return Browser(create_app(portal), rig)


@pytest.fixture
def notebook(portal):
    """The bytes of an assessment as handed out, with ``extra`` as a comment in the first answer."""
    def make(extra: str = "", module: str = "01_totals") -> bytes:
        data = portal.exchange.courses.notebook_bytes("counting", module, "assessment")
        return data.replace(b"raise NotImplementedError()", f"raise NotImplementedError()  # {extra}".encode(), 1) if extra else data
    return make


@pytest.fixture
def examine(portal):
    """Lease everything and record a verdict: ``score`` of 5 points for each."""
    def run(score: float = 5.0, **more) -> list[str]:
        done = []
        for job in portal.queue.lease("examiner", 50):
            full = score >= 5
            feedback = {"tasks": [
                {"grade_id": "test_total", "title": "The total", "score": min(score, 2), "max_score": 2, "status": "passed" if score >= 2 else "failed",
                 "messages": [] if score >= 2 else ["total([1, 2]) should be 3"]},
                {"grade_id": "test_mean", "title": "The mean", "score": max(score - 2, 0), "max_score": 3, "status": "passed" if full else "failed",
                 "messages": [] if full else ["mean of <an odd> number of values"]}],
                "score": score, "max_score": 5, "needs_review": False, "note": "", **more}
            portal.queue.finish(job.lease, job.submission["id"], "1.0.0", "1", {"feedback": feedback, "transcript_hash": "sha256:" + "0" * 64})
            done.append(job.submission["id"])
        return done
    return run
