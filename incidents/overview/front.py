"""The front page's question, "what will bite us next?", answered as plain data."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Max

from incidents.hosts.models import Host, HostStatus
from incidents.patterns.changes import Change, changes, open_at
from incidents.patterns.models import Flag, FlagState, HostVerdicts, Sweep, SweepState, WeeklyCount
from incidents.records import reminders
from incidents.records.lesson_life import Resting, offered_rest
from incidents.records.models import Action, Incident, Lesson
from kb.accounts.models import User
from kb.wiki.models import Page
from kb.wiki.pages import to_read_again

WEEKS = 26
SHOWN = 8
RESTING_SHOWN = 3
SOON = timedelta(days=30)
SEVERITIES = ("critical", "high", "medium", "low")
WEIGHT = {"critical": 4, "high": 3, "medium": 2, "low": 1}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the day and how it moved since the same hour a week ago."""

    name: str
    count: int
    moved: int


@dataclass(frozen=True, slots=True)
class Dated:
    """Something that comes up, or is late: ``days`` is negative when it is over."""

    kind: str
    title: str
    day: date
    days: int
    action: Action | None = None
    flag: Flag | None = None
    lesson: Lesson | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Front:
    """Everything on the page, already limited to what is shown.

    ``judged_at`` is when a host was last judged as its facts came in, asked only where no sweep
    has ever finished.
    """

    hosts: int
    swept_at: datetime | None
    judged_at: datetime | None
    figures: list[Figure]
    hosts_at_risk: int
    overdue: int
    newly: list[Change]
    newly_count: int
    recovered: list[Change]
    recovered_count: int
    weeks: list[date]
    series: dict[str, list[int]]
    coming_up: list[Dated]
    resting: list[Resting]
    on_this_day: list[reminders.Anniversary]
    latest: list[Incident]
    to_read: list[Page]


def look(user: User, now: datetime) -> Front:
    """The page for this reader at this moment."""
    local = now.astimezone(ZoneInfo(user.time_zone)).date()
    incidents = Incident.objects.visible_to(user)
    moved = changes(Flag.objects.all(), now - timedelta(days=7), now)
    newly = by_weight(change for change in moved if change.is_new)
    recovered = by_weight(change for change in moved if change.is_recovered)
    overdue = list(reminders.overdue_actions(local, incidents))
    weeks, series = risk_by_week(now)
    swept_at = _last_sweep()
    return Front(
        hosts=Host.objects.filter(status=HostStatus.ACTIVE).count(),
        swept_at=swept_at,
        judged_at=None if swept_at else _last_judged(),
        figures=figures(now),
        hosts_at_risk=_hosts_at_risk(),
        overdue=len(overdue),
        newly=newly[:SHOWN],
        newly_count=len(newly),
        recovered=recovered[:SHOWN],
        recovered_count=len(recovered),
        weeks=weeks,
        series=series,
        coming_up=yours_first(coming_up(overdue, local, now), user)[:SHOWN],
        resting=offered_rest(Lesson.objects.filter(deleted_at=None), now)[:RESTING_SHOWN],
        on_this_day=reminders.on_these_days(local, 1, user.time_zone, incidents),
        latest=list(incidents.order_by("-created_at", "-pk")[:5]),
        to_read=list(to_read_again(user, local).only("slug", "title", "review_by")[:SHOWN]),
    )


def figures(now: datetime) -> list[Figure]:
    """Flags that need eyes, by severity, now and against a week ago."""
    present = Flag.objects.needing_eyes().values("severity").annotate(count=Count("pk"))
    counts = {row["severity"]: row["count"] for row in present.order_by()}
    before = open_at(Flag.objects.all(), now - timedelta(days=7))
    return [Figure(s, counts.get(s, 0), counts.get(s, 0) - before.get(s, 0)) for s in SEVERITIES]


def by_weight(found: Iterable[Change]) -> list[Change]:
    """The gravest first, then the newest."""
    return sorted(
        found,
        key=lambda change: (-WEIGHT[change.last.severity], -change.last.at.timestamp()),
    )


def risk_by_week(now: datetime) -> tuple[list[date], dict[str, list[int]]]:
    """Open flags by severity at the end of each week of the last 26, and now.

    Weeks before the first count are left out: nobody looked then.
    """
    monday = now.date() - timedelta(days=now.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    found: dict[date, dict[str, int]] = {}
    for row in WeeklyCount.objects.filter(week__gte=first, week__lt=monday):
        week = found.setdefault(row.week, {})
        for severity, count in row.open_flags.items():
            week[severity] = week.get(severity, 0) + count
    present = Flag.objects.needing_eyes().values("severity").annotate(count=Count("pk"))
    found[monday] = {row["severity"]: row["count"] for row in present.order_by()}
    weeks = sorted(found)
    return weeks, {s: [found[week].get(s, 0) for week in weeks] for s in reversed(SEVERITIES)}


def coming_up(overdue: list[Action], today: date, now: datetime) -> list[Dated]:
    """What is late, then waivers that end and lessons to review, soonest first."""
    found = [
        Dated("action", action.title, action.due, (action.due - today).days, action=action)
        for action in overdue
        if action.due is not None
    ]
    waivers = Flag.objects.filter(
        state=FlagState.ACCEPTED, accepted_until__gte=now, accepted_until__lt=now + SOON
    ).select_related("host", "pattern")
    for flag in waivers:
        assert flag.accepted_until is not None
        day = flag.accepted_until.date()
        title = f"{flag.host.name}, {flag.pattern.title}"
        found.append(Dated("waiver", title, day, (day - today).days, flag=flag))
    for lesson in reminders.lessons_due(today):
        assert lesson.review_by is not None
        days = (lesson.review_by - today).days
        found.append(Dated("lesson", lesson.title, lesson.review_by, days, lesson=lesson))
    return sorted(found, key=lambda one: one.day)


def yours_first(found: list[Dated], user: User) -> list[Dated]:
    """What the reader, or a team of theirs, is the owner of stands before all else."""
    teams = set(user.teams.values_list("pk", flat=True))
    marked = [replace(one, mine=_is_theirs(one, user, teams)) for one in found]
    return sorted(marked, key=lambda one: not one.mine)


def _is_theirs(one: Dated, user: User, teams: set[int]) -> bool:
    if one.action is not None:
        return one.action.owner_id == user.pk or one.action.team_id in teams
    if one.flag is not None:
        return one.flag.assigned_to_id == user.pk
    return one.lesson is not None and one.lesson.owner_id in teams


def _hosts_at_risk() -> int:
    return Flag.objects.needing_eyes().values("host").distinct().count()


def _last_sweep() -> datetime | None:
    done = Sweep.objects.filter(state=SweepState.DONE).order_by("-finished_at").first()
    return done.finished_at if done else None


def _last_judged() -> datetime | None:
    newest: datetime | None = HostVerdicts.objects.aggregate(at=Max("evaluated_at"))["at"]
    return newest
