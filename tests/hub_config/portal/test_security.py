"""What a hostile page, a stolen cookie, a forged sign-in or a wrong token can do: nothing."""
from __future__ import annotations

import re

import pytest

from autograders.refusal import Refusal
from hub_config.portal.hub import FRESH, KEPT, STALE, Hub, HubError
from hub_config.portal.limits import Limits, Rate
from hub_config.portal.sessions import Sessions, safe_next
from tests.hub_config.portal.test_pages import submit
from tests.simulators.hub import HubSimulator
from tests.simulators.portal import ORIGIN

UNSAFE = ["/sign-out", "/language", "/certificates/counting", "/courses/counting/01_totals/submissions", "/desk/operator/retry"]


# -- forms
@pytest.mark.parametrize("path", UNSAFE)
@pytest.mark.parametrize("origin", ["http://mallory-nb.localhost:8000", "http://hub.localhost:8000", "http://portal.hub.localhost", "null", "", ORIGIN + ".evil"])
def test_a_form_of_another_site_is_not_carried_out(browser, path, origin):
    browser.sign_in()
    answer = browser.fill(path, origin=origin)
    assert answer.status_code == 403 and "another site" in answer.text


@pytest.mark.parametrize("path", UNSAFE)
@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_form_without_this_sessions_token_is_not_carried_out(browser, path, token):
    browser.sign_in()
    answer = browser.fill(path, token=token)
    assert answer.status_code == 403 and "another session" in answer.text


def test_a_token_of_another_session_does_not_fit(browser, notebook):
    browser.sign_in()
    old = browser.form_token()
    browser.cookies.clear()
    browser.sign_in()
    assert browser.fill("/sign-out", token=old).status_code == 403


def test_an_authorization_header_is_no_way_around_the_form_token(browser):
    browser.sign_in()
    answer = browser.post("/sign-out", data={}, headers={"authorization": "token x", "origin": "http://evil"})
    assert answer.status_code == 403


def test_every_unsafe_route_of_the_pages_is_in_this_table(portal):
    from hub_config.portal.app import create_app

    found = set()

    def walk(routes, prefix=""):
        for route in routes:
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            if inner is not None and hasattr(inner, "routes") and not hasattr(route, "methods"):
                walk(inner.routes)
            elif {"POST", "PUT", "DELETE", "PATCH"} & set(getattr(route, "methods", None) or ()):
                found.add(route.path)

    walk(create_app(portal).routes)
    pages = {path.replace("{track}", "counting").replace("{module}", "01_totals") for path in found if not path.startswith("/exchange")}
    assert pages == set(UNSAFE)


# -- headers and cookies
@pytest.mark.parametrize("path", ["/", "/health", "/nowhere", "/sign-in"])
def test_every_answer_carries_the_shield(browser, path):
    browser.sign_in()
    headers = browser.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; script-src 'none'") and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"


def test_cookies_are_for_this_origin_and_not_for_scripts(browser):
    there = browser.get("/sign-in")
    assert re.search(r"httponly.*path=/oauth_callback.*samesite=lax", there.headers["set-cookie"], re.I)
    back = browser.get(browser.rig.hub.sign_in(there.headers["location"], "lea"))
    session = next(c for c in back.headers.get_list("set-cookie") if c.startswith("academy="))
    assert "httponly" in session.lower() and "samesite=lax" in session.lower() and "domain" not in session.lower()


def test_https_makes_cookies_secure(portal, rig):
    from dataclasses import replace

    from hub_config.portal.app import create_app
    from tests.hub_config.portal.conftest import Browser

    portal.addresses = replace(portal.addresses, portal="https://portal.hub.example.org")
    answer = Browser(create_app(portal), rig).get("https://portal.hub.example.org/sign-in")
    assert "secure" in answer.headers["set-cookie"].lower() and "strict-transport-security" in answer.headers


