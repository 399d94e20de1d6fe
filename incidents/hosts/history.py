"""Looking back: what was known of a host at a moment, and what changed when."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q

from incidents.facts.digest import Change, diff
from incidents.facts.merge import Merged, SourceRow, merge
from incidents.hosts import inventory
from incidents.hosts.models import FactHistory, Host


def facts_at(host: Host, moment: datetime) -> Merged:
    """The document as it stood at a moment."""
    return merge(source_rows(rows_at([host.pk], moment), moment), now=moment)


def rows_at(
    host_ids: Iterable[int], moment: datetime, sections: Iterable[str] | None = None
) -> list[FactHistory]:
    """What each source said of each section at a moment: the row with ``since <= moment < until``.

    A source that had gone quiet by then still had its last word, only an old one: where no row
    covers the moment, the one that ended last before it counts.  Two queries, three at most.
    """
    rows = FactHistory.objects.filter(host__in=list(host_ids), since__lte=moment)
    rows = rows.exclude(section=inventory.SECTION).order_by()
    if sections is not None:
        rows = rows.filter(section__in=list(sections))
    found = list(rows.filter(Q(until=None) | Q(until__gt=moment)))
    covered = {(row.host_id, row.section, row.source) for row in found}
    ended = rows.filter(until__lte=moment).values_list("host_id", "section", "source")
    last = {
        (host, section, source): until
        for host, section, source, until in ended.annotate(last=Max("until"))
        if (host, section, source) not in covered
    }
    if last:
        quiet = rows.filter(host__in={key[0] for key in last}, until__in=set(last.values()))
        latest = {
            key: row
            for row in quiet.order_by("since", "pk")
            if row.until == last.get(key := (row.host_id, row.section, row.source))
        }
        found += latest.values()
    return found


def source_rows(rows: Iterable[FactHistory], moment: datetime) -> Iterator[SourceRow]:
    """The same for the merge; what was seen again later had been seen by then."""
    for row in rows:
        yield SourceRow(row.section, row.source, row.value, min(row.last_seen, moment))


@dataclass(frozen=True, slots=True)
class Entry:
    """One source said something new of one section; ``changes`` is empty for the first word."""

    at: datetime
    section: str
    source: str
    first: bool
    returned: bool
    changes: list[Change]


def entries(
    host: Host, section: str | None = None, before: datetime | None = None
) -> Iterator[Entry]:
    """What changed when (before a moment), newest first, as differences of facts."""
    rows = FactHistory.objects.filter(host=host)
    if section is not None:
        rows = rows.filter(section=section)
    if before is not None:
        rows = rows.filter(since__lt=before)
    held: dict[tuple[str, str], FactHistory] = {}
    found = []
    for row in rows.order_by("since", "pk"):
        earlier = held.get((row.section, row.source))
        held[row.section, row.source] = row
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
