"""The times of an incident, drawn to scale."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString

from kb.web import words
from kb.web.plots.drawing import (
    LINE,
    NARROW,
    WIDE,
    Plot,
    Table,
    css_name,
    line,
    measure,
    px,
    svg,
    text,
)

BOLD = 1.12  # how much wider the names stand than the words that are measured
Scale = Callable[[datetime], float]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment.  A milestone is named on the scale and begins a phase of its own ``kind``."""

    at: datetime
    label: str
    kind: str = "entry"
    milestone: bool = False


def time_scale(
    marks: Sequence[Mark], *, title: str, zone: tzinfo = UTC, width: int = WIDE, css: str = ""
) -> SafeString:
    """Moments drawn to scale: milestones named above the line, the spans between them coloured,
    other entries as strokes below.  An empty sequence is a ``ValueError``.
    """
    ordered = _ordered(marks)
    first, last = ordered[0].at, ordered[-1].at
    left, right = 8.0, width - 8.0
    span = max((last - first).total_seconds(), 1.0)

    def x(at: datetime) -> float:
        return left + (right - left) * (at - first).total_seconds() / span

    stones = [mark for mark in ordered if mark.milestone]
    named = _levels([(x(mark.at), _named(mark, first, last, zone)) for mark in stones], width)
    levels = max((level for _, _, level, _ in named), default=-1) + 1
    bar = levels * LINE + 12.0
    parts = [line(at, _height(level, levels) + 4, at, bar, "leader") for at, _, level, _ in named]
    for at, said, level, anchor in named:
        offset = -5 if anchor == "start" else 5
        parts.append(text(at + offset, _height(level, levels), said, "strong over", anchor))
    parts.append(line(left, bar + 6, right, bar + 6, "axis"))
    parts += _phases(stones, x, bar)
    for mark in ordered:
        if not mark.milestone:
            parts.append(
                f"<g><title>{escape(_named(mark, first, last, zone))}</title>"
                f"{line(x(mark.at), bar + 13, x(mark.at), bar + 21, 'tick')}</g>"
            )
    parts += [f'<circle class="mark" cx="{px(x(m.at))}" cy="{px(bar + 6)}" r="5"/>' for m in stones]
    said = f"{_moment(first, zone, date=True)} {_zone_name(first, zone)}"
    parts.append(text(left, bar + 52, said))
    parts.append(text(right, bar + 52, _moment(last, zone, date=True), anchor="end"))
    return svg(width, bar + 58, title, _times_in_words(stones or ordered, zone), parts, css=css)


def time_scale_table(marks: Sequence[Mark], *, caption: str, zone: tzinfo = UTC) -> Table:
    """The milestones with their times and how long after the one before."""
    ordered = _ordered(marks)
    stones = [mark for mark in ordered if mark.milestone] or ordered
    rows = [(stones[0].label, _moment(stones[0].at, zone, date=True), "–")]
    for before, mark in pairwise(stones):
        rows.append(
            (mark.label, _moment(mark.at, zone, date=True), words.duration(mark.at - before.at))
        )
    return Table(
        caption,
        ("", f"Time ({_zone_name(stones[0].at, zone)})", "After the last"),
        tuple(rows),
        False,
    )


def time_scale_plot(marks: Sequence[Mark], *, title: str, zone: tzinfo = UTC) -> Plot:
    """Both drawings and the table of ``time_scale``, for ``web/_plot.html``."""
    return Plot(
        time_scale(marks, title=title, zone=zone, css="wide-only"),
        time_scale(marks, title=title, zone=zone, width=NARROW, css="narrow-only"),
        time_scale_table(marks, caption=title, zone=zone),
    )


def _ordered(marks: Sequence[Mark]) -> list[Mark]:
    if not marks:
        raise ValueError("a time scale needs at least one moment")
    return sorted(marks, key=lambda mark: mark.at)


def _zone_name(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).tzname() or "local"


def _moment(at: datetime, zone: tzinfo, *, date: bool) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y %H:%M}" if date else f"{local:%H:%M}"


def _named(mark: Mark, first: datetime, last: datetime, zone: tzinfo) -> str:
    several_days = last - first >= timedelta(days=1)
    local = mark.at.astimezone(zone)
    time = f"{local.day} {local:%b %H:%M}" if several_days else f"{local:%H:%M}"
    return f"{mark.label} {time}"


def _levels(named: Sequence[tuple[float, str]], width: float) -> list[tuple[float, str, int, str]]:
    """Give each name the lowest level where it touches no other: (x, words, level, anchor).

    From the right, so that the line from a high name down to its mark passes left of lower names.
    """
    taken: list[list[tuple[float, float]]] = []
    placed = []
    for at, said in reversed(named):
        room = measure(said) * BOLD
        anchor, start = ("start", at - 5) if at + room <= width else ("end", at - room + 5)
        level = 0
        while level < len(taken) and any(
            start < end + 10 and begin < start + room + 10 for begin, end in taken[level]
        ):
            level += 1
        if level == len(taken):
            taken.append([])
        taken[level].append((start, start + room))
        placed.append((at, said, level, anchor))
    return placed


def _height(level: int, levels: int) -> float:
    return (levels - level) * LINE - 2.0


def _phases(stones: Sequence[Mark], x: Scale, bar: float) -> list[str]:
    parts = []
    for begin, end in pairwise(stones):
        wide = x(end.at) - x(begin.at)
        said = words.duration(end.at - begin.at)
        parts.append(
            f"<g><title>{escape(f'{begin.label} to {end.label}: {said}')}</title>"
            f'<rect class="phase {css_name(begin.kind)}" x="{px(x(begin.at))}" y="{px(bar)}"'
            f' width="{px(max(wide, 0.5))}" height="12"/></g>'
        )
        if wide > measure(said) + 12:
            parts.append(text((x(begin.at) + x(end.at)) / 2, bar + 34, said, anchor="middle"))
    return parts


def _times_in_words(marks: Sequence[Mark], zone: tzinfo) -> str:
    return "; ".join(f"{mark.label} {_moment(mark.at, zone, date=True)}" for mark in marks) + "."
