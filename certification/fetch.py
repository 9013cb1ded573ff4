"""One https GET that cannot be led astray: for DID documents and status lists, and only when not offline.

Rules (OWASP SSRF Prevention; did:web section 2.6)
- https on its own port or a named one, no user, no fragment; certificates are verified; redirects are refused.
- The name is resolved first, every address it has must be public, and the connection goes to the address checked.
- At most ``most_bytes`` are read and ``seconds`` spent in total, whatever the server does.
"""
from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from certification.errors import UnreachableError

__all__ = ["Fetcher"]


@dataclass(frozen=True, slots=True)
class Fetcher:
    """``unsafe_private`` allows loopback and private addresses: for tests with a certificate authority of their own."""

    seconds: float = 5.0
    most_bytes: int = 1 << 20
    trust: ssl.SSLContext | None = None
    unsafe_private: bool = False

    def __call__(self, url: str) -> bytes:
        """The body at ``url``. Raises UnreachableError, which says why and what to do."""
        try:
            parts = urlsplit(url)
            port = parts.port or 443
        except ValueError:
            raise UnreachableError(f"{url[:120]!r} is not an address") from None
        if parts.scheme != "https" or not parts.hostname or parts.username is not None or parts.fragment:
            raise UnreachableError(f"{url[:120]!r} is not a plain https address: it was not asked",
                                   "save the document yourself and give the file (--status, --did)")
        deadline = time.monotonic() + self.seconds
        host = parts.hostname
        try:
            address = self._resolve(host, port)
            connection = _Pinned(host, port, address, max(0.1, deadline - time.monotonic()),
                                 self.trust or ssl.create_default_context())
            watch = threading.Timer(max(0.1, deadline - time.monotonic()), connection.cut)
            watch.daemon = True
            watch.start()
            try:
                connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
                                   headers={"Accept": "application/json", "User-Agent": "academy-verifier", "Connection": "close"})
                answer = connection.getresponse()
                if answer.status != 200:
                    raise UnreachableError(f"{host} answered {answer.status} instead of the document",
                                           "redirects are not followed: ask the issuer for the final address"
                                           if 300 <= answer.status < 400 else "try again later")
                return self._body(answer, connection, deadline, host)
            finally:
                watch.cancel()
                connection.close()
        except (OSError, HTTPException, UnicodeError) as error:
            raise UnreachableError(f"{host[:120]} could not be reached ({error.__class__.__name__})",
                                   "check the connection and try again, or verify offline with a saved copy") from None

    def _resolve(self, host: str, port: int) -> str:
        found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        for address in found:
            if not self.unsafe_private and not _public(address):
                raise UnreachableError(f"{host[:120]} lies at a private address: it was not asked",
                                       "save the document yourself and give the file (--status, --did)")
        return found[0]

    def _body(self, answer, connection: HTTPSConnection, deadline: float, host: str) -> bytes:
        body = b""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise UnreachableError(f"{host} took longer than {self.seconds:g} s", "try again later")
            if connection.sock:
                connection.sock.settimeout(left)
            part = answer.read1(1 << 16)
            if not part:
                if answer.length:
                    raise UnreachableError(f"{host} broke off before the end", "try again later")
                return body
            body += part
            if len(body) > self.most_bytes:
                raise UnreachableError(f"{host} sent more than {self.most_bytes >> 20} MiB: the rest was not read", "ask the issuer")


class _Pinned(HTTPSConnection):
    """Connects to the address that was checked, and verifies the certificate for the name."""

    def __init__(self, host: str, port: int, address: str, seconds: float, trust: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=seconds, context=trust)
        self._address, self._trust = address, trust

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        try:
            self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def cut(self) -> None:
        """End the connection, whatever it waits for: the time is over."""
        if self.sock:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # hides an IPv4 address of any kind


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if found.version == 6 and found in _NAT64:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return (mapped or found).is_global and not found.is_multicast
