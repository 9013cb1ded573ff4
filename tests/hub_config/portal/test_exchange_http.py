"""The exchange as a learner's tools see it, and the records as the grader sees them."""
from __future__ import annotations

import base64
import hashlib
import os

import pytest

from hub_config import rpc
from hub_config.portal.records_rpc import operations


@pytest.fixture
def lea(browser, rig):
    browser.headers["authorization"] = "token " + rig.hub.token("lea")
    return browser


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def upload(client, data: bytes, piece: int = 1000):
    where = f"/exchange/uploads/{digest(data)}"
    for start in range(0, len(data), piece):
        part = data[start:start + piece]
        answer = client.put(where, content=part, headers={"content-range": f"bytes {start}-{start + len(part) - 1}/{len(data)}"})
        assert answer.status_code == 200, answer.text
    return answer


def hand_in(client, data: bytes, **more):
    return client.post("/exchange/submissions", json={"track": "counting", "module": "01_totals", "content_hash": digest(data), **more})


def test_the_whole_way(lea, portal, notebook, examine):
    listed = lea.get("/exchange/assignments").json()
    assert [one["module"] for one in listed["assignments"]] == ["01_totals", "02_means"] and listed["portal_url"] == "http://portal.hub.localhost:8000"
    handed_out = lea.get("/exchange/assignments/counting/01_totals/assessment").content
    own = portal.exchange.own_seed("lea", "counting", "01_totals")
    assert handed_out == portal.exchange.courses.seeded_bytes("counting", "01_totals", own) != notebook()
    done = upload(lea, notebook())
    assert done.json()["complete"] and done.headers["upload-offset"] == str(len(notebook()))
    answer = hand_in(lea, notebook())
    assert answer.status_code == 201
    ident = answer.json()["receipt"]["receipt"]["submission"]
    assert answer.json()["receipt_url"] == f"http://portal.hub.localhost:8000/submissions/{ident}"
    assert hand_in(lea, notebook()).json() == answer.json()
    examine(2)
    assert lea.get(f"/exchange/submissions/{ident}").json()["feedback"]["score"] == 2


def test_the_offset_can_be_asked_in_both_ways(lea):
    data = b"x" * 100
    where = f"/exchange/uploads/{digest(data)}"
    assert lea.put(where + "?offset=0&total=100", content=data[:40]).json()["offset"] == 40
    head = lea.head(where)
    assert (head.headers["upload-offset"], head.headers["upload-complete"]) == ("40", "?0")
    assert lea.get(where).json()["offset"] == 40
    gap = lea.put(where + "?offset=60&total=100", content=data[:40])
    assert gap.status_code == 409 and gap.json()["error"]["offset"] == 40


@pytest.mark.parametrize("token", [None, "", "token ", "token nonsense", "Basic bGVhOng=", "Bearer"])
def test_without_a_learners_token_nothing(browser, token):
    headers = {} if token is None else {"authorization": token}
    answer = browser.get("/exchange/assignments", headers=headers)
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "no-token"


def test_a_session_cookie_is_no_token(browser):
    browser.sign_in()
    assert browser.get("/exchange/assignments").status_code == 401


def test_another_learner_cannot_be_named(lea, notebook):
    upload(lea, notebook())
    answer = hand_in(lea, notebook(), learner="bo")
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "other-learner"


@pytest.mark.parametrize("extra", [{"received": "2020-01-01T00:00:00Z"}, {"attempt": 9}, {"name": "x" * 301}])
def test_time_and_attempt_are_not_the_learners_to_say(lea, notebook, extra):
    upload(lea, notebook())
    answer = hand_in(lea, notebook(), **extra)
    assert answer.status_code == 400 and next(iter(extra)) in answer.json()["error"]["message"]


@pytest.mark.parametrize("header", ["bytes 0-5/10", "bytes 0-3", "items 0-3/10", "bytes 3-0/10", ""])
def test_a_range_that_does_not_fit(lea, header):
    answer = lea.put(f"/exchange/uploads/{digest(b'x' * 10)}", content=b"xxxx", headers={"content-range": header})
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "bad-range"


def test_a_bad_hash_is_refused_in_json(lea):
    answer = lea.get("/exchange/uploads/sha256:..%2f..%2fetc")
    assert answer.status_code in (400, 404) and "error" in answer.json()


# -- the grader's side
@pytest.fixture
def grader(portal, rig):
    told = []
    server = rpc.Server(rig.folder / "r.sock", operations(portal.exchange, portal.queue, {os.geteuid()},
                                                           lambda learner, track: told.append((learner, track)))).start()
    yield lambda op, **request: rpc.call(rig.folder / "r.sock", op, **request)
    server.close()


def test_lease_blob_finish(lea, notebook, grader):
    upload(lea, notebook())
    ident = hand_in(lea, notebook()).json()["receipt"]["receipt"]["submission"]
    (job,) = grader("lease", worker="w1", limit=5, seconds=30)["jobs"]
    assert job["submission"]["id"] == ident and set(job["submission"]) == {
        "id", "learner", "track", "module", "attempt", "content_hash", "size", "received", "state"}
    assert base64.b64decode(grader("blob", content_hash=job["submission"]["content_hash"])["data"]) == notebook()
    grader("heartbeat", lease=job["lease"])
    verdict = {"tasks": [], "score": 5, "max_score": 5, "needs_review": False, "note": "", "transcript_hash": "sha256:" + "0" * 64}
    finish = {"lease": job["lease"], "submission": ident, "assessment_version": "1.0.0", "examiner_version": "1", "verdict": verdict}
    assert grader("finish", **finish) == {"recorded": True}
    assert grader("finish", **finish) == {"recorded": False}


def test_a_lease_that_is_given_back(lea, portal, notebook, grader):
    upload(lea, notebook())
    hand_in(lea, notebook())
    (job,) = grader("lease", worker="w1")["jobs"]
    assert grader("release", lease=job["lease"], reason="no fork server") == {"again": True}
    assert grader("lease", worker="w1")["jobs"] == [] and portal.queue.counts()["waiting"] == 1
    with pytest.raises(rpc.RpcError) as refused:
        grader("release", lease=job["lease"], reason="no fork server")
    assert refused.value.code == "lease-lost"


@pytest.mark.parametrize(("op", "request_", "code"), [
    ("lease", {}, "bad-request"), ("lease", {"worker": "w", "limit": "x"}, "bad-request"), ("heartbeat", {"lease": "none"}, "lease-lost"),
    ("release", {"lease": "x"}, "bad-request"),
    ("blob", {"content_hash": "../x"}, "bad-hash"), ("blob", {"content_hash": "sha256:" + "0" * 64}, "no-such-file"),
    ("finish", {"lease": "x"}, "bad-request"), ("submit", {}, "refused")])
def test_what_the_grader_is_refused(grader, op, request_, code):
    with pytest.raises(rpc.RpcError) as refused:
        grader(op, **request_)
    assert refused.value.code == code
