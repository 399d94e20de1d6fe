"""Whatever people write: safe, whole HTML comes out, once, and no text takes the server down."""

from html.parser import HTMLParser

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.wiki import markdown
from kb.wiki.clean import _ATTRIBUTES, _CLASSES, _TAGS, clean

PIECES = [
    "<script>", "</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)",
    "data:text/html,x", "&#106;avascript:", "&lt;", "&#x3c;script&#x3e;", "\0", "\u202e", "[a](",
    ")", "![", "]", "[[", "]]", "|", "`", "```", "~~~", "\n", "\n\n", "> ", "- ", "- [ ] ",
    "1. ", "# ", "!!! ", "> [!NOTE]\n", "[^1]", "[^1]: ", ": ", "***", "_", "\\", "<", ">", '"',
    "'", " onclick=", "style=", "@robert", "#12", "https://", "//x.example", "|-|\n", "\t",
    "    ", "<a href=", "vbscript:", "java\nscript:", "<svg/onload=", "</div>", "<!--", "-->",
    "```html onload=x\n", "{", "}", "é", "💥", "mailto:x", "[x]: javascript:y\n",
    "<style>*{}</style>",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=40).map("".join)


class _Reader(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.bad.append(tag)
        for name, value in attrs:
            if name == "class":
                self.bad += [c for c in (value or "").split() if c not in _CLASSES.get(tag, ())]
            elif name not in _ATTRIBUTES.get(tag, ()):
                self.bad.append(f"{tag} {name}")
            if name in ("href", "src") and _acts(value or ""):
                self.bad.append(value or "")


def _acts(address: str) -> bool:
    """Whether a browser would do anything but fetch it or write a mail."""
    scheme, colon, _ = "".join(c for c in address.lower() if c > " ").partition(":")
    is_scheme = bool(colon) and not set("/?#") & set(scheme)
    return is_scheme and scheme not in ("http", "https", "mailto")


def complaints(html: str) -> list[str]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.bad


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_no_text_makes_markup_that_acts(text: str) -> None:
    html = markdown.render(text)
    assert complaints(html) == []
    # A browser's own way of reading finds nothing more, and cleaning again changes nothing.
    read = html5lib.parseFragment(html)
    assert {part.tag.rpartition("}")[2] for part in read.iter("*")} <= _TAGS | {"DOCUMENT_FRAGMENT"}
    assert clean(html) == html


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_words_and_links_can_be_read_from_any_text(text: str) -> None:
    markdown.plain(text)
    markdown.references_of(text)
    markdown.contents(text)


HUGE = {
    "brackets": "[" * 100_000,
    "quotes": ">" * 100_000,
    "nested lists": "".join(f"{'  ' * n}- a\n" for n in range(440)),
    "stars": "***a **b*" * 10_000,
    "links": "[a](" * 25_000,
    "pictures": "![" * 50_000,
    "tasks": "- [ ] a\n" * 12_000,
    "references": "[[a]] @b #1 " * 8_000,
    "footnotes": "".join(f"[^{n}]: a\n\n" for n in range(8_000)),
    "entities": "&#x" * 33_000,
    "code": "```python\n" + "x=(((1+2)))\n" * 8_000 + "```",
    "table": "|a" * 25_000 + "\n" + "|-" * 25_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE.keys())
def test_the_largest_text_of_every_shape_comes_out(text: str) -> None:
    """Each takes seconds; a rule that is quadratic takes minutes (a task list once did)."""
    assert complaints(markdown.render(text[: markdown.MAX_TEXT])) == []
