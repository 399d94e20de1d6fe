"""Markdown comes out as safe HTML, whatever goes in."""

import pytest

from kb.wiki import markdown
from kb.wiki.models import Page
from tests.support.factories import make_user

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java&#10;script:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "<javascript:alert(1)>",
    "![a](javascript:alert(1))",
    '![a" onerror="alert(1)](x)',
    '[a](x "t\\" onclick=\\"alert(1)")',
    '[[x" onclick="alert(1)|y]]',
    "[[page|<script>alert(1)</script>]]",
    "```html onload=alert(1)\n<script>alert(1)</script>\n```",
    "<a href='x' style='position:fixed'>a</a>",
    "[ref]\n\n[ref]: javascript:alert(1)",
    'https://x/"onmouseover=alert(1)',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "[^1]\n\n[^1]: <iframe src=javascript:alert(1)></iframe>",
    "# <b onclick=alert(1)>x</b>",
]


@pytest.mark.django_db
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_survives_as_markup(text: str) -> None:
    html = markdown.render(text, make_user())
    tags = _tags(html)
    assert not {"script", "style", "iframe", "svg", "b"} & {name for name, _ in tags}
    for _, attributes in tags:
        for name, value in attributes:
            assert not name.startswith("on")
            assert name != "style"
            scheme = "".join((value or "").split()).lower()
            assert not (name in ("href", "src") and scheme.startswith(("javascript:", "data:")))


