"""Setting overrides on a page and by tooling: who may, what is refused, what is shown."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from incidents.patterns import overriding
from incidents.patterns.models import Pattern, ThresholdOverride
from tests.conftest import api_as
from tests.patterns.test_overrides import SPEC
from tests.support.factories import NOW, make_host, make_pattern

pytestmark = pytest.mark.django_db

PAGE = "/patterns/too-full/overrides/"
DOOR = "/api/v1/patterns/too-full/overrides/"
SAID = {
    "threshold": "limit_pct", "value": 80, "scope": "environment", "scope_value": "production",
    "because": "the array grows",
}  # fmt: skip


@pytest.fixture
def too_full() -> Pattern:
    return make_pattern("too-full", spec=SPEC)


@pytest.fixture
def page(browser_of: Any, responder: Any, too_full: Pattern) -> Client:
    client: Client = browser_of(responder)
    return client


def test_set_on_the_page_shown_beside_the_pattern_and_taken_back(
    page: Client, responder: Any
) -> None:
    make_host(environment="production")
    answer = page.post(PAGE, SAID | {"value": "80", "priority": "0"})
    assert answer.status_code == 302
    row = ThresholdOverride.objects.get()
    assert (row.value, row.by) == (80, responder)
    for address in (PAGE, "/patterns/too-full/"):
        shown = page.get(address).content.decode()
        assert "<strong>80</strong> for environment <code>production</code>" in shown
        assert "1 host" in shown
    page.post(f"{PAGE}{row.pk}/end/")
    page.post(f"{PAGE}{row.pk}/end/")
    shown = page.get(PAGE).content.decode()
    assert "<strong>80</strong>" not in shown
    assert f"by {responder.username}" in shown


@pytest.mark.parametrize(
    ("threshold", "typed", "value"),
    [
        ("limit_pct", "7.5", 7.5),
        ("word", "archive", "archive"),
        ("word", '"80"', "80"),
        ("strict", "true", True),
        ("names", '["a", "b"]', ["a", "b"]),
    ],
)
def test_values_as_people_type_them(page: Client, threshold: str, typed: str, value: Any) -> None:
    page.post(PAGE, SAID | {"threshold": threshold, "value": typed})
    assert ThresholdOverride.objects.get().value == value


def test_a_mistake_keeps_what_was_typed(page: Client) -> None:
    answer = page.post(PAGE, SAID | {"value": "many", "scope": "tag", "scope_value": "db"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "is a number, such as 90; this is a text" in shown
    assert 'value="many"' in shown
    assert not ThresholdOverride.objects.exists()


def test_what_is_no_longer_used_is_said(page: Client, too_full: Pattern) -> None:
    overriding.put(too_full, "word", "y", scope="everywhere", because="so", by=None, now=NOW)
    too_full.versions.create(number=2, spec={**SPEC, "thresholds": {"limit_pct": 90}})
    Pattern.objects.update(version=2)
    shown = page.get(PAGE).content.decode()
    assert "no longer used" in shown
    assert "no such threshold now" in shown


def test_a_viewer_only_reads(browser_of: Any, viewer: Any, too_full: Pattern) -> None:
    client = browser_of(viewer)
    assert client.get(PAGE).status_code == 200
    assert (
        "<form"
        not in client.get(PAGE).content.decode().split('id="overrides"')[1].split("</section>")[0]
    )
    assert client.post(PAGE, SAID).status_code == 403
    assert not ThresholdOverride.objects.exists()


def test_a_shipped_pattern_is_for_admins(library: None, api: APIClient, keeper: Any) -> None:
    at = "/api/v1/patterns/raid-only-no-backup/overrides/"
    said = SAID | {"threshold": "max_backup_age_days", "value": 2}
    assert api.post(at, said, format="json").status_code == 403
    assert api_as(keeper).post(at, said, format="json").status_code == 201


def test_by_tooling(api: APIClient, too_full: Pattern) -> None:
    answer = api.post(DOOR, SAID, format="json")
    assert answer.status_code == 201
    made = answer.json()
    assert {key: made[key] for key in SAID} == SAID
    body = api.get(DOOR).json()
    assert body["thresholds"] == SPEC["thresholds"]
    assert body["results"] == [{**made, "used": True, "hosts": 0}]
    assert api.delete(f"{DOOR}{made['id']}/").status_code == 204
    assert api.delete(f"{DOOR}{made['id']}/").status_code == 204
    assert api.get(DOOR).json()["results"] == []
    assert api.delete(f"{DOOR}999999/").status_code == 404


@pytest.mark.parametrize(
    ("said", "pointer", "words"),
    [
        ({"threshold": "limit_pc"}, "/threshold", "did you mean `limit_pct`?"),
        ({"value": "80"}, "/value", "is a number"),
        ({"value": None}, "/value", ""),
        ({"scope": "host"}, "/scope", "host"),
        ({"because": ""}, "/because", ""),
        ({"scope_value": ""}, "/scope_value", "Name the environment."),
        ({"scope": "tag", "priority": -1}, "/priority", ""),
    ],
)
def test_a_problem_points_at_its_field(
    api: APIClient, too_full: Pattern, said: dict[str, Any], pointer: str, words: str
) -> None:
    answer = api.post(DOOR, SAID | said, format="json")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"]
    assert not ThresholdOverride.objects.exists()


def test_the_page_costs_the_same_for_many(
    page: Client, too_full: Pattern, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        overriding.put(
            too_full, "limit_pct", number, scope="environment", scope_value=f"e{number}",
            because="b", by=None, now=NOW,
        )  # fmt: skip
    with django_assert_max_num_queries(24):
        page.get(PAGE)
