"""A real hub: signing in, opening a notebook, the tokens' scopes, and what happens when a process is killed."""
from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlparse

import pytest

from hub_config.processes import Running, start_time
from hub_config.rpc import RpcError, call
from tests.hub_config.browser import FORM, Browser
from tests.hub_config.house import until
from tests.hub_config.test_gateway import Connection

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: services with uids of their own")


@pytest.fixture(scope="module")
def lea(academy):
    browser = Browser(academy)
    assert browser.sign_in("lea", academy.password).status == 302
    began = time.monotonic()
    page = browser.visit("/hub/user-redirect/notebooks/first/Lesson%20%C3%A9.ipynb?x=1")
    browser.spawned, browser.first = time.monotonic() - began, page
    return browser


def hub_api(academy, path: str, token: str, method: str = "GET", body: object = None):
    connection = Connection(academy.places.socket("hub"))
    try:
        connection.request(method, "/hub/api" + path, None if body is None else json.dumps(body), {"Authorization": f"token {token}"})
        answer = connection.getresponse()
        answer.text = answer.read()
        return answer
    finally:
        connection.close()


# -- signing in
def test_the_sign_in_page_is_plain_and_accessible(academy):
    page = academy.get("/hub/login")
    assert page.status == 200 and len(page.body) < 4000 and b"<script" not in page.body
    assert re.search(rb'<html lang="\w+" dir="ltr">', page.body) and b'name="viewport"' in page.body
    for field in (b"username", b"password"):
        assert b'<label for="%s">' % field in page.body and b'id="%s"' % field in page.body and b'autocomplete="' in page.body
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    for link in re.findall(rb'<link rel="stylesheet" href="([^"]+)"', page.body):
        assert academy.get(link.decode()).status == 200, link


