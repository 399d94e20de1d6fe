"""Markdown to safe HTML and to plain text: CommonMark, tables, task lists, footnotes, definitions.

Raw HTML is shown as the text it is, and what comes out passes the one sanitiser here, so that no
caller ever has to think of it.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import nh3
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from kb.accounts.models import User
from kb.wiki import references
from kb.wiki.links import LinkKind, Target, link_targets
from kb.wiki.references import Reference

MAX_TEXT = 100_000  # characters a person may save in one text

_TAGS = {
    "a", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h2", "h3", "h4", "h5", "h6",
    "hr", "img", "input", "li", "ol", "p", "pre", "s", "section", "strong", "sup", "table", "tbody",
    "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title", "rel", "id"},
    "img": {"src", "alt", "title"},
    "input": {"type", "disabled", "checked"},
    "li": {"id"},
    "ol": {"start"},
} | {f"h{level}": {"id"} for level in range(2, 7)}
_CLASSES = {
    "a": {"missing", "reference", "footnote-backref"},
    "li": {"task-list-item", "footnote-item"},
    "ol": {"footnotes-list"},
    "section": {"footnotes"},
    "sup": {"footnote-ref"},
    "td": {"num"},
    "th": {"num"},
    "ul": {"contains-task-list"},
}
_cleaner = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    allowed_classes=_CLASSES,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,  # set below, on links that leave the house
    clean_content_tags={"script", "style"},
)
_EXTERNAL = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_Found = Mapping[tuple[str, str], Target]


def render(text: str, user: User | None = None) -> SafeString:
    """Safe HTML of ``text``.  Short links lead where ``user`` may go; without a reader nowhere."""
    return render_many([text], user)[0]


def render_many(texts: Sequence[str], user: User | None = None) -> list[SafeString]:
    """The same for several texts of one page, their short links resolved together."""
    parsed = [_parse(text) for text in texts]
    wanted = [ref for tokens, _ in parsed for ref in references.in_tokens(tokens)]
    found = _resolve(wanted, user) if user is not None and wanted else {}
    pages = []
    for tokens, env in parsed:
        env["found"], env["reader"] = found, user
        pages.append(_clean(_md.renderer.render(tokens, _md.options, env)))
    return pages


def plain(text: str) -> str:
    """The words of ``text`` without its marks, for snippets, mail and the index."""
    tokens, _ = _parse(text)
    blocks = (_words(token.children or []) if token.type == "inline" else token.content
              for token in tokens if token.type in ("inline", "fence", "code_block"))  # fmt: skip
    return "\n".join(block.strip() for block in blocks if block.strip())


def references_of(text: str) -> set[Reference]:
    """What a text links to by short links."""
    return set(references.in_tokens(_parse(text)[0]))


def _parse(text: str) -> tuple[list[Token], dict[str, Any]]:
    # Several texts stand on one page: the digest keeps their footnotes apart.
    env: dict[str, Any] = {"docId": hashlib.sha256(text.encode()).hexdigest()[:8]}
    return _md.parse(text, env), env


def _clean(html: str) -> SafeString:
    return mark_safe(_cleaner.clean(html))  # noqa: S308 - this is the sanitiser


def _resolve(wanted: Iterable[Reference], user: User) -> _Found:
    keys: dict[str, set[str]] = {}
    for reference in wanted:
        keys.setdefault(reference.kind, set()).add(reference.key)
    found: dict[tuple[str, str], Target] = {}
    for kind, names in keys.items():
        if handler := link_targets.get(kind):
            targets = handler.resolve(sorted(names), user)
            found |= {(kind, key): target for key, target in targets.items()}
    return found


def _words(children: Sequence[Token]) -> str:
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
    if target is not None:
        shown = reference.shown or target.title
        title = target.title if target.title != shown else ""
        return (
            format_html(
                '<a class="reference" href="{}" title="{}">{}</a>', target.url, title, shown
            )
            if title
            else format_html('<a class="reference" href="{}">{}</a>', target.url, shown)
        )
    shown = reference.shown or reference.key
    kind: LinkKind | None = link_targets.get(reference.kind)
    reader: User | None = env["reader"]
    if kind and kind.create and reader is not None:
        return format_html(
            '<a class="missing" href="{}" title="Nothing here yet: write it">{}</a>',
            kind.create(reference.key),
            shown,
        )
    return conditional_escape(shown)


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


def _outline(state: StateCore) -> None:
    """Headings one level down (the page has the first) with anchors; right-aligned cells by class.

    Anchors start with ``at-`` so that no heading can take the id of a part of the page.
    """
    seen: dict[str, int] = {}
    for index, token in enumerate(state.tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        if token.type == "heading_open":
            name = slugify(_words(state.tokens[index + 1].children or [])) or "part"
            seen[name] = seen.get(name, 0) + 1
            again = f"-{seen[name]}" if seen[name] > 1 else ""
            token.attrSet("id", f"at-{name}{again}")
        elif token.attrs.pop("style", "") == "text-align:right":
            token.attrSet("class", "num")


def _make() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    md.use(tasklists_plugin).use(footnote_plugin).use(deflist_plugin).use(references.plugin)
    md.core.ruler.push("outline", _outline)
    md.add_render_rule("reference", _write_reference)
    md.add_render_rule("link_open", _write_link)
    md.add_render_rule("image", _write_image)
    return md


_md = _make()
