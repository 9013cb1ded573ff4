"""An https server on loopback with a certificate authority of its own: answers what a table says, counts what was asked."""
from __future__ import annotations

import datetime
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["Answer", "Site", "authority"]

Answer = bytes | tuple[int, bytes] | Callable[[BaseHTTPRequestHandler], None]


def authority(directory: Path, host: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    """A server context for ``host`` and the file of the authority that signed it."""
    now = datetime.datetime.now(datetime.UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(
        x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    certificate = builder.add_extension(x509.BasicConstraints(True, None), True).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(host)]), False).sign(key, hashes.SHA256())
    public, private = directory / "authority.pem", directory / "server.key"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public


class Site:
    """``with Site(tmp_path, {"/did.json": b"…"}) as site``: https://localhost:PORT/; ``site.trust`` verifies it."""

    def __init__(self, directory: Path, pages: Mapping[str, Answer] | None = None) -> None:
        self.pages: dict[str, Answer] = dict(pages or {})
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                answer = site.pages.get(self.path, (404, b""))
                if callable(answer):
                    answer(self)
                    return
                status, body = answer if isinstance(answer, tuple) else (200, answer)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", body.decode())
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        server_context, self.authority = authority(directory)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *arguments: None
        self._server.socket = server_context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.trust = ssl.create_default_context(cafile=str(self.authority))

    @property
    def address(self) -> str:
        return f"https://localhost:{self.port}"

    def __enter__(self) -> Site:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def drip(seconds: float) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer that sends a byte now and then, in its header and for ``seconds``."""
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(int(seconds / 0.05)):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    return answer
