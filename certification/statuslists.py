"""The status lists that a verifier has at hand or fetches: each is checked once, however many credentials ask it.

Rules
- A list counts only if it is a whole credential with a proof of the very issuer of the credential (`status.open_list` has the others).
- What could not be fetched, or did not hold, is remembered too: a directory of credentials asks a dead host once.
- At most MOST lists are kept open; the oldest is given up.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from certification import model, status
from certification.document import inspect, parse
from certification.errors import CertificationError, StatusError, UnreachableError
from certification.proofs import Resolve, verify_proofs

__all__ = ["StatusLists"]

MOST = 1_000


class StatusLists:
    """``given``: lists at hand (text or object); ``resolve`` gives issuers' keys; ``fetch`` reaches the network, if it may."""

    def __init__(self, given: Iterable[bytes | str | Mapping[str, Any]], resolve: Resolve, now: datetime,
                 fetch: Callable[[str], bytes] | None) -> None:
        self._given, self._resolve, self._now, self._fetch = list(given), resolve, now, fetch
        self._opened: dict[tuple[str, str, str], tuple[status.StatusList, str] | CertificationError] = {}

    def ask(self, entry: status.Entry, issuer: str) -> tuple[bool, str]:
        """Whether the bit of ``entry`` is set, and the date of the list. Raises StatusError, UnreachableError or what the list lacks."""
        key = (entry.list, entry.purpose, issuer)
        found = self._opened.get(key)
        if found is None:
            if len(self._opened) >= MOST:
                self._opened.pop(next(iter(self._opened)))
            try:
                found = self._open(entry, issuer)
            except CertificationError as error:
                found = error
            self._opened[key] = found
        if isinstance(found, CertificationError):
            raise found.with_traceback(None)
        bits, dated = found
        return bits[entry.index], dated

    def _open(self, entry: status.Entry, issuer: str) -> tuple[status.StatusList, str]:
        document = self._find(entry.list)
        model.check(document)
        if model.issuer_id(document) != issuer:
            raise StatusError("the status list was issued by another issuer than the credential", "do not rely on that list")
        verify_proofs(document, self._resolve, issuer, self._now)
        return status.open_list(entry, document, issuer, self._now), model.span(document)[0] or "unknown date"

    def _find(self, url: str) -> dict:
        for number, source in enumerate(self._given):
            if not isinstance(source, dict):
                source = parse(source) if isinstance(source, (bytes, str)) else dict(source)
                inspect(source)
                self._given[number] = source
            if source.get("id") == url:
                inspect(source)
                return source
        if self._fetch is None:
            raise UnreachableError(
                f"the status list {url[:160]} is not at hand" + (f" (the {len(self._given)} given are others)" if self._given else ""),
                "verify online, or save that address to a file and give it with --status")
        return parse(self._fetch(url))
