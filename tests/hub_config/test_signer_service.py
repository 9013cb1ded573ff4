"""The signer as a process of its own: who may ask for what, what a captured portal can get, and that a kill loses nothing."""
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from certification.registry import Registry
from certification.verify import verify
from curriculum.catalogue import BUILTIN, load_catalogue
from hub_config.places import SERVICES, Places
from hub_config.rpc import Operation, RpcError, Server, call
from hub_config.services.signer import assemble, offer_of, operations
from hub_config.settings import load
from tests.hub_config.house import REPOSITORY, house, until
from tests.simulators.certifying import Accounts, Grader

TRACK = load_catalogue([BUILTIN]).tracks[0]
MODULES = [need.module for need in TRACK.pass_rule.modules]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: uids of their own")


class Outside:
    """A house whose signer is real; grader and accounts are simulators on the real sockets."""

    def __init__(self, built) -> None:
        self.house, self.places = built, built.places
        self.grader, self.accounts = Grader(), Accounts()
        for name, owner in (("public", "signer"), ("public-keys", None)):
            folder = self.places.state / name
            folder.mkdir()
            folder.chmod(0o755)
            if owner and self.places.separate_uids:
                os.chown(folder, self.places.uid(owner), self.places.uid(owner))
        (self.places.state / "public-keys/transcript.json").write_text(json.dumps({"key": self.grader.key.did}))
        self.servers = [
            Server(self.places.socket("grader"), {"transcripts": Operation(
                lambda caller, request: {"transcripts": self.grader.transcripts(request["learner"], request["track"])},
                self.places.callers("grader"))}, mode=0o666).start(),
            Server(self.places.socket("accounts"), {"profile": Operation(self._profile, self.places.callers("accounts"))}, mode=0o666).start()]
        self.start()

    def _profile(self, caller, request) -> dict:
        found = self.accounts.profile(request["username"])
        if found is None:
            raise RpcError("unknown", "there is no such account")
        return {"username": found.username, "display_name": found.name, "email": found.email, "identity": found.identity,
                "consent": "1" if found.consent else None}

    def start(self) -> None:
        self.house.service("signer")
        until(lambda: call(self.places.socket("signer"), "ping") == {})

    def learner(self, username="amina", **changes) -> str:
        self.accounts.add(username)
        self.grader.passes(username, *MODULES, track=TRACK.id, **changes)
        return f"{TRACK.id}/{username}"

    def ask(self, op: str, **request) -> dict:
        return call(self.places.socket("signer"), op, **request)

    def close(self) -> None:
        for server in self.servers:
            server.close()


@pytest.fixture
def outside():
    with house() as built:
        outside = Outside(built)
        yield outside
        outside.close()


def academy(outside, *arguments) -> tuple[int, list[dict]]:
    run = subprocess.run([sys.executable, "-m", "hub_config.cli", *arguments, "--data", str(outside.places.state), "--json"],
                         capture_output=True, text=True, timeout=60, check=False,
                         env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), "LANG": "C.UTF-8", "HOME": str(outside.places.state)})
    assert "Traceback" not in run.stderr, run.stderr
    return run.returncode, [json.loads(line) for line in run.stdout.splitlines()]


