"""Wherever a verdict is shown, ``unknown`` is called unknown, and nothing else is called clear."""

import re
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from incidents.hosts.models import Host
from incidents.patterns.models import HostVerdicts, Pattern
from kb.web.templatetags.web import VERDICTS, verdict_tag
from tests.support.factories import make_host

pytestmark = pytest.mark.django_db

CLEAR = re.compile(r'class="tag clear"')
PLACES = [
    "/hosts/robert/",
    "/hosts/robert/checks/",
    "/hosts/",
    "/hosts/?q=robert",
    "/flags/",
    "/",
    "/patterns/os-eol/",
    "/patterns/os-eol/?verdict=unknown",
    "/patterns/os-eol/?verdict=clear",
]


@pytest.fixture
def robert(library: None, judge: Any) -> Host:
    """A host of which nobody ever reported anything, and only such patterns as cannot tell."""
    host = make_host("robert")
    judge(host)
    told = HostVerdicts.objects.get(host=host).verdicts
    known = [slug for slug, said in told.items() if said["state"] != "unknown"]
    Pattern.objects.filter(slug__in=known).update(enabled=False)
    judge(host)
    return host


@pytest.fixture
def page(browser_of: Any, viewer: Any) -> Client:
    client: Client = browser_of(viewer)
    return client


def test_the_host_is_unknown_everywhere(robert: Host) -> None:
    states = {said["state"] for said in HostVerdicts.objects.get(host=robert).verdicts.values()}
    assert states == {"unknown"}


@pytest.mark.parametrize("place", PLACES)
def test_no_page_calls_it_clear(robert: Host, page: Client, place: str) -> None:
    answer = page.get(place)
    assert answer.status_code == 200
    shown = answer.content.decode()
    if place.startswith("/patterns/"):  # its examples are no verdicts on hosts
        shown = shown[shown.index('id="hosts"') :]
        shown = shown[: shown.index("</section>")]
    assert not CLEAR.search(shown), place


def test_the_panel_has_it_among_the_unknown(robert: Host, page: Client) -> None:
    shown = page.get("/hosts/robert/").content.decode()
    checks = shown[shown.index('id="checks"') :]
    count = Pattern.objects.filter(enabled=True).count()
    assert f"unknown {count}</a>" in checks
    assert '<span class="chip">clear 0</span>' in checks
    assert '<span class="chip">needs eyes 0</span>' in checks
    assert checks.count('class="tag unknown"') == count


@pytest.mark.parametrize("at", ["", "?at=2999-01-01"])
def test_the_verdicts_of_the_api(robert: Host, api: Any, at: str) -> None:
    answer = api.get(f"/api/v1/hosts/robert/verdicts/{at}")
    if at:
        assert answer.status_code == 400
        return
    body = answer.json()
    assert {row["verdict"] for row in body["results"]} == {"unknown"}
    assert body["counts"]["clear"] == 0
    assert all(row["missing"] and row["how_to_supply"] for row in body["results"])


def test_the_counts_of_the_api(robert: Host, api: Any) -> None:
    for body in (
        api.get("/api/v1/coverage/").json()["patterns"],
        {row["slug"]: row["verdicts"] for row in api.get("/api/v1/patterns/").json()["results"]},
    ):
        assert {state for states in body.values() for state in states} <= {"unknown"}


@pytest.mark.parametrize("word", [*VERDICTS, "nonsense", "", "None"])
def test_only_clear_looks_clear(word: str) -> None:
    assert ('class="tag clear"' in verdict_tag(word)) is (word == "clear")


def test_no_evidence_row_of_a_missing_path_shows_a_value() -> None:
    shown = render_to_string("web/_evidence.html", {"evidence": [], "missing": ["backups"]})
    assert "nobody reported it" in shown
