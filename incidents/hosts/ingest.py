"""Taking a report in: what changed goes into history, the merge becomes the present.

One transaction a report.  The same report twice changes nothing but "last seen"; an older one
goes into history and leaves the present alone (facts.md, rule 4).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from incidents.facts.digest import digest, settle
from incidents.facts.errors import FactsError
from incidents.facts.merge import MANUAL, Merged, ShelfLives, SourceRow, merge
from incidents.facts.readers import Report
from incidents.hosts import identity, inventory
from incidents.hosts.models import FactHistory, Host, HostKind
from incidents.hosts.samples import keep_samples
from incidents.hosts.shelf_lives import LEAST_DAYS, shelf_lives
from kb.outbox.post import post


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a report did: ``changed`` names the sections that now say something else."""

    host: Host
    created: bool
    changed: list[str]
    observed_from: str
    notes: list[str] = field(default_factory=list)


@transaction.atomic
def ingest(report: Report, *, arrived_at: datetime) -> Ingested:
    """Take one report in.  Raises ``FactsError`` and changes nothing where it cannot be placed."""
    host, created = _host_for(report)
    present = [] if created else reported(host).filter(until=None).order_by()
    rows = {(row.section, row.source): row for row in present}
    writes = Writes()
    changed = [
        section
        for section, value in report.sections.items()
        if _take(host, rows, writes, section, value, report)
    ]
    keep_samples(host, report)
    merged = merge(as_rows(rows.values()), now=arrived_at)
    was = (host.kind, host.parent_id)
    _become(host, merged, report, arrived_at)
    if created:
        writes.begun.append(inventory.first_row(host, arrived_at))
    elif (host.kind, host.parent_id) != was:
        inventory.note([host.pk], arrived_at)
    writes.store(report.observed_at)
    if created or changed:
        post("index", f"host:{host.pk}")
    return Ingested(host, created, sorted(changed), report.observed_from, report.notes)


@transaction.atomic
def ingest_many(reports: Iterable[Report], *, arrived_at: datetime) -> list[Ingested | FactsError]:
    """Take some dozens in with one transaction; a report that is refused spoils no other."""
    done: list[Ingested | FactsError] = []
    for report in reports:
        try:
            done.append(ingest(report, arrived_at=arrived_at))
        except FactsError as error:
            done.append(error)
    return done


def reported(host: Host) -> QuerySet[FactHistory]:
    """What tools and people reported; the register's own words are no part of the document."""
    return FactHistory.objects.filter(host=host).exclude(section=inventory.SECTION)


def as_rows(rows: Iterable[FactHistory]) -> list[SourceRow]:
    """Present rows of the history as the merge wants them."""
    return [SourceRow(row.section, row.source, row.value, row.last_seen) for row in rows]


# --- the host ---------------------------------------------------------------------------------


def _host_for(report: Report) -> tuple[Host, bool]:
    """The host, its row locked, and whether it is new."""
    found = identity.find(report)
    if found is not None:
        return found, False
    name = identity.name_for(report)
    try:
        with transaction.atomic():
            return Host.objects.create(name=name), True
    except IntegrityError:
        # Two first reports of one host at once: the unique name lets only one of them make it.
        return Host.objects.select_for_update().get(name=name), False


def _become(host: Host, merged: Merged, report: Report, arrived_at: datetime) -> None:
    columns = ["observed"]
    if host.facts != merged.document:
        host.facts = merged.document
        columns.append("facts")
    host.observed = merged.observed
    newest = host.last_report_at is None or report.observed_at >= host.last_report_at
    if newest:
        host.last_report_at = report.observed_at
        said = report.identity
        host.fqdn = said.fqdn or host.fqdn
        host.serial = said.serial or host.serial
        host.machine_id = said.machine_id or host.machine_id
        if host.kind == HostKind.UNKNOWN and said.kind is not None:
            host.kind = HostKind(said.kind)
        if host.parent is None and said.parent_hint:
            host.parent = identity.parent_of(host, said.parent_hint)
        columns += ["last_report_at", "fqdn", "serial", "machine_id", "kind", "parent"]
        if report.source != MANUAL:
            host.clock_ahead_seconds = _ahead(report, arrived_at)
            columns.append("clock_ahead_seconds")
    host.save(update_fields=columns)


def _ahead(report: Report, arrived_at: datetime) -> float:
    """How fast the clock of the report must be, in seconds; one from the past shows nothing."""
    if report.observed_from != "report":
        return 0.0
    return max(0.0, (report.observed_at - arrived_at).total_seconds())


# --- one section of one source ----------------------------------------------------------------

Rows = dict[tuple[str, str], FactHistory]


@dataclass(slots=True)
class Writes:
    """What a report leaves to write, so that a report of many sections takes few statements."""

    begun: list[FactHistory] = field(default_factory=list)
    closed: list[FactHistory] = field(default_factory=list)
    moved: list[FactHistory] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    lives: ShelfLives | None = None

    def gone_quiet(self, row: FactHistory, at: datetime) -> datetime | None:
        """When what the row says stopped being good, if that was before ``at``."""
        if row.source == MANUAL or at - row.last_seen <= timedelta(days=LEAST_DAYS):
            return None
        self.lives = self.lives or shelf_lives()
        ended = row.last_seen + timedelta(days=self.lives.days(row.section, row.source))
        return ended if ended < at else None

    def store(self, at: datetime) -> None:
        """Close first: of each source only one row may be the present."""
        if self.closed:
            FactHistory.objects.bulk_update(self.closed, ["until"])
        if self.begun:
            FactHistory.objects.bulk_create(self.begun)
        if self.moved:
            FactHistory.objects.bulk_update(self.moved, ["value", "digest", "last_seen"])
        if self.seen:
            FactHistory.objects.filter(pk__in=self.seen).update(last_seen=at)


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
    name = digest(section, value)
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
    row.last_seen = at
    if row.value == value:
        writes.seen.append(row.pk)
    else:
        row.value = value
        writes.moved.append(row)


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
    before = same.filter(since__lte=at).exclude(pk=row.pk).order_by("-since").first()
    after = same.filter(since__gt=at).order_by("since").first()
    assert after is not None  # the present row begins later
    if before is not None and before.digest == name and before.until and at <= before.until:
        FactHistory.objects.filter(pk=before.pk, last_seen__lt=at).update(last_seen=at)
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
