"""Two records of one host, compared and merged by tooling."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from incidents.hosts.models import Host
from tests.hosts.reports import days_ago, tell
from tests.support.factories import make_host

pytestmark = pytest.mark.django_db
AT = "/api/v1/hosts/robert/merge/"


@pytest.fixture(autouse=True)
def two() -> None:
    tell("robert", os={"name": "Debian", "version": "12"}, at=days_ago(2))
    tell("robert-old", os={"name": "Debian", "version": "11"}, at=days_ago(20))
    Host.objects.filter(name="robert").update(role="web")
    Host.objects.filter(name="robert-old").update(role="database")


def test_compare_merge_and_part_again(api: APIClient) -> None:
    compared = api.get(f"{AT}?with=robert-old")
    said = compared.json()
    assert [(one["column"], one["kept"], one["lost"]) for one in said["choose"]] == [
        ("role", "web", "database")
    ]
    assert said["facts"] == [{"path": "os.version", "kept": "12", "lost": "11", "then": "12"}]
    body = {"with": "robert-old", "choose": {"role": "lost"}}
    answer = api.post(AT, body, format="json", headers={"If-Match": compared["ETag"]})
    assert answer.status_code == 201
    assert Host.objects.get(name="robert").role == "database"
    again = api.post(AT, body, format="json", headers={"If-Match": compared["ETag"]})
    assert (again.status_code, again.json()) == (200, answer.json())
    moved = api.get("/api/v1/hosts/robert-old/facts/?at=2026-11-22")
    assert (moved.status_code, moved["Location"]) == (
        302,
        "/api/v1/hosts/robert/facts/?at=2026-11-22",
    )
    done = api.get("/api/v1/merges/?host=robert").json()["results"]
    assert done == [answer.json()]
    undone = api.post(f"/api/v1/merges/{done[0]['id']}/undo/").json()
    assert undone["left"] == []
    assert api.get("/api/v1/hosts/robert-old/").json()["role"] == "database"


def test_a_write_to_the_old_name_is_sent_on_with_its_body(api: APIClient) -> None:
    api.post(AT, {"with": "robert-old"}, format="json", headers={"If-Match": "*"})
    answer = api.patch(
        "/api/v1/hosts/robert-old/", {"rack": "4"}, format="json", headers={"If-Match": "*"}
    )
    assert (answer.status_code, answer["Location"]) == (307, "/api/v1/hosts/robert/")
    told = api.put("/api/v1/hosts/robert-old/facts/", {"sections": {"clock": {}}}, format="json")
    assert (told.status_code, told.json()["host"]) == (200, "robert")


@pytest.mark.parametrize(
    ("body", "headers", "status", "pointer"),
    [
        ({"with": "robert-old"}, {}, 428, None),
        ({"with": "robert-old"}, {"If-Match": '"old"'}, 412, None),
        ({}, {"If-Match": "*"}, 400, "/with"),
        ({"with": "nobody"}, {"If-Match": "*"}, 422, "/with"),
        ({"with": "robert"}, {"If-Match": "*"}, 400, "/with"),
        ({"with": "robert-old", "choose": {"role": "x"}}, {"If-Match": "*"}, 400, "/choose/role/0"),
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(
    api: APIClient, body: Any, headers: Any, status: int, pointer: str | None
) -> None:
    answer = api.post(AT, body, format="json", headers=headers)
    assert answer.status_code == status, answer.content
    if pointer:
        assert answer.json()["errors"][0]["pointer"].startswith(pointer.removesuffix("/0"))
    assert Host.objects.count() == 2


def test_warnings_want_a_certain_answer(api: APIClient) -> None:
    Host.objects.filter(name="robert").update(serial="a")
    Host.objects.filter(name="robert-old").update(serial="b")
    answer = api.post(AT, {"with": "robert-old"}, format="json", headers={"If-Match": "*"})
    assert answer.json()["errors"][0]["pointer"] == "/certain"
    body = {"with": "robert-old", "certain": True}
    assert api.post(AT, body, format="json", headers={"If-Match": "*"}).status_code == 201


def test_a_viewer_reads_and_does_not_merge(viewer_api: APIClient) -> None:
    assert viewer_api.get(f"{AT}?with=robert-old").status_code == 200
    answer = viewer_api.post(AT, {"with": "robert-old"}, format="json", headers={"If-Match": "*"})
    assert answer.status_code == 403


def test_strangers_learn_no_names(api: APIClient) -> None:
    api.post(AT, {"with": "robert-old"}, format="json", headers={"If-Match": "*"})
    for address in ("/api/v1/hosts/robert-old/", "/api/v1/hosts/robert-old/nonsense/"):
        answer = APIClient().get(address)
        assert answer.status_code in (401, 404)
        assert "robert/" not in answer.get("Location", "")
    assert make_host("x").name == "x"
