"""Incidents that resemble one, and why; a lesson that is being learned again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from incidents.learning.similar import draft_of, relearned, similar
from incidents.records.factors import load_factors
from incidents.records.models import Factor, Incident, IncidentLink
from kb.accounts.models import User
from tests.support.factories import NOW, make_host, make_incident, make_lesson

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def made(title: str, days: int, factors: tuple[str, ...] = (), **fields: Any) -> Incident:
    incident = make_incident(title, started_at=NOW - days * DAY, **fields)
    incident.factors.set(Factor.objects.filter(slug__in=factors))
    return incident


@pytest.fixture
def past(db: None, responder: User) -> dict[str, Incident]:
    load_factors()
    david, web = make_host("david"), make_host("web")
    raid = make_lesson("RAID is no backup", slug="raid")
    return {
        "twin": made("The controller of david died", 300, ("hardware",), hosts=[david],
                     lessons=[raid]),
        "words": made("A controller died and took the array", 200),
        "factor": made("Fans stood still", 100, ("hardware",)),
        "other": made("A certificate ran out", 50, ("knowledge",), hosts=[web]),
        "secret": made("Controller died quietly", 20, hosts=[david], lessons=[raid],
                       visibility="restricted", author=responder),
    }  # fmt: skip


def test_the_most_alike_come_first_and_say_why(
    past: dict[str, Incident], viewer: User, responder: User
) -> None:
    now = made("The controller died again", 0, ("hardware",), hosts=[make_host("robert")])
    now.host_links.create(host=past["twin"].host_links.get().host)
    now.lessons.set(past["twin"].lessons.all())
    found = similar(draft_of(now), viewer)
    assert [one.incident for one in found] == [past["twin"], past["words"]]
    first = found[0]
    assert (first.hosts, first.factors, first.lessons) == (["david"], ["hardware"], ["raid"])
    assert first.words == ["controller", "died"]
    assert first.kind == "repeat-of"
    assert past["secret"] in [one.incident for one in similar(draft_of(now), responder)]


def test_it_suggests_a_link_once(
    past: dict[str, Incident], browser_of: Any, responder: User
) -> None:
    now = made("The controller of david died", 0, lessons=list(past["twin"].lessons.all()))
    browser: Client = browser_of(responder)
    page = browser.get(f"/incidents/{now.pk}/").content.decode()
    assert "Repeat of it" in page
    sent = {"other": past["twin"].pk, "kind": "repeat-of"}
    browser.post(f"/incidents/{now.pk}/links/", sent)
    assert IncidentLink.objects.get().to_incident == past["twin"]
    assert similar(draft_of(now), responder)[0].kind == ""


def test_what_followed_within_a_day_on_the_same_host_is_a_consequence(
    past: dict[str, Incident], viewer: User
) -> None:
    host = make_host("mail")
    first = made("The switch restarted", 1, hosts=[host])
    after = make_incident("Mail stood still", started_at=NOW - DAY / 2, hosts=[host])
    found = {one.incident: one.kind for one in similar(draft_of(after), viewer)}
    assert found[first] == "consequence-of"


def test_a_lesson_that_an_earlier_incident_taught_is_being_learned_again(
    past: dict[str, Incident], browser_of: Any, viewer: User, responder: User
) -> None:
    raid = make_lesson("Other", slug="other")
    now = made("Gone again", 0, lessons=[raid, *past["twin"].lessons.all()])
    told = relearned(now, viewer)
    assert [(one.slug, one.earlier) for one in told] == [("raid", [past["twin"]])]
    assert relearned(past["twin"], viewer) == []  # it was the first
    page = browser_of(viewer).get(f"/incidents/{now.pk}/").content.decode()
    assert "Learned again:" in page
    assert "quietly" not in page
    assert [one.earlier for one in relearned(now, responder)] == [[past["secret"], past["twin"]]]


def test_while_writing_similar_ones_come_up_and_nothing_is_stored(
    past: dict[str, Incident], browser_of: Any, viewer: User, responder: User
) -> None:
    browser: Client = browser_of(viewer)
    sent = {"title": "controller died", "hosts_affected": "david, nobody", "factors": "x"}
    page = browser.post("/incidents/similar/", sent).content.decode()
    assert "The controller of david died" in page
    assert "quietly" not in page
    assert browser.post("/incidents/similar/", {"title": "x"}).content.decode().strip() == ""
    without = browser.post(f"/incidents/similar/?except={past['twin'].pk}", sent)
    assert "of david died" not in without.content.decode()
    assert Incident.objects.count() == 5
    form = browser_of(responder).get("/incidents/new/").content.decode()
    assert 'hx-post="/incidents/similar/"' in form


def test_the_api_says_the_same(past: dict[str, Incident], viewer_api: APIClient) -> None:
    now = made("The controller died", 0, lessons=list(past["twin"].lessons.all()))
    told = viewer_api.get(f"/api/v1/incidents/{now.pk}/similar/").json()
    assert told["similar"][0]["incident"] == past["twin"].pk
    assert told["similar"][0]["suggests"] == "repeat-of"
    assert told["learned_again"] == [{"lesson": "raid", "earlier": [past["twin"].pk]}]
    assert viewer_api.get(f"/api/v1/incidents/{past['secret'].pk}/similar/").status_code == 404


def test_the_same_questions_for_any_number_of_incidents(
    past: dict[str, Incident], viewer: User, django_assert_num_queries: Any
) -> None:
    Incident.objects.bulk_create(Incident(title=f"The controller died {n}") for n in range(60))
    draft = draft_of(Incident.objects.get(pk=past["twin"].pk))
    with django_assert_num_queries(5):  # incidents, hosts, factors, lessons, links
        assert similar(draft, viewer)
