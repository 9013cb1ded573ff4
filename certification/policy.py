"""Who is relied on: small policies over a verified credential, and ways to combine them.

A policy looks only at a credential whose proof holds. It answers with a `Finding`; it never raises and never prints.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from certification.model import issuer_id, track_of
from certification.registry import Registry

__all__ = ["AllOf", "AnyOf", "Finding", "KnownIssuer", "Policy", "UnsafeAnyIssuer"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``accepted``, why in words, and the name to show for the issuer (the registry's, or None)."""

    accepted: bool
    message: str
    issuer: str | None = None


class Policy(Protocol):
    def judge(self, document: Mapping[str, Any]) -> Finding: ...


@dataclass(frozen=True, slots=True)
class KnownIssuer:
    """The registry knows the issuer and lets it certify the credential's track."""

    registry: Registry

    def judge(self, document: Mapping[str, Any]) -> Finding:
        did, track = issuer_id(document), track_of(document)
        issuer = self.registry.find(did)
        if issuer is None:
            return Finding(False, f"no registry given here knows the issuer {did[:120]}; ask a body you trust for its registry "
                                  "file and give it with --registry")
        if not issuer.certifies(track):
            return Finding(False, f"{issuer.name} is known, but the registry does not let it certify "
                                  f"{'the track ' + repr(track[:80]) if track else 'credentials that name no track'}; ask {issuer.name}",
                           issuer.name)
        return Finding(True, f"{issuer.name} ({did[:120]}) may certify {track or 'any track'}", issuer.name)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Accepted if every policy accepts; the first that does not says why. Of no policies: refused."""

    policies: tuple[Policy, ...]

    def judge(self, document: Mapping[str, Any]) -> Finding:
        found = Finding(False, "no policy was given")
        for policy in self.policies:
            found = policy.judge(document)
            if not found.accepted:
                return found
        return found


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Accepted if one policy accepts; otherwise the last says why. Of no policies: refused."""

    policies: tuple[Policy, ...]

    def judge(self, document: Mapping[str, Any]) -> Finding:
        found = Finding(False, "no policy was given")
        for policy in self.policies:
            found = policy.judge(document)
            if found.accepted:
                return found
        return found


@dataclass(frozen=True, slots=True)
class UnsafeAnyIssuer:
    """Accepts whoever signed. Says nothing about trust: for tests and for looking at one's own credentials."""

    def judge(self, document: Mapping[str, Any]) -> Finding:
        return Finding(True, f"UNSAFE: any issuer is accepted, also {issuer_id(document)[:120]}")
