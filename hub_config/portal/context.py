"""What every page works with, put together once by `hub_config.services.portal` (or by a test)."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from autograders.exchange import Exchange
from autograders.queue import LeaseTable

from hub_config.portal.limits import Limits
from hub_config.portal.messages import Messages
from hub_config.portal.sessions import Sessions

__all__ = ["Addresses", "Portal"]


@dataclass(frozen=True, slots=True)
class Addresses:
    """As a browser sees them, without a slash at the end."""

    portal: str
    hub: str
    verify: str


@dataclass(slots=True)
class Portal:
    """``ask(service, op, **request)`` calls another service of ours and raises RpcError; ``hub`` answers who a token is."""

    addresses: Addresses
    exchange: Exchange
    queue: LeaseTable
    hub: object
    sessions: Sessions
    ask: Callable[..., dict]
    awards: object
    messages: Messages = field(default_factory=Messages)
    limits: Limits = field(default_factory=Limits)
    institution: str = ""
    chunk_bytes: int = 64 << 10

    @property
    def secure(self) -> bool:
        return self.addresses.portal.startswith("https://")
