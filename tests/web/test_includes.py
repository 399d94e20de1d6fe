"""The pieces that pages are put together from."""

from typing import Any

from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory


def piece(name: str, path: str = "/", **context: Any) -> str:
    html = render_to_string(f"web/{name}.html", context, request=RequestFactory().get(path))
    return " ".join(html.split())


def test_an_empty_list_says_what_to_do_next() -> None:
    assert piece("_empty", title="No incidents yet", text="Start.", url="/new/", do="New") == (
        '<div class="empty"> <strong>No incidents yet</strong> <p>Start.</p> '
        '<div class="actions"><a class="button" href="/new/">New</a></div> </div>'
    )


def test_a_pager_keeps_the_filter() -> None:
    html = piece(
        "_pager", "/?os=debian&page=2", page=Paginator(range(60), 25).page(2), noun="hosts"
    )
    assert "26–50 of 60 hosts" in html
    assert 'rel="prev" href="?os=debian&amp;page=1"' in html
    assert 'rel="next" href="?os=debian&amp;page=3"' in html


def test_a_single_page_needs_no_pager() -> None:
    assert piece("_pager", page=Paginator(range(3), 25).page(1)) == ""


def test_evidence_names_value_source_and_age() -> None:
    html = piece(
        "_evidence",
        evidence=[{"path": "backups", "value": [], "source": "restic", "age_days": 0}],
        missing=["storage.raids"],
    )
    assert html == (
        '<dl class="evidence"> <dt>backups</dt><dd title="[]">none</dd> '
        '<dd class="from">restic, today</dd> '
        '<dt>storage.raids</dt><dd class="absent">nobody reported it</dd>'
        '<dd class="from"></dd> </dl>'
    )


def test_rows_show_what_each_has() -> None:
    row = {"severity": "high", "title": "<mail>", "url": "/h/", "side": "Tue", "why": "Old."}
    assert piece("_rows", rows=[row]) == (
        '<ul class="rows "> <li><span class="tag high">high</span> '
        '<div class="what"><a href="/h/">&lt;mail&gt;</a></div> <span class="side">Tue</span> '
        '<div class="why">Old.</div> </li> </ul>'
    )


def test_rows_without_any_say_so() -> None:
    assert "Nothing new" in piece("_rows", rows=[], empty="Nothing new")


def test_progress_is_a_bar_that_asks_again_while_there_is_an_address() -> None:
    html = piece("_progress", title="Sweep", done=5, total=20, words="5 of 20", poll="/p/")
    assert 'data-poll="/p/"' in html
    assert '<progress value="5" max="20" aria-label="Sweep">5 of 20</progress>' in html
    assert "data-poll" not in piece("_progress", title="Sweep", done=20, total=20, words="done")
