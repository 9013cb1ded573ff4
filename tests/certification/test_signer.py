"""The signer decides from signed transcripts alone. Every other way to a credential ends in a refusal."""
import base64
import copy
import json
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from certification import keys, model
from certification.evidence import seal
from certification.signer import IssueError, parse_award
from curriculum.outcomes import PassRule
from tests.simulators.certifying import MODULES, START, TRACK, Grader, Office, offer


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.close()


def refused(office, award, code, match="."):
    with pytest.raises(IssueError, match=match) as caught:
        office.signer.issue(award)
    assert caught.value.code == code
    assert caught.value.next
    assert not list(office.book.journal.of_kind("issue")), "nothing may be journaled"
    assert not (office.public / "credentials").exists(), "nothing may be published"


def test_an_earned_award_is_certified_once(office):
    award = office.learner()
    record = office.signer.issue(award)
    assert office.signer.issue(award) == record
    office.grader.passes("amina", score=10)
    assert office.signer.issue(award) == record, "better work later is the same award"
    document = record.document
    assert document["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert len(document["proof"]) == 1
    assert document["proof"][0]["cryptosuite"] == "eddsa-rdfc-2022"
    assert [entry["statusPurpose"] for entry in document["credentialStatus"]] == ["revocation", "suspension"]
    assert model.track_of(document) == TRACK
    assert document["credentialSubject"]["achievement"]["alignment"][0]["targetCode"] == "17.18"
    assert model.assurance_of(document).identity == "vouched"
    transcripts = [entry for entry in document["evidence"] if entry["genre"] == "transcript"]
    assert [entry["name"] for entry in transcripts] == list(MODULES)
    body = office.grader.transcripts("amina", TRACK)[0]["transcript"]
    assert all(seed in transcripts[0]["narrative"] for seed in body["seeds"])


@pytest.mark.parametrize(("consent", "identities"), [(True, ["emailAddress", "name"]), (False, ["emailAddress"])])
def test_the_name_needs_consent(office, consent, identities):
    document = office.signer.issue(office.learner(consent=consent)).document
    assert [entry["identityType"] for entry in document["credentialSubject"]["identifier"]] == identities


def test_many_at_once(office):
    awards = [office.learner(f"learner-{n}") for n in range(10)]
    records = office.signer.issue_many([*awards, awards[0]])
    assert len({record.id for record in records}) == 10
    assert records[0] == records[-1]
    office.grader.passes("late", MODULES[0])
    with pytest.raises(IssueError, match="not earned"):
        office.signer.issue_many([f"{TRACK}/late", office.learner("early")])
    assert office.book.live(f"{TRACK}/early") is None, "all or none"


@pytest.mark.parametrize("award", [
    None, 7, [], {"award": f"{TRACK}/amina"}, {"@context": [], "type": ["VerifiableCredential"]}, "", "/", TRACK, f"{TRACK}/", "/amina",
    f"{TRACK}/amina/x", f"{TRACK}/../amina", f"{TRACK}/Amina", f"{TRACK}/amina\n", f" {TRACK}/amina", f"{TRACK}/" + "a" * 65,
    "output_privacy/amina\0", "Ünïcode/amina"])
def test_only_an_award_id_is_taken(office, award):
    refused(office, award, "bad-award", "named by its id")


@pytest.mark.parametrize(("award", "parts"), [("a/b", ("a", "b")), ("output-privacy/amina-2", ("output-privacy", "amina-2"))])
def test_award_ids(award, parts):
    assert parse_award(award) == parts


@pytest.mark.attack
@pytest.mark.parametrize("modules", [(), MODULES[:1]])
def test_an_award_that_is_not_earned(office, modules):
    office.accounts.add("amina")
    for module in modules:
        office.grader.passes("amina", module)
    refused(office, f"{TRACK}/amina", "not-earned", "still to be passed: ")


@pytest.mark.attack
@pytest.mark.parametrize("changes", [{"score": 6}, {"score": 0}, {"needs_review": True}, {"error": "timeout"}, {"certifying": False}])
def test_work_that_does_not_count(office, changes):
    office.accounts.add("amina")
    office.grader.passes("amina", **changes)
    refused(office, f"{TRACK}/amina", "not-earned")


def test_a_demonstration_takes_what_no_certifying_examiner_made(tmp_path):
    office = Office(tmp_path, demonstration=True)
    office.accounts.add("amina")
    office.grader.passes("amina", certifying=False)
    assert office.signer.issue(f"{TRACK}/amina").state == "valid"
    office.close()


def edit(envelope, change):
    envelope = copy.deepcopy(envelope)
    change(envelope)
    return envelope


def flip(text):
    raw = bytearray(base64.urlsafe_b64decode(text + "=="))
    raw[0] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()


FORGER = keys.generate(bytes([66] * 32))
FORGERIES = {
    "an edited score": lambda e, g: edit(e, lambda x: x["transcript"].update(score=10)),
    "an edited task": lambda e, g: edit(e, lambda x: x["transcript"]["tasks"][0].update(score=10)),
    "an edited learner": lambda e, g: edit(e, lambda x: x["transcript"]["submission"].update(learner="bintou")),
    "an edited module": lambda e, g: edit(e, lambda x: x["transcript"]["assessment"].update(module=MODULES[1])),
    "an edited review": lambda e, g: edit(e, lambda x: x["transcript"].update(needs_review=False, id="urn:uuid:1")),
    "another signature": lambda e, g: edit(e, lambda x: x.update(signature=flip(x["signature"]))),
    "no signature": lambda e, g: edit(e, lambda x: x.update(signature="")),
    "signed by a key of one's own": lambda e, g: seal(g.body("amina", MODULES[0]), FORGER.sign, FORGER.did),
    "signed by a key of one's own under the examiner's name": lambda e, g: seal(g.body("amina", MODULES[0]), FORGER.sign, g.key.did),
    "an additional member": lambda e, g: e | {"note": "pass"},
    "sums that do not hold, signed": lambda e, g: seal(g.body("amina", MODULES[0]) | {"score": 99, "max_score": 100}, g.key.sign, g.key.did),
    "a body of another type, signed": lambda e, g: seal({"type": "academy.receipt/1"}, g.key.sign, g.key.did),
    "not an envelope": lambda e, g: {"transcript": {}},
}


@pytest.mark.attack
@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_transcript_earns_nothing(office, kind):
    office.accounts.add("amina")
    low = office.grader.passes("amina", *MODULES, score=6)
    office.grader.envelopes["amina", TRACK] = [FORGERIES[kind](low[0], office.grader), low[1]]
    refused(office, f"{TRACK}/amina", "bad-evidence")


@pytest.mark.attack
def test_another_learners_transcripts_earn_nothing(office):
    office.accounts.add("amina")
    office.grader.envelopes["amina", TRACK] = office.grader.passes("bintou")
    refused(office, f"{TRACK}/amina", "bad-evidence", "another learner or track")


@pytest.mark.attack
def test_another_tracks_transcripts_earn_nothing(office):
    office.accounts.add("amina")
    office.grader.envelopes["amina", TRACK] = office.grader.passes("amina", track="cooking")
    refused(office, f"{TRACK}/amina", "bad-evidence", "another learner or track")


@pytest.mark.attack
def test_one_transcript_twice_earns_nothing(office):
    office.accounts.add("amina")
    (one,) = office.grader.passes("amina", MODULES[0])
    office.grader.envelopes["amina", TRACK] = [one, one]
    refused(office, f"{TRACK}/amina", "bad-evidence", "given twice")


@pytest.mark.attack
@pytest.mark.parametrize("offers", [{}, {TRACK: offer(modules=())}, {TRACK: offer(rule=PassRule("cooking", ()))}], ids=["none", "empty", "another's"])
def test_a_track_without_a_pass_rule_certifies_nobody(tmp_path, offers):
    office = Office(tmp_path, offers=offers)
    refused(office, office.learner(), "no-pass-rule")
    office.close()


@pytest.mark.attack
def test_nobody_without_an_account_is_certified(office):
    office.grader.passes("ghost")
    refused(office, f"{TRACK}/ghost", "no-profile")


@pytest.mark.attack
def test_the_accounts_answer_must_be_about_the_learner(office):
    award = office.learner()
    office.accounts.add("bintou")
    office.accounts.people["amina"] = office.accounts.people["bintou"]
    refused(office, award, "no-profile")


def test_the_registry_has_a_say(tmp_path):
    office = Office(tmp_path, delegated=lambda did, track: (did, track) != ("did:web:academy.example", TRACK))
    refused(office, office.learner(), "not-delegated")
    office.close()


def test_the_daily_cap_stops_and_lets_go_again(tmp_path):
    office = Office(tmp_path, daily_cap=2)
    awards = [office.learner(name) for name in ("a", "b", "c")]
    first = office.signer.issue(awards[0])
    office.signer.issue(awards[1])
    with pytest.raises(IssueError, match="would be number 3") as caught:
        office.signer.issue(awards[2])
    assert caught.value.code == "daily-cap"
    assert office.signer.issue(awards[0]) == first, "what is issued can still be had"
    office.moment += timedelta(hours=24, seconds=1)
    assert office.signer.issue(awards[2]).live
    office.close()


@pytest.mark.parametrize(("years", "end"), [(0, None), (3, "2029-11-23T08:00:00Z")])
def test_validity(tmp_path, years, end):
    office = Office(tmp_path, valid_years=years)
    assert office.signer.issue(office.learner()).document.get("validUntil") == end
    office.close()


def test_revoked_work_earns_nothing_again_and_new_work_does(office):
    award = office.learner()
    first = office.signer.issue(award)
    office.signer.set_status(first.id, "revocation", True, "not their own work", "operator")
    with pytest.raises(IssueError, match="not earned"):
        office.signer.issue(award)
    office.grader.passes("amina", score=9)
    second = office.signer.issue(award)
    assert second.id != first.id
    assert office.book.record(first.id).state == "revoked"


PROGRAM = """
import os, signal, sys
from pathlib import Path
from tests.simulators.certifying import Grader, Office
step = sys.argv[2]
def die(name):
    if name == step:
        os.kill(os.getpid(), signal.SIGKILL)
office = Office(Path(sys.argv[1]), observe=die)
lists, tiles = office.publisher.lists, office.publisher.transparency
office.publisher.lists = lambda: (die("publishing"), lists(), die("lists"))
office.publisher.transparency = lambda: (tiles(), die("tiles"))
office.signer.issue(office.learner())
die("done")
"""


@pytest.mark.parametrize("step", ["drafted", "journaled", "signed", "logged", "kept", "publishing", "lists", "tiles", "done"])
def test_kill_9_anywhere_and_asking_again_gives_one_credential(tmp_path, step):
    run = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path), step], timeout=60, check=False, capture_output=True,
                         env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
    assert run.returncode == -signal.SIGKILL, run.stderr.decode()
    office = Office(tmp_path, moment=START + timedelta(minutes=5))
    office.publisher.everything()
    award = office.learner()
    record = office.signer.issue(award)
    assert office.signer.issue(award) == record
    assert [office.book.record(id).live for id in office.book.ids()] == [True]
    assert [path.name for path in (office.public / "credentials").iterdir()] == [record.id]
    assert json.loads((office.public / f"credentials/{record.id}/credential.json").read_bytes()) == record.document
    assert office.log.size == 1
    office.close()


def test_the_grader_simulator_is_what_evidence_reads():
    from certification.evidence import read_all

    grader = Grader()
    grader.passes("amina")
    assert len(read_all(grader.transcripts("amina", TRACK), grader.key.public, learner="amina", track=TRACK)) == 2