def _tags(html: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    from html.parser import HTMLParser

    found: list[tuple[str, list[tuple[str, str | None]]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, attrs))

    Reader().feed(html)
    return found


def test_raw_html_is_shown_as_the_text_it_is() -> None:
    assert markdown.render("<b>x</b>") == "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"


def test_headings_begin_at_the_second_level_have_no_gaps_and_anchors_of_their_own() -> None:
    html = markdown.render("# Main\n\n## Main\n\n###### Deep")
    heading = (
        '<h{0} id="{1}">{2} <a class="anchor" href="#{1}" aria-label="Link to “{2}”">#</a></h{0}>'
    )
    lines = ((2, "at-main", "Main"), (3, "at-main-2", "Main"), (4, "at-deep", "Deep"))
    assert html == "".join(f"{heading.format(*line)}\n" for line in lines)
    assert [one.level for one in markdown.contents("## A\n#### B\n### C\n# D\n## E")] == [
        2, 3, 3, 2, 3,
    ]  # fmt: skip


def test_the_contents_list_names_every_heading_as_the_page_does() -> None:
    found = markdown.contents("# A `b`\n\n## [[x|C]]\n\n#\n\n# A b")
    assert [(one.level, one.anchor, one.words) for one in found] == [
        (2, "at-a-b", "A b"), (3, "at-c", "C"), (2, "at-a-b-2", "A b"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ("> [!WARNING]\n> Not now.", "warning", "Warning"),
        ("!!! tip\n    Not now.", "tip", "Tip"),
        ('!!! danger "Hot"\n    Not now.', "caution", "Hot"),
        ('!!! x" onclick="y\n    Not now.', "note", None),
    ],
)
def test_notes_are_written_in_two_ways_and_look_alike(
    text: str, kind: str, title: str | None
) -> None:
    html = markdown.render(text)
    assert f'<div class="admonition {kind}">' in html
    if title:
        assert f'<p class="admonition-title">{title}</p>' in html
    assert "<p>Not now.</p>" in html
    assert "onclick=" not in html.replace('onclick="y</p>', "")


def test_code_is_painted_by_class_and_what_is_unknown_or_long_stays_plain() -> None:
    html = markdown.render("```sh\necho '<b>' # now\n```")
    assert '<pre class="code" tabindex="0"><code><span class="nb">echo</span>' in html
    assert "&lt;b&gt;" in html
    for language, code in (("mermaid", "graph TD"), ("klingon", "a<b"), ("yaml", "a: b\n" * 9000)):
        plain = markdown.render(f"```{language}\n{code}\n```")
        assert "<span" not in plain
        assert plain.startswith('<pre class="code" tabindex="0"><code>')


def test_a_task_says_aloud_whether_it_is_done() -> None:
    html = markdown.render("- [x] a\n- [ ] b\n  - [X] c")
    assert html.count('aria-label="Done"') == 2
    assert html.count('aria-label="To do"') == 1
    assert html.count("disabled") == 3


def test_links_out_of_the_house_say_so_and_links_inside_do_not() -> None:
    html = markdown.render("[a](https://example.org) [b](/hosts/) <https://example.org/x>")
    assert html.count('rel="nofollow noopener"') == 2
    assert '<a href="/hosts/">b</a>' in html


def test_a_bare_address_becomes_a_link_without_the_full_stop() -> None:
    html = markdown.render("See https://example.org/a_b_(c). Then (http://x.example.net/y).")
    assert 'href="https://example.org/a_b_(c)"' in html
    assert 'href="http://x.example.net/y"' in html
    assert html.endswith(").</p>\n")


def test_a_picture_from_elsewhere_is_a_link_and_ours_is_a_picture() -> None:
    html = markdown.render("![rack](/static/rack.png) ![far](//example.org/x.png)")
    assert '<img src="/static/rack.png" alt="rack">' in html
    assert '<a href="//example.org/x.png" rel="nofollow noopener">far</a>' in html


def test_tables_tasks_footnotes_and_definitions() -> None:
    html = markdown.render(
        "| a | n |\n|---|--:|\n| x | 1 |\n\n- [x] done\n- [ ] open\n\nWord[^1]\n\n[^1]: Note\n\n"
        "Term\n: What it means\n"
    )
    assert '<td class="num">1</td>' in html
    assert html.count('type="checkbox"') == 2
    assert "<dt>Term</dt>" in html
    assert 'class="footnote-ref"' in html
    assert "style=" not in html


def test_footnotes_of_two_texts_on_one_page_stay_apart() -> None:
    first, second = markdown.render_many(["a[^1]\n\n[^1]: one", "b[^1]\n\n[^1]: two"])
    ids = [part.split('"')[0] for html in (first, second) for part in html.split('id="')[1:]]
    assert len(ids) == len(set(ids)) == 4


def test_plain_text_is_the_words_without_marks() -> None:
    text = (
        "# Title\n\nSome **bold** [link](https://x.example) and `code`, @robert\nand [[a|b]].\n\n"
        "```\nx = 1\n```"
    )
    assert markdown.plain(text) == "Title\nSome bold link and code, @robert and b.\nx = 1"


@pytest.mark.django_db
def test_short_links_lead_to_pages_and_missing_ones_to_a_filled_in_form() -> None:
    Page.objects.create(slug="swap-the-pair", title="Swap the pair")
    html = markdown.render("[[Swap the pair]], [[swap-the-pair|so]], [[Not there]]", make_user())
    assert '<a class="reference" href="/pages/swap-the-pair/">Swap the pair</a>' in html
    assert '<a class="reference" href="/pages/swap-the-pair/" title="Swap the pair">so</a>' in html
    assert '<a class="missing" href="/pages/new/?title=Not+there"' in html


def test_without_a_reader_short_links_are_words() -> None:
    assert markdown.render("[[x]] @robert #12") == "<p>x @robert #12</p>\n"


@pytest.mark.django_db
def test_a_mail_address_a_code_span_and_a_link_text_hold_no_short_links() -> None:
    text = "ops@robert.example.net `#12` [#12](/x/) C#12 &#35;12 #12a /#12"
    assert markdown.references_of(text) == set()


@pytest.mark.django_db
def test_all_short_links_of_a_kind_cost_one_query(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    user = make_user()
    with django_assert_num_queries(2):  # pages, and what bore such a name once
        markdown.render_many(["[[a]] [[b]]", "[[c]]"], user)
