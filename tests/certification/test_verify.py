"""The verifier's answers: each verdict, their precedence, and "could not check" as an answer of its own."""
from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certification import dids, keys, model, proofs, status
from certification.errors import CertificationError, UnreachableError
from certification.policy import AllOf, AnyOf, Finding, KnownIssuer, UnsafeAnyIssuer
from certification.registry import Registry
from certification.verify import STEPS, Result, Step, Verdict, verify
from tests.certification.kit import ISSUER, LISTS, NAME, NOW, REGISTRY, SITE, STRANGER, check, credential, failed, lists, sign, sign_anything, signed

WEB = "did:web:verify.example.org"
WEB_METHOD = f"{WEB}#key-1"
LATER = NOW + timedelta(days=2000)


def by_web(**changes) -> dict:
    document = credential(issuer={"id": WEB, "type": ["Profile"], "name": "x"}, **{"status": (), **changes})
    return proofs.add_proof(document, ISSUER.sign, WEB_METHOD, NOW)


def test_valid():
    result = check(signed())
    assert result.verdict is Verdict.VALID
    assert [step.name for step in result.steps] == list(STEPS)
    assert {step.status for step in result.steps} == {"pass"}
    assert result.issuer == NAME and result.credential == signed()


def test_the_answer_in_json():
    found = json.loads(json.dumps(check(signed()).as_dict()))
    assert found.keys() == {"verdict", "steps"} and found["verdict"] == "valid"
    assert all(step.keys() == {"name", "status", "message"} for step in found["steps"])


@pytest.mark.parametrize("form", [lambda d: d, json.dumps, lambda d: json.dumps(d).encode(), lambda d: json.dumps(d, indent=2, sort_keys=True)])
def test_bytes_text_and_object(form):
    assert check(form(signed())).verdict == "valid"


def test_unknown_issuer():
    for registry in (None, Registry(), Registry.read({"type": "academy.registry/1", "issuers": {STRANGER.did: {"name": "x", "tracks": ["*"]}}})):
        result = check(signed(), registry=registry)
        assert result.verdict == "unknown-issuer" and result.issuer is None
        assert failed(result)[0] == "issuer" and "--registry" in failed(result)[1]


def test_the_credentials_own_name_of_its_issuer_is_never_shown():
    result = check(signed())
    assert "its own words" not in str(result.steps) and result.issuer == NAME


def test_known_issuer_outside_its_tracks():
    registry = Registry.read({"type": "academy.registry/1", "issuers": {ISSUER.did: {"name": NAME, "tracks": ["official-statistics"]}}})
    result = check(signed(), registry=registry)
    assert result.verdict == "unknown-issuer" and "does not let it certify the track 'output-privacy'" in failed(result)[1]


@pytest.mark.parametrize(("given", "verdict", "words"), [
    (lists(revoked=True), "revoked", "revoked by the issuer"),
    (lists(suspended=True), "suspended", "suspended by the issuer for now"),
    (lists(revoked=True, suspended=True), "revoked", "revoked by the issuer"),
])
def test_status(given, verdict, words):
    result = check(signed(), status=given)
    assert result.verdict == verdict and result.verdict.exit_code == 1
    assert failed(result)[0] == "status" and words in failed(result)[1]


@pytest.mark.parametrize(("now", "verdict"), [
    (NOW - timedelta(minutes=5), "valid"), (NOW - timedelta(minutes=5, seconds=1), "invalid"),
    (NOW + timedelta(days=1000, minutes=5), "valid"), (NOW + timedelta(days=1000, minutes=5, seconds=1), "expired")])
def test_time(now, verdict):
    fresh = lists(valid_from=now, valid_until=now)
    result = check(sign(credential(), created=NOW - timedelta(days=1)), now=now, status=[*fresh])
    assert result.verdict == verdict


def test_without_a_status_list_it_cannot_be_revoked_and_says_so():
    result = check(sign(credential(status=())), status=())
    assert result.verdict == "valid" and "cannot be revoked" in result.steps[STEPS.index("status")].message


