"""Hosts inside hosts, as boxes within boxes."""

from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString

from kb.web.plots.drawing import LINE, Table, fit, px, svg, text


@dataclass(frozen=True, slots=True)
class Nest:
    """A host and what runs inside it.  ``detail`` is its system and kind, ``note`` a third line."""

    name: str
    detail: str = ""
    note: str = ""
    url: str = ""
    here: bool = False
    stopped: bool = False
    children: tuple["Nest", ...] = ()


def nest(tree: Nest, *, title: str = "", width: int = 300) -> SafeString:
    """Boxes within boxes, each with its name as a link; the page's own host is outlined."""
    parts, height = _box(tree, 1, 1, width - 2, 0)
    return svg(
        width,
        height + 2,
        title or f"What runs inside {tree.name}",
        _nest_in_words(tree),
        parts,
        css="nest",
        role="group",
    )


def nest_table(tree: Nest) -> Table:
    """Every host of the nest with what it runs and what it stands in."""
    rows: list[tuple[str, ...]] = []

    def walk(node: Nest, inside: str) -> None:
        rows.append((node.name, node.detail, inside or "–", node.note))
        for child in node.children:
            walk(child, node.name)

    walk(tree, "")
    return Table(
        f"What runs inside {tree.name}", ("Host", "Runs", "Inside", "Note"), tuple(rows), False
    )


def _box(node: Nest, x: float, y: float, width: float, depth: int) -> tuple[list[str], float]:
    """The parts of one box and its height."""
    inset, room = 9.0, width - 22
    name = text(
        x + 11, y + 20, fit(node.name, room), "" if node.url and not node.here else "strong"
    )
    if node.url and not node.here:
        name = f'<a href="{escape(node.url)}">{name}</a>'
    inner = [name]
    below = y + 20
    for said in (node.detail, node.note):
        if said:
            below += LINE
            inner.append(text(x + 11, below, fit(said, room)))
    below += 10
    for child in node.children:
        parts, height = _box(child, x + inset, below, width - 2 * inset, depth + 1)
        inner += parts
        below += height + inset
    height = below - y
    css = " ".join(
        [
            "box",
            *(["well"] if depth % 2 else []),
            *(["stopped"] if node.stopped else []),
            *(["here"] if node.here else []),
        ]
    )
    whole = " · ".join(filter(None, (node.name, node.detail, node.note)))
    frame = (
        f'<rect class="{css}" x="{px(x)}" y="{px(y)}" width="{px(width)}" height="{px(height)}"'
        f' rx="5"><title>{escape(whole)}</title></rect>'
    )
    return [frame, *inner], height


def _nest_in_words(node: Nest) -> str:
    said = f"{node.name}{f' ({node.detail})' if node.detail else ''}"
    if not node.children:
        return said
    return f"{said} holds {'; and '.join(_nest_in_words(child) for child in node.children)}"
