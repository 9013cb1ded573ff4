"""The public files: what a stranger finds, and that they can all be made again."""
import html
import json
import shutil
import stat
from datetime import timedelta

import pytest

from certification import model
from certification.certificate import CertificateError
from certification.log import leaf, open_checkpoint, verify_inclusion
from certification.registry import Registry
from certification.status import StatusList, decode
from certification.verify import verify
from tests.simulators.certifying import Office


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.close()


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_stranger_needs_nothing_else(office):
    record = office.signer.issue(office.learner())
    found = files(office.public)
    registry = Registry.read(json.loads(found["registry.json"]))
    result = verify(found[f"credentials/{record.id}/credential.json"], registry=registry, status=office.lists(), now=office.moment)
    assert result.verdict == "valid", result.as_dict()
    assert result.issuer == "UN Regional Hub for Big Data, Kigali"
    assert json.loads(found[".well-known/did.json"])["id"] == "did:web:academy.example"


@pytest.mark.parametrize(("address", "place"), [("https://academy.example", ".well-known/did.json"), ("https://a.example/x/y", "did.json")])
def test_the_did_document_lies_where_did_web_looks(tmp_path, address, place):
    office = Office(tmp_path, address=address)
    assert place in files(office.public)
    office.close()


def test_a_demonstration_has_no_did_document_and_says_what_it_is(tmp_path):
    office = Office(tmp_path, demonstration=True)
    record = office.signer.issue(office.learner())
    found = files(office.public)
    assert not any(name.endswith("did.json") for name in found)
    (entry,) = json.loads(found["registry.json"])["issuers"].values()
    assert "Demonstration, not a qualification" in entry["name"]
    assert b"Demonstration, not a qualification" in found[f"credentials/{record.id}/index.html"]
    assert record.document["issuer"]["name"] == "Demonstration, not a qualification"
    office.close()


@pytest.mark.parametrize(("purpose", "verdict", "word"), [("revocation", "revoked", b"Revoked"), ("suspension", "suspended", b"Suspended")])
def test_a_withdrawal_shows_at_once(office, purpose, verdict, word):
    record = office.signer.issue(office.learner())
    other = office.signer.issue(office.learner("bintou"))
    office.signer.set_status(record.id, purpose, True, "drill", "operator")
    registry = Registry.load(office.public / "registry.json")
    assert verify(record.signed, registry=registry, status=office.lists(), now=office.moment).verdict == verdict
    assert verify(other.signed, registry=registry, status=office.lists(), now=office.moment).verdict == "valid"
    assert word in (office.public / f"credentials/{record.id}/index.html").read_bytes()
    bits = decode(json.loads((office.public / f"status/{purpose}-1.json").read_bytes())["credentialSubject"]["encodedList"])
    assert [index for index in range(len(bits)) if bits[index]] == [record.index]
    assert isinstance(bits, StatusList)


def test_lists_are_kept_until_half_their_time_has_passed(office):
    office.publisher.lists()
    first = office.lists()
    office.moment += timedelta(hours=11, minutes=59)
    office.publisher.lists()
    assert office.lists() == first
    office.moment += timedelta(minutes=1)
    office.publisher.lists()
    second = office.lists()
    assert second != first
    assert json.loads(second[0])["validUntil"] == "2026-11-24T20:00:00Z"


def test_everything_is_made_again_byte_for_byte(office):
    for username in ("amina", "bintou"):
        office.signer.issue(office.learner(username))
    office.signer.set_status(office.book.ids()[0], "suspension", True, "drill", "operator")
    before = files(office.public)
    shutil.rmtree(office.public)
    office.publisher._tiled = 0
    office.publisher.everything()
    after = files(office.public)
    # What depends on how large the log was when it was written: a proof, and the partial tiles of former sizes.
    same = {name for name in before if not name.endswith("inclusion.json") and ".p/1" not in name}
    assert {name: before[name] for name in same} == {name: after.get(name) for name in same}


def test_each_credential_is_proven_in_the_log(office):
    records = [office.signer.issue(office.learner(f"learner-{n}")) for n in range(5)]
    for record in records:
        proof = json.loads((office.public / f"credentials/{record.id}/inclusion.json").read_bytes())
        checkpoint = open_checkpoint(proof["checkpoint"], office.log_key)
        own = leaf(bytes.fromhex(proof["salt"]), (office.public / f"credentials/{record.id}/credential.json").read_bytes())
        assert own.hex() == proof["leaf"]
        verify_inclusion(own, proof["index"], checkpoint.size, [bytes.fromhex(node) for node in proof["path"]], checkpoint.root)
    assert open_checkpoint((office.public / "log/checkpoint").read_text(), office.log_key).size == 5


def test_no_name_outside_a_credentials_own_folder(office):
    office.signer.issue(office.learner("amina", name="Zanele Mbeki"))
    for name, data in files(office.public).items():
        if not name.startswith("credentials/"):
            assert b"Zanele" not in data and b"amina" not in data, name


def test_without_consent_nobody_is_named_anywhere(office):
    record = office.signer.issue(office.learner("amina", name="Zanele Mbeki", consent=False))
    for name, data in files(office.public).items():
        assert b"Zanele" not in data and b"amina" not in data, name
    (identity,) = record.document["credentialSubject"]["identifier"]
    assert model.identity_matches(identity, "amina@office.example")
    assert len(identity["salt"]) >= 32


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=a>', "$achievement ${x} $$", "&lt;b&gt;"])
def test_a_name_is_text_on_the_page(office, name):
    record = office.signer.issue(office.learner("amina", name=name))
    page = (office.public / f"credentials/{record.id}/index.html").read_text("utf-8")
    assert html.escape(name) in page
    assert "<script" not in page and "<img" not in page
    assert len(page.encode()) < 50_000


def test_a_name_no_font_has_holds_up_nothing(office):
    def unprintable(record):
        raise CertificateError("no installed font has 'ዳ'")

    office.publisher.pdf = unprintable
    record = office.signer.issue(office.learner())
    found = files(office.public)
    assert f"credentials/{record.id}/credential.json" in found
    assert f"credentials/{record.id}/certificate.pdf" not in found
    office.publisher.pdf = lambda record: b"%PDF"
    office.publisher.everything()
    assert (office.public / f"credentials/{record.id}/certificate.pdf").read_bytes() == b"%PDF"


def test_former_addresses_keep_their_lists(tmp_path):
    office = Office(tmp_path, demonstration=True, address="http://verify.localhost:8000")
    record = office.signer.issue(office.learner())
    office.publisher.address, office.publisher.former = "http://verify.localhost:9000", ["http://verify.localhost:8000"]
    office.signer.set_status(record.id, "revocation", True, "drill", "operator")
    lists = [path.read_bytes() for path in (office.public / "status").rglob("*.json")]
    assert verify(record.signed, status=lists, now=office.moment).verdict == "revoked"
    office.close()


def test_files_are_readable_by_all_whatever_the_umask(tmp_path):
    import os

    old = os.umask(0o077)
    try:
        office = Office(tmp_path)
        office.signer.issue(office.learner())
        for path in (office.public, *office.public.rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path
        office.close()
    finally:
        os.umask(old)
