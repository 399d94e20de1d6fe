"""What upkeep is due: of each kind that people record, who was never done and who longest ago.

A kind that nobody records yet is not due anywhere: whether it was ever done is unknown.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Case, Exists, F, Max, OuterRef, Q, QuerySet, Value, When

from incidents.hosts.kinds import KINDS, Kind, Subject
from incidents.hosts.models import (
    Criticality,
    Host,
    HostKind,
    HostStatus,
    RedundancyGroup,
    Service,
    Upkeep,
    UpkeepKind,
)
from incidents.hosts.places import address_of
from incidents.hosts.provisions import Kit, Runbook

FEW, ALL = 6, 200
BATCH = 500
WAYS = ("host", "group__members", "service__hosts", "site__hosts")
"""From a record to the hosts it covers."""
MACHINES = (HostKind.PHYSICAL, HostKind.VIRTUAL)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing, and when it was last done and worked; ``part`` names a kit or runbook."""

    subject: Subject
    last: datetime | None = None
    part: str = ""

    @property
    def address(self) -> str:
        """Where it is recorded."""
        return address_of(self.subject, "upkeep")


@dataclass(frozen=True, slots=True)
class Due:
    """``never`` and ``oldest`` are the first lines of each; the counts are whole."""

    kind: Kind
    never: list[Line] = field(default_factory=list)
    never_count: int = 0
    oldest: list[Line] = field(default_factory=list)
    done_count: int = 0

    @property
    def more(self) -> bool:
        return self.never_count > len(self.never) or self.done_count > len(self.oldest)


def due(now: datetime, *, only: Kind | None = None, most: int = FEW) -> list[Due]:
    """The kinds in use, each with what to do first."""
    kinds = [only] if only else [kind for word, kind in KINDS.items() if word in _in_use()]
    return [_due(kind, now, most) for kind in kinds]


def unused() -> list[Kind]:
    """Kinds that nobody has ever recorded."""
    used = _in_use()
    return [kind for word, kind in KINDS.items() if word not in used]


def _in_use() -> set[str]:
    return set(Upkeep.objects.standing().order_by().values_list("kind", flat=True).distinct())


def _due(kind: Kind, now: datetime, most: int) -> Due:
    if kind.kind == UpkeepKind.FAILOVER_DRILL:
        return _things(kind, RedundancyGroup.objects.order_by("name"), "group", most)
    if kind.kind == UpkeepKind.KIT_CHECK:
        kits = Kit.objects.kept().select_related("site").order_by("site__name", "name")
        return _parts(kind, [(kit.site, kit.name) for kit in kits], most)
    if kind.kind == UpkeepKind.RUNBOOK_REVIEW:
        books = Runbook.objects.kept().select_related("service").order_by("service__name", "title")
        return _parts(kind, [(book.service, book.title) for book in books], most)
    return _hosts(kind, most)


def _worked(kind: Kind) -> QuerySet[Upkeep]:
    return Upkeep.objects.standing().filter(kind=kind.kind, result="ok").order_by()


# --- groups ------------------------------------------------------------------------------------


def _things(kind: Kind, things: QuerySet[Any], column: str, most: int) -> Due:
    done = dict(
        _worked(kind)
        .filter(**{f"{column}__isnull": False})
        .values_list(column)
        .annotate(last=Max("happened_at"))
    )
    never = things.exclude(pk__in=done)
    found = things.in_bulk(sorted(done, key=lambda pk: done[pk])[:most])
    oldest = sorted(found.values(), key=lambda one: done[one.pk])
    return Due(
        kind,
        [Line(one) for one in never[:most]],
        never.count(),
        [Line(one, done[one.pk]) for one in oldest],
        things.filter(pk__in=done).count(),
    )


# --- kits and runbooks -------------------------------------------------------------------------


def _parts(kind: Kind, parts: Sequence[tuple[Any, str]], most: int) -> Due:
    """A check that names nothing was of everything at that place; one that failed was one too."""
    column = "site" if kind.kind == UpkeepKind.KIT_CHECK else "service"
    rows = Upkeep.objects.standing().filter(kind=kind.kind, **{f"{column}__isnull": False})
    last: dict[tuple[int, str], datetime] = {}
    for pk, detail, at in rows.order_by("happened_at").values_list(column, "detail", "happened_at"):
        last[pk, detail.casefold()] = at
    lines = []
    for subject, name in parts:
        found = (last.get((subject.pk, "")), last.get((subject.pk, name.casefold())))
        lines.append(Line(subject, max((at for at in found if at), default=None), name))
    return _sorted(kind, lines, most)


def _sorted(kind: Kind, lines: Iterable[Line], most: int) -> Due:
    lines = list(lines)
    never = [line for line in lines if line.last is None]
    done = [line for line in lines if line.last is not None]
    done.sort(key=lambda line: line.last)  # type: ignore[arg-type,return-value]
    return Due(kind, never[:most], len(never), done[:most], len(done))


# --- hosts -------------------------------------------------------------------------------------


def _hosts(kind: Kind, most: int) -> Due:
    """Machines in use; a record covers the host, and all hosts of its group, service or site."""
    done, hosts = _covered(kind), _asked_of(kind)
    never = hosts.filter(*(~Exists(rows) for rows in _records(kind)))
    never_count = never.count()
    oldest = list(islice(_among(hosts, sorted(done, key=lambda pk: (done[pk], pk))), most))
    return Due(
        kind,
        [Line(host) for host in never[:most]],
        never_count,
        [Line(host, done[host.pk]) for host in oldest],
        hosts.count() - never_count,
    )


def _records(kind: Kind) -> list[QuerySet[Upkeep]]:
    """The records that cover one host, by each of the ways they can."""
    return [_worked(kind).filter(**{path: OuterRef("pk")}) for path in WAYS]


def _among(hosts: QuerySet[Host], pks: Sequence[int]) -> Iterator[Host]:
    """Those of ``pks`` that are among ``hosts``, in the order of ``pks``."""
    for start in range(0, len(pks), BATCH):
        batch = pks[start : start + BATCH]
        found = hosts.in_bulk(batch)
        yield from (found[pk] for pk in batch if pk in found)


def _covered(kind: Kind) -> dict[int, datetime]:
    done: dict[int, datetime] = {}
    for path in WAYS:
        rows = _worked(kind).filter(**{f"{path}__isnull": False}).values_list(path)
        for pk, last in rows.annotate(last=Max("happened_at")):
            done[pk] = max(last, done.get(pk, last))
    return done


def _asked_of(kind: Kind) -> QuerySet[Host]:
    """Whom the kind concerns, what matters most first."""
    hosts = Host.objects.filter(status=HostStatus.ACTIVE, kind__in=MACHINES)
    if kind.kind == UpkeepKind.CONSOLE_TEST:
        hosts = hosts.filter(kind=HostKind.PHYSICAL)
    if kind.kind == UpkeepKind.RESTORE_TEST:
        carries = Service.hosts.through.objects.order_by().values("host_id")
        hosts = hosts.filter(Q(stateful=True) | Q(pk__in=carries) | Q(facts__has_key="backups"))
    grave = Q(important=True) | Q(criticality__in=(Criticality.HIGH, Criticality.CRITICAL))
    hosts = hosts.annotate(first=Case(When(grave, then=Value(0)), default=Value(1)))
    return hosts.defer("facts", "observed", "notes").order_by(F("first"), "name")
