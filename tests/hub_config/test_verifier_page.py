"""The public verify page: every verdict in plain words with steps and a next step, no account, no script, no way in."""
import http.client
import json
import os
import re
import socket
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from certification import keys
from certification.proofs import add_proof
from hub_config.verifier.app import BODY, create_app
from hub_config.verifier.words import STEPS, VERDICTS
from tests.hub_config.house import house, until
from tests.simulators.certifying import Office

VOID = {"meta", "link", "input", "br", "img", "hr"}


class Page(HTMLParser):
    """Text, verdict and tags of a page; fails on what is not well nested."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.open, self.words, self.verdict, self.labelled, self.inputs = [], [], [], None, set(), []
        self.feed(text)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        self.verdict = attributes.get("data-verdict", self.verdict)
        if tag == "label":
            self.labelled.add(attributes["for"])
        if tag in ("input", "textarea"):
            self.inputs.append(attributes["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def office(tmp_path):
    import datetime

    office = Office(tmp_path, pdf=True, moment=datetime.datetime.now(datetime.UTC).replace(microsecond=0))
    yield office
    office.close()


@pytest.fixture
def client(office, tmp_path):
    with TestClient(create_app(office.public, registry=tmp_path / "registry.json", institution="Hub of Kigali", contact="help@x.example"),
                    base_url="http://verify.localhost:8000") as client:
        yield client


def page(answer, status=200) -> Page:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert len(answer.content) < 50_000
    read = Page(answer.text)
    assert not {"script", "iframe", "object", "embed", "style", "base"} & {tag for tag, _ in read.tags}
    for tag, attributes in read.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
    (html,) = (attributes for tag, attributes in read.tags if tag == "html")
    assert html["lang"] and html["dir"] in ("ltr", "rtl")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"] and "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    return read


def steps_of(read: Page) -> list[str]:
    return [name for name in STEPS.values() if name in read.text]


def upload(client, data: bytes, name="credential.json", **headers):
    return client.post("/verify", files={"file": (name, data)}, headers=headers)


def test_the_start_page_needs_no_account_and_no_script(client):
    read = page(client.get("/"))
    assert {"file", "link", "text"} == set(read.inputs) == read.labelled
    assert [attributes["method"] for tag, attributes in read.tags if tag == "form"] == ["post", "get", "post"]
    assert "No account" in read.text


@pytest.mark.parametrize("way", ["file", "pdf", "paste", "link", "printed link", "page's button", "json"])
def test_every_way_in_leads_to_the_same_verdict(client, office, way):
    record = office.signer.issue(office.learner(name="أمينة عبد الرحمن"))
    folder = office.public / "credentials" / record.id
    answer = {
        "file": lambda: upload(client, record.signed),
        "pdf": lambda: upload(client, (folder / "certificate.pdf").read_bytes(), "certificate.pdf"),
        "paste": lambda: client.post("/verify", files={"text": (None, json.dumps(record.document, ensure_ascii=False, indent=2) + "\n")}),
        "link": lambda: client.get("/open", params={"link": record.document["id"]}),
        "printed link": lambda: client.get("/open", params={"link": f" http://anywhere.example/credentials/{record.id}/ "}),
        "page's button": lambda: client.get("/", params={"credential": record.id}),
        "json": lambda: client.post("/verify", content=record.signed, headers={"content-type": "application/json"}),
    }[way]()
    read = page(answer)
    assert read.verdict == "valid"
    assert steps_of(read) == list(STEPS.values())
    assert "أمينة عبد الرحمن" in read.text
    assert "UN Regional Hub for Big Data, Kigali" in read.text
    assert "Nobody watched while the assessments were taken." in read.text
    assert any(tag == "bdi" and attributes.get("dir") == "auto" for tag, attributes in read.tags)


def test_programs_get_json(client, office):
    record = office.signer.issue(office.learner())
    answer = client.post("/verify", content=record.signed, headers={"content-type": "application/json", "accept": "application/json"})
    assert answer.json()["verdict"] == "valid"
    assert [step["name"] for step in answer.json()["steps"]] == list(STEPS)
    assert all(step["message"] for step in answer.json()["steps"])


def _changed(office, record):
    return record.signed.replace(b"Output Privacy for", b"Output privacy for")


def _revoked(office, record):
    office.signer.set_status(record.id, "revocation", True, "drill", "test")
    return record.signed


def _suspended(office, record):
    office.signer.set_status(record.id, "suspension", True, "drill", "test")
    return record.signed


def _expired(office, record):
    document = {key: value for key, value in record.document.items() if key != "proof"}
    return json.dumps(office.issuer.sign_credential(document | {"validFrom": "2020-01-01T00:00:00Z", "validUntil": "2021-01-01T00:00:00Z"})).encode()


def _stranger(office, record):
    key = keys.generate(bytes([66] * 32))
    document = {name: value for name, value in record.document.items() if name not in ("proof", "credentialStatus")}
    document["issuer"] = {"id": key.did, "type": ["Profile"], "name": "UN Regional Hub for Big Data, Kigali"}
    return json.dumps(add_proof(document, key.sign, f"{key.did}#{key.multikey}", document["validFrom"])).encode()


def _unlisted(office, record):
    for file in (office.public / "status").iterdir():
        file.unlink()
    return record.signed


@pytest.mark.parametrize(("make", "verdict"), [
    (_changed, "invalid"), (_revoked, "revoked"), (_suspended, "suspended"), (_expired, "expired"), (_stranger, "unknown-issuer"),
    (_unlisted, "unchecked")])
def test_every_verdict_has_words_steps_and_a_next_step(client, office, make, verdict):
    data = make(office, office.signer.issue(office.learner()))
    read = page(upload(client, data))
    assert read.verdict == verdict
    words = VERDICTS[verdict]
    assert words.title in read.text and words.means in read.text and words.next in read.text
    assert steps_of(read) == list(STEPS.values())
    assert VERDICTS["valid"].title not in read.text
    if verdict == "invalid":
        assert "Amina" not in read.text, "nothing unsigned is shown as a fact"
    if verdict == "unknown-issuer":
        assert "UN Regional Hub" not in read.text, "the issuer's name comes from the registry, never from the credential"


def test_a_demonstration_is_never_just_valid(tmp_path):
    import datetime

    office = Office(tmp_path, demonstration=True, moment=datetime.datetime.now(datetime.UTC))
    record = office.signer.issue(office.learner())
    with TestClient(create_app(office.public)) as client:
        read = page(upload(client, record.signed))
    assert read.verdict == "valid"
    assert "only a demonstration" in read.text and "not a qualification" in read.text
    assert VERDICTS["valid"].title not in read.text
    office.close()


@pytest.mark.parametrize("data", [b"{}", b"not json", b"[]", b"\xff\xfe", b"%PDF-1.7 nothing", b"\x89PNG\r\n", b'{"a": NaN}', b'{"a":1,"a":2}',
                                  b"[" * 100_000, b'{"@context": "https://evil.example/x"}', b"<svg onload=alert(1)>"])
def test_bad_input_gets_a_verdict_and_never_an_error(client, data):
    read = page(upload(client, data))
    assert read.verdict == "invalid"
    assert "Fails" in read.text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "{{ 7*7 }}", '"><img src=x>'])
def test_what_a_credential_says_is_shown_as_text(client, office, name):
    record = office.signer.issue(office.learner(name=name))
    assert name in page(upload(client, record.signed)).text


@pytest.mark.parametrize(("call", "status", "match"), [
    (lambda c: c.post("/verify", files={"file": ("x", b"")}), 400, "Nothing arrived"),
    (lambda c: c.post("/verify", files={"text": (None, "   ")}), 400, "Nothing arrived"),
    (lambda c: c.post("/verify"), 400, "Nothing arrived"),
    (lambda c: c.post("/verify", content=b"x", headers={"content-type": "multipart/form-data; boundary=y"}), 400, "Nothing arrived|did not arrive"),
    (lambda c: upload(c, b"x" * (BODY + 1)), 413, "too large"),
    (lambda c: c.post("/verify", content=iter([b"x" * 65536] * 40), headers={"content-type": "application/json"}), 413, "too large"),
    (lambda c: c.delete("/registry.json"), 405, "cannot be done"),
    (lambda c: c.get("/open"), 404, "does not hold"),
    (lambda c: c.get("/open", params={"link": "http://169.254.169.254/latest/meta-data"}), 404, "does not hold"),
    (lambda c: c.get("/open", params={"link": "file:///etc/passwd"}), 404, "does not hold"),
    (lambda c: c.get("/open", params={"link": "https://x.example/" + "a" * 32}), 404, "does not hold"),
    (lambda c: c.get("/open", params={"link": "http://[::1"}), 404, "does not hold"),
    (lambda c: c.get("/", params={"credential": "../../signer"}), 404, "no such certificate"),
    (lambda c: c.get("/", params={"credential": "0" * 32}), 404, "no such certificate"),
    (lambda c: c.get("/nothing/here"), 404, "no such page"),
])
def test_a_wrong_way_ends_at_a_page_with_the_next_step(client, call, status, match):
    read = page(call(client), status)
    assert re.search(match, read.text)
    assert any(attributes.get("href") == "/" for tag, attributes in read.tags if tag == "a")


def test_a_result_that_is_loaded_again_leads_to_the_start(client):
    assert "Check a certificate" in page(client.get("/verify")).text


def test_a_link_is_never_opened(client, monkeypatch):
    def no(*arguments, **options):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", no)
    assert client.get("/open", params={"link": "https://academy.example/credentials/" + "a" * 32}).status_code == 404


@pytest.mark.parametrize("path", ["/%2e%2e/book/journal", "/..%2fbook/journal", "/status/%2e%2e/%2e%2e/book/journal", "//etc/passwd", "/.hidden",
                                  "/credentials/.x", "/log/../../book/journal"])
def test_only_public_files_are_served(client, office, path):
    (office.public / ".hidden").write_text("secret")
    assert client.get(path).status_code == 404


def test_the_public_files_are_there_for_other_verifiers(client, office):
    record = office.signer.issue(office.learner())
    for path, kind in (("/.well-known/did.json", "application/json"), ("/registry.json", "application/json"),
                       ("/status/revocation-1.json", "application/json"), ("/log/checkpoint", "text/plain"), ("/log/tile/0/000.p/1", "application/octet-stream"),
                       (f"/credentials/{record.id}/credential.json", "application/json"), (f"/credentials/{record.id}/certificate.pdf", "application/pdf"),
                       ("/style.css", "text/css")):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith(kind), path
        if path != "/style.css":
            assert answer.headers["access-control-allow-origin"] == "*"
    read = page(client.get(f"/credentials/{record.id}"))
    assert "Amina Wanjirũ Diallo" in read.text
    assert ("a", "../../style.css") not in read.tags
    (style,) = (attributes["href"] for tag, attributes in read.tags if tag == "link")
    assert client.get(f"/credentials/{record.id}/{style}").status_code == 200
    links = [attributes["href"] for tag, attributes in read.tags if tag == "a"]
    assert {"certificate.pdf", "credential.json"} <= set(links)
    assert any(link.endswith(f"/?credential={record.id}") for link in links)


def test_the_operators_registry_wins(client, office, tmp_path):
    record = office.signer.issue(office.learner())
    did = office.issuer.did
    entry = {"name": "Name in the operator's registry", "tracks": ["*"], "document": office.issuer.did_document()}
    (tmp_path / "registry.json").write_text(json.dumps({"type": "academy.registry/1", "issuers": {did: entry}}))
    assert "Name in the operator's registry" in page(upload(client, record.signed)).text
    (tmp_path / "registry.json").write_text(json.dumps({"type": "academy.registry/1", "issuers": {did: entry | {"tracks": ["cooking"]}}}))
    assert page(upload(client, record.signed)).verdict == "unknown-issuer"
    (tmp_path / "registry.json").write_text("{")
    assert "has to repair it" in page(upload(client, record.signed), 503).text


def test_the_service_answers_on_its_socket_with_everything_else_off():
    with house() as built:
        (built.places.state / "public").mkdir(mode=0o755)
        built.service("verifier")
        path = str(built.places.socket("verifier"))

        def get(target):
            connection = http.client.HTTPConnection("verify.localhost")
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(10)
            connection.sock.connect(path)
            connection.request("GET", target)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            return answer.status, body

        until(lambda: get("/health") == (200, b"ok"))
        status, body = get("/")
        assert status == 200 and b"Check a certificate" in body
        if os.geteuid() == 0:
            pid = built.processes["verifier"].pid
            with open(f"/proc/{pid}/status") as file:
                assert f"Uid:\t{built.places.uid('verifier')}" in file.read()
