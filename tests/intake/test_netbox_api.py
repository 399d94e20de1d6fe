"""``/api/v1/netbox/``: each pull, and what became of each object, as the page shows it."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from incidents.intake.models import Pull, PulledObject
from tests.conftest import api_as
from tests.support.factories import NOW, make_host, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def ask(api: APIClient, address: str, **said: str) -> list[dict[str, Any]]:
    answer = api.get(f"/api/v1/netbox/{address}/", said)
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def pulled(key: str, name: str, **said: Any) -> PulledObject:
    return PulledObject.objects.create(key=key, name=name, **{"seen_at": NOW} | said)


@pytest.fixture
def three() -> Pull:
    """A machine that came in, a device that was refused, and one that is gone."""
    pull = Pull.objects.create(
        started_at=NOW, alive_at=NOW, finished_at=NOW + HOUR, step=3, rows=3, changed=1, refused=1
    )
    pulled("vm:1", "vm-1", host=make_host("vm-1"), result="new host", pull=pull)
    pulled("device:8", "(no name)", ok=False, result="/name: The device has no name.", pull=pull)
    pulled("device:9", "old-1", result="NetBox no longer lists it.", gone_at=NOW)
    return pull


def test_the_pulls_stand_newest_first_with_how_they_went(api: APIClient, three: Pull) -> None:
    failed = Pull.objects.create(started_at=NOW, alive_at=NOW, step=1, error="No answer.")
    running = Pull.objects.create(started_at=NOW, alive_at=NOW, step=2, rows=7)
    found = ask(api, "pulls")
    assert [(one["id"], one["state"], one["at"]) for one in found] == [
        (running.pk, "running", "virtualization/virtual-machines"),
        (failed.pk, "failed", "dcim/devices"),
        (three.pk, "finished", None),
    ]
    one = api.get(f"/api/v1/netbox/pulls/{three.pk}/").json()
    assert (one["rows"], one["changed"], one["refused"], one["error"]) == (3, 1, 1, "")


@pytest.mark.usefixtures("three")
def test_each_object_says_what_became_of_it_refusals_first(api: APIClient) -> None:
    refused, gone, came = ask(api, "objects")
    assert (refused["ok"], refused["result"]) == (False, "/name: The device has no name.")
    assert (gone["name"], gone["pull"], gone["host"]) == ("old-1", None, None)
    assert (came["key"], came["host"], came["result"]) == ("vm:1", "vm-1", "new host")
    assert api.get(f"/api/v1/netbox/objects/{came['id']}/").json() == came


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"ok": "false"}, ["(no name)"]),
        ({"gone": "true"}, ["old-1"]),
        ({"gone": "false"}, ["(no name)", "vm-1"]),
        ({"kind": "device"}, ["(no name)", "old-1"]),
        ({"host": "vm-1"}, ["vm-1"]),
    ],
)
def test_they_can_be_picked(api: APIClient, said: dict[str, str], names: list[str]) -> None:
    assert [one["name"] for one in ask(api, "objects", **said)] == names


def test_the_kinds_are_named_to_whoever_asks_for_another(api: APIClient) -> None:
    answer = api.get("/api/v1/netbox/objects/?kind=rack")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/kind"


@pytest.mark.usefixtures("three")
def test_many_objects_take_as_many_questions_as_one(
    api: APIClient, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        pulled(f"vm:1{number}", f"box-{number}", host=make_host(f"box-{number}"))
    with django_assert_max_num_queries(3):
        ask(api, "objects")


@pytest.mark.usefixtures("three")
def test_only_who_is_signed_in_may_look_and_nobody_writes() -> None:
    assert APIClient().get("/api/v1/netbox/pulls/").status_code == 401
    reader = api_as(make_user())
    assert reader.get("/api/v1/netbox/pulls/").status_code == 200
    assert reader.post("/api/v1/netbox/pulls/").status_code in (403, 405)
