"""One section of one source: what a report makes of the words that were held before.

Nothing is stored here but late reports; the rest is gathered in ``Writes`` and stored together.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from incidents.facts.digest import digest, settle
from incidents.facts.merge import MANUAL, ShelfLives
from incidents.facts.readers import Report
from incidents.hosts.models import FactHistory, FactSample, Host
from incidents.hosts.samples import keep_samples, name_hosts, samples_of
from incidents.hosts.shelf_lives import LEAST_DAYS, shelf_lives
from kb.web.updating import insert_rows, update_rows

Rows = dict[tuple[str, str], FactHistory]
"""What each source says of each section of one host now."""


@dataclass(slots=True)
class Writes:
    """What reports leave to write, so that dozens of them take a handful of statements."""

    begun: list[FactHistory] = field(default_factory=list)
    closed: list[FactHistory] = field(default_factory=list)
    moved: list[FactHistory] = field(default_factory=list)
    seen: list[FactHistory] = field(default_factory=list)
    samples: list[FactSample] = field(default_factory=list)
    lives: ShelfLives | None = None

    def gone_quiet(self, row: FactHistory, at: datetime) -> datetime | None:
        """When what the row says stopped being good, if that was before ``at``."""
        if row.source == MANUAL or at - row.last_seen <= timedelta(days=LEAST_DAYS):
            return None
        self.lives = self.lives or shelf_lives()
        ended = row.last_seen + timedelta(days=self.lives.days(row.section, row.source))
        return ended if ended < at else None

    def fresh_until(self, rows: Rows, report: Report) -> datetime | None:
        """Until when what the report's source said before was as fresh as news; None where it
        said nothing yet of a section.  Ages are counted in days, shelf lives may be shorter."""
        before = [rows.get((section, report.source)) for section in report.sections]
        if not before or None in before:
            return None
        self.lives = self.lives or shelf_lives()
        days = self.lives.days
        return min(
            row.last_seen + timedelta(days=min(1.0, days(row.section, row.source)))
            for row in before
            if row is not None
        )

    def store(self) -> None:
        """Close first: of each source only one row may be the present."""
        update_rows(self.closed, ["until"])
        if self.begun:
            name_hosts(self.begun)
            insert_rows(self.begun)
        update_rows(self.moved, ["value", "digest", "last_seen"])
        update_rows(self.seen, ["last_seen"])
        keep_samples(self.samples)
        for written in (self.begun, self.closed, self.moved, self.seen, self.samples):
            written.clear()


def lay(host: Host, rows: Rows, writes: Writes, report: Report) -> list[str]:
    """Lay a report over what its source said before; the sections that now say something else."""
    changed = [
        section
        for section, value in report.sections.items()
        if _take(host, rows, writes, section, value, report)
    ]
    writes.samples += samples_of(host, report)
    return sorted(changed)


def _take(host: Host, rows: Rows, writes: Writes, section: str, value: Any, report: Report) -> bool:
    """Whether the section now says something else."""
    at, source = report.observed_at, report.source
    row = rows.get((section, source))
    if row is None:
        rows[section, source] = _begin(host, writes, section, source, value, at)
        return True
    if at < row.last_seen:
        _file(host, row, section, value, at)
        return False
    value = settle(section, row.value, value)
    # What is equal word for word needs no digest: that is most of what a fleet reports.
    name = row.digest if value == row.value else digest(section, value)
    quiet_since = writes.gone_quiet(row, at)
    if name == row.digest and quiet_since is None:
        _see(row, writes, value, at)
        return False
    if at == row.since:  # two different words of one moment: the later to arrive counts
        row.value, row.digest = value, name
        writes.moved.append(row)
        return True
    row.until = quiet_since or at
    writes.closed.append(row)
    rows[section, source] = _begin(host, writes, section, source, value, at)
    return name != row.digest


def _see(row: FactHistory, writes: Writes, value: Any, at: datetime) -> None:
    """The same again; what moves with every report follows in place."""
    if row.value != value:
        row.value, row.last_seen = value, at
        writes.moved.append(row)
    elif row.last_seen != at:
        row.last_seen = at
        writes.seen.append(row)


def _begin(
    host: Host, writes: Writes, section: str, source: str, value: Any, at: datetime
) -> FactHistory:
    row = FactHistory(
        host=host,
        section=section,
        source=source,
        value=value,
        digest=digest(section, value),
        since=at,
        last_seen=at,
    )
    writes.begun.append(row)
    return row


def _file(host: Host, row: FactHistory, section: str, value: Any, at: datetime) -> None:
    """Put a late report where it belongs in the history of its source."""
    name = digest(section, value)
    if at >= row.since:
        if name != row.digest:  # it contradicts a span that was seen whole: kept as a moment
            _moment(host, row, value, name, at, until=at)
        return
    same = FactHistory.objects.filter(host=host, section=section, source=row.source)
    around = same.filter(since__lte=at, last_seen__gte=at)
    if around.exists():
        if not around.filter(digest=name).exists():  # as above
            _moment(host, row, value, name, at, until=at)
        return
    before = same.filter(last_seen__lt=at).order_by("-last_seen", "-since").first()
    after = same.filter(since__gt=at).order_by("since").first()
    assert after is not None  # the present row begins later
    if before is not None and before.digest == name and before.until and at <= before.until:
        FactHistory.objects.filter(pk=before.pk).update(last_seen=at)
        return
    if before is not None and before.until and before.until > at:
        FactHistory.objects.filter(pk=before.pk).update(until=at)
    _moment(host, row, value, name, at, until=after.since)


def _moment(
    host: Host, row: FactHistory, value: Any, name: str, at: datetime, *, until: datetime
) -> None:
    FactHistory.objects.get_or_create(
        host=host,
        section=row.section,
        source=row.source,
        since=at,
        defaults={"value": value, "digest": name, "last_seen": at, "until": until},
    )