UNCHECKED = {
    "no list": ([], "is not at hand"),
    "one list missing": (LISTS[:1], "suspension: the status list"),
    "lists of others": ([LISTS[0] | {"id": "https://example.org/s"}], "given are others"),
    "a list issued by another issuer": (lists(key=STRANGER), "issued by another issuer"),
    "a list signed by another key": (
        [sign({k: v for k, v in each.items() if k != "proof"} , STRANGER) for each in LISTS], "not of the issuer"),
    "a changed list": ([each | {"validUntil": "2999-01-01T00:00:00Z"} for each in LISTS], "does not fit"),
    "an unsigned list": ([{k: v for k, v in each.items() if k != "proof"} for each in LISTS], "is not signed"),
    "a list for another purpose": (
        [sign(status.list_credential(id=f"{SITE}status/revocation", issuer=ISSUER.did, purpose="suspension", bits=status.StatusList(),
                                     valid_from=NOW, valid_until=NOW))], "is not one for revocation"),
    "a list that is too old": (lists(valid_from=NOW - timedelta(days=9), valid_until=NOW - timedelta(days=2)), "is too old"),
    "a list that is no JSON": ([b"<html>"], "XML, SVG or HTML"),
    "a credential instead of a list": ([sign(credential(id=f"{SITE}status/revocation"))], "not a BitstringStatusListCredential"),
}


@pytest.mark.parametrize("name", UNCHECKED)
def test_a_status_that_cannot_be_checked(name):
    given, message = UNCHECKED[name]
    if name == "a list that is too old":
        given = [sign({k: v for k, v in each.items() if k != "proof"}, created=NOW - timedelta(days=9)) for each in given]
    result = check(signed(), status=given)
    assert result.verdict == "unchecked" and result.verdict.exit_code == 2
    assert failed(result)[0] == "status" and message in failed(result)[1]


@pytest.mark.parametrize(("entry", "message"), [
    (status.entry(f"{SITE}status/revocation", 999_999, "revocation"), "outside the list"),
    (status.entry(f"{SITE}status/revocation", 1, "revocation") | {"statusPurpose": "refresh"}, "purpose 'refresh' is not known"),
    ({"id": "https://example.org/r", "type": "1EdTechRevocationList"}, "kind '1EdTechRevocationList'"),
])
def test_an_entry_that_cannot_be_checked(entry, message):
    result = check(sign(credential(status=[entry])))
    assert result.verdict == "unchecked" and message in failed(result)[1]


def test_one_bad_entry_does_not_hide_a_revocation():
    document = sign(credential(status=[status.entry("https://example.org/missing", 1, "suspension"),
                                       status.entry(f"{SITE}status/revocation", 94567, "revocation")]))
    assert check(document, status=lists(revoked=True)).verdict == "revoked"


# -- precedence: every pair, the graver wins
FINDINGS = {
    Verdict.REVOKED: {"status": lists(revoked=True, valid_until=LATER)},
    Verdict.SUSPENDED: {"status": lists(suspended=True, valid_until=LATER)},
    Verdict.EXPIRED: {"now": LATER},
    Verdict.UNCHECKED: {"status": []},
    Verdict.UNKNOWN_ISSUER: {"registry": None},
}


@pytest.mark.parametrize(("one", "other"), itertools.combinations(FINDINGS, 2))
def test_precedence(one, other):
    options = {"status": lists(valid_until=LATER)} | FINDINGS[other] | FINDINGS[one]
    if {one, other} == {Verdict.REVOKED, Verdict.SUSPENDED}:
        options["status"] = lists(revoked=True, suspended=True)
    assert check(signed(), **options).verdict is (one if (one, other) != (Verdict.SUSPENDED, Verdict.UNCHECKED) else one)


def test_invalid_wins_over_all():
    document = signed() | {"name": "x"}
    assert verify(document, now=LATER).verdict == "invalid"


def test_exit_codes():
    assert {verdict.value: verdict.exit_code for verdict in Verdict} == {
        "valid": 0, "unchecked": 2, "unknown-issuer": 2, "invalid": 1, "revoked": 1, "suspended": 1, "expired": 1}


