"""Settings applied to JupyterHub's configuration: one pure function a section, each only sets.

`apply` calls them all. None reads a file, the environment or a clock, so each is tested on a bare ``Config()``.
"""
from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from .places import Places
from .roles import PORTAL, hub_roles
from .settings import Settings, Web

__all__ = ["SECRETS", "apply", "open_path", "set_auth", "set_limits", "set_pages", "set_proxy", "set_services", "set_spawner",
           "set_store", "set_web", "subdomain_hook"]

HERE = Path(__file__).parent
SECRETS = ("cookie_secret", "proxy_token", "portal_token", "supervisor_token")       # each 32 bytes as 64 hex digits
PORTAL_SCOPES = ("read:users:name!user", "read:users:groups!user", f"access:services!service={PORTAL}")

# No inline script or style anywhere on the hub's pages, and nothing may put them in a frame.
POLICY = "; ".join(("default-src 'self'", "img-src 'self' data:", "script-src 'none'", "object-src 'none'", "base-uri 'none'",
                    "frame-ancestors 'none'"))


def _unix(path: Path) -> str:
    return "http+unix://" + quote(str(path), safe="")


def subdomain_hook(web: Web) -> Callable[[str, str, str], str]:
    """A host name for each learner, a site of its own: cookies travel neither between learners nor to the hub."""
    def hook(name: str, domain: str, kind: str) -> str:
        if kind != "user":
            return web.portal_host if name == PORTAL else f"{name}.{web.hub_host}"
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?", name) or "--" in name:
            name = "u-" + hashlib.sha256(name.encode()).hexdigest()[:24]    # a name that is no label of a host name
        return web.learner_host(name)
    return hook


def open_path(path: str, request, user, base_url: str) -> str:
    """``/hub/user-redirect/PATH``: start the person's server if need be, then open PATH on it.

    The place to go on to is a path: the hub refuses whole addresses, since each learner has a host of their own.
    """
    target = f"{base_url}hub/user/{quote(user.name)}/{quote(path.lstrip('/'))}" + (f"?{request.query}" if request.query else "")
    return f"{base_url}hub/spawn/{quote(user.name)}?next={quote(target, safe='')}"


def set_web(c, settings: Settings, places: Places) -> None:
    """Addresses as browsers see them, and the hub's own socket behind the proxy."""
    web, hub = settings.web, c.JupyterHub
    hub.bind_url = f"http://{web.bind}:{web.port}/"
    hub.subdomain_host = web.hub_url
    hub.subdomain_hook = subdomain_hook(web)
    hub.hub_bind_url = hub.hub_connect_url = _unix(places.socket("hub"))
    hub.hub_socket_mode = 0o666                 # its directory says who may come near
    hub.default_url = web.portal_url + "/"      # where a sign-in lands
    hub.redirect_to_server = False
    hub.user_redirect_hook = open_path
    hub.cookie_max_age_days = web.cookie_days
    hub.tornado_settings = {
        # without SameSite, browsers send fresh cookies along with other sites' forms
        "cookie_options": {"samesite": "Lax", **({"secure": True} if web.https else {})},
        "headers": {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff"},
        "slow_spawn_timeout": 10, "slow_stop_timeout": 10,
    }


def set_store(c, places: Places, secrets: Mapping[str, str]) -> None:
    """The hub's own store: who is signed in and which servers run. People are in the accounts store."""
    hub, store = c.JupyterHub, places.store("hub")
    hub.db_url = f"sqlite:///{store}/hub.sqlite"
    hub.upgrade_db = True
    hub.cookie_secret = bytes.fromhex(secrets["cookie_secret"])


def set_proxy(c, places: Places, secrets: Mapping[str, str]) -> None:
    """The proxy runs beside the hub and survives it; so do the learners' servers."""
    hub, proxy = c.JupyterHub, c.ConfigurableHTTPProxy
    hub.proxy_class = "jupyterhub.proxy.ConfigurableHTTPProxy"
    proxy.should_start = False
    proxy.api_url = _unix(places.socket("proxy"))
    proxy.auth_token = secrets["proxy_token"]
    hub.cleanup_servers = hub.cleanup_proxy = False


def set_auth(c, places: Places) -> None:
    """Who may sign in, and what each role may do in the hub."""
    c.JupyterHub.authenticator_class = "hub_config.authenticator.AccountsAuthenticator"
    c.AccountsAuthenticator.accounts_socket = str(places.socket("accounts"))
    c.Authenticator.auth_refresh_age = 300
    c.JupyterHub.load_roles = hub_roles()


def set_spawner(c, settings: Settings, places: Places) -> None:
    """Servers are asked for at the launcher."""
    c.JupyterHub.spawner_class = "hub_config.spawner.LauncherSpawner"
    spawner = c.LauncherSpawner
    spawner.launcher_socket = str(places.socket("launcher"))
    spawner.accounts_socket = str(places.socket("accounts"))
    spawner.answer_seconds = settings.learner.start_seconds + 10.0
    c.Spawner.start_timeout = settings.learner.start_seconds + 20
    c.Spawner.http_timeout = 30
    c.Spawner.default_url = "/tree"


def set_limits(c, settings: Settings) -> None:
    """How much at one time."""
    learner, hub = settings.learner, c.JupyterHub
    hub.active_server_limit = learner.active_servers
    hub.concurrent_spawn_limit = learner.concurrent_spawns
    hub.allow_named_servers = False
    hub.init_spawners_timeout = 5
    c.Spawner.consecutive_failure_limit = 0     # one learner's bad luck never takes the hub down


def set_services(c, settings: Settings, secrets: Mapping[str, str]) -> None:
    """The portal (signs people in through the hub) and the supervisor (gives a restarted proxy its routes)."""
    c.JupyterHub.services = [
        {"name": PORTAL, "api_token": secrets["portal_token"], "oauth_no_confirm": True, "display": False,
         "oauth_redirect_uri": settings.web.portal_url + "/oauth_callback", "oauth_client_id": f"service-{PORTAL}",
         "oauth_client_allowed_scopes": list(PORTAL_SCOPES)},
        {"name": "supervisor", "api_token": secrets["supervisor_token"], "display": False},
    ]


def set_pages(c, settings: Settings) -> None:
    """The few pages that the hub shows itself: plain HTML, no script, one stylesheet."""
    from tornado.web import StaticFileHandler

    hub = c.JupyterHub
    hub.template_paths = [str(HERE / "templates")]
    hub.template_vars = {"institution": settings.hub.institution, "contact": settings.hub.contact,
                         "language": settings.hub.language, "portal_url": settings.web.portal_url + "/"}
    hub.extra_handlers = [(r"/style/(academy\.css)", StaticFileHandler, {"path": str(HERE / "portal/static")}),
                          (r"/style/(hub\.css)", StaticFileHandler, {"path": str(HERE / "static")})]


def apply(c, settings: Settings, places: Places, secrets: Mapping[str, str]) -> None:
    """All sections. ``secrets`` must hold SECRETS; ValueError names the one that is missing."""
    for name in SECRETS:
        if not re.fullmatch(r"[0-9a-f]{64}", str(secrets.get(name, ""))):
            raise ValueError(f"the hub's secrets.json lacks {name} (64 hex digits): start the hub with `academy up`")
    set_web(c, settings, places)
    set_store(c, places, secrets)
    set_proxy(c, places, secrets)
    set_auth(c, places)
    set_spawner(c, settings, places)
    set_limits(c, settings)
    set_services(c, settings, secrets)
    set_pages(c, settings)
