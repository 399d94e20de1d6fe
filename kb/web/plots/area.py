"""Counts over time, stacked: open flags by severity over 26 weeks."""

from collections.abc import Callable, Mapping, Sequence

from django.utils.safestring import SafeString

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

Scale = Callable[[float], float]


def stacked_area(
    series: Mapping[str, Sequence[int]],
    labels: Sequence[str],
    *,
    title: str,
    desc: str = "",
    width: int = WIDE,
    height: int = 210,
    css: str = "",
) -> SafeString:
    """Counts over time, stacked; the first series lies at the bottom, each is named at its end.

    ``series`` maps a name (also its CSS class: ``critical``) to one count per label.  Lengths that
    differ from ``labels`` are a ``ValueError``.
    """
    _check(series, labels)
    names = [f"{name} {values[-1]}" for name, values in series.items() if values]
    left = 34.0
    right = width - max([measure(name) for name in names], default=0.0) - 14
    top, bottom = 12.0, height - 26.0
    totals = [sum(column) for column in zip(*series.values(), strict=True)]
    steps = _steps(max(totals, default=0))

    def x(index: float) -> float:
        return left + (right - left) * (index / max(len(labels) - 1, 1))

    def y(amount: float) -> float:
        return bottom - (bottom - top) * amount / steps[-1]

    parts = [_rule_with_number(left, right, y(step), step) for step in steps]
    base = [0] * len(labels)
    ends: list[tuple[float, str, str]] = []
    for name, values in series.items():
        upper = [low + more for low, more in zip(base, values, strict=True)]
        if any(values):
            parts.append(_band(name, base, upper, x, y))
        if values:
            middle = (y(base[-1]) + y(upper[-1])) / 2
            ends.append((middle, f"{name} {values[-1]}", css_name(name)))
        base = upper
    parts.append(
        line(left, bottom, right, bottom, "axis") + text(left - 8, bottom + 4, "0", anchor="end")
    )
    for at, said, name in _spread(ends, bottom):
        parts.append(text(right + 10, at + 4, said, f"name {name}"))
    parts += _under_axis(labels, x, bottom + 18, right - left)
    return svg(width, height, title, desc or _risk_in_words(series, labels), parts, css=css)


def stacked_area_table(
    series: Mapping[str, Sequence[int]], labels: Sequence[str], *, caption: str, first: str = "Week"
) -> Table:
    """The same numbers, newest first, with a total."""
    _check(series, labels)
    rows = []
    for index in reversed(range(len(labels))):
        counts = [values[index] for values in series.values()]
        rows.append((labels[index], *(f"{n}" for n in counts), f"{sum(counts)}"))
    return Table(caption, (first, *series, "total"), tuple(rows))


def stacked_area_plot(
    series: Mapping[str, Sequence[int]], labels: Sequence[str], *, title: str, desc: str = ""
) -> Plot:
    """Both drawings and the table of ``stacked_area``, for ``web/_plot.html``."""
    return Plot(
        stacked_area(series, labels, title=title, desc=desc, css="wide-only"),
        stacked_area(
            series, labels, title=title, desc=desc, width=NARROW, height=190, css="narrow-only"
        ),
        stacked_area_table(series, labels, caption=title),
    )


def _check(series: Mapping[str, Sequence[int]], labels: Sequence[str]) -> None:
    for name, values in series.items():
        if len(values) != len(labels):
            raise ValueError(f"{name} has {len(values)} counts for {len(labels)} labels")


def _steps(most: int) -> list[int]:
    """Round numbers for the axis, two to four of them, the last at or above ``most``."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            step = power * factor
            if step * 4 >= most:
                top = max(step * -(-most // step), 2 * step)
                return list(range(step, top + 1, step))
        power *= 10


def _rule_with_number(left: float, right: float, at: float, number: int) -> str:
    return line(left, at, right, at, "rule") + text(left - 8, at + 4, f"{number}", anchor="end")


def _band(name: str, lower: Sequence[int], upper: Sequence[int], x: Scale, y: Scale) -> str:
    there = [f"{px(x(i))} {px(y(v))}" for i, v in enumerate(upper)]
    back = [f"{px(x(i))} {px(y(v))}" for i, v in reversed(list(enumerate(lower)))]
    if len(upper) == 1:  # one week is a point; drawn as a bar of some width it can be seen
        there = [f"{px(x(0))} {px(y(upper[0]))}", f"{px(x(0) + 24)} {px(y(upper[0]))}"]
        back = [f"{px(x(0) + 24)} {px(y(lower[0]))}", f"{px(x(0))} {px(y(lower[0]))}"]
    return f'<path class="band {css_name(name)}" d="M{" L".join(there + back)}Z"/>'


def _spread(ends: Sequence[tuple[float, str, str]], bottom: float) -> list[tuple[float, str, str]]:
    """Move the names apart, from the bottom up, so that none stands on another."""
    placed: list[tuple[float, str, str]] = []
    limit = bottom
    for at, said, css in ends:  # the first series lies lowest
        here = min(at, limit)
        placed.append((here, said, css))
        limit = here - LINE + 1
    return placed


def _under_axis(labels: Sequence[str], x: Scale, at: float, room: float) -> list[str]:
    if not labels:
        return []
    widest = max(measure(label) for label in labels) + 18
    most = max(int(room / widest), 1)
    step = -(-len(labels) // most)
    last = len(labels) - 1
    shown = list(range(last, -1, -step))
    parts = []
    for index in reversed(shown):
        anchor = "middle" if x(index) - x(0) > widest / 2 else "start"
        if index == last and last:
            anchor = "end"
        parts.append(text(x(index), at, labels[index], anchor=anchor))
    return parts


def _risk_in_words(series: Mapping[str, Sequence[int]], labels: Sequence[str]) -> str:
    if not labels:
        return "No numbers yet."
    said = ", ".join(f"{name} {values[0]} to {values[-1]}" for name, values in series.items())
    return f"From {labels[0]} to {labels[-1]}: {said}."
