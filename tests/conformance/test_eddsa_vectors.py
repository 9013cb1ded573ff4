"""W3C EdDSA cryptosuites: the published vectors, byte for byte, made and checked; proof sets and chains as well."""
from __future__ import annotations

import copy
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from certification import cryptosuites
from certification.canonical import canonize, jcs
from certification.errors import CertificationError, ShapeError, SignatureError
from certification.keys import PrivateKey, generate, public_key
from certification.multibase import base58_decode, base58_encode
from certification.proofs import join_proof, proof_list, verify_proofs
from tests.conformance import standards

VECTORS = standards.COPIED / "eddsa"
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
UNSIGNED = standards.load(VECTORS / "unsigned.json")
CHAIN = VECTORS / "proof-set-chain"
SUITES = {"eddsa-rdfc-2022": "DataInt", "eddsa-jcs-2022": "JCS", "Ed25519Signature2020": "EdSig"}


def secret(pair: dict) -> PrivateKey:
    raw = base58_decode(pair["privateKeyMultibase"][1:])
    assert raw[:2] == b"\x80\x26"
    key = generate(raw[2:])
    assert key.multikey == pair["publicKeyMultibase"]
    return key


KEY = secret(standards.load(VECTORS / "keyPair.json"))


def text(suite: str, name: str) -> str:
    return (VECTORS / suite / f"{name}{SUITES[suite]}.txt").read_text(encoding="utf-8")


def signed(suite: str) -> dict:
    return standards.load(VECTORS / suite / f"signed{SUITES[suite]}.json")


def check(document: dict) -> list[str]:
    return verify_proofs(document, public_key, None, NOW, urls=tuple(document["@context"]))


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_signed_byte_for_byte(suite):
    document = signed(suite)
    urls = tuple(document["@context"])
    body = {key: value for key, value in document.items() if key != "proof"}
    config = standards.load(VECTORS / suite / f"proofConfig{SUITES[suite]}.json")
    options = config if suite == cryptosuites.JCS else {key: value for key, value in config.items() if key != "@context"}
    if suite == cryptosuites.JCS:
        assert jcs(body).decode() == text(suite, "canonDoc") and jcs(options).decode() == text(suite, "proofCanon")
    else:
        assert canonize(body, urls).decode() == text(suite, "canonDoc")
        assert canonize(options, urls).decode() == text(suite, "proofCanon")
    data = cryptosuites.hash_data(suite, urls, body, options)
    assert data.hex() == text(suite, "combinedHash") == text(suite, "proofHash") + text(suite, "docHash")
    assert KEY.sign(data).hex() == text(suite, "sigHex")
    assert "z" + base58_encode(KEY.sign(data)) == text(suite, "sigBTC58")


@pytest.mark.parametrize("suite", cryptosuites.MADE)
def test_made_as_published(suite):
    config = standards.load(VECTORS / suite / f"proofConfig{SUITES[suite]}.json")
    made = join_proof(UNSIGNED, KEY.sign, config["verificationMethod"], config["created"], cryptosuite=suite, urls=tuple(UNSIGNED["@context"]))
    assert made == signed(suite) | {"proof": [signed(suite)["proof"]]}


@pytest.mark.parametrize("suite", SUITES)
def test_the_published_credential_verifies_and_no_other(suite):
    assert check(signed(suite)) == [f"{KEY.did}#{KEY.multikey}"]
    for name in ("name", "description", "validFrom"):
        with pytest.raises(SignatureError, match="does not fit"):
            check(signed(suite) | {name: UNSIGNED[name].replace("2023", "2022").replace("Alumni", "Alumna")})


def test_the_vector_of_the_employment_credential():
    """Its context is not at hand; the canonical text is."""
    def read(name: str) -> str:
        return (VECTORS / "eddsa-rdfc-2022/employ" / f"{name}DataInt.txt").read_text(encoding="utf-8")

    data = sha256(read("proofCanon").encode()).digest() + sha256(read("canonDoc").encode()).digest()
    assert data.hex() == read("combinedHash")
    assert KEY.sign(data).hex() == read("sigHex") and "z" + base58_encode(KEY.sign(data)) == read("sigBTC58")


