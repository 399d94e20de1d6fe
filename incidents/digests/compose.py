"""Composing: from (scope, week, readers) to what the mail says.

It reads the log as it stood at the end of the week, so composing late says the same as composing
in time, and composing twice says it twice.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from incidents.digests import audience, scope
from incidents.digests.content import Cite, Content, DatedItem, FlagItem, Unseen
from incidents.digests.models import Subscription
from incidents.digests.periods import Week
from incidents.patterns.changes import Change, changes, open_at
from incidents.patterns.models import Flag, FlagState, HostVerdicts, Pattern, PatternVersion
from incidents.records import reminders
from incidents.records.models import Incident, Lesson
from kb.accounts.models import User

WAIVER_NOTICE = timedelta(days=14)
RISK = {"critical": 4, "high": 3, "medium": 2, "low": 1}


def compose(subscription: Subscription, week: Week) -> Content:
    """The content of one subscription's mail for ``week``."""
    return compose_for(
        audience.readers(subscription), subscription.scope, subscription.least_severity, week
    )


def compose_for(people: list[User], where: dict[str, Any], least: str, week: Week) -> Content:
    """The same for any readers and scope: previews use it too."""
    hosts = scope.hosts_in(where)
    flags = Flag.objects.filter(host__in=hosts)
    wanted = scope.severities_from(least)
    week_changes = [
        change
        for change in changes(flags, week.starts_at, week.ends_at)
        if change.last.severity in wanted
    ]
    stories = Stories(people, {change.last.flag.pattern for change in week_changes})
    moved = sorted(week_changes, key=lambda change: (-_risk(change), change.last.flag.host.name))
    names = list(hosts.filter(status="active").values_list("pk", flat=True))
    return Content(
        week=week.label,
        week_number=week.number,
        first_day=week.monday.isoformat(),
        last_day=week.last_day.isoformat(),
        scope=scope.in_words(where, least),
        hosts=len(names),
        open_now=open_at(flags, week.ends_at),
        newly=[_flag_item(c, stories) for c in moved if c.is_new],
        worse=[_flag_item(c, stories) for c in moved if c.is_worse],
        recovered=[_flag_item(c, stories) for c in moved if c.is_recovered],
        passed=[_flag_item(c, stories) for c in moved if c.is_passing],
        waivers=_waivers(flags, moved, week),
        overdue=_overdue(people, week),
        unseen=_unseen(names, wanted),
        lessons_due=_lessons_due(week),
        **_rereading(week),
        on_this_day=_on_this_day(people, week),
    )


class Stories:
    """The lessons and visible incidents behind patterns, fetched once for the whole mail."""

    def __init__(self, people: list[User], patterns: set[Pattern]) -> None:
        slugs = {slug for pattern in patterns for slug in pattern.lessons}
        self.lessons = {
            lesson.slug: lesson for lesson in Lesson.objects.filter(slug__in=slugs, deleted_at=None)
        }
        self.incidents: dict[str, Incident] = {}
        taught = Incident.lessons.through.objects.filter(
            lesson__slug__in=slugs, incident__in=audience.incidents_for(people).values("pk")
        ).select_related("incident", "lesson")
        for row in taught.order_by("incident__started_at", "incident_id"):
            self.incidents[row.lesson.slug] = row.incident  # the newest stays
        self.fixes = _fixes(patterns)

    def cites(self, pattern: Pattern) -> list[Cite]:
        said = []
        incidents = {}
        for slug in pattern.lessons:
            if slug in self.lessons:
                lesson = self.lessons[slug]
                said.append(Cite("lesson", lesson.title, reverse("records:lesson", args=[slug])))
            if slug in self.incidents:
                incidents[self.incidents[slug].pk] = self.incidents[slug]
        for number, incident in sorted(incidents.items()):
            path = reverse("records:incident", args=[number])
            said.append(Cite("incident", f"#{number} {incident.title}", path, incident=number))
        return said


def _fixes(patterns: Iterable[Pattern]) -> dict[int, str]:
    """What to do, the first paragraph of each pattern's fix."""
    rows = PatternVersion.objects.filter(pattern__in=list(patterns)).select_related("pattern")
    return {
        row.pattern_id: " ".join(str(row.spec.get("fix", "")).strip().split("\n\n")[0].split())
        for row in rows
        if row.number == row.pattern.version
    }


def _risk(change: Change) -> int:
    flag = change.last.flag
    weight = 2 if flag.host.important or flag.host.criticality in ("high", "critical") else 1
    return RISK[change.last.severity] * RISK[flag.pattern.likelihood] * weight


