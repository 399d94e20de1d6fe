"""The template tags that every page uses."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def render(source: str, path: str = "/", **context: Any) -> str:
    context = {"now": NOW, "request": RequestFactory().get(path), **context}
    return Template("{% load web %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ('{% severity_tag "critical" %}', '<span class="tag critical">critical</span>'),
        ('{% severity_tag "High" %}', '<span class="tag high">high</span>'),
        ('{% severity_tag "high" "no way up" %}', '<span class="tag high">no way up</span>'),
        ('{% severity_tag "odd" %}', '<span class="tag plain">odd</span>'),
        ('{% verdict_tag "match" %}', '<span class="tag match">match</span>'),
        ('{% verdict_tag "not applicable" %}', '<span class="tag na">not applicable</span>'),
        ('{% verdict_tag "not_applicable" %}', '<span class="tag na">not applicable</span>'),
        ('{% verdict_tag "never heard of" %}', '<span class="tag unknown">never heard of</span>'),
        ('{% state_tag "open" %}', '<span class="tag is-open">open</span>'),
        ('{% state_tag "late" "6 days late" %}', '<span class="tag is-late">6 days late</span>'),
    ],
)
def test_a_tag_is_a_word_and_a_shape(source: str, html: str) -> None:
    assert render(source) == html


def test_words_in_a_tag_are_escaped() -> None:
    html = render("{% severity_tag word word %}", word='"><script>')
    assert html == '<span class="tag plain">&quot;&gt;&lt;script&gt;</span>'


def test_ago_says_how_long_and_keeps_the_exact_time() -> None:
    assert render("{% ago at %}", at=NOW - timedelta(hours=2)) == (
        '<time datetime="2026-11-23T07:00:00Z" title="2026-11-23 07:00 UTC">2 hours ago</time>'
    )
    assert render("{% ago at %}", at=None) == '<span class="quiet">never</span>'
    assert render('{% ago at none="not yet" %}', at=None) == '<span class="quiet">not yet</span>'


def test_when_gives_a_time_the_browser_can_turn() -> None:
    assert render("{% when at %}", at=NOW) == (
        '<time datetime="2026-11-23T09:00:00Z" data-local>23 Nov 2026 09:00 UTC</time>'
    )
    assert render("{% when at %}", at=date(2026, 11, 2)) == (
        '<time datetime="2026-11-02">2 Nov 2026</time>'
    )
    assert render("{% when at %}", at=None) == '<span class="quiet">–</span>'


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{% age_days at %}", "41 days"),
        ("{{ zero|days }}", "today"),
        ("{{ one|days }}", "1 day"),
        ("{{ ahead|days }}", "in 3 days"),
        ("{{ nothing|days }}", ""),
        ("{{ span|duration }}", "1 h 5 min"),
        ("{{ nothing|duration }}", ""),
        ("{{ empty|plain }}", "none"),
        ("{{ nothing|day }}", ""),
    ],
)
def test_numbers_in_words(source: str, said: str) -> None:
    at = NOW - timedelta(days=41, hours=3)
    span = timedelta(minutes=65)
    context: dict[str, Any] = {
        "at": at,
        "zero": 0,
        "one": 1,
        "ahead": -3,
        "span": span,
        "empty": [],
    }
    assert render(source, nothing=None, **context) == said


@pytest.mark.parametrize(
    ("path", "source", "query"),
    [
        ("/?os=debian&page=3", "{% query_with page=4 %}", "?os=debian&amp;page=4"),
        ("/?os=debian&page=3", '{% query_with severity="high" %}', "?os=debian&amp;severity=high"),
        ("/?os=debian&cursor=x", "{% query_with os=None %}", "?"),
        ("/?tag=a&tag=b", '{% query_with os="x y" %}', "?tag=a&amp;tag=b&amp;os=x+y"),
    ],
)
def test_a_filter_changes_one_thing_and_goes_back_to_the_first_page(
    path: str, source: str, query: str
) -> None:
    assert render(source.replace(" %}", " as q %}{{ q }}"), path) == query


def test_a_heading_sorts_and_then_turns_round() -> None:
    source = '{% sort_th "name" "Host" %}'
    assert render(source, "/?os=x") == (
        '<th scope="col"><a href="?os=x&amp;ordering=name">Host</a></th>'
    )
    assert render(source, "/?ordering=name") == (
        '<th scope="col" aria-sort="ascending"><a href="?ordering=-name">Host</a></th>'
    )
    assert render(source, "/?ordering=-name") == (
        '<th scope="col" aria-sort="descending"><a href="?ordering=name">Host</a></th>'
    )


@pytest.mark.parametrize(
    ("path", "current"),
    [("/look/", ' aria-current="page"'), ("/look/x", ' aria-current="true"'), ("/", "")],
)
def test_a_place_knows_whether_one_is_there(path: str, current: str) -> None:
    assert render('{% nav_link "web:look" "Look" "g k" %}', path) == (
        f'<a href="/look/"{current} data-key="g k" data-key-label="Look">Look</a>'
    )


def test_a_place_without_an_address_is_left_out() -> None:
    assert render('{% nav_link "nowhere:list" "Nowhere" %}') == ""


class Form(forms.Form):
    title = forms.CharField(help_text="One line.")
    notes = forms.CharField(required=False)
    agreed = forms.BooleanField(required=False)


def test_a_field_ties_help_and_error_to_the_input() -> None:
    html = render("{% field form.title %}", form=Form({"title": ""}))
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'id="id_title_helptext">One line.' in html
    assert 'id="id_title_error"><p>This field is required.</p>' in html
    assert 'aria-invalid="true"' in html
    assert "optional" not in html


def test_a_field_says_when_it_is_optional() -> None:
    assert '<span class="optional">optional</span>' in render("{% field form.notes %}", form=Form())


def test_a_form_counts_its_mistakes_and_leads_to_each() -> None:
    form = Form({"title": ""})
    form.add_error(None, "The end lies before the start.")
    html = render('{% include "web/_form.html" %}', form=form)
    assert "2 things need mending" in html
    assert "<li>The end lies before the start.</li>" in html
    assert '<li><a href="#id_title">Title</a>: This field is required.</li>' in html


def test_a_form_without_mistakes_shows_none() -> None:
    html = render('{% include "web/_form.html" with submit="Keep" cancel="/x/" %}', form=Form())
    assert "mistakes" not in html
    assert '<button class="button first">Keep</button>' in html
    assert '<a class="button" href="/x/">Cancel</a>' in html
