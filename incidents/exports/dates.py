"""The dates ahead that somebody has to know of, for one person's calendar."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings

from incidents.exports.events import absolute
from incidents.exports.ical import Day
from incidents.facts.eol import annotate_os
from incidents.hosts.catalogue import catalogue
from incidents.hosts.models import Host, HostStatus
from incidents.patterns.models import Flag, FlagState
from incidents.records.models import Action, ActionState, Lesson, LessonState
from kb.accounts.models import User
from kb.web.words import count

AHEAD = timedelta(days=2 * 365 + 1)
MOST = 2000
NAMED = 20


def ahead(user: User, now: datetime) -> list[Day]:
    """Everything from today on for two years that the person may see, the soonest first; at most
    two thousand.  Moments fall on the day they have in the person's own time zone."""
    zone = ZoneInfo(user.time_zone)
    found = [
        *_of_hosts(user, now, zone),
        *_waivers(user, zone),
        *_actions(user),
        *_reviews(user),
    ]
    today = now.astimezone(zone).date()
    near = [day for day in found if today <= day.on <= today + AHEAD]
    return sorted(near, key=lambda day: (day.on, day.uid))[:MOST]


def _of_hosts(user: User, now: datetime, zone: ZoneInfo) -> Iterator[Day]:
    """What the register and the facts of active hosts say, in one reading of them."""
    hosts = Host.objects.all().visible_to(user).filter(status=HostStatus.ACTIVE).order_by("name")
    ends: dict[tuple[str, date], list[str]] = {}
    columns = (
        "name",
        "upgrade_planned_on",
        "maintenance_until",
        "facts__os",
        "facts__certificates",
    )
    for name, upgrade, maintenance, os, papers in hosts.values_list(*columns).iterator(2000):
        url = absolute("hosts:detail", name)
        if upgrade:
            said = f"Upgrade of {name} planned"
            yield Day(_uid("upgrade", name), upgrade, said, url=url, category="Upgrade")
        if maintenance:
            on = maintenance.astimezone(zone)
            said, text = f"Maintenance of {name} ends", f"At {on:%H:%M} ({zone.key})."
            yield Day(_uid("maintenance", name), on.date(), said, text, url, "Maintenance")
        yield from _certificates(name, papers, url, zone)
        if end := _end_of_system(os, now):
            ends.setdefault(end, []).append(name)
    yield from _systems(ends)


def _end_of_system(os: Any, now: datetime) -> tuple[str, date] | None:
    if not isinstance(os, dict) or not os.get("name"):
        return None
    known = annotate_os(os, catalogue(), now, settings.EXTENDED_SUPPORT_ENTITLED)
    on = _day(known.get("supported_until") or known.get("eol_on"))
    release = known.get("cycle") or os.get("version") or ""
    return (f"{os['name']} {release}".strip(), on) if on else None


def _systems(ends: dict[tuple[str, date], list[str]]) -> Iterator[Day]:
    for (system, on), names in ends.items():
        more = f", and {len(names) - NAMED} more" if len(names) > NAMED else ""
        text = f"On {count(len(names), 'host')}: {', '.join(names[:NAMED])}{more}."
        uid = _uid("system", f"{system} {on}")
        url = absolute("hosts:list")
        yield Day(uid, on, f"Support of {system} ends", text, url, "End of life")


def _certificates(name: str, papers: Any, url: str, zone: ZoneInfo) -> Iterator[Day]:
    seen: set[str] = set()
    for paper in papers if isinstance(papers, list) else []:
        moment = _moment(paper.get("not_after")) if isinstance(paper, dict) else None
        if moment is None:
            continue
        where = str(paper.get("endpoint") or paper.get("path") or "")
        whom = str(paper.get("subject") or next(iter(paper.get("names") or []), "") or where)
        uid = _uid("certificate", f"{name} {whom} {where} {paper.get('serial') or ''}")
        if uid in seen:
            continue
        seen.add(uid)
        renews = "It renews by itself." if paper.get("auto_renew") else ""
        text = "\n".join(part for part in (where, renews) if part)
        title = f"Certificate of {whom or name} on {name} ends"
        yield Day(uid, moment.astimezone(zone).date(), title, text, url, "Certificate")


def _waivers(user: User, zone: ZoneInfo) -> Iterator[Day]:
    rows = Flag.objects.all().visible_to(user).filter(state=FlagState.ACCEPTED)
    for flag in (
        rows.select_related("pattern", "host")
        .defer("evidence", "host__facts", "host__observed")
        .order_by("accepted_until", "pk")[:MOST]
    ):
        assert flag.accepted_until is not None  # the database sees to it
        title = f"Waiver runs out: {flag.pattern.title} on {flag.host.name}"
        on = flag.accepted_until.astimezone(zone).date()
        url = absolute("patterns:flag", flag.pk)
        yield Day(_uid("waiver", str(flag.pk)), on, title, flag.accepted_because, url, "Waiver")


def _actions(user: User) -> Iterator[Day]:
    rows = Action.objects.all().visible_to(user).filter(state=ActionState.OPEN, due__isnull=False)
    for action in rows.select_related("owner", "team").order_by("due", "pk"):
        who = action.owner.username if action.owner else action.team.name if action.team else ""
        url = absolute("records:action-edit", action.pk)
        assert action.due is not None
        uid, title = _uid("action", str(action.pk)), f"Due: {action.title}"
        yield Day(uid, action.due, title, f"For {who}." if who else "", url, "Action")


def _reviews(user: User) -> Iterator[Day]:
    rows = Lesson.objects.all().visible_to(user).exclude(state=LessonState.RETIRED)
    for lesson in rows.filter(review_by__isnull=False).order_by("review_by", "pk"):
        assert lesson.review_by is not None
        url = absolute("records:lesson", lesson.slug)
        uid, title = _uid("review", str(lesson.pk)), f"Review: {lesson.title}"
        yield Day(uid, lesson.review_by, title, lesson.statement, url, "Lesson")


def _uid(kind: str, name: str) -> str:
    """The same for the same thing, whatever letters its name is written in."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:20]
    return f"{kind}-{digest}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}"


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    """A time of the fact document; one without a zone is in UTC."""
    try:
        moment = datetime.fromisoformat(str(value))
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("UTC"))
    except ValueError:
        return None
