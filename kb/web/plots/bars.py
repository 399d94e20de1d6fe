"""Counts side by side: how many fell into each of a few classes."""

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString

from kb.web.plots.drawing import NARROW, WIDE, Plot, Table, line, px, svg, text

HEIGHT = 120.0


def bars(
    labels: Sequence[str],
    counts: Sequence[int],
    *,
    title: str,
    width: int = WIDE,
    css: str = "",
    marked: int | None = None,
) -> SafeString:
    """A bar for each class with its count above; ``marked`` is the class that stands out."""
    room = width / max(len(labels), 1)
    most = max([*counts, 1])
    parts = []
    for place, (label, count) in enumerate(zip(labels, counts, strict=True)):
        tall = HEIGHT * count / most
        middle, top = room * (place + 0.5), 18 + HEIGHT - tall
        shape = "bar marked" if place == marked else "bar"
        parts.append(
            f"<g><title>{escape(f'{label}: {count}')}</title>"
            f'<rect class="{shape}" x="{px(room * place + room * 0.12)}" y="{px(top)}"'
            f' width="{px(room * 0.76)}" height="{px(tall)}"/></g>'
        )
        if count:
            parts.append(text(middle, top - 5, str(count), "strong", "middle"))
        parts.append(text(middle, HEIGHT + 36, label, anchor="middle"))
    parts.append(line(0, HEIGHT + 18, width, HEIGHT + 18, "axis"))
    said = "; ".join(f"{label}: {count}" for label, count in zip(labels, counts, strict=True))
    return svg(width, HEIGHT + 44, title, f"{said}.", parts, css=css)


def bars_plot(
    labels: Sequence[str],
    counts: Sequence[int],
    *,
    title: str,
    head: tuple[str, str],
    marked: int | None = None,
    short: Sequence[str] = (),
) -> Plot:
    """Both drawings and the numbers; ``short`` are the labels for a phone."""
    narrow = short or labels
    rows = tuple((label, str(count)) for label, count in zip(labels, counts, strict=True))
    return Plot(
        bars(labels, counts, title=title, css="wide-only", marked=marked),
        bars(narrow, counts, title=title, width=NARROW, css="narrow-only", marked=marked),
        Table(title, head, rows),
    )
