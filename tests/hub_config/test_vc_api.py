"""``academy vc-api``: over https with its own certificate, an issuer of its own, and nothing of the academy's."""
from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from hub_config import cli
from tests.conformance import data_model
from tests.simulators.https import authority

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def service(tmp_path):
    """The verb as a process; gives a way to ask it."""
    _, certificate = authority(tmp_path)
    port = free_port()
    process = subprocess.Popen([sys.executable, "-B", "-m", "hub_config.cli", "vc-api", "--port", str(port), "--offline", "--json", "--tls",
                                str(certificate), str(tmp_path / "server.key")], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    told = json.loads(process.stdout.readline())
    trust = ssl.create_default_context(cafile=str(certificate))

    def ask(path: str, **body) -> tuple[int, dict]:
        request = urllib.request.Request(told["url"] + path, json.dumps(body).encode() if body else None, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, context=trust, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            process.poll()
            assert process.returncode is None
            time.sleep(0.1)
    yield told, ask
    process.terminate()
    process.wait(20)
    process.stdout.close()


def test_over_https(service):
    told, ask = service
    assert told["url"].startswith("https://localhost:") and told["issuer"].startswith("did:key:z6Mk")
    assert ask("/")[1]["issuer"] == told["issuer"]
    code, made = ask("/bsl/credentials/issue", credential=data_model.credential(), options={})
    assert code == 201 and made["issuer"] == told["issuer"]
    assert ask("/bsl/credentials/verify", verifiableCredential=made) == (200, {"verified": True, "warnings": [], "errors": []})
    address = made["credentialStatus"][0]["statusListCredential"]
    assert address.startswith(told["url"]) and ask(address.removeprefix(told["url"]))[1]["id"] == address
    code, answer = ask("/eddsa-jcs-2022/credentials/issue", credential=data_model.credential(mark=5))
    assert code == 400 and "mark is not defined" in answer["errors"][0]
    assert ask("/eddsa-jcs-2022/credentials/issue", nothing=1)[0] == 400
    assert ask("/status/colour")[0] == 404


@pytest.mark.parametrize(("words", "reason"), [
    (["--host", "0.0.0.0"], "not this machine's own address"),
    (["--tls", "missing.pem", "missing.key"], "missing.pem cannot be read"),
])
def test_what_would_be_unsafe_is_refused(capsys, words, reason):
    with pytest.raises(SystemExit) as ended:
        cli.main(["vc-api", "--port", "1", *words])
    assert ended.value.code == 2 and reason in capsys.readouterr().err
