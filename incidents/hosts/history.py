"""Looking back: what was known of a host at a moment, and what changed when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from incidents.facts.digest import Change, diff
from incidents.facts.merge import Merged, SourceRow, merge
from incidents.hosts.ingest import reported
from incidents.hosts.models import FactHistory, Host


def facts_at(host: Host, moment: datetime) -> Merged:
    """The document as it stood: every row with ``since <= moment < until``."""
    rows = reported(host).filter(since__lte=moment).filter(Q(until=None) | Q(until__gt=moment))
    return merge(
        (SourceRow(r.section, r.source, r.value, min(r.last_seen, moment)) for r in rows),
        now=moment,
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One source said something new of one section; ``changes`` is empty for the first word."""

    at: datetime
    section: str
    source: str
    first: bool
    returned: bool
    changes: list[Change]


def entries(host: Host, section: str | None = None) -> Iterator[Entry]:
    """What changed when, newest first, as differences of facts."""
    rows = FactHistory.objects.filter(host=host)
    if section is not None:
        rows = rows.filter(section=section)
    before: dict[tuple[str, str], FactHistory] = {}
    found = []
    for row in rows.order_by("since", "pk"):
        earlier = before.get((row.section, row.source))
        before[row.section, row.source] = row
        found.append(_entry(row, earlier))
    return iter(sorted(found, key=lambda entry: entry.at, reverse=True))


def _entry(row: FactHistory, earlier: FactHistory | None) -> Entry:
    if earlier is None:
        return Entry(row.since, row.section, row.source, first=True, returned=False, changes=[])
    changes = diff({row.section: earlier.value}, {row.section: row.value})
    returned = not changes
    return Entry(
        row.since, row.section, row.source, first=False, returned=returned, changes=changes
    )


def told(host: Host) -> list[str]:
    """The sections that have any history, in order of name."""
    rows = FactHistory.objects.filter(host=host).order_by("section")
    return list(rows.values_list("section", flat=True).distinct())