def test_2020_is_checked_and_not_made():
    with pytest.raises(ShapeError, match="are not made here"):
        join_proof(UNSIGNED, KEY.sign, "did:key:z#z", NOW, cryptosuite="Ed25519Signature2020", urls=tuple(UNSIGNED["@context"]))


# -- sets and chains
PAIRS = [secret(pair) for pair in standards.load(CHAIN / "multiKeyPairs.json").values()]
STEPS = [("proofSetConfig1", PAIRS[0]), ("proofSetConfig2", PAIRS[1]), ("proofChainConfig1", PAIRS[2]), ("proofChainConfig2", PAIRS[3])]
RESULTS = ["signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"]


def test_a_set_and_a_chain_made_as_published():
    document = standards.load(CHAIN / "unsigned.json")
    for (name, key), result in zip(STEPS, RESULTS, strict=True):
        config = standards.load(CHAIN / f"{name}.json")
        previous = config.get("previousProof", [])
        document = join_proof(document, key.sign, config["verificationMethod"], config["created"], id=config.get("id"),
                              previous=[previous] if isinstance(previous, str) else previous, urls=tuple(document["@context"]))
        published = standards.load(CHAIN / f"{result}.json")
        assert document == published | {"proof": proof_list(published)}, result


@pytest.mark.parametrize("name", RESULTS)
def test_sets_and_chains_verify(name):
    assert len(check(standards.load(CHAIN / f"{name}.json"))) == RESULTS.index(name) + 1


def _first_gone(proofs):
    del proofs[0]


def _order_changed(proofs):
    proofs.reverse()


def _first_altered(proofs):
    proofs[0]["created"] = "2023-02-24T23:36:39Z"


def _named_twice(proofs):
    proofs[1]["id"] = proofs[0]["id"]


def _link_cut(proofs):
    del proofs[3]["previousProof"]


def _link_moved(proofs):
    proofs[3]["previousProof"] = proofs[0]["id"]


def _to_itself(proofs):
    proofs[2]["previousProof"] = proofs[2]["id"]


def _value_changed(proofs):
    proofs[2]["proofValue"] = proofs[1]["proofValue"]


CHANGES = {_first_gone: "follows a proof that is not there", _first_altered: "proof 1 does not fit", _named_twice: "there twice|does not fit",
           _link_cut: "proof 4 does not fit", _link_moved: "proof 4 does not fit", _to_itself: "follows a proof", _value_changed: "proof 3 does not fit"}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_a_chain_that_was_tampered_with(change):
    document = copy.deepcopy(standards.load(CHAIN / "signedProofChain2.json"))
    change(document["proof"])
    with pytest.raises(CertificationError, match=CHANGES[change]):
        check(document)


def test_the_order_of_a_chain_is_in_its_names():
    document = standards.load(CHAIN / "signedProofChain2.json")
    _order_changed(document["proof"])
    assert len(check(document)) == 4


def test_contexts_appended_to_a_jcs_proof_are_refused():
    document = signed("eddsa-jcs-2022")
    document["@context"] = [*document["@context"], "https://w3id.org/security/data-integrity/v2"]
    with pytest.raises(ShapeError, match="a context of its own"):
        check(document)


@pytest.mark.parametrize("member", ["undefined:member", "@reverse", "grade"])
def test_safe_mode_holds_for_jcs_too(member):
    """RFC 8785 would sign anything; only what the contexts define is signed or accepted."""
    urls = ("https://www.w3.org/ns/credentials/v2",)
    document = {**UNSIGNED, "@context": list(urls), "type": ["VerifiableCredential"], "credentialSubject": {"id": "did:example:a"}, member: "x"}
    with pytest.raises(ShapeError):
        join_proof(document, KEY.sign, f"{KEY.did}#{KEY.multikey}", NOW, cryptosuite=cryptosuites.JCS)