def test_what_was_not_reached_is_not_called_good():
    result = check(signed() | {"name": "x"})
    assert [step.status for step in result.steps] == ["pass"] * 4 + ["fail"] + ["unchecked"] * 3
    assert result.steps[-1] == Step("issuer", "unchecked", "not reached: see signature")


# -- proofs and issuers of other kinds
def test_a_proof_of_another_kind_is_unchecked():
    document = signed()
    document["proof"][0]["cryptosuite"] = "ecdsa-rdfc-2019"
    result = check(document)
    assert result.verdict == "unchecked" and failed(result)[0] == "signature" and result.credential is None


def test_contexts_not_carried_are_unchecked():
    result = check(signed() | {"@context": ["https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/suites/jws-2020/v1"]})
    assert result.verdict == "unchecked" and failed(result)[0] == "contexts"


def test_a_did_of_another_kind_is_unchecked():
    document = credential(issuer={"id": "did:ion:abc", "type": ["Profile"], "name": "x"})
    result = check(proofs.add_proof(document, ISSUER.sign, "did:ion:abc#1", NOW))
    assert result.verdict == "unchecked" and "did:ion:abc" in failed(result)[1]


@pytest.mark.parametrize("name", ["http://example.org", "urn:example:issuer", "mailto:issuer@example.org"])
def test_an_issuer_without_a_did_or_https_address_is_invalid(name):
    document = credential(issuer={"id": name, "type": ["Profile"], "name": "x"})
    result = check(proofs.add_proof(document, ISSUER.sign, f"{name}#1", NOW))
    assert result.verdict == "invalid" and "not named by a DID" in failed(result)[1]


def test_an_issuer_named_by_an_https_address_has_its_document_there():
    name = "https://example.org/issuers/1"
    document = proofs.add_proof(credential(issuer={"id": name, "type": ["Profile"], "name": "x"}, status=()), ISSUER.sign, f"{name}#1", NOW)
    assert check(document).verdict == "unchecked" and name in failed(check(document))[1]
    key = {"id": f"{name}#1", "type": "Multikey", "controller": name, "publicKeyMultibase": ISSUER.multikey}
    assert check(document, did_documents={name: {"id": name, "assertionMethod": [key]}}).verdict == "unknown-issuer"
    assert check(document, did_documents={name: {"id": name, "assertionMethod": [key | {"controller": "https://example.org"}]}}).verdict == "invalid"
    assert check(document, did_documents={name: {"id": "https://example.org", "assertionMethod": [key]}}).verdict == "invalid"


WEB_REGISTRY = {"type": "academy.registry/1", "issuers": {WEB: {"name": NAME, "tracks": ["*"]}}}
WEB_DOCUMENT = dids.web_document(WEB, {"key-1": ISSUER.public})


def web_check(**options) -> Result:
    return verify(by_web(), **({"now": NOW, "registry": Registry.read(WEB_REGISTRY)} | options))


def test_did_web_offline_needs_the_document():
    result = web_check()
    assert result.verdict == "unchecked" and "https://verify.example.org/.well-known/did.json" in failed(result)[1]
    assert web_check(did_documents={WEB: WEB_DOCUMENT}).verdict == "valid"


def test_did_web_with_the_registrys_document():
    registry = {"type": "academy.registry/1", "issuers": {WEB: {"name": NAME, "tracks": ["*"], "document": WEB_DOCUMENT}}}
    assert web_check(registry=Registry.read(registry)).verdict == "valid"


def test_the_registrys_document_wins_over_any_other():
    trusted = dids.web_document(WEB, {"key-1": STRANGER.public})
    registry = Registry.read({"type": "academy.registry/1", "issuers": {WEB: {"name": NAME, "tracks": ["*"], "document": trusted}}})
    result = web_check(registry=registry, did_documents={WEB: WEB_DOCUMENT}, offline=False, fetch=lambda url: json.dumps(WEB_DOCUMENT).encode())
    assert result.verdict == "invalid" and failed(result)[0] == "signature"


