"""The short links of our Markdown, as an inline rule and as a list of what a text refers to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_HOST = re.compile(r"@([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_NUMBER = re.compile(r"#([0-9]{1,9})(?![\w-])")
_PAGE = re.compile(r"\[\[([^\[\]|\n]{1,200})(?:\|([^\[\]\n]{1,200}))?\]\]")
_KIND = re.compile(r"([a-z]{2,20}):(?!//)(.+)")
_BEFORE = re.compile(r"[\w@#&/.]")


@dataclass(frozen=True, slots=True)
class Reference:
    """What a short link names: ``kind`` host, incident, page …; ``key``; the words it shows."""

    kind: str
    key: str
    shown: str


def plugin(md: MarkdownIt) -> None:
    """Read short links into ``reference`` tokens and bare http addresses into links."""
    md.inline.ruler.before("link", "reference", _reference)
    md.inline.ruler.before("link", "bare_address", _bare_address)


def in_tokens(tokens: Iterable[Token]) -> list[Reference]:
    """Every reference of a parsed text, in order, repeats included."""
    found: list[Reference] = []
    for token in tokens:
        if token.type == "reference":
            found.append(token.meta["reference"])
        if token.children:
            found += in_tokens(token.children)
    return found


def alone(text: str) -> list[Reference] | None:
    """The references of a line that holds nothing else but commas; None where it does."""
    found: list[Reference] = []
    pos = 0
    while pos < len(text):
        if text[pos] in ", \t\r\n":
            pos += 1
            continue
        read = _read(text, pos, len(text))
        if read is None:
            return None
        found.append(read[0])
        pos += read[1]
    return found


def _reference(state: StateInline, silent: bool) -> bool:
    # A link inside a link is no HTML; a word before the sign makes it a mail address or the like.
    if state.linkLevel or (state.pos and _BEFORE.match(state.src[state.pos - 1])):
        return False
    read = _read(state.src, state.pos, state.posMax)
    if read is None:
        return False
    reference, length = read
    if not silent:
        token = state.push("reference", "a", 0)
        token.meta = {"reference": reference}
        token.content = reference.shown
    state.pos += length
    return True


def _read(src: str, pos: int, end: int) -> tuple[Reference, int] | None:
    sign = src[pos]
    if sign == "@" and (match := _HOST.match(src, pos, end)):
        return Reference("host", match[1], match[0]), len(match[0])
    if sign == "#" and (match := _NUMBER.match(src, pos, end)):
        return Reference("incident", match[1], match[0]), len(match[0])
    if sign == "[" and (match := _PAGE.match(src, pos, end)):
        kind, key = "page", match[1].strip()
        if named := _KIND.fullmatch(key):
            kind, key = named[1], named[2].strip()
        if key:
            return Reference(kind, key, (match[2] or "").strip()), len(match[0])
    return None


_SCHEME = re.compile(r"(?:^|\W)(https?)$", re.IGNORECASE)
_ADDRESS = re.compile(r"://[^\s<>\"'`\[\]{}|\\^]{1,2000}")


def _bare_address(state: StateInline, silent: bool) -> bool:
    """``https://…`` without brackets: the text before the colon is already pending."""
    if state.src[state.pos] != ":" or state.linkLevel or silent:
        return False
    rest = _ADDRESS.match(state.src, state.pos, state.posMax)
    # Only the end of what is pending: a long text would be searched again at every colon.
    scheme = _SCHEME.search(state.pending[-len(" https") :]) if rest else None
    if scheme is None or rest is None:
        return False
    tail = _without_closing(rest[0])
    address = state.md.normalizeLink(scheme[1] + tail)
    if len(tail) <= len("://") or not state.md.validateLink(address):
        return False
    state.pending = state.pending[: -len(scheme[1])]
    state.push("link_open", "a", 1).attrs = {"href": address}
    state.push("text", "", 0).content = scheme[1] + tail
    state.push("link_close", "a", -1)
    state.pos += len(tail)
    return True


def _without_closing(address: str) -> str:
    """Less the punctuation that ends the sentence or the bracket around it."""
    while address and (
        address[-1] in ".,;:!?*_~"
        or (address[-1] == ")" and address.count(")") > address.count("("))
    ):
        address = address[:-1]
    return address
