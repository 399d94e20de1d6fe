"""Taking reports in: what changed goes into history, the merge becomes the present.

One transaction for one report or for some dozens.  The same report twice changes nothing but "last
seen"; an older one goes into history and leaves the present alone (facts.md, rule 4).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from incidents.facts.errors import FactsError
from incidents.facts.merge import MANUAL, Merged, SourceRow, merge
from incidents.facts.readers import Report
from incidents.hosts import identity, inventory
from incidents.hosts.again import Again, keep, last_report, still_said, worth_keeping
from incidents.hosts.layering import Rows, Writes, lay
from incidents.hosts.models import FactHistory, Host, HostKind, LastReport
from kb.outbox.post import post_many
from kb.web.updating import insert_rows, update_rows

#: So often reports begin again when somebody else made a host of theirs at the same moment.
TRIES = 5
EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a report did: ``changed`` names the sections that now say something else.

    ``same_until`` is there where the host is word for word what it was: what was concluded from it
    before that moment was concluded from facts as fresh, to the day, as they are now.
    """

    host: Host
    created: bool
    changed: list[str]
    observed_from: str
    notes: list[str] = field(default_factory=list)
    same_until: datetime | None = None


def ingest(report: Report, *, arrived_at: datetime) -> Ingested:
    """Take one report in.  Raises ``FactsError`` and changes nothing where it cannot be placed."""
    (done,) = ingest_many([report], arrived_at=arrived_at)
    if isinstance(done, FactsError):
        raise done
    return done


def ingest_many(
    reports: Iterable[Report | Again], *, arrived_at: datetime
) -> list[Ingested | FactsError]:
    """Take some dozens in with one transaction; a report that is refused spoils no other."""
    told = list(reports)
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return _Batch(told, arrived_at).take()
        except _MadeMeanwhile:
            # Two first reports of one host at once: the unique name lets only one of them make
            # it.  The other begins again, and finds it.
            if not left:
                raise
        except _OtherThanBefore:
            told = [one.whole() if isinstance(one, Again) else one for one in told]
    raise AssertionError("unreachable")


def reported(host: Host) -> QuerySet[FactHistory]:
    """What tools and people reported; the register's own words are no part of the document."""
    return FactHistory.objects.filter(host=host).exclude(section=inventory.SECTION)


def as_rows(rows: Iterable[FactHistory]) -> list[SourceRow]:
    """Present rows of the history as the merge wants them."""
    return [SourceRow(row.section, row.source, row.value, row.last_seen) for row in rows]


class _MadeMeanwhile(Exception):
    """Somebody else made a host of the same name since we looked."""


class _OtherThanBefore(Exception):
    """The host is no more what it was when the same report came before: it has to be read."""


