"""The one sanitiser: what of our own HTML reaches a page, whatever people wrote."""

import nh3
from django.utils.safestring import SafeString, mark_safe
from pygments.token import STANDARD_TYPES

KINDS = ("note", "tip", "important", "warning", "caution")  # of admonitions

_TAGS = {
    "a", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h2", "h3", "h4", "h5",
    "h6", "hr", "img", "input", "li", "ol", "p", "pre", "s", "section", "span", "strong", "sup",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title", "rel", "id", "aria-label"},
    "div": {"tabindex", "role", "aria-label"},
    "img": {"src", "alt", "title"},
    "input": {"type", "disabled", "checked", "aria-label"},
    "li": {"id"},
    "ol": {"start"},
    "pre": {"tabindex"},
} | {f"h{level}": {"id"} for level in range(2, 7)}
_CLASSES = {
    "a": {"missing", "reference", "footnote-backref", "anchor"},
    "div": {"admonition", "wide", *KINDS},
    "li": {"task-list-item", "footnote-item"},
    "ol": {"footnotes-list"},
    "p": {"admonition-title"},
    "pre": {"code"},
    "section": {"footnotes"},
    "span": {name for name in STANDARD_TYPES.values() if name},
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
    link_rel=None,  # the dialect sets it, on links that leave the house
    clean_content_tags={"script", "style"},
)


def clean(html: str) -> SafeString:
    """Only the elements, attributes, classes and addresses named above."""
    return mark_safe(_cleaner.clean(html))  # noqa: S308 - this is the sanitiser
