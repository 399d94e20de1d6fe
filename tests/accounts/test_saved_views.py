"""Saved views: the filters of a page under a name, for oneself or for everybody."""

from typing import Any

import pytest
from django.test import Client

from kb.accounts import saved_views
from kb.accounts.models import SavedView, User

pytestmark = pytest.mark.django_db


def keep(client: Client, **said: str) -> Any:
    whole = {"page": "flags", "name": "Mine", "query": "severity=high", "next": "/flags/"} | said
    return client.post("/settings/views/save/", whole, follow=True)


@pytest.fixture
def page(client: Client, responder: User) -> Client:
    client.force_login(responder)
    return client


def test_a_view_is_kept_and_stands_above_the_table(page: Client) -> None:
    keep(page, query="severity=high&page=3&state=open")
    view = SavedView.objects.get()
    assert (view.page, view.name, view.query) == ("flags", "Mine", "severity=high&state=open")
    assert 'href="/flags/?severity=high&amp;state=open"' in page.get("/flags/").content.decode()
    here = page.get("/flags/?state=open&severity=high").content.decode()
    assert '<strong class="chip" aria-current="page">Mine</strong>' in here
    assert "Mine" not in page.get("/hosts/").content.decode()


def test_the_same_name_again_is_the_same_view(page: Client) -> None:
    keep(page)
    keep(page, query="severity=low")
    assert SavedView.objects.get().query == "severity=low"


def test_only_what_is_shared_is_seen_by_others(page: Client, responder: User, viewer: User) -> None:
    keep(page, name="Mine")
    keep(page, name="Ours", shared="on")
    assert [one.name for one in saved_views.visible_to(viewer)] == ["Ours"]


def test_only_its_owner_or_an_admin_removes_a_view(
    client: Client, responder: User, viewer: User, keeper: User
) -> None:
    view = saved_views.save(responder, "flags", "Ours", "", shared=True)
    for user, left in ((viewer, 1), (keeper, 0)):
        client.force_login(user)
        client.post(f"/settings/views/{view.pk}/remove/", {"next": "/flags/"})
        assert SavedView.objects.count() == left


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": " "}, "Give the view a name"),
        ({"page": "nowhere"}, "Views are kept for"),
        ({"name": "x" * 81}, "At most 80"),
        ({"query": "host=" + "x" * 2000}, "too long"),
    ],
)
def test_what_is_wrong_is_said(page: Client, said: dict[str, str], words: str) -> None:
    answer = keep(page, **said)
    assert words in " ".join(str(one) for one in answer.context["messages"])
    assert SavedView.objects.count() == 0


def test_by_api(api: Any, viewer_api: Any) -> None:
    body = {"page": "hosts", "name": "Ours", "query": "site=lon", "shared": True}
    made = api.post("/api/v1/saved-views/", body, format="json")
    assert made.status_code == 201
    (seen,) = viewer_api.get("/api/v1/saved-views/?page=hosts").json()["results"]
    assert (seen["name"], seen["query"], seen["by"]) == ("Ours", "site=lon", "ruth")
    assert viewer_api.delete(f"/api/v1/saved-views/{seen['id']}/").status_code == 404
    assert api.delete(f"/api/v1/saved-views/{seen['id']}/").status_code == 204
    bad = api.post("/api/v1/saved-views/", {"page": "x", "name": "y"}, format="json")
    assert bad.json()["errors"][0]["pointer"] == "/page"