class _Batch:
    """Some dozens of reports, taken one after the other in memory and stored together."""

    def __init__(self, reports: Sequence[Report | Again], arrived_at: datetime) -> None:
        self.reports, self.arrived_at = reports, arrived_at
        news = any(isinstance(one, Report) for one in reports)
        self.known = identity.Known(map(_about, reports), whole=news)
        self.same: dict[int, Host] = {}
        self.last: list[tuple[Host, Report, Rows]] = []
        self.rows: dict[str, Rows] = defaultdict(dict)
        self.writes = Writes()
        self.made: list[Host] = []
        self.touched: dict[str, Host] = {}
        self.changed: set[str] = set()
        self.moved: list[Host] = []
        self.to_index: dict[str, Host] = {}

    def take(self) -> list[Ingested | FactsError]:
        self._find_the_same()
        self._read_rows()
        done: list[Ingested | FactsError] = []
        for report in self.reports:
            try:
                one = self._seen(report) if isinstance(report, Again) else self._take(report)
                done.append(one)
            except FactsError as error:
                done.append(error)
        self._store()
        keep(_as_taken(self.last))
        if self.to_index:
            post_many("index", [f"host:{host.pk}" for host in self.to_index.values()])
        return done

    def _find_the_same(self) -> None:
        """See to it that what came before is still what the source says of those hosts."""
        again = [one for one in self.reports if isinstance(one, Again)]
        for one in again:
            host = self._meant(one.report)
            if host is None or host.pk != one.host_id or host.pk in self.same:
                raise _OtherThanBefore
            if not _knows(host, one.report):
                raise _OtherThanBefore
            self.same[host.pk] = host
        if not still_said(again):
            raise _OtherThanBefore

    def _seen(self, again: Again) -> Ingested:
        report, host = again.report, self.same[again.host_id]
        # Nothing of it is new, so whatever was concluded from it stands.
        return Ingested(host, False, [], report.observed_from, report.notes, EVER)

    def _read_rows(self) -> None:
        names = {host.pk: host.name for host in self.known if host.pk not in self.same}
        if not names:
            return
        present = FactHistory.objects.filter(host__in=names, until=None).order_by()
        for row in present.exclude(section=inventory.SECTION):
            self.rows[names[row.host_id]][row.section, row.source] = row

    def _take(self, report: Report) -> Ingested:
        if report.identity.parent_hint:
            self._store()  # what it stands in may have come with the reports before it
        host, created = self._host_for(report)
        if host.pk in self.same:
            raise _OtherThanBefore  # or what came before would depend on the order
        if host.name in self.touched:
            self._store()  # of one row, one statement writes only once
        self.touched[host.name] = host
        rows = self.rows[host.name]
        until, was = self.writes.fresh_until(rows, report), _marks(host)
        changed = lay(host, rows, self.writes, report)
        merged = merge(as_rows(rows.values()), now=self.arrived_at)
        same = host.facts == merged.document
        if not same:
            self.changed.add(host.name)
        _become(host, merged, report, self.arrived_at)
        if created:
            self.writes.begun.append(inventory.first_row(host, self.arrived_at))
        elif _marks(host)[:2] != was[:2]:
            self.moved.append(host)
        if created or changed:
            self.to_index[host.name] = host
        self.known.learn(host)
        if worth_keeping(report):
            self.last.append((host, report, rows))
        until = until if same and _marks(host) == was else None
        return Ingested(host, created, changed, report.observed_from, report.notes, until)

    def _host_for(self, report: Report) -> tuple[Host, bool]:
        """The host, its row locked, and whether it is new; a new one is not stored yet."""
        found = self._meant(report)
        if found is not None:
            return found, False
        host = Host(name=identity.name_for(report))
        self.made.append(host)
        return host, True

    def _meant(self, report: Report) -> Host | None:
        """The host that is known; a container tells its own name, and nothing surer."""
        return self.known.find(report) or self.known.named(identity.name_for(report))

    def _store(self) -> None:
        """Write what was gathered, new hosts first."""
        made = {host.name for host in self.made}
        self._make_hosts()
        held = [host for name, host in self.touched.items() if name not in made]
        update_rows([host for host in held if host.name in self.changed], ["facts", *COLUMNS])
        update_rows([host for host in held if host.name not in self.changed], COLUMNS)
        self.writes.store()
        if self.moved:
            inventory.note([host.pk for host in self.moved], self.arrived_at)
        self.made, self.touched, self.moved, self.changed = [], {}, [], set()

    def _make_hosts(self) -> None:
        if not self.made:
            return
        by_name = sorted(self.made, key=lambda host: host.name)
        try:
            with transaction.atomic():
                insert_rows(by_name)
        except IntegrityError:
            names = [host.name for host in self.made]
            if Host.objects.filter(name__in=names).exists():
                raise _MadeMeanwhile from None
            raise


COLUMNS = (
    "observed", "last_report_at", "fqdn", "serial", "machine_id", "kind", "parent",
    "clock_ahead_seconds",
)  # fmt: skip


def _about(one: Report | Again) -> Report:
    return one.report if isinstance(one, Again) else one


def _as_taken(taken: Iterable[tuple[Host, Report, Rows]]) -> Iterator[LastReport]:
    """What to keep of the reports that are now what their source says of their host."""
    for host, report, rows in taken:
        present = {section: rows[section, report.source] for section in report.sections}
        if all(row.last_seen == report.observed_at for row in present.values()):
            digests = {section: row.digest for section, row in present.items()}
            yield last_report(host.pk, report, digests)


def _knows(host: Host, report: Report) -> bool:
    """Whether the host has all that the report says of it as a whole, and nothing newer."""
    said = report.identity
    if host.last_report_at is None or report.observed_at > host.last_report_at:
        return False
    if report.observed_at < host.last_report_at:
        return True  # what it says there is no more asked for
    marks = ((said.fqdn, host.fqdn), (said.serial, host.serial), (said.machine_id, host.machine_id))
    if any(mark and mark != stands for mark, stands in marks):
        return False
    settled = host.kind != HostKind.UNKNOWN or said.kind is None
    return settled and (host.parent_id is not None or not said.parent_hint)


def _marks(host: Host) -> tuple[Any, ...]:
    """What else of a host a report may change; the first two are the register's."""
    ahead = round(host.clock_ahead_seconds or 0)
    return host.kind, host.parent_id, host.fqdn, host.serial, host.machine_id, ahead


def _become(host: Host, merged: Merged, report: Report, arrived_at: datetime) -> None:
    host.facts, host.observed = merged.document, merged.observed
    newest = host.last_report_at is None or report.observed_at >= host.last_report_at
    if not newest:
        return
    host.last_report_at = report.observed_at
    said = report.identity
    host.fqdn = said.fqdn or host.fqdn
    host.serial = said.serial or host.serial
    host.machine_id = said.machine_id or host.machine_id
    if host.kind == HostKind.UNKNOWN and said.kind is not None:
        host.kind = HostKind(said.kind)
    if host.parent_id is None and said.parent_hint:
        host.parent = identity.parent_of(host, said.parent_hint)
    if report.source != MANUAL:
        host.clock_ahead_seconds = _ahead(report, arrived_at)


def _ahead(report: Report, arrived_at: datetime) -> float:
    """How fast the clock of the report must be, in seconds; one from the past shows nothing."""
    if report.observed_from != "report":
        return 0.0
    return max(0.0, (report.observed_at - arrived_at).total_seconds())
