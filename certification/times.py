"""Times as credentials write them: RFC 3339 with a zone (XML Schema dateTimeStamp, VCDM 2.0 section 4.9).

``SKEW`` is how far two honest clocks may differ.
"""
from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from certification.errors import ShapeError

__all__ = ["SKEW", "parse_time", "time_text"]

SKEW = timedelta(minutes=5)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")


def parse_time(value: Any, place: str) -> datetime:
    """The moment ``value`` names, in UTC. Raises ShapeError, naming ``place``."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise ShapeError(f"{place} is not a time with its zone, such as 2026-11-23T08:00:00Z: {str(value)[:40]!r}")


def time_text(moment: datetime) -> str:
    """``moment`` in UTC, to the second, as in 2026-11-23T08:00:00Z."""
    if moment.tzinfo is None:
        raise ValueError("a time without its zone cannot be signed")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