def test_an_award_becomes_a_credential_that_a_stranger_verifies(outside):
    answer = outside.ask("issue", award=outside.learner())
    assert answer["state"] == "valid"
    assert outside.ask("issue", award=answer["award"]) == answer
    assert outside.ask("credential", id=answer["id"]) == answer
    (listed,) = outside.ask("awards", learner="amina")["awards"]
    assert listed == {key: answer[key] for key in ("id", "award", "state", "issued", "url")}
    assert outside.ask("awards", learner="bintou") == {"awards": []}
    public = outside.places.public
    result = verify((public / f"credentials/{answer['id']}/credential.json").read_bytes(), registry=Registry.load(public / "registry.json"),
                    status=[file.read_bytes() for file in (public / "status").glob("*.json")])
    assert result.verdict == "valid", result.as_dict()
    assert "Demonstration" in result.issuer
    assert (public / f"credentials/{answer['id']}/certificate.pdf").read_bytes().startswith(b"%PDF")
    for path in (public, *public.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


def test_kill_9_and_a_restart_lose_nothing(outside):
    first = outside.ask("issue", award=outside.learner())
    outside.house.kill("signer")
    outside.start()
    assert outside.ask("issue", award=first["award"]) == first
    outside.ask("set_status", id=first["id"], purpose="suspension", value=True, reason="drill")
    outside.house.kill("signer")
    outside.start()
    assert outside.ask("credential", id=first["id"])["state"] == "suspended"


@pytest.mark.parametrize(("request_", "code"), [
    ({"award": "output-privacy/nobody"}, "not-earned"),
    ({"award": "cooking/amina"}, "no-pass-rule"),
    ({"award": {"type": ["VerifiableCredential"]}}, "bad-award"),
    ({"award": "output-privacy/amina", "document": {}}, "bad-request"),
    ({"credential": {}}, "bad-request"),
    ({}, "bad-request"),
])
def test_everything_else_is_refused(outside, request_, code):
    with pytest.raises(RpcError, match=".") as caught:
        outside.ask("issue", **request_)
    assert caught.value.code == code
    assert outside.ask("awards", learner="amina") == {"awards": []}


def test_the_operators_verbs(outside):
    award = outside.learner()
    code, (answer,) = academy(outside, "issue", award)
    assert (code, answer["state"]) == (0, "valid")
    assert academy(outside, "issue", award)[1] == [answer]
    code, answers = academy(outside, "issue", "output-privacy/nobody", award)
    assert code == 1
    assert answers[0]["error"]["code"] == "not-earned" and answers[1] == answer
    code, (changed,) = academy(outside, "suspend", answer["url"], "--reason", "under inquiry")
    assert (code, changed["state"]) == (0, "suspended")
    assert academy(outside, "reinstate", answer["id"], "--reason", "cleared")[1][0]["state"] == "valid"
    assert academy(outside, "revoke", answer["id"], "--reason", "drill")[1][0]["state"] == "revoked"
    code, (refused,) = academy(outside, "reinstate", answer["id"], "--reason", "no")
    assert (code, "final" in refused["error"]["message"]) == (1, True)
    assert academy(outside, "revoke", "f" * 32, "--reason", "no such one")[0] == 1
    outside.house.kill("signer")
    code, (unreachable,) = academy(outside, "issue", award)
    assert (code, unreachable["error"]["code"]) == (2, "unreachable")


def test_a_registry_of_the_operators_is_binding(outside):
    registry = outside.places.state / "registry.json"
    registry.write_text(json.dumps({"type": "academy.registry/1", "issuers": {}}))
    registry.chmod(0o644)
    with pytest.raises(RpcError, match="registry does not let this hub certify"):
        outside.ask("issue", award=outside.learner())


def test_a_grader_that_is_away_costs_nothing(outside):
    award = outside.learner()
    outside.servers[0].close()
    with pytest.raises(RpcError, match="does not answer") as caught:
        outside.ask("issue", award=award)
    assert caught.value.code == "unreachable"


AS = """
import json, sys
from pathlib import Path
from hub_config.rpc import RpcError, call
answers = []
for socket, op, request in json.loads(sys.stdin.read()):
    try:
        answers.append({"ok": call(Path(socket), op, timeout=30, **request)})
    except RpcError as error:
        answers.append({"code": error.code})
print(json.dumps(answers))
"""


def ask_as(outside, uid: int, groups, *requests) -> list[dict]:
    run = subprocess.run([sys.executable, "-c", AS], input=json.dumps(requests), capture_output=True, text=True, timeout=60, check=True,
                         user=uid, group=uid, extra_groups=list(groups), cwd="/",
                         env={"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"})
    return json.loads(run.stdout)


@needs_root
@pytest.mark.attack
def test_only_the_portal_may_ask_and_only_root_changes_a_status(outside):
    answer = outside.ask("issue", award=outside.learner())
    signer = str(outside.places.socket("signer"))
    requests = [(signer, "issue", {"award": answer["award"]}), (signer, "credential", {"id": answer["id"]}), (signer, "awards", {"learner": "amina"}),
                (signer, "set_status", {"id": answer["id"], "purpose": "revocation", "value": True, "reason": "x"}), (signer, "publish", {})]
    for service in SERVICES:
        if service == "signer":
            continue
        said = ask_as(outside, outside.places.uid(service), outside.places.groups(service), *requests)
        if service == "portal":
            assert [set(one) for one in said] == [{"ok"}, {"ok"}, {"ok"}, {"code"}, {"code"}]
            assert {one.get("code") for one in said[3:]} == {"refused"}
        else:
            assert {one.get("code") for one in said} == {"unreachable"}, service
    learner = ask_as(outside, outside.places.learner_uid(1), [], *requests)
    assert {one.get("code") for one in learner} == {"unreachable"}
    # Even with the socket's own group: the kernel says who calls.
    group = [outside.places.socket_group("signer")]
    for uid in (outside.places.uid("hub"), outside.places.learner_uid(1), 65534):
        assert {one.get("code") for one in ask_as(outside, uid, group, *requests)} == {"refused"}
    assert outside.ask("credential", id=answer["id"])["state"] == "valid"


ATTACK = """
import json, os, sys
from pathlib import Path
state = Path(sys.argv[1]); done = {}
def attempt(name, work):
    try:
        work()
        done[name] = "done"
    except OSError as error:
        done[name] = error.__class__.__name__
for name in ("signer", "grader", "accounts", "hub"):
    attempt(f"list {name}", lambda: os.listdir(state / name))
attempt("read the credential key", lambda: (state / "signer/keys/credentials.pem").read_bytes())
attempt("read the journal", lambda: (state / "signer/demonstration/book/journal").read_bytes())
attempt("replace the transcript key", lambda: (state / "public-keys/transcript.json").write_text("{}"))
attempt("swap the transcript key", lambda: os.rename(state / "public-keys/transcript.json", state / "public-keys/old"))
attempt("publish a credential", lambda: (state / "public/credentials/x").mkdir(parents=True))
attempt("replace a status list", lambda: next((state / "public/status").glob("*")).write_text("{}"))
attempt("name an issuer", lambda: (state / "registry.json").write_text("{}"))
attempt("stand in for the grader", lambda: os.unlink(state / "run/grader/grader.sock"))
attempt("rename the grader's directory", lambda: os.rename(state / "run/grader", state / "run/old"))
attempt("stand in for the signer", lambda: os.unlink(state / "run/signer/signer.sock"))
print(json.dumps(done))
"""


@needs_root
@pytest.mark.attack
def test_with_the_portals_uid_and_store_there_is_no_credential_for_an_unearned_award(outside):
    """The attacker is the portal: its uid, its groups, its store, all it may call."""
    places = outside.places
    outside.ask("issue", award=outside.learner("honest"))
    outside.accounts.add("mallory")
    outside.grader.passes("mallory", *MODULES, track=TRACK.id, score=0)
    files = subprocess.run([sys.executable, "-c", ATTACK, str(places.state)], capture_output=True, text=True, timeout=60, check=True, cwd="/",
                           user=places.uid("portal"), group=places.uid("portal"), extra_groups=list(places.groups("portal")), env={})
    done = json.loads(files.stdout)
    assert len(done) == 14
    assert set(done.values()) == {"PermissionError"}, done

    signer, grader, accounts = (str(places.socket(name)) for name in ("signer", "grader", "accounts"))
    forged = outside.grader.body("mallory", MODULES[0], track=TRACK.id, score=10)
    award = f"{TRACK.id}/mallory"
    said = ask_as(outside, places.uid("portal"), places.groups("portal"),
                  (signer, "issue", {"award": award}),
                  (signer, "issue", {"award": award, "transcripts": [{"transcript": forged, "key": outside.grader.key.did, "signature": "AA"}]}),
                  (signer, "issue", {"award": award, "score": 10, "profile": {"username": "mallory", "consent": True}}),
                  (signer, "issue", {"award": {"@context": [], "credentialSubject": {}}}),
                  (signer, "issue", {"award": f"{TRACK.id}/honest/../mallory"}),
                  (signer, "issue", {"award": "invented/mallory"}),
                  (signer, "sign", {"document": {}}),
                  (signer, "set_status", {"id": "0" * 32, "purpose": "suspension", "value": False, "reason": "x"}),
                  (signer, "publish", {}),
                  (grader, "transcripts", {"learner": "mallory", "track": TRACK.id}),
                  (grader, "record", {"transcript": forged}),
                  (accounts, "set_identity", {"username": "mallory", "identity": "checked", "by": "me"}))
    assert [one.get("code") for one in said] == [
        "not-earned", "bad-request", "bad-request", "bad-award", "bad-award", "no-pass-rule", "refused", "refused", "refused",
        "unreachable", "unreachable", "refused"]
    assert outside.ask("awards", learner="mallory") == {"awards": []}
    assert len(list((places.public / "credentials").iterdir())) == 1


@needs_root
@pytest.mark.attack
def test_no_other_uid_opens_the_signers_store(outside):
    outside.ask("issue", award=outside.learner())
    store = outside.places.store("signer")
    found = [path for path in store.rglob("*") if path.is_file()]
    assert len(found) > 6
    program = "import os, sys\nfor path in sys.argv[1:]:\n    try:\n        os.open(path, os.O_RDONLY); print(path)\n    except PermissionError: pass"
    for uid in [*(outside.places.uid(name) for name in SERVICES if name != "signer"), outside.places.learner_uid(3), 65534]:
        run = subprocess.run([sys.executable, "-c", program, *map(str, [store, *found])], capture_output=True, text=True, check=True, user=uid,
                             group=uid, extra_groups=[], cwd="/", timeout=60, env={})
        assert run.stdout == ""
    for path in store.rglob("*.pem"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


QUALIFYING = {"ACADEMY_HUB_DEMONSTRATION": "false", "ACADEMY_WEB_PUBLIC_URL": "https://a.example"}


@pytest.mark.parametrize("separate, variables, did", [
    (True, {}, "did:key:"), (False, {}, "did:key:"), (True, QUALIFYING, "did:web:a.example"),
    (False, QUALIFYING, "did:key:"),  # an ordinary user: one uid holds everything
    (True, QUALIFYING | {"ACADEMY_WEB_PUBLIC_URL": "http://a.example"}, "did:key:"),
    (True, QUALIFYING | {"ACADEMY_HUB_DEMONSTRATION": "true"}, "did:key:"),
    (True, QUALIFYING | {"ACADEMY_WEB_PUBLIC_URL": "", "ACADEMY_WEB_HTTPS": "true",
                             "ACADEMY_WEB_LEARNER_DOMAIN": "b.example"}, "did:key:")])
def test_who_the_issuer_is(tmp_path, separate, variables, did):
    places = Places(tmp_path / "p", tmp_path / "s", separate)
    for folder in ("signer", "public", "public-keys"):
        (places.state / folder).mkdir(parents=True)
    (places.state / "public-keys/transcript.json").write_text(json.dumps({"key": Grader().key.did}))
    office = assemble(places, load(places.state, variables))
    try:
        assert office.signer.issuer.did.startswith(did)
        assert office.signer.issuer.is_demonstration is did.startswith("did:key")
    finally:
        office.close()


@pytest.mark.parametrize("separate", [True, False])
def test_the_table_of_who_may_ask(separate):
    places = Places(Path("/p"), Path("/s"), separate)

    class Office:
        issue = credential = awards = set_status = publish = staticmethod(lambda: {})

    table = {name: set(operation.uids) for name, operation in operations(Office(), places).items()}
    portal = set(places.callers("signer"))
    root_only = set() if separate else {os.geteuid()}
    assert table == {"ping": portal, "issue": portal, "credential": portal, "awards": portal, "set_status": root_only, "publish": root_only}


def test_the_offer_of_a_track_is_what_the_curriculum_says():
    offer = offer_of(TRACK)
    assert offer.rule == TRACK.pass_rule
    assert offer.assessment == TRACK.assessment
    for module in TRACK.modules:
        assert module.title in offer.criteria
    assert all(entry.url.startswith("https://") for entry in offer.alignments)
    assert all(entry.description for entry, of in zip(offer.alignments, TRACK.alignments, strict=True) if not of.confirmed)
