"""Transcripts as evidence: signed by the known key, consistent in themselves, about the learner they are asked for."""
from __future__ import annotations

import copy
import hashlib

import pytest

from certification import evidence
from certification.canonical import jcs
from certification.errors import EvidenceError
from certification.keys import generate
from curriculum.outcomes import ModuleRequirement, PassRule, evaluate, exact

EXAMINER = generate(b"\x03" * 32)
OTHER = generate(b"\x04" * 32)
SEEDS = ["sha256:" + "0" * 64, "sha256:" + "1" * 64]


def task(name: str = "t1", score: float = 4, most: float = 5, runs=None) -> dict:
    runs = [score, most] if runs is None else runs
    return {"grade_id": name, "score": score, "max_score": most, "reason": "passed", "runs": [{"status": "passed", "score": run} for run in runs]}


def body(**changes) -> dict:
    return {
        "type": "academy.transcript/1", "id": "urn:uuid:7b8e3a52-5f5c-4f0e-9b43-3f5b1d7c0001",
        "submission": {"id": "a" * 32, "content_hash": "sha256:" + "2" * 64, "received": "2026-11-23T07:00:00Z", "learner": "ana", "attempt": 1},
        "assessment": {"track": "output-privacy", "module": "01_dp", "version": "1.0", "source_hash": "sha256:" + "3" * 64},
        "examiner": {"version": "1", "environment": "e", "python": "3.11.2", "cpu": "x", "isolation": [], "certifying": True},
        "seeds": SEEDS, "tasks": [task(), task("t2", 5, 5)], "score": 9, "max_score": 10, "needs_review": False, "error": None,
        "examined": "2026-11-23T07:01:00Z"} | changes


def sealed(**changes) -> dict:
    return evidence.seal(body(**changes), EXAMINER.sign, EXAMINER.did)


def test_read():
    found = evidence.read(sealed(), EXAMINER.public)
    assert (found.learner, found.attempt, found.certifying, found.seeds) == ("ana", 1, True, tuple(SEEDS))
    assert found.result.share == exact("0.9") and found.result.version == "1.0" and not found.result.needs_review
    assert found.result.evidence == "sha256:" + hashlib.sha256(jcs(body())).hexdigest()
    assert found.canonical == jcs(body()) and found.body == body()


def test_an_award_is_recomputed_from_it():
    rule = PassRule("output-privacy", (ModuleRequirement("01_dp", 0.9),))
    results = [result for result, _ in evidence.results([sealed()], EXAMINER.public)]
    assert evaluate(rule, results).earned


@pytest.mark.parametrize("changes", [{"needs_review": True}, {"error": "the notebook could not be read"}])
def test_what_needs_a_person_counts_as_no_result(changes):
    assert evidence.read(sealed(**changes), EXAMINER.public).result.needs_review


@pytest.mark.parametrize("tasks", [
    [task(score=0, runs=[]), task("t2", 0, 5, [])], [task(score=0, runs=[0]), task("t2", 0, 5, [5])], [task(score=0), task("t2", 0, 5, [0, 5])]])
def test_a_task_without_all_its_runs_has_no_points(tasks):
    assert evidence.read(sealed(tasks=tasks, score=0), EXAMINER.public).result.score == 0


def test_points_are_rounded_to_six_decimals():
    tasks = [task(f"t{n}", 0.333333, 1, [0.333333, 0.333333]) for n in range(3)]
    assert evidence.read(sealed(tasks=tasks, score=1, max_score=3), EXAMINER.public).result.score == 1


def tampered(**changes) -> dict:
    envelope = copy.deepcopy(sealed())
    envelope["transcript"] |= changes
    return envelope


