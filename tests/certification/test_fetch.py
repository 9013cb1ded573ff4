"""The one way to the network: https, public addresses, no redirects, bounded size and time. Against a real server."""
from __future__ import annotations

import gzip
import json
import socket
import ssl
import time

import pytest

from certification import dids, proofs, status
from certification.errors import UnreachableError
from certification.fetch import Fetcher, _public
from certification.registry import Registry
from certification.verify import verify
from tests.certification.kit import ISSUER, NOW, credential
from tests.simulators.https import Site, drip


@pytest.fixture
def site(tmp_path):
    with Site(tmp_path) as found:
        yield found


def fetcher(site: Site, **changes) -> Fetcher:
    return Fetcher(**({"trust": site.trust, "unsafe_private": True, "seconds": 3.0} | changes))


def test_gets_a_page(site):
    site.pages["/a?b=c"] = b'{"x": 1}'
    assert fetcher(site)(f"{site.address}/a?b=c") == b'{"x": 1}'


@pytest.mark.parametrize("url", [
    "http://example.org/", "ftp://example.org/", "file:///etc/passwd", "https://", "https:///x", "//example.org/x", "example.org", "",
    "https://user@example.org/", "https://user:word@example.org/", "https://example.org/#x", "https://example.org:port/",
    "https://example.org:99999/", "data:text/plain,x", "https://[::1/", "gopher://example.org"])
def test_asks_only_plain_https_addresses(url, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **names: pytest.fail("looked up"))
    with pytest.raises(UnreachableError, match="address"):
        Fetcher()(url)


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "2002:7f00:1::", "64:ff9b::7f00:1", "2001:db8::1"])
def test_private_addresses(address):
    assert not _public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"])
def test_public_addresses(address):
    assert _public(address)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1"])
def test_a_private_address_is_not_connected_to(site, host):
    with pytest.raises(UnreachableError, match="private address|could not be reached"):
        Fetcher(trust=site.trust)(f"https://{host}:{site.port}/")
    assert site.asked == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **names: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443)), (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))])
    with pytest.raises(UnreachableError, match="private address"):
        Fetcher()("https://example.org/")


def test_connects_to_the_address_that_was_checked(monkeypatch):
    """A name that changes its address between look-up and connection (DNS rebinding) gains nothing."""
    asked, connected = [], []

    def lookup(host, *arguments, **names):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34" if len(asked) == 1 else "127.0.0.1", 443))]

    def connect(address, *arguments, **names):
        connected.append(address[0])
        raise OSError("no network here")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(UnreachableError, match="could not be reached"):
        Fetcher()("https://example.org/")
    assert connected == ["93.184.216.34"] and asked == ["example.org"]


def test_an_unknown_authority_is_refused(site):
    site.pages["/"] = b"{}"
    with pytest.raises(UnreachableError, match="SSLCertVerificationError"):
        fetcher(site, trust=ssl.create_default_context())(site.address + "/")
    assert site.asked == []


def test_a_certificate_for_another_name_is_refused(site):
    with pytest.raises(UnreachableError, match="SSLCertVerificationError"):
        fetcher(site)(f"https://127.0.0.1:{site.port}/")


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_redirects_are_not_followed(site, code):
    site.pages |= {"/": (code, f"{site.address}/other".encode()), "/other": b"{}"}
    with pytest.raises(UnreachableError, match=f"answered {code}") as caught:
        fetcher(site)(site.address + "/")
    assert "final address" in caught.value.next and site.asked == ["/"]


@pytest.mark.parametrize("code", [204, 206, 401, 404, 500])
def test_other_answers(site, code):
    site.pages["/"] = (code, b"")
    with pytest.raises(UnreachableError, match=f"answered {code}"):
        fetcher(site)(site.address + "/")


@pytest.mark.parametrize(("size", "fits"), [(999, True), (1000, True), (1001, False), (5_000_000, False)])
def test_size(site, size, fits):
    site.pages["/"] = b"x" * size
    if fits:
        assert len(fetcher(site, most_bytes=1000)(site.address + "/")) == size
    else:
        with pytest.raises(UnreachableError, match="was not read"):
            fetcher(site, most_bytes=1000)(site.address + "/")


def test_a_compressed_answer_is_not_unpacked(site):
    def packed(handler) -> None:
        body = gzip.compress(bytes(1 << 20))
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    site.pages["/"] = packed
    assert len(fetcher(site)(site.address + "/")) < 10_000


def test_time_is_bounded_whatever_the_server_does(site):
    site.pages["/"] = drip(10)
    start = time.monotonic()
    with pytest.raises(UnreachableError, match="could not be reached|took longer"):
        fetcher(site, seconds=0.4)(site.address + "/")
    assert time.monotonic() - start < 2


def test_nobody_listens(site):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(UnreachableError, match="ConnectionRefusedError"):
            fetcher(site)(f"https://localhost:{taken.getsockname()[1]}/")


@pytest.mark.parametrize("reply", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"])
def test_a_broken_server(site, reply):
    site.pages["/"] = lambda handler: handler.wfile.write(reply)
    with pytest.raises(UnreachableError, match="could not be reached|broke off"):
        fetcher(site)(site.address + "/")


def test_the_whole_way_with_did_web_and_a_local_authority(site):
    did = f"did:web:localhost%3A{site.port}"
    address = f"{site.address}/status/revocation.json"
    bits = status.StatusList()
    bits[7] = True
    made = status.list_credential(id=address, issuer=did, purpose="revocation", bits=bits, valid_from=NOW, valid_until=NOW)
    site.pages["/.well-known/did.json"] = json.dumps(dids.web_document(did, {"key-1": ISSUER.public})).encode()
    site.pages["/status/revocation.json"] = json.dumps(proofs.add_proof(made, ISSUER.sign, f"{did}#key-1", NOW)).encode()
    registry = Registry.read({"type": "academy.registry/1", "issuers": {did: {"name": "Hub", "tracks": ["*"]}}})
    verdicts = []
    for index in (6, 7):
        document = credential(issuer={"id": did, "type": ["Profile"], "name": "x"}, status=[status.entry(address, index, "revocation")])
        signed = proofs.add_proof(document, ISSUER.sign, f"{did}#key-1", NOW)
        verdicts.append(verify(signed, registry=registry, now=NOW, offline=False, fetch=fetcher(site)).verdict.value)
    assert verdicts == ["valid", "revoked"]
    assert verify(signed, registry=registry, now=NOW, offline=False).verdict == "unchecked"  # loopback is private by default
