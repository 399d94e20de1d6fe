"""Runbooks, kits, spares, access and advisories: their pages, their calls, their rules."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from incidents.hosts.models import Host
from incidents.hosts.provisions import Advisory, Kit, Runbook, SiteAccess, Spare
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from kb.wiki import revisions
from tests.support.factories import make_host, make_service, make_site, make_token, make_user

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db

#: What it is, where its pages are, its call, and what to send: the least, and a change.
LISTS: list[tuple[type[Any], str, str, dict[str, Any], dict[str, Any]]] = [
    (
        Runbook, "/services/mail/runbooks/", "runbooks",
        {"title": "Bring it back", "kind": "restore", "where": "/pages/back/"},
        {"where": "The red folder"},
    ),
    (
        Kit, "/sites/london/kits/", "kits",
        {"name": "Crate", "items": "Crash cart\nTwo PS/2 keyboards"}, {"items": "A torch"},
    ),
    (
        Spare, "/sites/london/spares/", "spares",
        {"part": "drive", "model": "VO0480", "count": 2}, {"count": 1},
    ),
    (
        SiteAccess, "/sites/london/access/", "access",
        {"name": "The night porter", "hours": "any time"}, {"hours": "at night"},
    ),
    (
        Advisory, "/advisories/", "advisories",
        {"what": "drive", "model": "VO*", "fixed_in": "HPG8", "deadline_hours": 32768},
        {"note": "See the maker's page"},
    ),
]  # fmt: skip
each = pytest.mark.parametrize(("model", "at", "call", "sent", "changed"), LISTS)


@pytest.fixture(autouse=True)
def things() -> None:
    make_service("Mail", hosts=(make_host("robert"),))
    make_host("david", site=make_site("London"))


def home(at: str) -> str:
    return at if at == "/advisories/" else "/".join(at.split("/")[:3]) + "/"


def shown(made: Any) -> str:
    return str(made.model if isinstance(made, Advisory) else made)


def below(at: str, call: str, sent: dict[str, Any]) -> dict[str, Any]:
    """The same for the API, where the thing is named and not in the address."""
    of = {"runbooks": {"service": "mail"}, "advisories": {}}.get(call, {"site": "london"})
    return {**sent, **of}


@each
def test_an_entry_is_added_shown_changed_and_kept_in_its_history(
    browser_of: Browser, responder: User, model: Any, at: str, call: str,
    sent: dict[str, Any], changed: dict[str, Any],
) -> None:  # fmt: skip
    browser = browser_of(responder)
    assert "yet" in browser.get(home(at)).content.decode()
    assert f"{at}new/" in browser.get(home(at)).content.decode()
    assert browser.get(f"{at}new/").status_code == 200
    assert browser.post(f"{at}new/", sent)["Location"].startswith(home(at))
    made = model.objects.get()
    assert {name: getattr(made, name) for name in sent} == sent
    assert shown(made) in browser.get(home(at)).content.decode()
    edit = f"{at}{made.pk}/edit/"
    assert str(made) in browser.get(edit).content.decode()
    answer = browser.post(edit, sent | changed | {"revision": "1"})
    assert answer["Location"].startswith(home(at))
    made.refresh_from_db()
    assert {name: getattr(made, name) for name in changed} == changed
    assert made.revision == 2
    assert browser.get(f"{at}{made.pk}/history/").status_code == 200


@each
def test_two_who_save_at_once_lose_nothing(
    browser_of: Browser, responder: User, model: Any, at: str, call: str,
    sent: dict[str, Any], changed: dict[str, Any],
) -> None:  # fmt: skip
    browser = browser_of(responder)
    browser.post(f"{at}new/", sent)
    made = model.objects.get()
    browser.post(f"{at}{made.pk}/edit/", sent | changed | {"revision": "1"})
    (name,) = changed
    mine = {name: 7 if name == "count" else "Mine"}
    answer = browser.post(f"{at}{made.pk}/edit/", sent | mine | {"revision": "1"})
    assert answer.status_code == 409
    assert str(mine[name]) in answer.content.decode()
    made.refresh_from_db()
    assert getattr(made, name) == changed[name]


@each
def test_what_is_taken_off_the_list_can_be_brought_back(
    browser_of: Browser, responder: User, model: Any, at: str, call: str,
    sent: dict[str, Any], changed: dict[str, Any],
) -> None:  # fmt: skip
    browser = browser_of(responder)
    browser.post(f"{at}new/", sent)
    made = model.objects.get()
    browser.post(f"{at}{made.pk}/edit/", sent | changed | {"revision": "1"})
    browser.post(f"{at}{made.pk}/away/", {"revision": "1"})  # of an older state: looked at first
    assert model.objects.kept().count() == 1
    for _ in range(2):
        browser.post(f"{at}{made.pk}/away/", {"revision": "2"})
    assert model.objects.kept().count() == 0
    assert "Bring back" in browser.get(home(at)).content.decode()
    browser.post(f"{at}{made.pk}/back/")
    assert model.objects.kept().get() == made
    said = [entry.comment for entry in revisions.history(made)]
    assert said[:2] == ["Brought back", "Taken away"]


@each
def test_another_of_the_same_is_refused_until_the_first_is_gone(
    browser_of: Browser, responder: User, model: Any, at: str, call: str,
    sent: dict[str, Any], changed: dict[str, Any],
) -> None:  # fmt: skip
    browser = browser_of(responder)
    browser.post(f"{at}new/", sent)
    first = model.objects.get()
    again = browser.post(f"{at}new/", sent)
    assert again.status_code == 422
    assert "Edit that" in again.content.decode() or "Change its" in again.content.decode()
    browser.post(f"{at}{first.pk}/away/", {"revision": "1"})
    assert browser.post(f"{at}new/", sent).status_code == 302
    said = browser.post(f"{at}{first.pk}/back/", follow=True).content.decode()
    assert "on the list again" not in said
    assert model.objects.kept().count() == 1


@each
def test_a_viewer_reads_and_writes_nothing(
    browser_of: Browser, viewer: User, responder: User, model: Any, at: str, call: str,
    sent: dict[str, Any], changed: dict[str, Any],
) -> None:  # fmt: skip
    browser_of(responder).post(f"{at}new/", sent)
    made, browser = model.objects.get(), browser_of(viewer)
    said = browser.get(home(at)).content.decode()
    assert shown(made) in said
    assert f"{at}new/" not in said
    for page in ("new/", f"{made.pk}/edit/", f"{made.pk}/away/", f"{made.pk}/back/"):
        assert browser.post(f"{at}{page}", sent).status_code == 403
    made.refresh_from_db()
    assert (made.revision, made.gone_at) == (1, None)


@each
def test_the_same_by_the_api(
    client: Client, responder: User, model: Any, at: str, call: str,
    sent: dict[str, Any], changed: dict[str, Any],
) -> None:  # fmt: skip
    bearer = {"Authorization": f"Bearer {make_token(responder)}"}
    body = below(at, call, sent)

    def ask(method: str, where: str, said: Any = None, **headers: str) -> Any:
        return client.generic(
            method, f"/api/v1/{call}/{where}", json.dumps(said),
            content_type="application/json", headers=bearer | headers,
        )  # fmt: skip

    made = ask("POST", "", body)
    assert made.status_code == 201
    assert body.items() <= made.json().items()
    pk, tag = made.json()["id"], made["ETag"]
    assert ask("GET", f"{pk}/")["ETag"] == tag
    again = ask("POST", "", body)
    assert again.status_code == 400
    assert ask("PATCH", f"{pk}/", changed).status_code == 428
    assert ask("PATCH", f"{pk}/", changed, **{"If-Match": '"old"'}).status_code == 412
    patched = ask("PATCH", f"{pk}/", changed, **{"If-Match": tag})
    assert changed.items() <= patched.json().items()
    site = body.get("site") or body.get("service")
    key = "service" if call == "runbooks" else "site"
    if site:
        assert len(ask("GET", f"?{key}={site}").json()["results"]) == 1
        assert ask("GET", f"?{key}=elsewhere").json()["results"] == []
    assert ask("DELETE", f"{pk}/").status_code == 428
    assert ask("DELETE", f"{pk}/", **{"If-Match": patched["ETag"]}).status_code == 204
    assert ask("GET", f"{pk}/").status_code == 404
    assert ask("GET", "").json()["results"] == []
    assert model.objects.get().gone_at is not None


@pytest.mark.parametrize(
    ("at", "sent", "words"),
    [
        ("/sites/london/access/", {"hours": "always"}, "Say who"),
        ("/advisories/", {"what": "drive", "model": "X", "fixed_in": "newest"}, "such as HPG8"),
        (
            "/services/mail/runbooks/",
            {"title": "Back", "kind": "restore", "stored_on": "robert", "elsewhere": "on"},
            "Say either the host",
        ),
        (
            "/services/mail/runbooks/",
            {"title": "Back", "kind": "restore", "stored_on": "rob"},
            "Did you mean robert?",
        ),
        ("/sites/london/spares/", {"part": "drive", "count": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_named_at_its_place(
    browser_of: Browser, responder: User, at: str, sent: dict[str, str], words: str
) -> None:
    answer = browser_of(responder).post(f"{at}new/", sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not SiteAccess.objects.exists() | Advisory.objects.exists() | Runbook.objects.exists()


def test_a_runbook_knows_the_host_it_lies_on(browser_of: Browser, responder: User) -> None:
    browser = browser_of(responder)
    sent = {"title": "Back", "kind": "restore", "stored_on": "robert"}
    browser.post("/services/mail/runbooks/new/", sent)
    book = Runbook.objects.get()
    assert book.stored_on is not None
    assert book.stored_on.name == "robert"
    assert "on robert" in browser.get("/services/mail/").content.decode()
    assert (
        'value="robert"' in browser.get(f"/services/mail/runbooks/{book.pk}/edit/").content.decode()
    )


def test_a_user_may_enter_under_their_own_name(browser_of: Browser, responder: User) -> None:
    ada, browser = make_user("ada"), browser_of(responder)
    browser.post("/sites/london/access/new/", {"person": str(ada.pk), "hours": "any time"})
    assert "ada" in browser.get("/sites/london/").content.decode()
    ada.is_active = False
    ada.save()
    pk = SiteAccess.objects.get().pk
    assert "ada" in browser.get(f"/sites/london/access/{pk}/edit/").content.decode()


@each
def test_whom_it_concerns_is_judged_again(
    browser_of: Browser, responder: User, model: Any, at: str, call: str,
    sent: dict[str, Any], changed: dict[str, Any],
) -> None:  # fmt: skip
    OutboxRow.objects.all().delete()
    browser_of(responder).post(f"{at}new/", sent)
    posted = OutboxRow.objects.exclude(topic="index").values_list("topic", "key")
    expected = {
        "runbooks": ("judge", str(Host.objects.get(name="robert").pk)),
        "advisories": ("judge-section", "advisories"),
    }.get(call, ("judge", str(Host.objects.get(name="david").pk)))
    assert list(posted) == [expected]
