"""The colours of static/css/tokens.css hold WCAG 2.2 AA in both themes."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
PAIR = re.compile(r"--([a-z-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")
COLOURS = {
    name: (light, dark)
    for name, light, dark in PAIR.findall((CSS / "tokens.css").read_text(encoding="utf-8"))
}
SHEET = re.compile(r"css/([a-z-]+\.css)")
SURFACES = ("paper", "card", "sunk", "hover")
TEXT = [
    *[(ink, on) for ink in ("ink", "quiet", "accent", "accent-strong") for on in SURFACES],
    *[(name, f"{name}-bg") for name in ("critical", "high", "medium", "low", "good", "unknown")],
    *[
        (name, on)
        for name in ("critical", "high", "medium", "low", "good", "unknown")
        for on in ("card", "paper", "hover")
    ],
    *[(ink, on) for ink in ("ink", "accent") for on in ("critical-bg", "high-bg", "unknown-bg")],
    ("unknown", "sunk"),
    ("ink", "accent-bg"),
    ("accent", "accent-bg"),
    ("accent-ink", "accent"),
    ("accent-ink", "accent-strong"),
    ("ink", "mark-bg"),
    ("quiet", "mark-bg"),
    *[(f"code-{part}", "sunk") for part in ("word", "text", "number", "name")],
    ("added", "added-bg"),
    ("removed", "removed-bg"),
    ("ink", "added-bg"),
    ("ink", "removed-bg"),
]
SHAPES = [("edge", on) for on in ("card", "paper", "sunk")] + [("accent", on) for on in SURFACES]


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2, definitions)."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "on"), TEXT)
def test_text_can_be_read(ink: str, on: str, theme: int) -> None:
    assert contrast(COLOURS[ink][theme], COLOURS[on][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "on"), SHAPES)
def test_controls_and_focus_can_be_seen(shape: str, on: str, theme: int) -> None:
    assert contrast(COLOURS[shape][theme], COLOURS[on][theme]) >= 3


def stylesheets() -> list[Path]:
    return sorted(CSS.glob("*.css"))


@pytest.mark.parametrize("sheet", stylesheets(), ids=lambda sheet: sheet.name)
def test_a_stylesheet_keeps_the_house_rules(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert "!important" not in text
    assert "@import" not in text
    if sheet.name not in ("tokens.css", "print.css"):
        masks = re.sub(r"mask-image:[^;]+;", "", text)  # opacity only: no colour is seen
        assert re.findall(r"#[0-9a-f]{3,8}\b", masks) == []
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", text))
    known = set(re.findall(r"--([a-z0-9-]+):", (CSS / "tokens.css").read_text(encoding="utf-8")))
    assert used <= known


def test_every_stylesheet_is_loaded_tokens_first_and_print_last() -> None:
    templates = CSS.parents[1] / "templates"
    base = SHEET.findall((templates / "web" / "_styles.html").read_text(encoding="utf-8"))
    assert (base[0], base[-1]) == ("tokens.css", "print.css")
    pages = {name for page in templates.rglob("*.html") for name in SHEET.findall(page.read_text())}
    assert pages == {sheet.name for sheet in stylesheets()}
