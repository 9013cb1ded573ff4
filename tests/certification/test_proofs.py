"""eddsa-rdfc-2022: the published vector, a credential signed by another program, and proofs that must not hold."""
from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from certification import contexts, keys, proofs
from certification.canonical import canonize
from certification.errors import CertificationError, ParseError, ShapeError, SignatureError, UnsupportedProofError
from certification.multibase import base58_decode
from tests.certification.kit import ISSUER, METHOD, NOW, STRANGER, credential, sign, sign_anything, signed


def verify(document: dict, now=NOW) -> list[str]:
    return proofs.verify_proofs(document, keys.public_key, ISSUER.did, now)


def test_the_vector_of_the_specification():
    """W3C EdDSA Cryptosuites 1.0, B.1: proof options, their hash, the document's hash, the signature."""
    did = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    options = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": "2023-02-24T23:36:38Z",
               "verificationMethod": f"{did}#{did[8:]}", "proofPurpose": "assertionMethod"}
    options_hash = hashlib.sha256(canonize(options, (contexts.CREDENTIALS,)))
    assert options_hash.hexdigest() == "bea7b7acfbad0126b135104024a5f1733e705108f42d59668b05c0c50004c6b0"
    document_hash = bytes.fromhex("517744132ae165a5349155bef0bb0cf2258fff99dfe1dbd914b938d775a36017")
    signature = base58_decode("2YwC8z3ap7yx1nZYCg4L3j3ApHsF8kgPdSb5xoS1VR7vPG3F561B52hYnQF9iseabecm3ijx4K1FBTQsCZahKZme")
    keys.public_key(did).verify(signature, options_hash.digest() + document_hash)


def test_a_proof_is_a_list_of_one_and_holds():
    document = sign(credential())
    assert [proof["cryptosuite"] for proof in document["proof"]] == ["eddsa-rdfc-2022"]
    assert verify(document) == [METHOD]


def test_the_same_document_has_the_same_proof():
    assert sign(credential()) == sign(credential())


def test_a_single_proof_need_not_be_in_a_list():
    document = signed()
    assert verify(document | {"proof": document["proof"][0]}) == [METHOD]


def test_optional_members_are_signed():
    document = sign_anything(credential(), nonce="n", id="urn:uuid:1f6a7f0b-0000-4000-8000-000000000000", expires="2027-01-01T00:00:00Z")
    assert verify(document) == [METHOD]
    for member in ("nonce", "id", "expires"):
        changed = {name: value for name, value in document["proof"][0].items() if name != member}
        with pytest.raises(SignatureError, match="does not fit"):
            verify(document | {"proof": [changed]})


def test_created_may_be_missing():
    assert verify(sign_anything(credential(), created=None)) == [METHOD]


@pytest.mark.parametrize(("options", "message"), [
    ({"proofPurpose": "authentication"}, "not made to assert a credential"),
    ({"challenge": "c"}, "answers a challenge"),
    ({"domain": "example.org"}, "answers a challenge"),
    ({"expires": "2026-11-23T07:54:59Z"}, "expired on"),
    ({"created": "2026-11-23T08:05:01Z"}, "created in the future"),
    ({"verificationMethod": f"{STRANGER.did}#{STRANGER.multikey}"}, "not of the issuer"),
    ({"verificationMethod": "https://example.org/keys/1"}, "not of the issuer"),
])
def test_a_signed_proof_that_does_not_count(options, message):
    with pytest.raises(SignatureError, match=message):
        verify(sign_anything(credential(), **options))


@pytest.mark.parametrize("options", [{"expires": "2026-11-23T07:55:00Z"}, {"created": "2026-11-23T08:05:00Z"}])
def test_clocks_may_differ_by_five_minutes(options):
    assert verify(sign_anything(credential(), **options)) == [METHOD]


