"""What a stranger pays: few imports, little time, and no connection when offline."""
from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import certification
from certification.errors import CertificationError
from tests.certification.kit import LISTS, SIGNED

ROOT = Path(certification.__file__).parent.parent
HEAVY = ("jupyterhub", "nbgrader", "papermill", "torch", "sklearn", "nbformat", "sqlalchemy", "fastapi", "numpy", "pandas", "jinja2",
         "typst", "typer", "rich", "pyoxigraph", "requests", "httpx", "asyncio", "ssl", "http.client", "socket")

# Every event of the interpreter that belongs to a connection or a look-up ends the process with status 77.
FORBID = """
import os, sys
def forbid(event, arguments):
    if event.startswith(("socket.", "ssl.", "http.client.", "urllib.")):
        sys.stderr.write(event)
        os._exit(77)
sys.addaudithook(forbid)
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT, check=False)


def test_imports_nothing_heavy():
    code = "import sys, certification.verify, certification.proofs; print(*[name for name in sys.argv[1:] if name in sys.modules])"
    assert python(code, *HEAVY).stdout.split() == []


def test_imports_in_less_than_0_3_s():
    code = "import time, certification.verify; print(time.process_time())"
    assert min(float(python(code).stdout) for _ in range(3)) < 0.3


def verify_offline(tmp_path, document: dict, *options: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "credential.json").write_text(json.dumps(document))
    (tmp_path / "lists.json").write_text(json.dumps(LISTS))
    code = FORBID + "from hub_config.verbs.verify_fast import main; sys.exit(main(sys.argv[1:]))"
    return python(code, str(tmp_path / "credential.json"), "--json", *options)


@pytest.mark.parametrize(("change", "verdict"), [
    ({}, "unchecked"),
    ({"name": "x"}, "invalid"),
    ({"@context": ["https://example.org/context"]}, "invalid"),
    ({"issuer": "did:web:example.org", "proof": [SIGNED["proof"][0] | {"verificationMethod": "did:web:example.org#1"}]}, "unchecked"),
])
def test_no_connection_offline(tmp_path, change, verdict):
    found = verify_offline(tmp_path, SIGNED | change, "--offline")
    assert found.returncode != 77, found.stderr
    assert json.loads(found.stdout)["verdict"] == verdict


def test_the_guard_guards(tmp_path):
    """Without --offline the same check does try to connect, and the guard sees it."""
    assert verify_offline(tmp_path, SIGNED).returncode == 77


def test_no_connection_when_everything_is_at_hand(tmp_path):
    found = verify_offline(tmp_path, SIGNED, "--status", str(tmp_path / "lists.json"))
    assert found.returncode == 2 and json.loads(found.stdout)["verdict"] in ("unknown-issuer", "unchecked")


def test_errors_form_one_tree_drawn_in_its_docstring():
    from certification import errors

    for name in errors.__all__:
        found = getattr(errors, name)
        assert issubclass(found, CertificationError) and name.endswith("Error") and name in errors.__doc__
    assert errors.KeyFileError("x", "y").code == "key-file" and errors.KeyFileError("x", "y").advice == "x; y"
    assert errors.ParseError("x").advice == "x"


@pytest.mark.parametrize("name", [
    "badges", "badges_early", "baked", "canonical", "contexts", "cryptosuites", "dids", "document", "errors", "evidence", "expand", "fetch", "keys", "model", "multibase", "policy", "proofs",
    "rdfc", "registry", "shapes", "status", "statuslists", "terms", "times", "verify"])
def test_modules_say_what_they_are_and_offer(name):
    module = importlib.import_module(f"certification.{name}")
    assert module.__doc__ and all(hasattr(module, entry) for entry in module.__all__)
