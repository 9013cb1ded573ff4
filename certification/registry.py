"""Known issuers: which identifier belongs to which body, and which tracks it may certify. A JSON file.

``{"type": "academy.registry/1", "issuers": {DID: {"name": …, "tracks": [ids or "*"], "document": DID document}}}``

Rules
- The name shown for an issuer is the registry's, never the credential's: anyone can call themselves anything.
- ``document`` (optional) is the issuer's DID document: with it a did:web issuer is verified offline, and it wins over
  the network.
- An unknown member is an error: a misspelt rule would otherwise be no rule.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from certification.document import parse
from certification.errors import ParseError, RegistryError

__all__ = ["EMPTY", "TYPE", "Issuer", "Registry"]

TYPE = "academy.registry/1"


@dataclass(frozen=True, slots=True)
class Issuer:
    """A body that may certify ``tracks`` (``*``: any)."""

    did: str
    name: str
    tracks: frozenset[str]
    document: Mapping[str, Any] | None = None

    def certifies(self, track: str | None) -> bool:
        return "*" in self.tracks or track in self.tracks


@dataclass(frozen=True, slots=True)
class Registry:
    """The issuers somebody relies on, by DID."""

    issuers: Mapping[str, Issuer] = field(default_factory=dict)

    def find(self, did: str) -> Issuer | None:
        return self.issuers.get(did)

    @classmethod
    def load(cls, path: Path | str) -> Registry:
        """The registry in a file. Raises RegistryError."""
        try:
            with open(path, "rb") as file:
                return cls.read(parse(file.read()))
        except OSError as error:
            raise RegistryError(f"the registry {Path(path).name} cannot be read ({error.strerror})", "check its path") from None
        except ParseError as error:
            raise RegistryError(f"the registry {Path(path).name}: {error.message}", error.next) from None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Registry:
        """The registry in a JSON object. Raises RegistryError."""
        _members(document, {"type", "issuers"}, {"type", "issuers"}, "the registry")
        if document["type"] != TYPE:
            raise RegistryError(f"this is not a registry of the type {TYPE}", "a newer version of academy may read it")
        if not isinstance(document["issuers"], Mapping):
            raise RegistryError("issuers must be an object: DID → name and tracks")
        issuers = {}
        for did, entry in document["issuers"].items():
            if not did.startswith("did:"):
                raise RegistryError(f"{did[:80]!r} is not a DID", "an issuer is named by did:web:… or did:key:…")
            _members(entry, {"name", "tracks", "document"}, {"name", "tracks"}, did)
            name, tracks, keys = entry["name"], entry["tracks"], entry.get("document")
            if not isinstance(name, str) or not name.strip():
                raise RegistryError(f"{did}: name must be a text")
            if not isinstance(tracks, list) or not all(isinstance(track, str) for track in tracks):
                raise RegistryError(f"{did}: tracks must be a list of track ids, or [\"*\"]")
            if keys is not None and (not isinstance(keys, Mapping) or keys.get("id") != did):
                raise RegistryError(f"{did}: document must be the DID document of this very DID")
            issuers[did] = Issuer(did, name, frozenset(tracks), keys)
        return cls(issuers)


def _members(value: Any, known: set[str], needed: set[str], place: str) -> None:
    if not isinstance(value, Mapping):
        raise RegistryError(f"{place} must be an object")
    for key in value:
        if key not in known:
            near = get_close_matches(key, known, 1)
            raise RegistryError(f"{place} has an unknown member {key[:60]!r}", f"did you mean {near[0]!r}?" if near else f"its members are {', '.join(sorted(known))}")
    if missing := needed - value.keys():
        raise RegistryError(f"{place} lacks {min(missing)!r}", f"its members are {', '.join(sorted(known))}")


EMPTY = Registry()