def test_online_the_document_and_the_lists_are_fetched():
    asked = []
    published = {"https://verify.example.org/.well-known/did.json": WEB_DOCUMENT, LISTS[0]["id"]: None}
    published[LISTS[0]["id"]] = proofs.add_proof(
        status.list_credential(id=LISTS[0]["id"], issuer=WEB, purpose="revocation", bits=status.StatusList(), valid_from=NOW, valid_until=NOW),
        ISSUER.sign, WEB_METHOD, NOW)

    def fetch(url: str) -> bytes:
        asked.append(url)
        return json.dumps(published[url]).encode()

    document = by_web(status=[status.entry(LISTS[0]["id"], 5, "revocation")])
    result = verify(document, registry=Registry.read(WEB_REGISTRY), now=NOW, offline=False, fetch=fetch)
    assert result.verdict == "valid"
    assert asked == list(published)  # the DID document once, the list once


def test_unreachable_is_unchecked():
    def fetch(url: str) -> bytes:
        raise UnreachableError("example.org could not be reached", "try again later")

    result = web_check(offline=False, fetch=fetch)
    assert result.verdict == "unchecked" and "try again later" in failed(result)[1]
    result = check(signed(), status=(), offline=False, fetch=fetch)
    assert result.verdict == "unchecked" and failed(result)[0] == "status"


def test_a_bad_signature_makes_nobody_ask_for_the_status():
    def fetch(url: str) -> bytes:
        raise AssertionError(f"asked for {url}")

    assert check(signed() | {"name": "x"}, status=(), offline=False, fetch=fetch).verdict == "invalid"


def test_nothing_in_a_document_makes_anyone_ask_for_its_contexts():
    def fetch(url: str) -> bytes:
        raise AssertionError(f"asked for {url}")

    document = signed() | {"@context": ["http://169.254.169.254/latest/meta-data"]}
    assert check(document, offline=False, fetch=fetch).verdict == "invalid"


# -- whatever comes in
_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(
    ["urn:x", ISSUER.did, "2026-11-23T08:00:00Z", "VerifiableCredential", "BitstringStatusListEntry", "did:web:example.org"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["id", "type", "name", "statusPurpose", "statusListIndex", "statusListCredential", "genre", "description", "x", "@id"]), inner, max_size=4),
    max_leaves=8)
_PATHS = [("name",), ("issuer",), ("issuer", "name"), ("type",), ("validFrom",), ("validUntil",), ("credentialStatus",), ("evidence",),
          ("credentialStatus", 0), ("credentialStatus", 0, "statusListIndex"), ("credentialStatus", 0, "statusPurpose"), ("evidence", 1),
          ("evidence", 1, "name"), ("credentialSubject",), ("credentialSubject", "achievement"), ("credentialSubject", "achievement", "humanCode"),
          ("credentialSubject", "identifier"), ("credentialSchema",), ("proof",), ("proof", 0), ("proof", 0, "proofValue"),
          ("proof", 0, "verificationMethod"), ("proof", 0, "created"), ("@context",), ("@context", 1), ("id",)]