# -- signing in
@pytest.mark.parametrize("next", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/a\nb", "/" + "x" * 1001, "javascript:alert(1)"])
def test_next_never_leads_elsewhere(browser, next):
    assert safe_next(next) == "/"
    assert browser.sign_in(next=next).headers["location"] == "/"


def test_a_sign_in_begun_elsewhere_is_not_finished_here(browser):
    there = browser.get("/sign-in")
    forged = browser.rig.hub.sign_in(there.headers["location"], "mallory")
    browser.cookies.clear()
    answer = browser.get(forged)
    assert answer.status_code == 400 and "begun in another browser" in answer.text


@pytest.mark.parametrize("change", [lambda url: url.replace("code=", "code=0"), lambda url: url + "x", lambda url: url.split("&")[0]])
def test_a_wrong_code_or_state_signs_nobody_in(browser, change):
    there = browser.get("/sign-in")
    answer = browser.get(change(browser.rig.hub.sign_in(there.headers["location"], "lea")))
    assert answer.status_code in (400, 503) and "academy=" not in answer.headers.get("set-cookie", "")


def test_two_sign_ins_in_two_tabs_both_arrive(browser):
    first, second = browser.get("/sign-in?next=/courses/counting"), browser.get("/sign-in?next=/certificates/counting")
    for there, where in ((first, "/courses/counting"), (second, "/certificates/counting")):
        assert browser.get(browser.rig.hub.sign_in(there.headers["location"], "lea")).headers["location"] == where


def test_signing_out_ends_the_session_and_goes_on_to_the_hub(browser):
    browser.sign_in()
    answer = browser.fill("/sign-out")
    assert answer.headers["location"] == "http://hub.localhost:8000/hub/logout"
    assert browser.get("/").headers["location"].startswith("/sign-in")


def test_a_token_the_hub_no_longer_knows_signs_nobody_in(browser, portal):
    browser.sign_in()
    browser.rig.hub.tokens.clear()
    portal.hub._seen.clear()
    assert browser.get("/").headers["location"].startswith("/sign-in")


def test_a_post_after_the_session_has_ended_says_that_nothing_happened(browser, notebook):
    browser.sign_in()
    token = browser.form_token()
    browser.cookies.clear()
    answer = browser.fill("/courses/counting/01_totals/submissions", token=token, files={"file": ("a.ipynb", notebook())})
    assert answer.status_code == 401 and "nothing was submitted" in answer.text


def test_without_the_hub_people_are_told(browser, portal):
    browser.sign_in()
    portal.hub._seen.clear()
    browser.rig.hub.close()
    answer = browser.get("/")
    assert answer.status_code == 503 and "Your work is safe" in answer.text and answer.headers["retry-after"]
    browser.rig.hub.open()


# -- sealed cookies
def test_cookies_cannot_be_changed_reused_for_another_purpose_or_kept_too_long():
    now = [0.0]
    sessions = Sessions(b"k" * 32, days=1, clock=lambda: now[0])
    session, cookie = sessions.begin("token")
    assert sessions.open(cookie) == session and "token" not in cookie
    for bad in (None, "", "x", cookie[:-5], "A" + cookie[1:], cookie + "A" * 4000, "é"):
        assert sessions.open(bad) is None
    assert sessions.open_sign_in(cookie) is None
    assert Sessions(b"j" * 32, clock=lambda: now[0]).open(cookie) is None
    now[0] = 86399
    assert sessions.open(cookie)
    now[0] = 86400
    assert sessions.open(cookie) is None
    with pytest.raises(ValueError, match="32 bytes"):
        Sessions(b"short")


# -- the hub's word on tokens
@pytest.fixture
def hub(tmp_path):
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="ac") as folder:
        simulator = HubSimulator(f"{folder}/hub.sock")
        simulator.add("lea")
        yield simulator
        simulator.close()


def test_tokens_are_remembered_for_a_while_and_a_bounded_number(hub):
    now = [0.0]
    client = Hub(hub.path, "http://hub", "http://portal/cb", "s" * 64, clock=lambda: now[0])
    token = hub.token("lea")
    assert client.person(token).name == "lea" and client.person(token) and hub.asked == 1
    now[0] = FRESH
    assert client.person(token) and hub.asked == 2
    hub.tokens.clear()
    now[0] += FRESH
    assert client.person(token) is None
    client._seen.update({bytes([i // 256, i % 256]): (0.0, None) for i in range(KEPT)})
    client.person("another")
    assert len(client._seen) == KEPT


def test_without_the_hub_only_what_it_said_lately_counts(hub):
    now = [0.0]
    client = Hub(hub.path, "http://hub", "http://portal/cb", "s" * 64, clock=lambda: now[0])
    token = hub.token("lea")
    client.person(token)
    hub.close()
    now[0] = STALE - 1
    assert client.person(token).name == "lea"
    with pytest.raises(HubError, match="does not answer"):
        client.person("unknown")
    now[0] = STALE
    with pytest.raises(HubError, match="does not answer"):
        client.person(token)
    hub.open()


@pytest.mark.parametrize(("scopes", "known"), [
    (["access:services!service=portal"], True), (["access:services"], True), (["access:services!service=other"], False),
    (["access:servers!server=lea/"], False), (["self"], False)])
def test_only_a_token_that_may_access_the_portal_is_anybody(hub, scopes, known):
    client = Hub(hub.path, "http://hub", "http://portal/cb", "s" * 64)
    assert (client.person(hub.token("lea", *scopes)) is not None) == known


# -- limits
def test_a_bucket_empties_and_fills_and_is_everybodys_own():
    now = [0.0]
    limits = Limits({"write": Rate(2, 60)}, kept=2, clock=lambda: now[0])
    limits.take("write", "lea")
    limits.take("write", "lea")
    with pytest.raises(Refusal, match="too many requests") as refused:
        limits.take("write", "lea")
    assert refused.value.detail["wait"] == 1
    limits.take("write", "bo")
    now[0] = 1
    limits.take("write", "lea")
    limits.take("write", "cy")
    assert len(limits._buckets) == 2


def test_somebody_who_submits_without_end_is_slowed_down(browser, portal, notebook):
    portal.limits.rates["write"] = Rate(2, 1)
    browser.sign_in()
    token = browser.form_token()
    codes = [browser.fill("/language", {"language": "en"}, token=token) for _ in range(3)]
    assert [answer.status_code for answer in codes] == [303, 303, 429] and codes[2].headers["retry-after"] == "60"


# -- what learners write into pages
def test_a_hostile_file_name_or_text_stays_text(browser, portal, examine, notebook):
    browser.sign_in()
    answer = submit(browser, notebook(), name="<script>alert(1)</script>.txt")
    assert "<script" not in answer.text
    where = submit(browser, notebook()).headers["location"]
    examine(0, note="<img src=x onerror=alert(1)>")
    assert "<img" not in browser.get(where + "/feedback").text