@pytest.mark.parametrize(("change", "message"), [
    ({"cryptosuite": "eddsa-2023"}, "unknown type or cryptosuite"),
    ({"previousProof": "urn:uuid:1"}, "follows a proof that is not there"),
    ({"cryptosuite": None}, "unknown type or cryptosuite"),
    ({"cryptosuite": ["eddsa-rdfc-2022"]}, "unknown type or cryptosuite"),
    ({"type": "Proof"}, "unknown type or cryptosuite"),
    ({"type": ["DataIntegrityProof"]}, "unknown type or cryptosuite"),
    ({"comment": "x"}, "not part of a proof: 'comment'"),
    ({"jws": "x"}, "not part of a proof: 'jws'"),
    ({"proofValue": None}, "must name its verificationMethod and proofValue"),
    ({"verificationMethod": {"id": METHOD}}, "must name its verificationMethod"),
    ({"verificationMethod": ISSUER.did}, "the key|must name|repeat|does not fit"),
    ({"proofValue": ""}, "base58-btc"),
    ({"proofValue": "uAAAA"}, "base58-btc"),
    ({"proofValue": "z0"}, "not a base58 letter"),
    ({"proofValue": "z" + "1" * 64}, "does not fit"),
    ({"proofValue": "z" + "2" * 200}, "too long"),
    ({"proofValue": "z2"}, "not a signature of 64 bytes"),
    ({"proofPurpose": "authentication"}, "not made to assert"),
    ({"created": "2026-11-23T07:59:59Z"}, "does not fit"),
    ({"created": "yesterday"}, "created is not a time"),
    ({"expires": 5}, "expires is not a time"),
])
def test_a_changed_proof(change, message):
    document = signed()
    document["proof"][0] |= change
    with pytest.raises(CertificationError, match=message):
        verify(document)


@pytest.mark.parametrize(("proof", "message"), [
    (None, "is not signed"), ([], "is not signed"), ("x", "proof 1 is not an object"), ([None], "proof 1 is not an object"),
    ([{"@context": "https://example.org/"}], "a context of its own"), ([{}] * 9, "has 9 proofs"), ([{}], "unknown type or cryptosuite")])
def test_a_document_without_proofs_to_check(proof, message):
    with pytest.raises(CertificationError, match=message):
        verify(signed() | {"proof": proof})


def test_every_proof_of_a_set_must_hold():
    good, other = sign(credential())["proof"][0], sign_anything(credential(), nonce="2")["proof"][0]
    assert len(verify(signed() | {"proof": [good, other]})) == 2
    bad = good | {"proofValue": sign(credential(name="Other"))["proof"][0]["proofValue"]}
    foreign = sign(credential(), STRANGER)["proof"][0]
    for proof, message in ((bad, "proof 2 does not fit"), (foreign, "proof 2 was made with a key of"), ({}, "proof 2 has an unknown")):
        with pytest.raises(SignatureError, match=message):
            verify(signed() | {"proof": [good, proof]})
    with pytest.raises(SignatureError, match="proof 1 does not fit"):
        verify(signed() | {"proof": [bad, good]})


@pytest.mark.parametrize("change", [
    {"cryptosuite": "eddsa-2022"}, {"cryptosuite": "ecdsa-rdfc-2019"}, {"cryptosuite": "bbs-2023"}, {"type": "JsonWebSignature2020"}])
def test_a_proof_of_another_kind_is_not_checked_and_outvotes_nothing(change):
    good = signed()["proof"][0]
    with pytest.raises(UnsupportedProofError, match="cannot check"):
        verify(signed() | {"proof": [good, good | change]})
    bad = good | {"proofValue": "z" + "1" * 64}
    with pytest.raises(SignatureError, match="does not fit") as caught:
        verify(signed() | {"proof": [good | change, bad]})
    assert not isinstance(caught.value, UnsupportedProofError)


def test_signs_only_what_it_would_verify():
    with pytest.raises(ShapeError, match="has a proof already"):
        sign(signed())
    with pytest.raises(ShapeError, match="titel is not defined"):
        sign(credential() | {"titel": "x"})
    with pytest.raises(ParseError, match=r"U\+0007"):
        sign(credential(name="bell\x07"))


def test_a_signer_is_never_asked_about_a_document_that_is_refused():
    def never(data: bytes) -> bytes:
        raise AssertionError("asked to sign")

    with pytest.raises(ShapeError, match="is null"):
        proofs.add_proof(credential() | {"description": None}, never, METHOD, NOW)