@given(st.sampled_from(_PATHS), _JSON, st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_document_gets_an_answer(path, value, by_the_issuer):
    """No foreign exception, also for what the issuer itself signed; nothing is valid but what is."""
    document = signed()
    holder = document
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    if by_the_issuer and path[0] not in ("proof", "@context"):
        try:
            document = sign_anything({key: member for key, member in document.items() if key != "proof"})
        except CertificationError:
            pass
    result = check(document)
    assert [step.name for step in result.steps] == list(STEPS)
    model.assurance_of(document)
    if not by_the_issuer:
        assert (result.verdict == "valid") == (document == signed())


@given(st.dictionaries(st.text(max_size=5), _JSON, max_size=3))
@settings(max_examples=100, deadline=None)
def test_any_json_is_invalid(document):
    assert verify(document).verdict == "invalid"


# -- policies
class Refuses:
    def judge(self, document):
        return Finding(False, "refused")


@pytest.mark.parametrize(("policy", "verdict"), [
    (KnownIssuer(REGISTRY), "valid"), (UnsafeAnyIssuer(), "valid"), (Refuses(), "unknown-issuer"),
    (AllOf((KnownIssuer(REGISTRY), Refuses())), "unknown-issuer"), (AllOf((Refuses(), KnownIssuer(REGISTRY))), "unknown-issuer"),
    (AllOf((KnownIssuer(REGISTRY), UnsafeAnyIssuer())), "valid"), (AnyOf((Refuses(), KnownIssuer(REGISTRY))), "valid"),
    (AnyOf((Refuses(), Refuses())), "unknown-issuer"), (AllOf(()), "unknown-issuer"), (AnyOf(()), "unknown-issuer"),
    (AnyOf((AllOf((Refuses(),)), AllOf((KnownIssuer(REGISTRY),)))), "valid")])
def test_policies_compose(policy, verdict):
    assert check(signed(), policy=policy).verdict == verdict


def test_the_unsafe_policy_says_so():
    assert check(signed(), policy=UnsafeAnyIssuer()).steps[-1].message.startswith("UNSAFE")


# -- dids
@pytest.mark.parametrize(("did", "url"), [
    ("did:web:example.org", "https://example.org/.well-known/did.json"),
    ("did:web:localhost%3A8443", "https://localhost:8443/.well-known/did.json"),
    ("did:web:example.org:hubs:fiji", "https://example.org/hubs/fiji/did.json"),
    ("did:web:", None), ("did:web:a/b", None), ("did:web:user@example.org", None), ("did:web:example.org:..:x", None),
    ("did:web:example.org:", None), ("did:web:example.org%2Fx", None), ("did:web:example.org?x", None), ("did:web:[::1]", None),
    ("did:web:exämple.org", None), ("did:key:z6Mk", None), ("did:web:example.org\n", None)])
def test_addresses_of_did_web(did, url):
    from certification.errors import IdentifierError

    if url is None:
        with pytest.raises(IdentifierError, match="not a well-formed did:web"):
            dids.web_url(did)
    else:
        assert dids.web_url(did) == url


def _document(**changes) -> dict:
    return WEB_DOCUMENT | changes


@pytest.mark.parametrize(("document", "message"), [
    (_document(id="did:web:other.org"), "not the one of"),
    (_document(assertionMethod=[]), "does not list"), (_document(verificationMethod=[]), "does not list"),
    (_document(assertionMethod=None, authentication=[WEB_METHOD]), "does not list"),
    (_document(verificationMethod=[WEB_DOCUMENT["verificationMethod"][0] | {"controller": "did:web:other.org"}]), "another controller"),
    (_document(verificationMethod=[WEB_DOCUMENT["verificationMethod"][0] | {"type": "JsonWebKey"}]), "another controller or kind"),
    (_document(verificationMethod=[WEB_DOCUMENT["verificationMethod"][0] | {"publicKeyMultibase": "z1"}]), "not an Ed25519 public key"),
    (_document(verificationMethod=[WEB_DOCUMENT["verificationMethod"][0] | {"publicKeyMultibase": None}]), "starts with 'z'"),
])
def test_a_did_document_that_does_not_name_the_key(document, message):
    result = web_check(offline=False, fetch=lambda url: json.dumps(document).encode())
    assert result.verdict == "invalid" and message in failed(result)[1]


@pytest.mark.parametrize("answer", [b"", b"null", b"[]", b"<html>Sign in to the hotel's network</html>", b"{"])
def test_an_answer_that_is_no_did_document_decides_nothing(answer):
    result = web_check(offline=False, fetch=lambda url: answer)
    assert result.verdict == "unchecked" and "does not answer with a DID document" in failed(result)[1]


@pytest.mark.parametrize("document", [
    _document(verificationMethod=[], assertionMethod=WEB_DOCUMENT["verificationMethod"]),
    _document(assertionMethod=["#key-1"]),
    _document(assertionMethod=WEB_METHOD),
    _document(verificationMethod=[WEB_DOCUMENT["verificationMethod"][0] | {"id": "#key-1", "type": "Ed25519VerificationKey2020"}]),
])
def test_other_ways_to_write_a_did_document(document):
    assert web_check(did_documents={WEB: document}).verdict == "valid"


def test_did_key_is_its_own_document():
    assert dids.document_key(f"{ISSUER.did}#{ISSUER.multikey}", None) == keys.public_key(ISSUER.did) == ISSUER.public
