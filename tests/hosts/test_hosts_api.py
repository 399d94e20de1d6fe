"""``/api/v1/hosts/`` and the register beside it, for tooling."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from incidents.hosts import register
from incidents.hosts.models import (
    FactHistory,
    Host,
    HostStatus,
    RedundancyGroup,
    Service,
    Site,
    Upkeep,
)
from tests.hosts.reports import days_ago, tell
from tests.support.factories import make_group, make_host, make_service, make_site, make_team

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def pointers(answer: Any) -> set[str]:
    assert answer["Content-Type"] == "application/problem+json"
    return {error["pointer"] for error in answer.json()["errors"]}


def test_a_host_is_made_with_its_relations_by_name(api: APIClient) -> None:
    make_site("London"), make_team("Platform"), make_host("outer")
    sent = {
        "name": "robert", "kind": "chroot", "parent": "outer", "site": "london",
        "owner": "platform", "role": "web", "tags": ["odd"], "important": None, "stateful": True,
    }  # fmt: skip
    answer = api.post(f"{V1}/hosts/", sent, format="json")
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert {name: said[name] for name in sent} == sent
    assert (said["revision"], said["services"], said["groups"], said["status"]) == (
        1, [], [], "active",
    )  # fmt: skip
    again = api.get(f"{V1}/hosts/robert/")
    assert (again.json(), again["ETag"]) == (said, answer["ETag"])
    assert FactHistory.objects.filter(host__name="robert", section="inventory").count() == 1


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"name": "robert"}, "/name"),
        ({"name": "two words"}, "/name"),
        ({"name": "new"}, "/name"),
        ({}, "/name"),
        ({"name": "x", "site": "nowhere"}, "/site"),
        ({"name": "x", "parent": "nobody"}, "/parent"),
        ({"name": "x", "kind": "toaster"}, "/kind"),
        ({"name": "x", "tags": "odd"}, "/tags"),
        ({"name": "x", "important": "perhaps"}, "/important"),
    ],
)
def test_what_is_wrong_is_pointed_at_and_nothing_is_stored(
    api: APIClient, sent: dict[str, Any], pointer: str
) -> None:
    make_host("robert")
    answer = api.post(f"{V1}/hosts/", sent, format="json")
    assert answer.status_code == 400
    assert pointers(answer) == {pointer}
    assert list(Host.objects.values_list("name", flat=True)) == ["robert"]
    assert not FactHistory.objects.exists()


def test_a_change_needs_the_state_it_is_based_on(api: APIClient) -> None:
    make_host("robert", role="web")
    there = f"{V1}/hosts/robert/"
    assert api.patch(there, {"role": "mail"}, format="json").status_code == 428
    tag = api.get(there)["ETag"]
    done = api.patch(there, {"role": "mail"}, format="json", HTTP_IF_MATCH=tag)
    assert (done.status_code, done.json()["role"], done.json()["revision"]) == (200, "mail", 2)
    late = api.patch(there, {"role": "database"}, format="json", HTTP_IF_MATCH=tag)
    assert (late.status_code, late.json()["current"]["role"]) == (412, "mail")
    forced = api.patch(there, {"role": "database"}, format="json", HTTP_IF_MATCH="*")
    assert forced.json()["role"] == "database"


def test_a_change_that_cannot_be_changes_nothing(api: APIClient) -> None:
    outer = make_host("outer")
    make_host("inner", parent=outer)
    answer = api.patch(f"{V1}/hosts/outer/", {"parent": "inner"}, format="json", HTTP_IF_MATCH="*")
    assert (answer.status_code, pointers(answer)) == (400, {"/parent"})
    assert Host.objects.get(name="outer").parent is None


def test_a_host_retired_by_tooling_knows_since_when(api: APIClient) -> None:
    make_host("robert")
    for status in ("retired", "active"):
        api.patch(f"{V1}/hosts/robert/", {"status": status}, format="json", HTTP_IF_MATCH="*")
        host = Host.objects.get()
        assert (host.retired_at is not None) == (host.status == HostStatus.RETIRED)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["gone", "robert", "vm-1"]),
        ("?site=london", ["robert"]),
        ("?owner=platform", ["robert"]),
        ("?tag=odd", ["robert"]),
        ("?kind=virtual", ["vm-1"]),
        ("?role=mail", ["vm-1"]),
        ("?environment=production", ["robert"]),
        ("?status=retired", ["gone"]),
        ("?service=shop", ["robert"]),
        ("?group=pair", ["robert"]),
        ("?os=debian+13", ["vm-1"]),
        ("?q=rob", ["robert"]),
        ("?ordering=-name", ["vm-1", "robert", "gone"]),
    ],
)
def test_filters_are_named_as_in_the_search(api: APIClient, query: str, found: list[str]) -> None:
    robert = make_host(
        "robert", site=make_site("London"), owner=make_team("Platform"), tags=["odd"],
        environment="production",
    )  # fmt: skip
    make_host("vm-1", kind="virtual", role="mail", facts={"os": {"name": "Debian", "major": "13"}})
    make_host("gone", status="retired")
    make_service("Shop", slug="shop", hosts=(robert,))
    make_group("Pair", slug="pair", members=(robert,))
    assert names(api.get(f"{V1}/hosts/{query}")) == found


def test_a_filter_that_cannot_be_is_an_error(api: APIClient) -> None:
    answer = api.get(f"{V1}/hosts/?kind=toaster")
    assert (answer.status_code, pointers(answer)) == (400, {"/kind"})


def test_pages_follow_one_another_and_fields_can_be_trimmed(api: APIClient) -> None:
    for number in range(5):
        make_host(f"web-{number}")
    first = api.get(f"{V1}/hosts/?limit=2&fields=name")
    assert first.json()["results"] == [{"name": "web-0"}, {"name": "web-1"}]
    assert names(api.get(first.json()["next"])) == ["web-2", "web-3"]


def test_unchanged_is_not_sent_again(api: APIClient) -> None:
    make_host("robert")
    tag = api.get(f"{V1}/hosts/robert/")["ETag"]
    assert api.get(f"{V1}/hosts/robert/", HTTP_IF_NONE_MATCH=tag).status_code == 304


def test_history_gives_what_changed_newest_first(api: APIClient) -> None:
    tell(os={"name": "Gentoo"}, at=days_ago(20))
    tell(os={"name": "Debian"}, at=days_ago(10))
    said = api.get(f"{V1}/hosts/robert/history/?section=os").json()
    assert (said["host"], said["total"]) == ("robert", 2)
    newest, first = said["results"]
    assert {"path": "os.name", "old": "Gentoo", "new": "Debian"} in newest["changes"]
    assert (first["first"], first["source"], first["changes"]) == (True, "ansible", [])
    assert api.get(f"{V1}/hosts/nobody/history/").status_code == 404


REGISTER: list[tuple[str, Any, dict[str, Any]]] = [
    ("sites", Site, {"name": "London centre", "address": "Docklands"}),
    ("services", Service, {"name": "Big system", "hosts": ["robert"], "needs_hosts": 1}),
    ("groups", RedundancyGroup, {"name": "The pair", "members": ["robert"], "kind": "cluster"}),
]
each = pytest.mark.parametrize(("room", "model", "sent"), REGISTER)


@each
def test_the_register_is_written_by_slug(
    api: APIClient, room: str, model: Any, sent: dict[str, Any]
) -> None:
    make_host("robert")
    made = api.post(f"{V1}/{room}/", sent, format="json")
    assert made.status_code == 201, made.content
    assert {name: made.json()[name] for name in sent} == sent
    slug = made.json()["slug"]
    assert slug == sent["name"].lower().replace(" ", "-")
    there = f"{V1}/{room}/{slug}/"
    done = api.patch(there, {"name": "Other"}, format="json", HTTP_IF_MATCH=made["ETag"])
    assert (done.status_code, done.json()["name"], done.json()["slug"]) == (200, "Other", slug)
    assert names(api.get(f"{V1}/{room}/")) == ["Other"]
    twice = api.post(f"{V1}/{room}/", sent | {"slug": slug}, format="json")
    assert (twice.status_code, pointers(twice)) == (400, {"/slug"})
    assert model.objects.count() == 1


@each
def test_viewers_and_strangers_change_nothing(
    viewer_api: APIClient, room: str, model: Any, sent: dict[str, Any]
) -> None:
    make_host("robert")
    assert viewer_api.post(f"{V1}/{room}/", sent, format="json").status_code == 403
    assert APIClient().get(f"{V1}/{room}/").status_code == 401
    assert not model.objects.exists()


def test_hosts_that_are_not_there_are_named(api: APIClient) -> None:
    answer = api.post(f"{V1}/services/", {"name": "Shop", "hosts": ["nobody"]}, format="json")
    assert answer.status_code == 400
    assert "nobody" in answer.json()["errors"][0]["detail"]
    assert not Service.objects.exists()


def test_upkeep_is_one_line_of_curl(api: APIClient) -> None:
    make_host("robert")
    sent = {"host": "robert", "kind": "restore_test", "happened_at": "2026-01-02T10:00:00Z"}
    for _ in range(2):
        answer = api.post(f"{V1}/upkeep/", sent, format="json")
        assert answer.status_code == 201, answer.content
    assert (answer.json()["by"], answer.json()["result"]) == ("ruth", "ok")
    assert Upkeep.objects.count() == 1
    assert len(api.get(f"{V1}/upkeep/?host=robert&kind=restore_test").json()["results"]) == 1
    assert api.get(f"{V1}/upkeep/?host=david").json()["results"] == []


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"kind": "restore_test"}, ""),
        ({"kind": "restore_test", "host": "robert", "site": "london"}, ""),
        ({"kind": "prayer", "host": "robert"}, "/kind"),
        ({"kind": "upgrade", "host": "nobody"}, "/host"),
        (
            {"kind": "upgrade", "host": "robert", "happened_at": "2999-01-01T00:00:00Z"},
            "/happened_at",
        ),
    ],
)
def test_upkeep_that_cannot_be_is_refused(
    api: APIClient, sent: dict[str, Any], pointer: str
) -> None:
    make_host("robert")
    make_site("London")
    answer = api.post(f"{V1}/upkeep/", sent, format="json")
    assert (answer.status_code, pointers(answer)) == (400, {pointer})
    assert not Upkeep.objects.exists()


def test_two_who_make_the_same_host_at_once_make_one(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_host("robert")
    monkeypatch.setattr(Host, "full_clean", lambda *args, **kwargs: None)  # both had looked before
    monkeypatch.setattr("incidents.hosts.api.HostSerializer.validate_name", lambda self, name: name)
    answer = api.post(f"{V1}/hosts/", {"name": "robert"}, format="json")
    assert (answer.status_code, pointers(answer)) == (400, {"/name"})
    assert Host.objects.count() == 1


def test_the_list_costs_the_same_for_many_hosts(
    api: APIClient, django_assert_num_queries: Callable[[int], Any]
) -> None:
    site, team = make_site("London"), make_team("Platform")
    for _ in range(20):
        host = make_host(site=site, owner=team, parent=make_host())
        make_service(hosts=(host,))
        make_group(members=(host,))
    api.get(f"{V1}/hosts/")  # a token's last use is kept once in a while
    with django_assert_num_queries(4):
        api.get(f"{V1}/hosts/")


def test_a_host_that_was_renamed_answers_at_its_new_name(api: APIClient) -> None:
    host = make_host("old-name")
    register.save(host, expected=1, by=None, changes={"name": "new-name"})
    old = api.get(f"{V1}/hosts/old-name/?fields=name")
    assert (old.status_code, old.url) == (302, f"{V1}/hosts/new-name/?fields=name")
    assert api.get(f"{V1}/hosts/new-name/").json()["name"] == "new-name"
