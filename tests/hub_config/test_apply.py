"""Settings applied to a bare configuration: what each section sets, and nothing else."""
from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from traitlets.config import Config

from hub_config import apply as module
from hub_config import settings
from hub_config.apply import SECRETS, apply, open_path, subdomain_hook
from hub_config.places import Places

PLACES = Places(Path("/opt/academy"), Path("/var/lib/academy"), separate_uids=True)
GIVEN = {name: f"{i:x}" * 64 for i, name in enumerate(SECRETS, 1)}


def applied(**variables: str) -> Config:
    c = Config()
    apply(c, settings.load(None, variables), PLACES, GIVEN)
    return c


def test_what_jupyterhub_loads_is_short():
    assert len((module.HERE / "jupyterhub_config.py").read_text().splitlines()) <= 45


def test_addresses():
    c = applied(ACADEMY_WEB_PORT="8123")
    assert c.JupyterHub.bind_url == "http://127.0.0.1:8123/" and c.JupyterHub.subdomain_host == "http://hub.localhost:8123"
    assert c.JupyterHub.default_url == "http://portal.hub.localhost:8123/" and c.JupyterHub.redirect_to_server is False
    assert unquote(c.JupyterHub.hub_bind_url) == "http+unix:///var/lib/academy/run/hub/hub.sock" == unquote(c.JupyterHub.hub_connect_url)
    cookies = c.JupyterHub.tornado_settings["cookie_options"]
    assert cookies["samesite"] == "Lax" and "secure" not in cookies


def test_behind_https():
    c = applied(ACADEMY_WEB_HTTPS="true", ACADEMY_WEB_DOMAIN="academy.example.org", ACADEMY_WEB_LEARNER_DOMAIN="notebooks.example.net")
    assert c.JupyterHub.subdomain_host == "https://hub.academy.example.org"
    assert c.JupyterHub.tornado_settings["cookie_options"] == {"samesite": "Lax", "secure": True}
    assert c.JupyterHub.subdomain_hook("lea", "hub.academy.example.org", "user") == "lea-nb.notebooks.example.net"
    assert c.JupyterHub.services[0]["oauth_redirect_uri"] == "https://portal.hub.academy.example.org/oauth_callback"


def test_no_page_of_the_hub_runs_a_script_or_is_framed():
    policy = applied().JupyterHub.tornado_settings["headers"]["Content-Security-Policy"]
    assert {"default-src 'self'", "script-src 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    for page in (module.HERE / "templates").glob("*.html"):
        text = page.read_text()
        assert "<script" not in text and "style=" not in text and "onclick" not in text, page.name
        assert 'extends "' in text or "<html lang=" in text, page.name


def test_the_hub_starts_no_proxy_and_stops_no_server():
    c = applied()
    assert c.ConfigurableHTTPProxy.should_start is False and c.ConfigurableHTTPProxy.auth_token == GIVEN["proxy_token"]
    assert unquote(c.ConfigurableHTTPProxy.api_url) == "http+unix:///var/lib/academy/run/proxy/proxy.sock"
    assert c.JupyterHub.cleanup_servers is False and c.JupyterHub.cleanup_proxy is False
    assert c.Spawner.consecutive_failure_limit == 0


def test_the_store_is_the_hubs_own():
    c = applied()
    assert c.JupyterHub.db_url == "sqlite:////var/lib/academy/hub/hub.sqlite"
    assert c.JupyterHub.cookie_secret == bytes.fromhex(GIVEN["cookie_secret"]) and len(c.JupyterHub.cookie_secret) == 32


def test_limits_come_from_settings():
    c = applied(ACADEMY_LEARNER_ACTIVE_SERVERS="7", ACADEMY_LEARNER_CONCURRENT_SPAWNS="2", ACADEMY_LEARNER_START_SECONDS="90")
    assert (c.JupyterHub.active_server_limit, c.JupyterHub.concurrent_spawn_limit, c.JupyterHub.allow_named_servers) == (7, 2, False)
    assert c.Spawner.start_timeout > c.LauncherSpawner.answer_seconds > 90


def test_the_portal_is_no_url_that_the_hub_would_wait_for():
    portal, supervisor = applied().JupyterHub.services
    assert "url" not in portal and "command" not in portal and portal["oauth_no_confirm"]
    assert portal["oauth_client_id"] == "service-portal" and portal["api_token"] == GIVEN["portal_token"]
    assert supervisor["api_token"] == GIVEN["supervisor_token"]
    assert not any(service.get("admin") for service in (portal, supervisor))


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", [None, "", "x" * 64, "a" * 63, "A" * 64])
def test_a_missing_or_weak_secret_is_refused(name, value):
    given = {**GIVEN, name: value}
    with pytest.raises(ValueError, match=f"lacks {name}"):
        apply(Config(), settings.load(None, {}), PLACES, given)


@pytest.mark.parametrize("name, host", [
    ("lea", "lea-nb.localhost"), ("a", "a-nb.localhost"), ("lea-2", "lea-2-nb.localhost"), ("x" * 32, "x" * 32 + "-nb.localhost"),
])
def test_each_learner_is_a_site(name, host):
    assert subdomain_hook(settings.load(None, {}).web)(name, "hub.localhost", "user") == host


@pytest.mark.parametrize("name", ["Lea", "é", "a.b", "a_b", "", "x" * 60, "-a", "a-", "xn--a", "a b", "../x"])
def test_odd_names_are_labels_too(name):
    hook = subdomain_hook(settings.load(None, {}).web)
    host = hook(name, "hub.localhost", "user")
    assert host.startswith("u-") and len(host.split(".")[0]) <= 63 and host == hook(name, "x", "user") != hook(name + "x", "x", "user")


def test_services_have_their_names():
    hook = subdomain_hook(settings.load(None, {}).web)
    assert hook("portal", "hub.localhost", "service") == "portal.hub.localhost"
    assert hook("other", "hub.localhost", "service") == "other.hub.localhost"


@pytest.mark.parametrize("path, query, target", [
    ("notebooks/a.ipynb", "", "/hub/user/lea/notebooks/a.ipynb"), ("/notebooks/a.ipynb", "", "/hub/user/lea/notebooks/a.ipynb"),
    ("notebooks/é a.ipynb", "", "/hub/user/lea/notebooks/%C3%A9%20a.ipynb"), ("academy/open/t/m", "a=1&b=2", "/hub/user/lea/academy/open/t/m?a=1&b=2"),
    ("", "", "/hub/user/lea/"), ("//evil.example/x", "", "/hub/user/lea/evil.example/x"),
])
def test_opening_a_path(path, query, target):
    url = open_path(path, SimpleNamespace(query=query), SimpleNamespace(name="lea"), "/")
    start, _, following = url.partition("?next=")
    assert start == "/hub/spawn/lea" and unquote(following) == target and "&" not in following