@pytest.mark.parametrize(("envelope", "message"), [
    ({}, "holds transcript, key and signature"),
    ([], "holds transcript, key and signature"),
    (sealed() | {"note": "x"}, "holds transcript, key and signature"),
    (sealed() | {"key": OTHER.did}, "another key than the examiner's"),
    (evidence.seal(body(), OTHER.sign, OTHER.did), "another key than the examiner's"),
    (evidence.seal(body(), OTHER.sign, EXAMINER.did), "signature does not hold"),
    (sealed() | {"signature": ""}, "signature does not hold"),
    (sealed() | {"signature": "!!"}, "signature does not hold"),
    (sealed() | {"signature": "é"}, "signature does not hold"),
    (sealed() | {"signature": None}, "signature a text"),
    (sealed() | {"transcript": "x"}, "must be an object"),
    (tampered(score=10), "signature does not hold"),
    (tampered(comment="x"), "signature does not hold"),
    (tampered(score=float("nan")), "signature does not hold"),
    (sealed(type="academy.receipt/1"), "not a transcript of the type"),
    (sealed(score=10), "not the sum of its tasks"),
    (sealed(max_score=9), "maximum is not the sum"),
    (sealed(max_score=0), "maximum is not the sum"),
    (sealed(tasks=[task(score=6, most=5, runs=[6, 6])], score=6, max_score=5), "contradict each other"),
    (sealed(tasks=[task(score=5, runs=[4, 5])], score=5, max_score=5), "contradict each other"),
    (sealed(tasks=[task(score=5, runs=[5])], score=5, max_score=5), "contradict each other"),
    (sealed(tasks=[task(score=5, runs=[])], score=5, max_score=5), "contradict each other"),
    (sealed(tasks=[task(score=5, runs=[5, 5, 5])], score=5, max_score=5), "contradict each other"),
    (sealed(tasks=[task(), task()], score=8, max_score=10), "contradict each other"),
    (sealed(tasks=[task(score=-1, runs=[-1, 0])], score=-1, max_score=5), "no number of points"),
    (sealed(tasks=[task(score=True, runs=[True, 1])], score=1, max_score=5), "no number of points"),
    (sealed(tasks=[task(score="5", runs=[5, 5])], score=5, max_score=5), "no number of points"),
    (sealed(seeds=[]), "contradict each other"),
    (sealed(seeds=[None, None]), "not a text"),
    (sealed(needs_review="no"), "must be true or false"),
    (sealed(examiner={}), "certifying"),
    (sealed(submission={"learner": "ana", "attempt": 1}), "submission is incomplete"),
    (sealed(assessment={"track": "output-privacy"}), "not in the form .*module"),
    (sealed(examined="today"), "examined is not a time"),
    (sealed(tasks=None), "not in the form"),
])
def test_refused(envelope, message):
    with pytest.raises(EvidenceError, match=message):
        evidence.read(envelope, EXAMINER.public)


def test_all_of_one_learner():
    second = sealed(id="urn:uuid:7b8e3a52-5f5c-4f0e-9b43-3f5b1d7c0002")
    assert len(evidence.read_all([sealed(), second], EXAMINER.public, learner="ana", track="output-privacy")) == 2
    for envelopes, learner, track, message in (
            ([sealed()], "ben", "output-privacy", "another learner or track"), ([sealed()], "ana", "other", "another learner or track"),
            ([sealed(), sealed()], "ana", "output-privacy", "given twice"),
            ([second, sealed() | {"signature": "x"}], "ana", "output-privacy", "does not hold")):
        with pytest.raises(EvidenceError, match=message):
            evidence.read_all(envelopes, EXAMINER.public, learner=learner, track=track)


def test_reads_what_the_examiner_writes():
    """The seam between the engines: a transcript that autograders seals is one that certification reads."""
    from autograders import transcript

    made = transcript.body(
        submission=body()["submission"], assessment=body()["assessment"], examiner=body()["examiner"], seeds=SEEDS,
        tasks=[task("t1", 1.5, 2.5, [1.5, 2.5]), task("t2", 0.333333, 1, [0.333333, 1])], score=1.833333, max_score=3.5, needs_review=False,
        error=None, examined=transcript.now())
    found = evidence.read(transcript.envelope(made, EXAMINER.sign, EXAMINER.did), EXAMINER.public)
    assert found.result.evidence == transcript.digest(made)
    assert (found.result.score, found.result.max_score) == (1.833333, 3.5)
