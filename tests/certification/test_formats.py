"""What others issue and this verifier takes: VCDM 1.1, older Open Badges, JCS proofs, sets and chains; through the whole verifier."""
from __future__ import annotations

import copy

import pytest

from certification import contexts, proofs
from certification.verify import Verdict
from tests.certification.kit import ISSUER, METHOD, NOW, STRANGER, check, credential, failed, sign

OLD = [contexts.CREDENTIALS_V1, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json", contexts.EXTENSIONS, contexts.DATA_INTEGRITY]
DATES = {"issuanceDate": "2026-11-23T08:00:00Z", "expirationDate": "2027-11-23T08:00:00Z"}


def old(**changes) -> dict:
    """The credential as VCDM 1.1 and Open Badges 3.0.1 write it, unsigned."""
    document = credential(status=())
    for name in ("validFrom", "validUntil", "description", "evidence"):
        document.pop(name, None)
    return {name: value for name, value in (document | {"@context": OLD} | DATES | changes).items() if value is not None}


def joined(document: dict, *, key=ISSUER, **options) -> dict:
    return proofs.join_proof(document, key.sign, f"{key.did}#{key.multikey}", NOW, **options)


@pytest.mark.parametrize("urls", sorted(urls for urls in contexts.LISTS if urls[0] == contexts.CREDENTIALS_V1 and any("ob/v3p0/context" in url for url in urls)
                                        and contexts.EXTENSIONS in urls and any("data-integrity" in url for url in urls)))
def test_vcdm_1_1_with_each_version_of_open_badges(urls):
    assert check(joined(old(**{"@context": list(urls)}))).verdict == "valid"


@pytest.mark.parametrize(("changes", "verdict", "message"), [
    ({}, "valid", ""),
    ({"expirationDate": None}, "valid", ""),
    ({"validUntil": "2026-11-23T07:00:00Z"}, "invalid", "validUntil lies before validFrom"),
    ({"issuanceDate": "2026-01-01T00:00:00Z", "expirationDate": "2026-06-01T00:00:00Z"}, "expired", "expired on 2026-06-01"),
    ({"issuanceDate": "2026-01-01T00:00:00Z", "validUntil": "2026-06-01T00:00:00Z"}, "expired", "expired on 2026-06-01"),
    ({"issuanceDate": "2026-12-01T00:00:00Z"}, "invalid", "not valid before 2026-12-01"),
    ({"validFrom": "2026-12-01T00:00:00Z"}, "invalid", "not valid before 2026-12-01"),
    ({"issuanceDate": None}, "invalid", "issuanceDate is missing"),
    ({"issuanceDate": "2026-11-23"}, "invalid", "issuanceDate is not a time"),
    ({"expirationDate": "never"}, "invalid", "expirationDate is not a time"),
    ({"issuanceDate": None, "validFrom": "2026-11-23T08:00:00Z"}, "invalid", "issuanceDate is missing"),
])
def test_the_dates_of_vcdm_1_1(changes, verdict, message):
    result = check(joined(old(**changes)))
    assert result.verdict == verdict
    assert not message or message in failed(result)[1]


def test_the_dates_of_vcdm_1_1_are_no_terms_of_2_0():
    result = check(sign(credential(status=())) | {"expirationDate": "2020-01-01T00:00:00Z"})
    assert result.verdict == "invalid" and failed(result)[0] == "shape"


# -- proofs
def test_a_jcs_proof_and_a_set_of_both_kinds():
    one = joined(credential(status=()), cryptosuite="eddsa-jcs-2022")
    assert check(one).verdict == "valid"
    both = joined(one)
    assert [proof["cryptosuite"] for proof in both["proof"]] == ["eddsa-jcs-2022", "eddsa-rdfc-2022"] and check(both).verdict == "valid"


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
@pytest.mark.parametrize("change", [{"name": "Doctor"}, {"validUntil": "2999-01-01T00:00:00Z"}, {"id": "urn:x"}])
def test_a_changed_document_fits_no_suite(suite, change):
    result = check(joined(credential(status=()), cryptosuite=suite) | change)
    assert result.verdict == "invalid" and "does not fit" in failed(result)[1]


def test_a_jcs_proof_does_not_take_another_order_of_a_list():
    """As RDF a list of tags is a set; as JSON it is not."""
    document = joined(credential(status=()), cryptosuite="eddsa-jcs-2022")
    document = copy.deepcopy(document)
    document["credentialSubject"]["achievement"]["tag"].reverse()
    assert check(document).verdict == "invalid"


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_a_chain_of_the_issuer(suite):
    first = joined(credential(status=()), cryptosuite=suite, id="urn:uuid:1")
    chain = joined(first, cryptosuite=suite, previous=["urn:uuid:1"])
    assert check(chain).verdict == "valid"
    replaced = copy.deepcopy(chain)
    replaced["proof"][0] = joined(credential(status=()), cryptosuite=suite, id="urn:uuid:1", expires="2030-01-01T00:00:00Z")["proof"][0]
    result = check(replaced)
    assert result.verdict == "invalid" and "proof 2 does not fit" in failed(result)[1]


def test_a_second_proof_of_a_stranger_is_refused():
    result = check(joined(sign(credential(status=())), key=STRANGER))
    assert result.verdict == Verdict.INVALID and "proof 2 was made with a key of" in failed(result)[1]


def test_a_new_proof_on_a_chain_that_is_not_there():
    with pytest.raises(proofs.SignatureError, match="follows a proof that is not there"):
        joined(credential(status=()), previous=["urn:uuid:9"])


def test_the_method_is_the_issuers():
    assert METHOD.startswith(ISSUER.did)
