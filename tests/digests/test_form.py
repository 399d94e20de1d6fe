"""The form of a mail: small, dark or light, in the reader's language, the same in text and HTML."""

import re
from datetime import date, timedelta

import html5lib
import pytest

from incidents.digests import mail
from incidents.digests.content import Cite, Content, DatedItem, FlagItem
from incidents.digests.models import Digest, Subscription
from incidents.digests.plot import draw


def item(number: int) -> FlagItem:
    return FlagItem(
        flag=number,
        host=f"a-host-with-a-rather-long-name-{number:03d}.prod.example.net",
        pattern="p",
        title="A pattern whose title says at some length what is wrong <with> & the host",
        severity=("critical", "high", "medium", "low")[number % 4],
        sentence="Ω " + "what was seen on it, in a sentence that will not end " * 5,
        path=f"/flags/{number}/",
        host_path="/hosts/x/",
        do="what is to be done about it, step by step, and then some more " * 4,
        cites=[Cite("lesson", "A lesson with a long title", "/lessons/x/"),
               Cite("incident", "#12 The night of the controller", "/incidents/12/", incident=12)],
    )  # fmt: skip


def dated(number: int) -> DatedItem:
    return DatedItem(f"a-host-{number}: a title of some length", "/x/", "2026-11-20", "why " * 60)


def content(**fields: object) -> Content:
    base: dict[str, object] = {
        "week": "2026-W47", "week_number": 47, "first_day": "2026-11-16",
        "last_day": "2026-11-22", "hosts": 10_000,
    }  # fmt: skip
    return Content(**(base | fields))  # type: ignore[arg-type]


FLAGS = ("newly", "worse", "recovered", "passed", "milder")
DATED = ("waivers", "accepted", "closed", "overdue", "incidents", "lessons", "lessons_due",
         "on_this_day")  # fmt: skip


def full() -> Content:
    """Five hundred changes, and as much of everything else as is ever frozen."""
    days = [str(date(2026, 5, 31) + timedelta(days=7 * n)) for n in range(26)]
    counts = dict.fromkeys(FLAGS, 100) | dict.fromkeys(DATED, 40)
    return content(
        **{name: [item(n) for n in range(20)] for name in FLAGS},
        **{name: [dated(n) for n in range(20)] for name in DATED},
        counts=counts,
        open_now={"critical": 120, "high": 90, "medium": 80, "low": 70},
        plot_days=days,
        plot={s: [n * k for n in range(26)] for k, s in enumerate(("critical", "high", "low"), 1)},
    )


def test_five_hundred_changes_stay_under_a_hundred_kilobytes() -> None:
    letter = mail.write(full(), unsubscribe="https://kb.example.net/x/")
    digest = Digest(subscription=Subscription(), recipient="r@example.net", message_id="<1@x>")
    sent = mail.envelope(digest, letter, sender="").message().as_bytes()
    assert len(sent) < 100_000
    for said in (letter.text, letter.html):
        assert re.search(r"and (\d)\d more", said)
    html5lib.HTMLParser(strict=True).parse(letter.html)


def test_text_and_html_name_the_same_things() -> None:
    letter = mail.write(full())
    words = re.sub(r"<[^>]+>", " ", letter.html)
    for section in (*mail.FLAGS, *mail.BEFORE_UNSEEN, *mail.AFTER_UNSEEN):
        title = section[1].replace("'", "&#x27;")
        assert section[1].upper() in letter.text
        assert title in words
    links = set(re.findall(r"http://localhost:8000/(?:flags|lessons|incidents)/\w+/", letter.html))
    assert links
    assert {link for link in links if link not in letter.text} == set()


def test_styles_are_in_the_elements_and_the_dark_ones_where_they_work() -> None:
    html = mail.write(full()).html
    assert re.search(r'<table[^>]*class="sheet"[^>]*>', html)
    assert re.search(r"<td[^>]*padding:14px 20px", html)
    assert "prefers-color-scheme" in html
    assert html.index("prefers-color-scheme") < html.index("<body")
    assert '<meta name="color-scheme" content="light dark">' in html


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en-gb", "16 Nov 2026 – 22 Nov 2026"),
        ("de", "16. November 2026 – 22. November 2026"),
        ("fr", "16 novembre 2026 – 22 novembre 2026"),
        ("ja", "2026年11月16日 – 2026年11月22日"),
        ("en", "Nov. 16, 2026 – Nov. 22, 2026"),
    ],
)
def test_days_are_named_in_the_readers_language(language: str, said: str) -> None:
    letter = mail.write(content(), language=language)
    assert said in letter.text
    assert said in letter.html


# --- the plot ---------------------------------------------------------------------------------


def test_the_plot_says_in_words_what_it_shows() -> None:
    some = content(plot_days=["2026-11-08", "2026-11-15", "2026-11-22"],
                   plot={"critical": [0, 2, 1], "high": [0, 2, 0], "low": [0, 0, 0]})  # fmt: skip
    shown = draw(some, str)
    assert shown is not None
    assert shown["line"] == "·█▃"
    assert shown["said"] == "0 open flags at first, 4 at the most, 1 at the end."
    assert [len(column) for column in shown["columns"]] == [0] * 24 + [2, 1]
    assert sum(height for height, _ in shown["columns"][-2]) == 56
    html = mail.write(some).html
    (table,) = re.findall(r'<table[^>]*role="img"[^>]*>', html)
    assert 'aria-label="Open flags over 3 weeks: 0 open flags at first' in table


def test_one_week_or_none_is_no_plot() -> None:
    assert draw(content(), str) is None
    assert draw(content(plot_days=["2026-11-22"], plot={"high": [3]}), str) is None
    assert draw(content(plot_days=["a", "b"], plot={"high": [0, 0]}), str) is None
