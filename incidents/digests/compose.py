"""Composing: a pure function of (subscription, week, state at the end of that week).

What the week did to a part of the fleet is gathered once per part, and a mail is put together
once per part and circle of readers, however many subscriptions share them.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from django.urls import reverse

from incidents.digests import audience, scope
from incidents.digests.content import Cite, Content, DatedItem, FlagItem
from incidents.digests.gather import Gathered, Part, ends_at, gather, risk
from incidents.digests.models import Subscription
from incidents.digests.periods import Week
from incidents.patterns.changes import Change
from incidents.patterns.models import FlagState, Pattern
from incidents.records.models import Incident, Lesson
from kb.accounts.models import User

KEPT = 20  # items of a list that are frozen: more are never shown
LONGEST = 300  # characters of a sentence
T = TypeVar("T")


def compose(subscription: Subscription, week: Week) -> Content:
    """The content of one subscription's mail for ``week``."""
    return Composer().compose(subscription, week)


class Composer:
    """Composes many mails; the parts they share are gathered once while they are at hand."""

    def __init__(self, room: int = 8) -> None:
        self.gathered: OrderedDict[Hashable, Gathered] = OrderedDict()
        self.contents: OrderedDict[Hashable, Content] = OrderedDict()
        self.room = room

    def compose(self, subscription: Subscription, week: Week) -> Content:
        part = Part.of(subscription.scope, subscription.least_severity, week)
        found = _kept(self.gathered, part, lambda: gather(part), self.room)
        seen = _seen(audience.readers(subscription), found.restricted)
        key = (part, seen)
        return _kept(self.contents, key, lambda: put_together(found, seen), 4 * self.room)


def _kept(store: OrderedDict[Hashable, T], key: Hashable, make: Callable[[], T], room: int) -> T:
    """The one that is kept, or a new one; the one that was not asked for longest goes."""
    if key in store:
        store.move_to_end(key)
        return store[key]
    while len(store) >= room:
        store.popitem(last=False)
    store[key] = made = make()
    return made


def _seen(people: list[User], restricted: frozenset[int]) -> frozenset[int]:
    """Which restricted incidents all of ``people`` may see."""
    return (
        frozenset(audience.visible_numbers(people, set(restricted))) if restricted else restricted
    )


def put_together(found: Gathered, seen: frozenset[int]) -> Content:
    """The mail for readers who may see the restricted incidents in ``seen`` and no other."""
    return _Letter(found, seen).content()


