"""Markdown to safe HTML and to plain text: the one door to the dialect and to the sanitiser.

Raw HTML is shown as the text it is, and what comes out passes the one sanitiser, so that no
caller ever has to think of it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from markdown_it.token import Token

from kb.accounts.models import User
from kb.wiki import links, references
from kb.wiki.clean import clean
from kb.wiki.dialect import md, words
from kb.wiki.references import Reference

MAX_TEXT = 100_000  # characters a person may save in one text


@dataclass(frozen=True, slots=True)
class Heading:
    """One line of a contents list: ``level`` is 2 for the highest of a text."""

    level: int
    anchor: str
    words: str


def render(text: str, user: User | None = None, *, home: str = "") -> SafeString:
    """Safe HTML of ``text``.  Short links lead where ``user`` may go; without a reader nowhere.

    ``home`` names the thing whose text it is (``page:12``): its links then mean what they meant
    when it was saved, whatever has been renamed since.
    """
    return render_many([text], user, home=home)[0]


def render_many(
    texts: Sequence[str], user: User | None = None, *, home: str = ""
) -> list[SafeString]:
    """The same for several texts of one page, their short links resolved together."""
    parsed = [_parse(text) for text in texts]
    wanted = [ref for tokens, _ in parsed for ref in references.in_tokens(tokens)]
    found = links.find(wanted, user, home=home) if user is not None and wanted else {}
    pages = []
    for tokens, env in parsed:
        env["found"], env["reader"] = found, user
        pages.append(clean(md.renderer.render(tokens, md.options, env)))
    return pages


def plain(text: str) -> str:
    """The words of ``text`` without its marks, for snippets, mail and the index."""
    tokens, _ = _parse(text)
    blocks = (words(token.children or []) if token.type == "inline" else token.content
              for token in tokens if token.type in ("inline", "fence", "code_block"))  # fmt: skip
    return "\n".join(block.strip() for block in blocks if block.strip())


def references_of(text: str) -> set[Reference]:
    """What a text links to by short links."""
    return set(references.in_tokens(_parse(text)[0]))


def contents(text: str) -> list[Heading]:
    """The headings of a text, in order, as its page names them."""
    tokens, _ = _parse(text)
    return [
        Heading(int(token.tag[1]), token.meta["anchor"], token.meta["words"])
        for token in tokens
        if token.type == "heading_close" and token.meta["words"]
    ]


def _parse(text: str) -> tuple[list[Token], dict[str, Any]]:
    # Several texts stand on one page: the digest keeps their footnotes apart.
    env: dict[str, Any] = {"docId": hashlib.sha256(text.encode()).hexdigest()[:8]}
    return md.parse(text, env), env
