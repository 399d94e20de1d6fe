"""Risk over 26 weeks without an image: cells of a table with a colour of their own, and in plain
text a line of blocks.  Every client draws both, and none has to load anything."""

from collections.abc import Callable
from typing import Any

from incidents.digests.content import Content

HEIGHT = 56  # pixels of the highest column
BLOCKS = "▁▂▃▄▅▆▇█"
#: From the bottom up; the colours stand the light and the dark of every client.
LAYERS = (("critical", "#bf3f52"), ("high", "#e39b50"), ("medium", "#d3b84a"), ("low", "#9aa3b0"))
FEWEST, WHOLE = 2, 26  # a young fleet's plot begins in the middle, not twice as wide


def draw(content: Content, day: Callable[[str], str]) -> dict[str, Any] | None:
    """What the templates need; None where there is nothing to compare yet."""
    series = {severity: counts for severity, counts in content.plot.items() if any(counts)}
    weeks = len(content.plot_days)
    if weeks < FEWEST or not series:
        return None
    totals = [sum(column) for column in zip(*series.values(), strict=True)]
    most = max(totals)
    return {
        "weeks": weeks,
        "columns": [[]] * (WHOLE - weeks) + [_column(series, n, most) for n in range(weeks)],
        "line": "".join(_block(total, most) for total in totals),
        "first": day(content.plot_days[0]),
        "last": day(content.plot_days[-1]),
        "said": f"{totals[0]} open flags at first, {most} at the most, {totals[-1]} at the end.",
        "legend": [(severity, colour) for severity, colour in LAYERS if severity in series],
    }


def _column(series: dict[str, list[int]], week: int, most: int) -> list[tuple[int, str]]:
    """Heights and colours from the top down; what is there is at least a pixel high."""
    parts = []
    for severity, colour in LAYERS:
        if severity in series and (count := series[severity][week]):
            parts.append((max(1, round(HEIGHT * count / most)), colour))
    return list(reversed(parts))


def _block(total: int, most: int) -> str:
    if not total:
        return "·"
    return BLOCKS[min(len(BLOCKS) - 1, round((len(BLOCKS) - 1) * total / most))]