class _Letter:
    def __init__(self, found: Gathered, seen: frozenset[int]) -> None:
        self.found = found
        self.hidden = found.restricted - seen

    def content(self) -> Content:
        found, week = self.found, self.found.part.week
        moves = {
            "newly": [c for c in found.moved if c.is_new],
            "worse": [c for c in found.moved if c.is_worse],
            "recovered": [c for c in found.moved if c.is_recovered],
            "passed": [c for c in found.moved if c.is_passing],
            "milder": [c for c in found.moved if c.is_milder],
        }
        dated = self._dated_lists(week)
        plot = {s: [week_.get(s, 0) for week_ in found.standing]
                for s in scope.severities_from(found.part.least)}  # fmt: skip
        content = Content(
            week=week.label,
            week_number=week.number,
            weeks=week.numbers if week.weeks > 1 else "",
            first_day=week.first_day.isoformat(),
            last_day=week.last_day.isoformat(),
            scope=scope.in_words(found.part.scope, found.part.least),
            hosts=found.hosts,
            open_before=found.before,
            open_now=found.now,
            plot_days=[day.isoformat() for day in found.days],
            plot=plot if found.days else {},
            unseen=found.unseen,
            counts={n: len(items) for n, items in (moves | dated).items() if len(items) > KEPT},  # type: ignore[arg-type]
            moved={n: len({c.last.flag.host_id for c in items})
                   for n, items in moves.items() if items},
        )  # fmt: skip
        lists: dict[str, Any] = {
            **{name: [self._flag(c) for c in items[:KEPT]] for name, items in moves.items()},
            **{name: items[:KEPT] for name, items in dated.items()},
        }
        return self._with_rereading(msgspec.structs.replace(content, **lists))

    def _dated_lists(self, week: Week) -> dict[str, list[DatedItem]]:
        found = self.found
        return {
            "waivers": self._waivers(week),
            "accepted": [self._passed_over(c, week) for c in found.moved if c.is_accepted],
            "closed": [self._passed_over(c, week) for c in found.moved if c.is_closed],
            "overdue": self._overdue(),
            "incidents": [self._incident(one, week) for one in self._visible(found.new_incidents)],
            "lessons": [_lesson(one, one.statement) for one in found.new_lessons],
            "lessons_due": [_lesson(one, day=str(one.review_by)) for one in found.lessons_due],
            "on_this_day": self._on_this_day(),
        }

    def _visible(self, incidents: Iterable[Incident]) -> list[Incident]:
        return [one for one in incidents if one.pk not in self.hidden]

    # --- flags ---

    def _flag(self, change: Change) -> FlagItem:
        flag, over = change.last.flag, change.last.after == FlagState.RESOLVED
        said = change.opened or change.last
        sentence = (change.last if change.is_recovered else said).sentence
        if change.is_passing:
            sentence = f"{_short(said.sentence, LONGEST // 2)} Then: {change.last.sentence}"
        moved = change.is_worse or change.is_milder
        fix = self.found.fixes.get((flag.pattern_id, change.last.pattern_version), "")
        return FlagItem(
            flag=flag.pk,
            host=flag.host.name,
            pattern=flag.pattern.slug,
            title=flag.pattern.title,
            severity=change.last.severity,
            sentence=_short(sentence),
            path=reverse("patterns:flag", args=[flag.pk]),
            host_path=reverse("hosts:detail", args=[flag.host.name]),
            do="" if over or change.is_recovered else _short(fix),
            was=change.before.severity if change.before is not None and moved else "",
            again=change.is_again,
            cites=[] if change.is_recovered else self._cites(flag.pattern),
            risk=risk(change),
        )

    def _cites(self, pattern: Pattern) -> list[Cite]:
        """The lessons, and of each the newest incident behind it that may be seen."""
        said, incidents = [], {}
        for slug in pattern.lessons:
            if slug in self.found.lessons:
                lesson = self.found.lessons[slug]
                said.append(Cite("lesson", lesson.title, reverse("records:lesson", args=[slug])))
            for incident in self._visible(self.found.taught.get(slug, []))[-1:]:
                incidents[incident.pk] = incident
        for number, incident in sorted(incidents.items()):
            path = reverse("records:incident", args=[number])
            said.append(Cite("incident", f"#{number} {incident.title}", path, incident=number))
        return said

    def _passed_over(self, change: Change, week: Week) -> DatedItem:
        flag, last = change.last.flag, change.last
        note = last.because
        if change.is_closed:
            note = {"retired": "its host was retired"}.get(last.cause, "its pattern is off")
        elif until := ends_at(last):
            note = f"until {_local(until, week)}: {note}"
        return _of_flag(flag, _local(last.at, week), _short(note))

    def _waivers(self, week: Week) -> list[DatedItem]:
        """Those that ended in the week, and those that end soon after it."""
        ended = [
            _of_flag(c.last.flag, _local(c.last.at, week), "ended, it needs eyes again")
            for c in self.found.moved
            if c.is_waiver_ended
        ]
        return ended + [
            _of_flag(row.flag, _local(ends_at(row), week), _short(f"accepted: {row.because}"))
            for row in self.found.running_out
        ]

    # --- stories ---

    def _overdue(self) -> list[DatedItem]:
        return [
            DatedItem(
                title=action.title,
                path=reverse("records:action-list"),
                day=str(action.due),
                note=action.whose or str(action.team or "nobody's"),
                incident=action.incident_id,
            )
            for action in self.found.overdue
            if action.incident_id not in self.hidden
        ]

    def _incident(self, incident: Incident, week: Week) -> DatedItem:
        return DatedItem(
            title=f"#{incident.pk} {incident.title}",
            path=reverse("records:incident", args=[incident.pk]),
            day=_local(incident.happened_at, week),
            note=f"{incident.get_kind_display().lower()}, {incident.severity}",
            incident=incident.pk,
        )

    def _on_this_day(self) -> list[DatedItem]:
        return [
            DatedItem(
                title=f"#{one.number} {one.title}",
                path=reverse("records:incident", args=[one.number]),
                day=one.day.isoformat(),
                incident=one.number,
            )
            for one in self.found.on_this_day
            if one.number not in self.hidden
        ]

    def _with_rereading(self, content: Content) -> Content:
        lesson = self.found.reread
        if lesson is None:
            return content
        cite = Cite("lesson", lesson.title, reverse("records:lesson", args=[lesson.slug]))
        said = _short(lesson.statement)
        return msgspec.structs.replace(content, reread=cite, reread_statement=said)


def _lesson(lesson: Lesson, note: str = "", *, day: str = "") -> DatedItem:
    path = reverse("records:lesson", args=[lesson.slug])
    return DatedItem(lesson.title, path, day or str(lesson.created_at.date()), _short(note))


def _of_flag(flag: Any, day: str, note: str) -> DatedItem:
    title = f"{flag.host.name}: {flag.pattern.title}"
    return DatedItem(title, reverse("patterns:flag", args=[flag.pk]), day, note)


def _short(text: str, longest: int = LONGEST) -> str:
    """Not longer than a mail bears; the page behind the link has the rest."""
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _local(moment: datetime | None, week: Week) -> str:
    return str(moment.astimezone(ZoneInfo(week.zone)).date()) if moment else ""
