"""What every plot is drawn with: text, lines, the frame, and the table that goes beside it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDE, NARROW = 720, 340
CHARACTER = 6.6  # mean width of a 12 px character, in px: for labels that must not touch
LINE = 16


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers as text: ``rows`` as long as ``head``; ``numeric`` sets all but the first right."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing for a desk, one for a phone, and the numbers of both (``web/_plot.html``)."""

    wide: SafeString
    narrow: SafeString
    table: Table


def px(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def text(x: float, y: float, said: str, css: str = "", anchor: str = "start") -> str:
    shape = f' class="{escape(css)}"' if css else ""
    where = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{px(x)}" y="{px(y)}"{shape}{where}>{escape(said)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    return f'<line class="{css}" x1="{px(x1)}" y1="{px(y1)}" x2="{px(x2)}" y2="{px(y2)}"/>'


def svg(
    width: float,
    height: float,
    title: str,
    desc: str,
    parts: Iterable[str],
    *,
    css: str = "",
    role: str = "img",
) -> SafeString:
    label = f' aria-label="{escape(title)}"' if role == "group" else ""
    box = f"0 0 {px(width)} {px(height)}"
    return mark_safe(  # noqa: S308 - every text passed through escape() on its way in
        f'<svg class="plot {escape(css)}" viewBox="{box}" role="{role}"{label}>'
        f"<title>{escape(title)}</title><desc>{escape(desc)}</desc>{''.join(parts)}</svg>"
    )


def fit(said: str, room: float) -> str:
    most = max(int(room / CHARACTER), 1)
    return said if len(said) <= most else said[: most - 1].rstrip() + "…"


def measure(said: str) -> float:
    return len(said) * CHARACTER


def css_name(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.lower())
