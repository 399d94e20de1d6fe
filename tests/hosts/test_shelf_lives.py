"""Shelf lives: what counts, who may set them, and that everything is asked again."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from rest_framework.test import APIClient

from incidents.hosts import shelf_lives
from incidents.hosts.models import ShelfLife
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from tests.conftest import api_as
from tests.support.factories import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=10)


def put(section: str = "", source: str = "", days: float = 3, **said: Any) -> ShelfLife:
    return shelf_lives.put(section, source, days, **({"by": None, "now": NOW} | said))


def test_where_nothing_is_set_the_environment_counts(settings: Any) -> None:
    settings.SHELF_LIFE_DAYS = 21
    assert shelf_lives.shelf_lives().days("os", "ansible") == 21


def test_the_most_exact_one_counts(django_assert_num_queries: Any) -> None:
    put("", "", 30)
    put("backups", "", 2)
    put("", "netbox", 90)
    put("backups", "borg", 8)
    with django_assert_num_queries(1):
        lives = shelf_lives.shelf_lives()
    asked = [("os", "ansible"), ("backups", "restic"), ("os", "netbox"), ("backups", "netbox")]
    assert [lives.days(*one) for one in [*asked, ("backups", "borg")]] == [30, 2, 90, 2, 8]


def test_what_was_set_then_still_counts_then() -> None:
    put("os", "", 3)
    put("os", "", 5, now=LATER)
    shelf_lives.take_back("os", "", by=None, now=LATER + timedelta(days=1))
    days = [
        shelf_lives.shelf_lives(at).days("os", "x")
        for at in (
            NOW - timedelta(days=1),
            NOW,
            LATER - timedelta(seconds=1),
            LATER,
            LATER + timedelta(days=1),
            None,
        )
    ]
    assert days == [14, 3, 3, 5, 14, 14]


def test_the_log_keeps_who_set_what(responder: User) -> None:
    put("os", "", 3, by=responder, because="nightly")
    put("os", "", 5, by=responder, now=LATER)
    told = [(one.days, one.because, one.ended_at, one.ended_by) for one in shelf_lives.log()]
    assert told == [(5, "", None, None), (3, "nightly", LATER, responder)]


def test_every_change_has_the_fleet_asked_again_and_the_same_again_has_not() -> None:
    put()
    put()
    assert OutboxRow.objects.filter(topic="shelf-lives").count() == 1
    assert shelf_lives.take_back("", "", by=None, now=LATER)
    assert not shelf_lives.take_back("", "", by=None, now=LATER)
    assert OutboxRow.objects.filter(topic="shelf-lives").count() == 2


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"section": "backup"}, "section", "Did you mean 'backups'?"),
        ({"source": "manual"}, "source", "does not age"),
        ({"days": 0}, "days", "Between an hour"),
        ({"days": 99999}, "days", "Between an hour"),
        ({"days": float("nan")}, "days", "Between an hour"),
    ],
)
def test_what_can_not_be_names_the_field(said: Any, field: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        put(**said)
    assert words in refused.value.message_dict[field][0]
    assert not ShelfLife.objects.exists()


def test_the_database_keeps_one_in_force() -> None:
    put("os")
    with pytest.raises(IntegrityError), transaction.atomic():
        ShelfLife.objects.create(section="os", source="", days=1, at=NOW)


# --- the page ---------------------------------------------------------------------------------

PAGE = "/settings/shelf-lives/"


def test_an_admin_sets_one_and_takes_it_back(browser_of: Any, keeper: User) -> None:
    client: Client = browser_of(keeper)
    answer = client.post(
        PAGE, {"section": "backups", "source": "", "days": "2", "because": "nightly"}
    )
    assert answer.status_code == 302
    shown = client.get(PAGE).content.decode()
    assert "<strong>2 days</strong> for <code>backups</code>" in shown
    client.post(PAGE, {"section": "backups", "source": "", "take_back": "yes"})
    assert not shelf_lives.in_force().exists()


def test_a_mistake_is_said_at_its_place(browser_of: Any, keeper: User) -> None:
    answer = browser_of(keeper).post(PAGE, {"section": "", "source": "manual", "days": "2"})
    assert answer.status_code == 422
    assert "does not age" in answer.content.decode()


def test_others_may_not(browser_of: Any, responder: User, viewer: User) -> None:
    for user in (responder, viewer):
        assert browser_of(user).get(PAGE).status_code == 403
        assert browser_of(user).post(PAGE, {"days": "2"}).status_code == 403


# --- the API ----------------------------------------------------------------------------------

DOOR = "/api/v1/shelf-lives/"


@pytest.fixture
def keeper_api(keeper: User) -> APIClient:
    return api_as(keeper)


def test_set_and_taken_back_by_tooling(keeper_api: APIClient) -> None:
    said = {"section": "backups", "source": "restic", "days": 1.5, "because": "nightly"}
    body = keeper_api.put(DOOR, said, format="json").json()
    assert body["default_days"] == 14
    (row,) = body["results"]
    assert {key: row[key] for key in said} == said
    assert keeper_api.put(DOOR, {"days": 20}, format="json").json()["default_days"] == 20
    left = keeper_api.delete(f"{DOOR}?section=backups&source=restic").json()["results"]
    assert [(one["section"], one["days"]) for one in left] == [("", 20.0)]


def test_a_problem_points_at_the_field(keeper_api: APIClient) -> None:
    answer = keeper_api.put(DOOR, {"section": "backup", "days": 1}, format="json")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/section"
    assert "Did you mean" in error["detail"]


def test_only_admins_write(api: APIClient) -> None:
    assert api.get(DOOR).json() == {"default_days": 14.0, "results": []}
    assert api.put(DOOR, {"days": 1}, format="json").status_code == 403
    assert api.delete(DOOR).status_code == 403
