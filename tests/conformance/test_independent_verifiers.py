"""Credentials as our signer makes them, judged by verifiers that others wrote: valid when they are, refused when altered."""
import copy
import json
from datetime import UTC, datetime, timedelta

import pytest

from certification import contexts, keys
from certification.proofs import add_proof
from tests.conformance import independent
from tests.simulators.certifying import Office


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two offices, did:key and did:web over a local authority, each with a credential and one that was revoked."""
    folder = tmp_path_factory.mktemp("world")
    authority, server = independent.certificates(folder)
    moment = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    with independent.https(folder / "web/public", server) as port:
        offices = {"did:key": Office(folder / "key", demonstration=True, moment=moment),
                   "did:web": Office(folder / "web", address=f"https://localhost:{port}", moment=moment)}
        made = {}
        for method, office in offices.items():
            good, gone, paused = (office.signer.issue(office.learner(name, name=text)) for name, text in
                                  (("amina", "Amina Wanjirũ Diallo"), ("bintou", "أمينة عبد الرحمن"), ("chen", "王小明")))
            office.signer.set_status(gone.id, "revocation", True, "drill", "test")
            office.signer.set_status(paused.id, "suspension", True, "drill", "test")
            lists = {json.loads(data)["id"]: json.loads(data) for data in office.lists()}
            made[method] = {"good": good.document, "revoked": gone.document, "suspended": paused.document, "lists": lists,
                            "issuer": office.issuer}
        yield {"made": made, "authority": authority}
        for office in offices.values():
            office.close()


@pytest.fixture(scope="module")
def bazaar(world):
    peer = independent.digital_bazaar(world["authority"])
    known = {url: contexts.context(url) for url in (contexts.OPEN_BADGES, contexts.EXTENSIONS)}

    def ask(credential, lists=()):
        return peer.ask(credential=credential, documents=known | dict(lists))

    yield ask
    peer.close()


@pytest.fixture(scope="module")
def badges(world):
    peer = independent.openbadgeslib(world["authority"])
    yield lambda credential: peer.ask(credential=credential)
    peer.close()


METHODS = ("did:key", "did:web")


@pytest.mark.parametrize("method", METHODS)
def test_digital_bazaar_says_valid(world, bazaar, method):
    made = world["made"][method]
    assert made["good"]["issuer"]["id"].startswith(method)
    lists = made["lists"] if method == "did:key" else {}   # a did:web's lists are fetched over https
    answer = bazaar(made["good"], lists)
    assert answer == {"verified": True, "status": {"revocation": False, "suspension": False}, "error": None}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("state", "purpose"), [("revoked", "revocation"), ("suspended", "suspension")])
def test_digital_bazaar_sees_a_withdrawal(world, bazaar, method, state, purpose):
    made = world["made"][method]
    answer = bazaar(made[state], made["lists"])
    assert answer["status"] == {"revocation": False, "suspension": False} | {purpose: True}


@pytest.mark.parametrize("method", METHODS)
def test_openbadgeslib_says_valid(world, badges, method):
    assert badges(world["made"][method]["good"]) == {"verified": True, "error": None}


@pytest.mark.parametrize(("state", "purpose"), [("revoked", "revocation"), ("suspended", "suspension")])
def test_openbadgeslib_sees_a_withdrawal(world, badges, state, purpose):
    answer = badges(world["made"]["did:web"][state])
    assert not answer["verified"]
    assert f"status '{purpose}' is set" in answer["error"]


def _renamed(document):
    document["credentialSubject"]["identifier"][1]["identityHash"] = "Somebody Else"


def _achieved(document):
    document["credentialSubject"]["achievement"]["name"] = "Doctor of Statistics"


def _assured(document):
    next(entry for entry in document["evidence"] if entry.get("name") == "supervision")["description"] = "invigilated"


def _unlisted(document):
    document["credentialStatus"][0]["statusListIndex"] = "1"


def _prolonged(document):
    document["validUntil"] = "2099-01-01T00:00:00Z"


def _undated(document):
    document["proof"][0]["created"] = "2020-01-01T00:00:00Z"


def _unsigned(document):
    del document["proof"]


def _resigned(document):
    """By a key of the forger's own, in the issuer's name."""
    proof = document.pop("proof")[0]
    forger = keys.generate(bytes([66] * 32))
    document |= add_proof(document, forger.sign, proof["verificationMethod"], proof["created"])


def _taken_over(document):
    """By a key of the forger's own, under the forger's own method."""
    document.pop("proof")
    forger = keys.generate(bytes([66] * 32))
    document |= add_proof(document, forger.sign, f"{forger.did}#{forger.multikey}", document["validFrom"])


TAMPERED = (_renamed, _achieved, _assured, _unlisted, _prolonged, _undated, _unsigned, _resigned, _taken_over)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda function: function.__name__.strip("_"))
def test_both_refuse_what_was_altered(world, bazaar, badges, method, tamper):
    made = world["made"][method]
    document = copy.deepcopy(made["good"])
    tamper(document)
    assert document != made["good"]
    answer = bazaar(document, made["lists"])
    assert not answer["verified"] and answer["error"]
    answer = badges(document)
    assert not answer["verified"] and answer["error"]
