"""What a week did to one part of the fleet, read once for everybody who asks about that part.

It reads logs, revisions and dates as they stood at the end of the week, so asking late says the
same as asking in time.  It knows every incident; what a reader may not see is left out when the
mail is composed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from incidents.digests import scope
from incidents.digests.content import Unseen
from incidents.digests.periods import DAY, Week, moment
from incidents.hosts.models import HostStatus
from incidents.patterns.changes import Change, changes, last_before, open_at_each
from incidents.patterns.counting import Tally
from incidents.patterns.coverage import Gap
from incidents.patterns.models import (
    Flag,
    FlagQuerySet,
    FlagState,
    FlagTransition,
    HostVerdicts,
    Pattern,
    PatternVersion,
)
from incidents.patterns.supply import is_fleet_wide
from incidents.records import reminders
from incidents.records.models import Action, Incident, IncidentQuerySet, Lesson

WAIVER_NOTICE = timedelta(days=14)
WEEKS = 26
RISK = {"critical": 4, "high": 3, "medium": 2, "low": 1}
IMPORTANCE = {"critical": 4, "high": 3, "normal": 2, "low": 1, "": 2}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the fleet in a week; two subscriptions with the same part share all the work."""

    where: tuple[tuple[str, tuple[str, ...]], ...]
    least: str
    week: Week

    @classmethod
    def of(cls, where: dict[str, Any], least: str, week: Week) -> "Part":
        chosen = scope.normal(where)
        return cls(tuple((part, tuple(names)) for part, names in chosen.items()), least, week)

    @property
    def scope(self) -> dict[str, list[str]]:
        return {part: list(names) for part, names in self.where}


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a mail about this part could say.  ``moved`` is ranked, the worst first."""

    part: Part
    hosts: int
    moved: list[Change]
    fixes: dict[tuple[int, int], str]
    lessons: dict[str, Lesson]
    taught: dict[str, list[Incident]]
    days: list[date]
    standing: list[dict[str, int]]
    before: dict[str, int]
    running_out: list[FlagTransition]
    overdue: list[Action]
    unseen: Unseen
    new_incidents: list[Incident]
    new_lessons: list[Lesson]
    lessons_due: list[Lesson]
    reread: Lesson | None
    on_this_day: list[reminders.Anniversary]
    restricted: frozenset[int]

    @property
    def now(self) -> dict[str, int]:
        return self.standing[-1] if self.standing else {}


def gather(part: Part) -> Gathered:
    """Read it all, once."""
    week, where = part.week, part.scope
    wanted = scope.severities_from(part.least)
    hosts = scope.hosts_in(where)
    flags = Flag.objects.filter(host__in=hosts) if where else Flag.objects.all()
    moved = [c for c in changes(flags, week.starts_at, week.ends_at) if c.last.severity in wanted]
    moved.sort(key=_rank)
    slugs = {slug for change in moved for slug in change.last.flag.pattern.lessons}
    days, standing, before = _standing(flags, week, wanted)
    incidents = _incidents(where, hosts)
    active = reminders.lessons_then(week.ends_at)
    return Gathered(
        part=part,
        hosts=_alive(hosts, week.ends_at),
        moved=moved,
        fixes=_fixes(moved),
        lessons={one.slug: one for one in Lesson.objects.filter(slug__in=slugs, deleted_at=None)},
        taught=_taught(slugs, week.ends_at),
        days=days,
        standing=standing,
        before=before,
        running_out=_running_out(flags, week.ends_at, wanted),
        overdue=_overdue(where, incidents, week),
        unseen=_unseen(hosts if where else None, wanted, week.ends_at),
        new_incidents=list(_within(incidents, week)),
        new_lessons=[o for o in active if o.created_at >= week.starts_at and o.origin == "team"],
        lessons_due=reminders.lessons_due_then(week.last_day, week.ends_at),
        reread=reminders.turn_of(active, week.monday),
        on_this_day=_on_this_day(incidents, week),
        restricted=frozenset(
            Incident.objects.filter(visibility="restricted").values_list("pk", flat=True)
        ),
    )


def risk(change: Change) -> int:
    """Severity × likelihood × how much hangs on the host."""
    host = change.last.flag.host
    importance = max(IMPORTANCE[host.criticality], 3 if host.important else 1)
    return RISK[change.last.severity] * RISK[change.last.flag.pattern.likelihood] * importance


def _rank(change: Change) -> tuple[Any, ...]:
    """The gravest risk first; of equal ones what was never seen before, then the newest."""
    flag = change.last.flag
    return (
        -risk(change), change.is_again, -change.last.at.timestamp(), flag.host.name,
        flag.pattern.slug,
    )  # fmt: skip


def _alive(hosts: Any, then: datetime) -> int:
    """How many hosts there were."""
    gone = Q(status=HostStatus.ACTIVE) | Q(retired_at__gte=then)
    count: int = hosts.filter(gone, created_at__lt=then).count()
    return count


def _standing(
    flags: FlagQuerySet, week: Week, wanted: tuple[str, ...]
) -> tuple[list[date], list[dict[str, int]], dict[str, int]]:
    """Open flags at the end of each of 26 weeks, their last days, and how it stood before."""
    mondays = [week.monday - 7 * n * DAY for n in range(WEEKS - 1, -1, -1)]
    ends = [moment(monday + 7 * DAY, 0, week.zone) for monday in mondays]
    found = [_only(one, wanted) for one in open_at_each(flags, ends)]
    days = [monday + 6 * DAY for monday in mondays][WEEKS - len(found) :]
    before = week.first_day - DAY
    return days, found, found[days.index(before)] if before in days else {}


def _only(counts: dict[str, int], wanted: tuple[str, ...]) -> dict[str, int]:
    return {severity: counts[severity] for severity in wanted if severity in counts}


def _fixes(moved: Iterable[Change]) -> dict[tuple[int, int], str]:
    """What to do: the first paragraph of the fix, in the wording that found it."""
    asked = {(c.last.flag.pattern_id, c.last.pattern_version) for c in moved}
    rows = PatternVersion.objects.filter(pattern__in={pattern for pattern, _ in asked})
    return {
        (row.pattern_id, row.number): " ".join(
            str(row.spec.get("fix", "")).replace("`", "").strip().split("\n\n")[0].split()
        )
        for row in rows
        if (row.pattern_id, row.number) in asked
    }


def _taught(slugs: set[str], then: datetime) -> dict[str, list[Incident]]:
    """The incidents that taught these lessons, the oldest first."""
    rows = (
        Incident.lessons.through.objects.filter(
            lesson__slug__in=slugs, incident__deleted_at=None, incident__created_at__lt=then
        )
        .select_related("incident", "lesson")
        .order_by("incident__started_at", "incident_id")
    )
    found: dict[str, list[Incident]] = {}
    for row in rows:
        found.setdefault(row.lesson.slug, []).append(row.incident)
    return found


def _running_out(
    flags: FlagQuerySet, then: datetime, wanted: tuple[str, ...]
) -> list[FlagTransition]:
    """Waivers that stood at the end of the week and end soon after it, the next first."""
    ever = flags.filter(transitions__after=FlagState.ACCEPTED).distinct()
    standing = last_before(ever, then).filter(after=FlagState.ACCEPTED, severity__in=wanted)
    rows = standing.select_related("flag__host", "flag__pattern")
    rows = rows.defer("evidence", "flag__evidence", "flag__host__facts", "flag__host__observed")
    soon = then + WAIVER_NOTICE
    found = [row for row in rows if (until := ends_at(row)) and then <= until < soon]
    return sorted(found, key=lambda row: (ends_at(row), row.flag_id))


def ends_at(row: FlagTransition) -> datetime | None:
    """When an acceptance ends; lines written before that was noted fall back on the flag."""
    return row.until or row.flag.accepted_until


def _incidents(where: dict[str, list[str]], hosts: Any) -> IncidentQuerySet:
    """All incidents, or those of hosts and services in scope."""
    incidents: IncidentQuerySet = Incident.objects.filter(deleted_at=None)
    if where:
        about = Q(hosts__in=hosts) | Q(services__slug__in=where.get("services", []))
        incidents = incidents.filter(pk__in=incidents.filter(about).values("pk"))
    return incidents


def _overdue(where: dict[str, list[str]], incidents: IncidentQuerySet, week: Week) -> list[Action]:
    """Overdue actions; with a scope those of its incidents and of its teams."""
    today = week.last_day + DAY
    late = reminders.overdue_then(today, week.ends_at, Incident.objects.filter(deleted_at=None))
    if not where:
        return late
    numbers = set(incidents.values_list("pk", flat=True))
    teams = where.get("teams", [])
    return [
        one
        for one in late
        if one.incident_id in numbers or (one.team is not None and one.team.slug in teams)
    ]


def _within(incidents: IncidentQuerySet, week: Week) -> Any:
    """Those that were written down in the week."""
    new = incidents.filter(created_at__gte=week.starts_at, created_at__lt=week.ends_at)
    return new.order_by("created_at", "pk")


def _on_this_day(incidents: IncidentQuerySet, week: Week) -> list[reminders.Anniversary]:
    """What began in this week of earlier years."""
    return reminders.on_these_days(week.monday, 7, week.zone, incidents)


def _unseen(hosts: Any, wanted: tuple[str, ...], then: datetime) -> Unseen:
    """Verdicts that have been unknown since before ``then``, and what would settle the most.

    What became known meanwhile is left out: asking for it would be wrong when the mail is read.
    """
    enabled = Pattern.objects.filter(enabled=True, severity__in=wanted)
    slugs = frozenset(enabled.values_list("slug", flat=True))
    rows = HostVerdicts.objects.filter(host__status=HostStatus.ACTIVE).order_by("host__name")
    if hosts is not None:
        rows = rows.filter(host__in=hosts)
    tally, unknown, on = Tally(), 0, 0
    columns = rows.values_list("host__name", "verdicts")
    for name, verdicts in columns.iterator(chunk_size=500):
        held = {
            slug: said
            for slug, said in verdicts.items()
            if said["state"] == "unknown" and slug in slugs and _since(said) < then
        }
        if held:
            unknown, on = unknown + len(held), on + 1
            tally.add(name, held, slugs)
    return _told(tally, unknown, on)


def _since(said: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(said["since"])


def _told(tally: Tally, unknown: int, on: int) -> Unseen:
    gaps = [
        Gap(thing, tally.on[thing], count, tuple(tally.names[thing]), tally.stale[thing])
        for thing, count in tally.verdicts.items()
        if not is_fleet_wide(thing)
    ]
    if not gaps:
        return Unseen(unknown=unknown, hosts=on)
    best = min(gaps, key=lambda gap: (-gap.verdicts, gap.section))
    return Unseen(
        unknown=unknown,
        hosts=on,
        section=best.section,
        section_hosts=best.hosts,
        section_verdicts=best.verdicts,
        verb=best.verb,
        names=list(best.names[:3]),
        how=best.text,
    )
