"""Another format in an envelope, so that one body can hold reports of many tools and hosts.

    {"host": "db-01", "format": "mdstat", "observed_at": "2026-11-23T02:00:00Z", "content": "…"}

The collector sends its finds so, a line each.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from ..errors import FactsError
from .native import moment_of
from .report import check_host, check_source

KEYS = {"host", "format", "source", "observed_at", "content"}


class Wrapped(NamedTuple):
    """What the envelope says of its content."""

    content: Any
    format: str
    host: str | None
    source: str | None
    observed_at: datetime | None


def is_wrapped(raw: Any) -> bool:
    """Whether this is such an envelope."""
    return isinstance(raw, dict) and {"format", "content"} <= raw.keys() <= KEYS


def unwrap(raw: dict[str, Any]) -> Wrapped:
    """The content and what is said of it; FactsError names the field."""
    format_ = raw["format"]
    if not isinstance(format_, str):
        raise FactsError("The format is a name such as restic.", "/format")
    if not isinstance(raw["content"], (str, dict, list)):
        raise FactsError("The content is what the tool printed: text, or its JSON.", "/content")
    host, source = raw.get("host"), raw.get("source")
    return Wrapped(
        raw["content"],
        format_,
        check_host(host) if host is not None else None,
        check_source(source) if source is not None else None,
        moment_of(raw.get("observed_at")),
    )