def _flag_item(change: Change, stories: Stories) -> FlagItem:
    flag = change.last.flag
    recovered = change.last.after == FlagState.RESOLVED
    said = change.opened or change.last
    sentence = (change.last if change.is_recovered else said).sentence
    if change.is_passing:
        sentence = f"{said.sentence} Then: {change.last.sentence}"
    return FlagItem(
        flag=flag.pk,
        host=flag.host.name,
        pattern=flag.pattern.slug,
        title=flag.pattern.title,
        severity=change.last.severity,
        sentence=sentence,
        path=reverse("patterns:flag", args=[flag.pk]),
        host_path=reverse("hosts:detail", args=[flag.host.name]),
        do="" if recovered else stories.fixes.get(flag.pattern_id, ""),
        was=change.before.severity if change.before is not None and change.is_worse else "",
        again=change.is_again,
        cites=[] if change.is_recovered else stories.cites(flag.pattern),
        risk=_risk(change),
    )


def _waivers(flags: Any, moved: list[Change], week: Week) -> list[DatedItem]:
    """Those that ended in the week and those that end soon after it."""
    ended = [
        DatedItem(
            title=f"{change.last.flag.host.name}: {change.last.flag.pattern.title}",
            path=reverse("patterns:flag", args=[change.last.flag_id]),
            day=change.last.at.date().isoformat(),
            note="ended, it needs eyes again",
        )
        for change in moved
        if change.is_waiver_ended
    ]
    running_out = flags.filter(
        state=FlagState.ACCEPTED,
        accepted_until__gte=week.ends_at,
        accepted_until__lt=week.ends_at + WAIVER_NOTICE,
    ).select_related("host", "pattern")
    return ended + [
        DatedItem(
            title=f"{flag.host.name}: {flag.pattern.title}",
            path=reverse("patterns:flag", args=[flag.pk]),
            day=_local(flag.accepted_until, week),
            note=f"accepted because: {flag.accepted_because}",
        )
        for flag in running_out.order_by("accepted_until")
    ]


def _overdue(people: list[User], week: Week) -> list[DatedItem]:
    today = week.last_day + timedelta(days=1)
    return [
        DatedItem(
            title=action.title,
            path=reverse("records:action-list"),
            day=str(action.due),
            note=str(action.owner or action.team or "nobody's"),
            incident=action.incident_id,
        )
        for action in reminders.overdue_actions(today, audience.incidents_for(people))
    ]


def _unseen(host_ids: list[int], severities: tuple[str, ...]) -> Unseen:
    """Unknown verdicts in scope, and the one section that would settle the most of them."""
    slugs = set(
        Pattern.objects.filter(enabled=True, severity__in=severities).values_list("slug", flat=True)
    )
    unknown, hosts = 0, set()
    by_section: dict[str, tuple[set[int], int]] = {}
    for row in HostVerdicts.objects.filter(host__in=host_ids).iterator(chunk_size=500):
        for slug, verdict in row.verdicts.items():
            if slug not in slugs or verdict["state"] != "unknown":
                continue
            unknown += 1
            hosts.add(row.host_id)
            sections = {path.split(".")[0].split("[")[0] for path in verdict.get("missing", [])}
            if len(sections) == 1:
                section = sections.pop()
                where, count = by_section.get(section, (set(), 0))
                by_section[section] = (where | {row.host_id}, count + 1)
    if not by_section:
        return Unseen(unknown=unknown, hosts=len(hosts))
    best = max(sorted(by_section), key=lambda section: by_section[section][1])
    where, count = by_section[best]
    return Unseen(unknown, len(hosts), best, len(where), count)


def _lessons_due(week: Week) -> list[DatedItem]:
    return [
        DatedItem(
            lesson.title, reverse("records:lesson", args=[lesson.slug]), str(lesson.review_by)
        )
        for lesson in reminders.lessons_due(week.last_day)
    ]


def _rereading(week: Week) -> dict[str, Any]:
    lesson = reminders.lesson_to_reread(week.monday)
    if lesson is None:
        return {}
    path = reverse("records:lesson", args=[lesson.slug])
    return {"reread": Cite("lesson", lesson.title, path), "reread_statement": lesson.statement}


def _on_this_day(people: list[User], week: Week) -> list[DatedItem]:
    """What began in this week of earlier years."""
    visible = audience.incidents_for(people)
    return [
        DatedItem(
            title=f"#{one.number} {one.title}",
            path=reverse("records:incident", args=[one.number]),
            day=one.day.isoformat(),
            incident=one.number,
        )
        for one in reminders.on_these_days(week.monday, 7, week.zone, visible)
    ]


def _local(moment: Any, week: Week) -> str:
    return str(moment.astimezone(ZoneInfo(week.zone)).date())
