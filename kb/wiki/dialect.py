"""Our Markdown: CommonMark with tables, tasks, footnotes, definitions, notes and short links.

What comes out of here goes through ``kb.wiki.clean`` and nowhere else.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from kb.wiki import references
from kb.wiki.clean import KINDS
from kb.wiki.highlight import highlight
from kb.wiki.links import Target, link_targets
from kb.wiki.references import Reference

_EXTERNAL = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_SAME_KIND = {"danger": "caution", "error": "caution", "hint": "tip", "attention": "warning"}


def words(children: Sequence[Token]) -> str:
    """Text and code as they are; of an image its description; of a short link what it shows."""
    parts = []
    for token in children:
        if token.type in ("text", "code_inline", "image"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type == "reference":
            reference: Reference = token.meta["reference"]
            parts.append(reference.shown or reference.key)
    return "".join(parts)


# --- how single things are written ------------------------------------------------------------


def _write_reference(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    reference: Reference = tokens[index].meta["reference"]
    target: Target | None = env["found"].get((reference.kind, reference.key))
    shown = reference.shown or reference.key
    if target is not None:
        return _lead_to(target, reference)
    kind = link_targets.get(reference.kind)
    if kind and kind.create and env["reader"] is not None:
        return format_html(
            '<a class="missing" href="{}" title="Nothing here yet: write it">{}</a>',
            kind.create(reference.key),
            shown,
        )
    return conditional_escape(shown)


def _lead_to(target: Target, reference: Reference) -> SafeString:
    """The link, under the words the writer chose or the present name of what it means."""
    shown = target.title
    if reference.shown:
        # A sign and the old name say no more than the name: @robert follows its host.
        shown = target.sign or reference.shown if _is_bare(reference) else reference.shown
    title = target.title if target.title != shown else ""
    if not title:
        return format_html('<a class="reference" href="{}">{}</a>', target.url, shown)
    return format_html('<a class="reference" href="{}" title="{}">{}</a>', target.url, title, shown)


def _is_bare(reference: Reference) -> bool:
    return reference.shown[1:] == reference.key and reference.shown[:1] in "@#"


def _write_link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    if _EXTERNAL.match(str(tokens[index].attrGet("href") or "")):
        tokens[index].attrSet("rel", "nofollow noopener")
    return renderer.renderToken(tokens, index, options, env)


def _write_image(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    """A picture of another house becomes a link: the page's policy would not load it."""
    source = str(tokens[index].attrGet("src") or "")
    if _EXTERNAL.match(source):
        shown = tokens[index].content or source
        return format_html('<a href="{}" rel="nofollow noopener">{}</a>', source, shown)
    return renderer.image(tokens, index, options, env)


def _write_code(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    """A block of code, its long lines in reach of the keyboard; mermaid is code like any other."""
    token = tokens[index]
    language = token.info.split(maxsplit=1)[0].lower() if token.info.strip() else ""
    painted = highlight(token.content, language) if language else None
    code = mark_safe(painted) if painted is not None else token.content  # noqa: S308 - Pygments
    return format_html('<pre class="code" tabindex="0"><code>{}</code></pre>\n', code)


def _write_item(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    """A point of a list; that of a task list begins with a box that says its state aloud."""
    opened = renderer.renderToken(tokens, index, options, env)
    if "checked" not in tokens[index].meta:
        return opened
    done = tokens[index].meta["checked"]
    state = ' checked=""' if done else ""
    label = "Done" if done else "To do"
    return f'{opened}<input type="checkbox" disabled=""{state} aria-label="{label}"> '


def _open_table(*_: Any) -> str:
    # A wide table scrolls in its own box, which the keyboard can reach.
    return '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>\n'


def _close_table(*_: Any) -> str:
    return "</table></div>\n"


def _close_heading(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    token = tokens[index]
    link = format_html(
        ' <a class="anchor" href="#{}" aria-label="Link to “{}”">#</a>',
        token.meta["anchor"],
        token.meta["words"],
    )
    return f"{link}</{token.tag}>\n"


# --- the outline, and the shape of notes ------------------------------------------------------


def _outline(state: StateCore) -> None:
    """Headings from the second level on (the page has the first), without gaps, with anchors.

    Readers who walk a page by its headings would miss a level that nobody wrote.  Anchors start
    with ``at-`` so that no heading can take the id of a part of the page.  Right-aligned cells
    are marked by class.
    """
    seen: dict[str, int] = {}
    above: list[str] = []
    anchor: dict[str, str] = {}
    for index, token in enumerate(state.tokens):
        if token.type == "heading_open":
            above = [*(tag for tag in above if tag < token.tag), token.tag]
            token.tag = f"h{min(len(above) + 1, 6)}"
            said = words(state.tokens[index + 1].children or []).strip()
            name = _unused(slugify(said) or "part", seen)
            token.attrSet("id", name)
            anchor = {"anchor": name, "words": said, "tag": token.tag}
        elif token.type == "heading_close":
            token.tag, token.meta = anchor["tag"], anchor
        elif token.attrs.pop("style", "") == "text-align:right":
            token.attrSet("class", "num")


def _unused(name: str, seen: dict[str, int]) -> str:
    seen[name] = seen.get(name, 0) + 1
    return f"at-{name}-{seen[name]}" if seen[name] > 1 else f"at-{name}"


def _notes(state: StateCore) -> None:
    """``> [!NOTE]`` and ``!!! note`` come out alike."""
    for token in state.tokens:
        if token.type in ("alert_open", "admonition_open"):
            said = str(token.meta.get("kind") or token.meta.get("tag") or "").lower()
            kind = _SAME_KIND.get(said, said)
            token.attrs = {"class": f"admonition {kind if kind in KINDS else 'note'}"}
        elif token.type in ("alert_title_open", "admonition_title_open"):
            token.attrs = {"class": "admonition-title"}


def _make() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False, "tasklists": True, "alerts": True})
    md.enable(["table", "strikethrough"])
    md.use(footnote_plugin).use(deflist_plugin).use(admon_plugin).use(references.plugin)
    md.core.ruler.push("outline", _outline)
    md.core.ruler.push("notes", _notes)
    for name, rule in {
        "reference": _write_reference,
        "link_open": _write_link,
        "image": _write_image,
        "fence": _write_code,
        "code_block": _write_code,
        "list_item_open": _write_item,
        "table_open": _open_table,
        "table_close": _close_table,
        "heading_close": _close_heading,
    }.items():
        md.add_render_rule(name, rule)
    for name in ("admonition_open", "admonition_close", "admonition_title_open",
                 "admonition_title_close"):  # fmt: skip
        md.add_render_rule(name, RendererHTML.renderToken)
    return md


md = _make()