def test_signing_in_lands_on_the_portal(academy):
    answer = Browser(academy).sign_in("ben", academy.password)
    assert answer.status == 302 and answer.headers["Location"] == f"http://portal.hub.localhost:{academy.port}/"
    cookies = [value for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    assert cookies and all("samesite=lax" in cookie.lower() for cookie in cookies)
    assert all("httponly" in cookie.lower() for cookie in cookies if "_xsrf" not in cookie)


def test_a_wrong_password_is_told_kindly(academy):
    answer = Browser(academy).sign_in("ben", "wrong password")
    assert answer.status == 403 and b'role="alert"' in answer.body and b"The username or the password is not right" in answer.body
    assert b'value="ben"' in answer.body and b"wrong password" not in answer.body


def test_too_many_attempts_are_stopped_whatever_they_claim(academy):
    browser = Browser(academy)
    page = browser.visit("/hub/login")
    token = re.search(rb'name="_xsrf" value="([^"]+)"', page.body)[1].decode()
    answers = [browser.request("POST", browser.hub + "/hub/login", urlencode({"username": "nobody", "password": str(i), "_xsrf": token}),
                               **FORM, **{"X-Forwarded-For": f"10.0.0.{i}", "X-Real-Ip": f"10.0.0.{i}"}) for i in range(7)]
    assert [answer.status for answer in answers] == [403] * 5 + [429] * 2
    assert b"too many failed attempts" in answers[-1].body and b"wait" in answers[-1].body


def test_a_form_from_another_site_is_refused(academy):
    answer = Browser(academy).request("POST", f"http://hub.localhost:{academy.port}/hub/login",
                                      urlencode({"username": "ben", "password": academy.password}), **FORM, Origin="http://evil.example")
    assert answer.status == 403 and not any("jupyterhub-session" in v for n, v in answer.getheaders() if n.lower() == "set-cookie")


@pytest.mark.parametrize("following", ["http://evil.example/", "//evil.example/", "https:evil.example", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(academy, following):
    answer = Browser(academy).sign_in("ben", academy.password, following)
    landed = urlparse(urljoin(f"http://hub.localhost:{academy.port}/hub/login", answer.headers["Location"]))
    assert landed.hostname in ("hub.localhost", "portal.hub.localhost")


def test_an_address_without_a_name(academy):
    assert academy.get("/", host="127.0.0.1").headers["Location"] == f"http://hub.localhost:{academy.port}/"


@pytest.mark.parametrize("path", ["/hub/home", "/hub/token", "/hub/admin", "/hub/nowhere", "/hub/spawn"])
def test_every_page_is_plain(academy, path):
    browser = Browser(academy)
    browser.sign_in("olu", academy.password)
    if path != "/hub/spawn":
        page = browser.visit(path)
        assert b"<script" not in page.body and b'<main id="main"' in page.body


# -- opening a notebook
def test_a_click_opens_the_notebook_on_a_host_of_its_own(lea, academy):
    assert lea.first.status == 200
    assert re.fullmatch(rf"http://lea-nb\.localhost:{academy.port}/user/lea/notebooks/first/Lesson%20%C3%A9\.ipynb\?.*x=1.*", lea.first.url)
    assert lea.spawned < 30
    again = time.monotonic()
    assert lea.visit("/hub/user-redirect/tree").status == 200 and time.monotonic() - again < 5


def test_the_notebook_interface_is_clean(lea):
    page = lea.server("lea", "tree")
    config = json.loads(re.search(rb'<script id="jupyter-config-data" type="application/json">\s*(.*?)\s*</script>', page.body, re.S)[1])
    disabled = {entry if isinstance(entry, str) else entry["name"] for entry in config.get("disabledExtensions", [])}
    for name in ("announcements", "extensionmanager", "formgrader", "course-list", "create-assignment"):
        assert any(name in entry for entry in disabled), name
    assert config.get("terminalsAvailable") in (False, None) and lea.server("lea", "api/terminals").status == 404


def test_answers_are_compressed(lea, academy):
    url = f"http://lea-nb.localhost:{academy.port}/user/lea/tree"
    assert lea.request("GET", url, **{"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"


def test_a_kernel_runs(lea):
    kernel = lea.kernel("lea")
    began = time.monotonic()
    assert kernel.run("print(1 + 1)") == "2\n"
    assert time.monotonic() - began < 20
    assert kernel.run("import numpy, pandas, sklearn, matplotlib; print('there')", 120) == "there\n"


def test_another_learner_does_not_get_in(lea, academy):
    ben = Browser(academy)
    ben.sign_in("ben", academy.password)
    answer = ben.visit(f"http://lea-nb.localhost:{academy.port}/user/lea/tree")
    assert answer.status == 403


def test_cookies_of_hub_and_learner_do_not_mix(lea):
    hosts = {host for host, _, _ in lea.cookies}
    assert hosts == {"hub.localhost", "lea-nb.localhost"}
    assert not [name for host, _, name in lea.cookies if host == "lea-nb.localhost" and name in ("jupyterhub-hub-login",)]


# -- what each token may do
def server_token(lea) -> str:
    return lea.kernel("lea").run("import os; print(os.environ['JUPYTERHUB_API_TOKEN'], end='')")


def test_the_servers_token(lea, academy):
    token = server_token(lea)
    model = json.loads(hub_api(academy, "/user", token).text)
    assert model["name"] == "lea"
    needed = {"access:servers!server=lea/", "access:services!service=portal", "users:activity!user=lea"}
    about_itself = {f"read:users:{what}!user=lea" for what in ("name", "groups", "activity")}
    assert needed <= set(model["scopes"]) <= needed | about_itself
    for method, path in (("GET", "/users"), ("GET", "/users/ben"), ("POST", "/users/lea/tokens"), ("GET", "/users/lea/tokens"), ("GET", "/proxy"),
                         ("GET", "/services"), ("GET", "/groups"), ("POST", "/shutdown"), ("GET", "/info"), ("DELETE", "/users/lea/server"),
                         ("POST", "/users/lea/server"), ("POST", "/users/ben/activity"), ("POST", "/groups/operator/users")):
        assert hub_api(academy, path, token, method, {} if method == "POST" else None).status in (403, 404), (method, path)


@pytest.mark.parametrize("service, allowed", [("portal", ()), ("supervisor", ("/proxy",))])
def test_the_services_tokens(academy, service, allowed):
    token = academy.secrets[f"{service}_token"]
    for path in ("/proxy", "/groups", "/services", "/users/lea/tokens"):
        status = hub_api(academy, path, token).status
        assert (status == 200) == (path in allowed), (path, status)
    for path in ("/shutdown", "/users/lea/server", "/users/lea/tokens", "/users"):
        assert hub_api(academy, path, token, "POST", {}).status in (403, 404)


@pytest.mark.parametrize("name, role", [("ben", "learner"), ("ida", "instructor"), ("cem", "certifier"), ("olu", "operator")])
def test_what_a_person_may_do_in_the_hub(academy, name, role):
    browser = Browser(academy)
    browser.sign_in(name, academy.password)
    xsrf = next(value for (_, _, key), value in browser.cookies.items() if key == "_xsrf")
    model = json.loads(browser.request("GET", f"{browser.hub}/hub/api/user?_xsrf={xsrf}", **{"Sec-Fetch-Mode": "cors"}).body)
    assert model["groups"] == [role] and model["admin"] is False
    others = {scope for scope in model["scopes"] if not scope.endswith((f"!user={name}", f"!server={name}/", "!service=portal"))}
    assert {scope.partition("!")[0] for scope in others} <= ({"list:users", "read:users:name", "read:users:activity", "read:servers", "delete:servers"}
                                                             if role == "operator" else set())


# -- secrets
def test_no_secret_is_in_an_argument_list_or_a_log(lea, academy):
    secrets = {**academy.secrets, "server": server_token(lea), "password": academy.password}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            for name, secret in secrets.items():
                assert secret.encode() not in text, (name, text[:200])
    for log in (*academy.places.state.glob("*.log"), *academy.places.store("launcher").glob("*.log")):
        text = log.read_text(errors="replace")
        for name, secret in secrets.items():
            assert secret not in text, (name, log.name)


@needs_root
def test_every_store_is_closed_to_every_other_uid(academy):
    from hub_config.places import SERVICES
    folders = {name: academy.places.store(name) for name in (*SERVICES, "launcher")}
    for uid in (70001, 70002, 65534, *SERVICES.values()):
        child = os.fork()
        if child == 0:
            bad = 0
            try:
                os.setgroups(academy.places.groups(next((n for n, u in SERVICES.items() if u == uid), "")))
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
                for name, folder in folders.items():
                    for attempt in (lambda: os.listdir(folder), lambda: os.open(folder / "secrets.json", os.O_RDONLY), lambda: os.open(folder / "x", os.O_CREAT | os.O_WRONLY)):
                        try:
                            attempt()
                            bad += SERVICES.get(name) != uid
                        except PermissionError:
                            pass
                        except OSError:
                            bad += SERVICES.get(name) != uid
            finally:
                os._exit(min(bad, 100) if "bad" in dir() else 101)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, uid


@needs_root
def test_who_may_call_whom(academy):
    """SO_PEERCRED and the directories together: each socket opens to its callers alone."""
    from hub_config.places import CALLERS, SERVICES
    for uid in (70001, *SERVICES.values()):
        service = next((n for n, u in SERVICES.items() if u == uid), "")
        child = os.fork()
        if child == 0:
            code = 0
            try:
                os.setgroups(academy.places.groups(service))
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
                for name in ("launcher", "accounts"):
                    try:
                        call(academy.places.socket(name), "ping")
                        answered = True
                    except RpcError:
                        answered = False
                    if answered != (service in CALLERS[name]) and service != name:
                        code = 1
                for op in ("create", "list", "set_password", "remove"):
                    try:
                        call(academy.places.socket("accounts"), op)
                        code = 2
                    except RpcError as error:
                        if error.code not in ("refused", "unreachable"):
                            code = 3
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, service or uid


# -- processes that die
def test_a_killed_proxy_has_all_routes_again(lea, academy):
    from hub_config import proxy
    from hub_config.settings import load
    academy.kill("proxy")
    web = load(academy.places.state, {"ACADEMY_WEB_PORT": str(academy.port)}).web
    academy.start("proxy", proxy.command(academy.places, web), CONFIGPROXY_AUTH_TOKEN=academy.secrets["proxy_token"])
    until(lambda: academy.get("/_chp_healthz").status == 200)
    assert academy.get("/hub/health").status == 200, "the hub at once"
    until(lambda: hub_api(academy, "/proxy", academy.secrets["supervisor_token"], "POST", {}).status == 200)
    assert lea.server("lea", "api/status").status == 200


def test_a_killed_launcher_and_hub_lose_no_server(lea, academy):
    kernel = lea.kernel("lea")
    kernel.run("kept = 42")
    note = Running.read(academy.places.store("launcher") / "1.json")
    academy.kill("launcher")
    academy.kill("hub")
    assert kernel.run("print(kept)") == "42\n", "an open page works on"
    assert academy.get("/hub/login").status == 503
    began = time.monotonic()
    academy.start_hub()                                          # without a launcher
    assert time.monotonic() - began < 30
    assert kernel.run("print(kept)") == "42\n"
    academy.service("launcher", "hub_config.launcher")
    until(lambda: call(academy.places.socket("launcher"), "ping") == {})
    assert call(academy.places.socket("launcher"), "server_status", number=1)["running"] is True
    assert start_time(note.child) == note.child_time
    assert lea.visit("/hub/user-redirect/tree").status == 200 and kernel.run("print(kept)") == "42\n"


def test_accounts_that_are_away_stop_only_new_sign_ins(lea, academy):
    academy.kill("accounts")
    answer = Browser(academy).sign_in("ben", academy.password)
    assert answer.status == 503 and b"try again in a minute" in answer.body
    assert lea.visit("/hub/user-redirect/tree").status == 200
    academy.service("accounts")
    until(lambda: call(academy.places.socket("accounts"), "ping") == {})
    assert Browser(academy).sign_in("ben", academy.password).status == 302


def test_stopping_leaves_nothing(academy, lea):
    note = Running.read(academy.places.store("launcher") / "1.json")
    xsrf = next(value for (host, _, key), value in lea.cookies.items() if key == "_xsrf" and host == "hub.localhost")
    answer = lea.request("DELETE", f"{lea.hub}/hub/api/users/lea/server?_xsrf={xsrf}", **{"Sec-Fetch-Mode": "cors"})
    assert answer.status in (202, 204), answer.body
    until(lambda: start_time(note.child) is None and start_time(note.outer) is None)
    assert call(academy.places.socket("launcher"), "server_status", number=1)["running"] is False
    until(lambda: b"asleep" in lea.request("GET", f"{lea.hub}/hub/user/lea/tree").body)
    assert not any(Path(folder).exists() for folder in note.folders)
