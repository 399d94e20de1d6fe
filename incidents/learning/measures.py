"""What incidents add up to: how long things took, what contributed, what came back, what is due.

Durations are shown as distributions with median and number, never as one mean: a single outage of
three days would otherwise hide forty that took minutes.  Only incidents this reader may see count.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median, quantiles

from django.urls import reverse

from incidents.learning.models import Confirmation
from incidents.records.models import (
    Action,
    ActionState,
    HostRole,
    Incident,
    IncidentHost,
    IncidentKind,
    IncidentLink,
    IncidentLinkKind,
)
from incidents.records.trails import ActionEvent, ActionEventKind
from kb.accounts.models import User

MOST_LISTED = 15
PRESETS = {"90d": ("90 days", 90), "1y": ("a year", 365), "2y": ("two years", 730)}
CLASSES: tuple[tuple[str, str, timedelta | None], ...] = (
    ("up to 5 min", "5 m", timedelta(minutes=5)),
    ("15 min", "15 m", timedelta(minutes=15)),
    ("1 h", "1 h", timedelta(hours=1)),
    ("4 h", "4 h", timedelta(hours=4)),
    ("12 h", "12 h", timedelta(hours=12)),
    ("1 d", "1 d", timedelta(days=1)),
    ("3 d", "3 d", timedelta(days=3)),
    ("longer", "+", None),
)


DEFINITIONS = {
    "incidents": "Incidents this reader may see that began within the period (by when they "
    "started, else were detected, else were written down).",
    "factors": "Contributing factors; one incident may have several, so they add up to more.",
    "hosts": "Hosts that were affected or contributed; hosts that helped are not counted.",
    "lessons": "Lessons that these incidents taught.",
    "repeats": "Incidents linked as a repeat of another, or teaching a lesson that an earlier "
    "incident had taught.",
    "warned": "Incidents with a flag that stood open on an affected host when they began, unless "
    "somebody called it a coincidence.",
    "actions": "Open and overdue are as of today, whatever the period; borne out and reopened by "
    "facts are counted within it.",
}


@dataclass(frozen=True, slots=True)
class Period:
    """Days in UTC, both inclusive; ``first`` is None where it reaches back to the beginning."""

    first: date | None
    last: date
    name: str = ""

    @property
    def start(self) -> datetime | None:
        return datetime.combine(self.first, time(), UTC) if self.first else None

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)


def period_of(wanted: Mapping[str, str], today: date) -> Period:
    """What the address asks for: ``period=90d|1y|2y|all``, or ``from`` and ``to``.

    Raises ``ValueError`` with a sentence for the reader.
    """
    first, last = _day(wanted.get("from", ""), "from"), _day(wanted.get("to", ""), "to")
    if first or last:
        if first and first > (last or today):
            raise ValueError("The period ends before it begins.")
        return Period(first, last or today)
    name = wanted.get("period") or "1y"
    if name == "all":
        return Period(None, today, "all")
    if name not in PRESETS:
        raise ValueError(f"There is no period {name!r}: use {', '.join(PRESETS)} or all.")
    return Period(today - timedelta(days=PRESETS[name][1] - 1), today, name)


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"“{name}” is no day: write it as 2026-11-23.") from None


@dataclass(frozen=True, slots=True)
class Span:
    """One duration: its definition, and every length there is."""

    name: str
    label: str
    definition: str
    lengths: list[timedelta]
    of: int

    @property
    def n(self) -> int:
        return len(self.lengths)

    @property
    def middle(self) -> timedelta | None:
        return timedelta(seconds=median(_seconds(self.lengths))) if self.lengths else None

    @property
    def half_between(self) -> tuple[timedelta, timedelta] | None:
        """The quartiles, where there are enough to speak of them."""
        if self.n < 4:
            return None
        low, _, high = quantiles(_seconds(self.lengths), n=4, method="inclusive")
        return timedelta(seconds=low), timedelta(seconds=high)

    @property
    def longest(self) -> timedelta | None:
        return max(self.lengths, default=None)

    def classes(self) -> list[int]:
        """How many lengths fell into each of ``CLASSES``."""
        counts = [0] * len(CLASSES)
        for length in self.lengths:
            place = next(n for n, (_, _, most) in enumerate(CLASSES) if not most or length <= most)
            counts[place] += 1
        return counts

    def middle_class(self) -> int | None:
        """The class in which the median lies."""
        middle = self.middle
        if middle is None:
            return None
        return next(n for n, (_, _, most) in enumerate(CLASSES) if not most or middle <= most)


def _seconds(lengths: Iterable[timedelta]) -> list[float]:
    return [length.total_seconds() for length in lengths]


SPANS: tuple[tuple[str, str, str, str, str], ...] = (
    ("detect", "Time to detect", "From the start of harm until somebody or something noticed.",
     "started_at", "detected_at"),
    ("acknowledge", "Time to acknowledge", "From being noticed until somebody was on it.",
     "detected_at", "acknowledged_at"),
    ("mitigate", "Time to mitigate", "From the start of harm until it had ended.",
     "started_at", "mitigated_at"),
    ("resolve", "Time to resolve", "From the start of harm until it was over.",
     "started_at", "resolved_at"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """Something that incidents are counted by."""

    name: str
    slug: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Actions:
    """Actions as they stand now, and what facts did to them within the period."""

    open: int
    overdue: int
    borne_out: int
    reopened: int


@dataclass(frozen=True, slots=True)
class Measures:
    period: Period
    kind: str
    incidents: int
    spans: list[Span]
    factors: list[Line]
    hosts: list[Line]
    lessons: list[Line]
    repeats: list[Incident]
    warned: int
    actions: Actions
    without_lesson: int


def measure(user: User, period: Period, *, today: date, kind: str = "incident") -> Measures:
    """Nine questions, however many incidents there are."""
    seen = Incident.objects.visible_to(user)
    columns = ("title", "kind", "created_at", *{name for span in SPANS for name in span[3:]})
    everything = list(seen.only(*columns).newest_first())
    chosen = {one.pk: one for one in everything if _within(one, period, kind)}
    taught = _pairs(Incident.lessons.through, "lesson__slug", "lesson__title")
    lessons = [row for row in taught if row[0] in chosen]
    return Measures(
        period=period,
        kind=kind,
        incidents=len(chosen),
        spans=[_span(spec, chosen.values()) for spec in SPANS],
        factors=_lines(
            [row for row in _pairs(Incident.factors.through, "factor__slug", "factor__name")
             if row[0] in chosen],
            lambda slug: f"{reverse('records:incident-list')}?factor={slug}",
        ),
        hosts=_hosts(chosen),
        lessons=_lines(lessons, lambda slug: reverse("records:lesson", args=[slug])),
        repeats=_repeats(chosen, everything, taught),
        warned=_warned(chosen),
        actions=_actions(user, period, today),
        without_lesson=len(chosen.keys() - {row[0] for row in lessons}),
    )  # fmt: skip


def _within(one: Incident, period: Period, kind: str) -> bool:
    at = one.happened_at
    return (
        (kind == "all" or one.kind == kind)
        and (period.start is None or at >= period.start)
        and at < period.end
    )


def _span(spec: tuple[str, str, str, str, str], incidents: Iterable[Incident]) -> Span:
    name, label, definition, begin, end = spec
    rows = list(incidents)
    lengths = [
        getattr(one, end) - getattr(one, begin)
        for one in rows
        if getattr(one, begin) and getattr(one, end)
    ]
    return Span(name, label, definition, sorted(lengths), len(rows))


Pairs = list[tuple[int, str, str]]  # incident, slug, name


def _pairs(through: type, slug: str, name: str) -> Pairs:
    rows = through._default_manager.all()  # type: ignore[attr-defined]
    return list(rows.order_by().values_list("incident_id", slug, name))


def _lines(rows: Pairs, url: Callable[[str], str]) -> list[Line]:
    counted = Counter((slug, name) for _, slug, name in rows)
    lines = [Line(name, slug, count, url(slug)) for (slug, name), count in counted.items()]
    return sorted(lines, key=lambda one: (-one.count, one.name))[:MOST_LISTED]


def _hosts(chosen: Mapping[int, Incident]) -> list[Line]:
    rows = IncidentHost.objects.exclude(role=HostRole.HELPED).values_list("incident", "host__name")
    pairs = [(pk, name, name) for pk, name in rows if pk in chosen]
    return _lines(pairs, lambda name: reverse("hosts:detail", args=[name]))


def _repeats(
    chosen: Mapping[int, Incident], everything: list[Incident], taught: Pairs
) -> list[Incident]:
    """Those linked as a repeat, and those that teach what an earlier one had taught."""
    there = {one.pk: one for one in everything}
    by_lesson: dict[str, list[Incident]] = defaultdict(list)
    for pk, slug, _ in taught:
        if pk in there and there[pk].kind != IncidentKind.DRILL:
            by_lesson[slug].append(there[pk])
    again: set[int] = set()
    for incidents in by_lesson.values():
        incidents.sort(key=lambda one: (one.happened_at, one.pk))
        again |= {one.pk for one in incidents[1:]}
    links = IncidentLink.objects.filter(kind=IncidentLinkKind.REPEAT)
    ends = links.values_list("from_incident", "to_incident")
    again |= {first for first, second in ends if first in there and second in there}
    return [one for one in chosen.values() if one.pk in again]


def _warned(chosen: Mapping[int, Incident]) -> int:
    rows = Confirmation.objects.standing().values_list("incident", flat=True).distinct()
    return len(chosen.keys() & set(rows))


def _actions(user: User, period: Period, today: date) -> Actions:
    mine = Action.objects.visible_to(user)
    events = ActionEvent.objects.visible_to(user).filter(
        kind__in=(ActionEventKind.VERIFIED, ActionEventKind.REOPENED), at__lt=period.end
    )
    if period.start:
        events = events.filter(at__gte=period.start)
    kinds = Counter(events.values_list("kind", flat=True))
    states = mine.filter(state=ActionState.OPEN).values_list("due", flat=True)
    due = list(states)
    return Actions(
        open=len(due),
        overdue=sum(day is not None and day < today for day in due),
        borne_out=kinds[ActionEventKind.VERIFIED],
        reopened=kinds[ActionEventKind.REOPENED],
    )


def as_rows(found: Measures) -> list[tuple[str, ...]]:
    """For CSV: measure, name, count or median in seconds, n, of, definition."""
    rows: list[tuple[str, ...]] = [("measure", "name", "value", "unit", "n", "of", "definition")]
    total = str(found.incidents)
    rows.append(("incidents", "", total, "count", total, total, DEFINITIONS["incidents"]))
    for span in found.spans:
        middle = f"{span.middle.total_seconds():.0f}" if span.middle is not None else ""
        told = ("seconds, median", str(span.n), str(span.of), span.definition)
        rows.append(("duration", span.name, middle, *told))
        for (label, _, _), count in zip(CLASSES, span.classes(), strict=True):
            kept = ("count", str(span.n), str(span.of), span.definition)
            rows.append((f"{span.name} distribution", label, str(count), *kept))
    for name, lines in (
        ("factors", found.factors), ("hosts", found.hosts), ("lessons", found.lessons),
    ):  # fmt: skip
        for one in lines:
            rows.append((name, one.slug, str(one.count), "count", "", total, DEFINITIONS[name]))
    repeats = str(len(found.repeats))
    rows.append(("repeats", "", repeats, "count", repeats, total, DEFINITIONS["repeats"]))
    rows.append(
        ("warned", "", str(found.warned), "count", str(found.warned), total, DEFINITIONS["warned"])
    )
    for name in ("open", "overdue", "borne_out", "reopened"):
        value = str(getattr(found.actions, name))
        rows.append(("actions", name, value, "count", "", "", DEFINITIONS["actions"]))
    return rows