# Signed by the npm packages @digitalbazaar/vc 7 and eddsa-rdfc-2022-cryptosuite (a throw-away key); the text is ours.
FOREIGN = {'@context': ['https://www.w3.org/ns/credentials/v2',
              'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json',
              'https://purl.imsglobal.org/spec/ob/v3p0/extensions.json'],
 'id': 'https://verify.example.org/credentials/1',
 'type': ['VerifiableCredential', 'OpenBadgeCredential'],
 'issuer': {'id': 'did:key:z6Mkqr6A5eBd2q1uN8KYfiaz6cwdfFXmvBriWps7ZKeeJQJP',
            'type': ['Profile'],
            'name': 'Institute of Example (its own words)'},
 'name': 'Output privacy — Ա "quoted"\n\t😀',
 'validFrom': '2026-11-23T08:00:00Z',
 'credentialSubject': {'type': ['AchievementSubject'],
                       'identifier': [{'type': 'IdentityObject',
                                       'hashed': True,
                                       'identityHash': 'sha256$7ff8b54cee283e5a5a59a14f62c2b4af350c80fecb5a4b84e2853bd8127dccbb',
                                       'identityType': 'emailAddress',
                                       'salt': 'salt-of-16-bytes'}],
                       'achievement': {'id': 'https://verify.example.org/achievements/output-privacy/1',
                                       'type': ['Achievement'],
                                       'achievementType': 'Certificate',
                                       'name': 'Output privacy',
                                       'description': 'Publishing statistics without giving people away.',
                                       'humanCode': 'output-privacy',
                                       'criteria': {'narrative': 'Pass every module of the track.'},
                                       'version': '1',
                                       'tag': ['privacy', 'dp'],
                                       'alignment': [{'type': ['Alignment'],
                                                      'targetName': 'Statistical confidentiality',
                                                      'targetUrl': 'https://example.org/skills/1'}],
                                       'resultDescription': [{'id': 'urn:uuid:2a9c6ad0-0000-4000-8000-000000000001',
                                                              'type': ['ResultDescription'],
                                                              'name': 'Points',
                                                              'resultType': 'Percent',
                                                              'allowedValue': ['0', '90']}],
                                       'creditsAvailable': 12.5},
                       'result': [{'type': ['Result'],
                                   'resultDescription': 'urn:uuid:2a9c6ad0-0000-4000-8000-000000000001',
                                   'value': '90'}]},
 'credentialSchema': [{'id': 'https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json',
                       'type': '1EdTechJsonSchemaValidator2019'}],
 'evidence': [{'id': 'urn:uuid:0d1f3c3e-8f4b-4a58-9d0b-1f6a7f0b9c11',
               'type': ['Evidence'],
               'genre': 'transcript',
               'name': '01_differential_privacy',
               'narrative': '9 of 10 points',
               'digestMultibase': 'uEiBEE2-jVbNnihFGrRb36GSelPtPwh_nfoMQwGD2HKr_ig'},
              {'type': ['Evidence'],
               'genre': 'assurance',
               'name': 'identity',
               'description': 'self-asserted',
               'narrative': "The learner's identity is what the learner said it is."},
              {'type': ['Evidence'],
               'genre': 'assurance',
               'name': 'supervision',
               'description': 'none',
               'narrative': 'Nobody watched while the assessments were taken.'},
              {'type': ['Evidence'],
               'genre': 'assurance',
               'name': 'aids',
               'description': 'any',
               'narrative': 'Any aid was allowed, including books, colleagues and software assistants.'},
              {'type': ['Evidence'],
               'genre': 'assurance',
               'name': 'assessment',
               'description': 'public',
               'narrative': 'The assessments and their model answers are public; the data differ for each learner.'}],
 'validUntil': '2029-08-19T08:00:00Z',
 'credentialStatus': [{'id': 'https://verify.example.org/status/revocation#94567',
                       'type': 'BitstringStatusListEntry',
                       'statusPurpose': 'revocation',
                       'statusListIndex': '94567',
                       'statusListCredential': 'https://verify.example.org/status/revocation'},
                      {'id': 'https://verify.example.org/status/suspension#23452',
                       'type': 'BitstringStatusListEntry',
                       'statusPurpose': 'suspension',
                       'statusListIndex': '23452',
                       'statusListCredential': 'https://verify.example.org/status/suspension'}],
 'proof': {'type': 'DataIntegrityProof',
           'created': '2026-11-23T08:00:00Z',
           'verificationMethod': 'did:key:z6Mkqr6A5eBd2q1uN8KYfiaz6cwdfFXmvBriWps7ZKeeJQJP#z6Mkqr6A5eBd2q1uN8KYfiaz6cwdfFXmvBriWps7ZKeeJQJP',
           'cryptosuite': 'eddsa-rdfc-2022',
           'proofPurpose': 'assertionMethod',
           'proofValue': 'z4HFaDHXAfGZDXcnN7DNvPhzHU6shPeb6vGAVZHZEQ7Nhjw65Mkk6oPN66Cx7tGU7DYLgGVC3gJsjmgBwTR5GnGZw'}}


@pytest.mark.parametrize("now", [NOW, NOW + timedelta(days=3650)])
def test_a_credential_signed_by_another_program(now):
    issuer = FOREIGN["issuer"]["id"]
    assert proofs.verify_proofs(FOREIGN, keys.public_key, issuer, now)
    with pytest.raises(SignatureError, match="does not fit"):
        proofs.verify_proofs(FOREIGN | {"name": "Other"}, keys.public_key, issuer, now)
