"""Reports as a door would hand them on."""

import json
from datetime import datetime, timedelta
from typing import Any

from incidents.facts.readers import Report, read
from incidents.hosts.ingest import Ingested, ingest
from tests.support.factories import NOW


def report(
    host: str | None = "robert",
    *,
    at: datetime = NOW,
    source: str = "ansible",
    **sections: Any,
) -> Report:
    """A native report of these sections, seen at ``at``."""
    body: dict[str, Any] = {"observed_at": at.isoformat(), "source": source, "sections": sections}
    if host is not None:
        body["host"] = host
    (made,) = read(json.dumps(body).encode(), arrived_at=max(at, NOW))
    return made


def tell(host: str | None = "robert", *, at: datetime = NOW, **said: Any) -> Ingested:
    """Take such a report in, at the moment it was seen or now, whichever is later."""
    return ingest(report(host, at=at, **said), arrived_at=max(at, NOW))


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)
