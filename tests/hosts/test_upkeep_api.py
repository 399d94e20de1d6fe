"""Recording upkeep by the API: below its thing, once, with what it changed; and by curl itself."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from incidents.hosts.kinds import kinds_of
from incidents.hosts.models import Host, Upkeep
from incidents.hosts.places import record_line
from incidents.patterns.judge import judge_hosts
from kb.accounts.models import User
from tests.support.factories import (
    make_group,
    make_host,
    make_pattern,
    make_service,
    make_site,
    make_token,
    make_user,
)
from tests.support.strict import program

Ask = Callable[..., Any]
pytestmark = pytest.mark.django_db

MAKERS: dict[str, Callable[..., Any]] = {
    "hosts": make_host, "services": make_service, "groups": make_group, "sites": make_site,
}  # fmt: skip


@pytest.fixture
def ask(client: Client, responder: User) -> Ask:
    def asked(
        method: str, at: str, said: Any = None, *, by: User | None = None, **headers: str
    ) -> Any:
        bearer = {"Authorization": f"Bearer {make_token(by or responder)}"}
        return client.generic(
            method, f"/api/v1/{at}", json.dumps(said) if said is not None else "",
            content_type="application/json", headers=bearer,
        )  # fmt: skip

    return asked


@pytest.mark.parametrize("room", MAKERS)
def test_one_call_records_it_for_the_thing_in_the_address(ask: Ask, room: str) -> None:
    MAKERS[room]("one")
    made = ask("POST", f"{room}/one/upkeep/", {"kind": "upgrade", "took_minutes": 38})
    assert made.status_code == 201
    told = made.json()
    assert (told[room[:-1]], told["kind"], told["result"], told["took_minutes"]) == (
        "one", "upgrade", "ok", 38.0,
    )  # fmt: skip
    assert told["said"] == "Recorded. No check says otherwise than before."
    assert told["changed"] == []
    (listed,) = ask("GET", f"{room}/one/upkeep/").json()["results"]
    assert listed["id"] == told["id"]
    assert ask("GET", f"upkeep/{told['id']}/")["ETag"] == made["ETag"]
    assert ask("POST", f"{room}/two/upkeep/", {"kind": "upgrade"}).status_code == 404


def test_the_same_words_within_a_moment_are_one_record(ask: Ask, responder: User) -> None:
    make_host("one")
    ids = {ask("POST", "hosts/one/upkeep/", {"kind": "upgrade"}).json()["id"] for _ in range(2)}
    assert len(ids) == 1
    ask("POST", "hosts/one/upkeep/", {"kind": "upgrade"}, by=make_user("other"))
    ask("POST", "hosts/one/upkeep/", {"kind": "upgrade", "note": "The second disk"})
    assert Upkeep.objects.count() == 3
    Upkeep.objects.update(taken_back_at="2026-01-01T00:00:00Z")
    ask("POST", "hosts/one/upkeep/", {"kind": "upgrade"})  # taken back: said again, it counts
    assert Upkeep.objects.count() == 4


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({}, "/kind"),
        ({"kind": "prayer"}, "/kind"),
        ({"kind": "upgrade", "result": "fine"}, "/result"),
        ({"kind": "upgrade", "took_minutes": -1}, "/took_minutes"),
        ({"kind": "upgrade", "happened_at": "2999-01-01T00:00:00Z"}, "/happened_at"),
        ({"kind": "upgrade", "evidence_url": "javascript:1"}, "/evidence_url"),
    ],
)
def test_what_cannot_be_is_named(ask: Ask, said: dict[str, Any], pointer: str) -> None:
    make_host("one")
    answer = ask("POST", "hosts/one/upkeep/", said)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Upkeep.objects.exists()


def test_a_viewer_records_nothing(ask: Ask, viewer: User) -> None:
    make_host("one")
    assert ask("POST", "hosts/one/upkeep/", {"kind": "upgrade"}, by=viewer).status_code == 403


def test_a_record_is_taken_back_by_its_author_or_a_keeper(ask: Ask, keeper: User) -> None:
    make_host("one")
    pk = ask("POST", "hosts/one/upkeep/", {"kind": "upgrade"}).json()["id"]
    assert ask("DELETE", f"upkeep/{pk}/", by=make_user("other")).status_code == 403
    for _ in range(2):
        assert ask("DELETE", f"upkeep/{pk}/").status_code == 204
    assert ask("GET", "upkeep/").json()["results"] == []
    assert ask("GET", "hosts/one/upkeep/").json()["results"] == []
    (trace,) = ask("GET", "upkeep/?taken_back=true").json()["results"]
    assert (trace["id"], trace["taken_back_by"]) == (pk, "ruth")
    assert ask("GET", f"upkeep/{pk}/").json()["taken_back_at"]
    pk = ask("POST", "hosts/one/upkeep/", {"kind": "upgrade"}).json()["id"]
    assert ask("DELETE", f"upkeep/{pk}/", by=keeper).status_code == 204


def never_restored() -> Host:
    make_pattern(
        "never-restored",
        title="Never restored",
        spec={
            "pattern": "never-restored", "title": "Never restored", "severity": "high",
            "likelihood": "medium", "applies": "true", "match": "!upkeep.restore_test.ever_ok",
            "examples": [],
        },
    )  # fmt: skip
    host = make_host("one")
    Upkeep.objects.create(kind="restore_test", host=make_host("other"))
    judge_hosts([host.pk], now=timezone.now())
    return host


def test_what_it_changed_is_said_at_once(ask: Ask) -> None:
    never_restored()
    told = ask("POST", "hosts/one/upkeep/", {"kind": "restore_test"}).json()
    assert told["said"] == "Recorded. 1 check became clear: Never restored (one)."
    assert told["changed"] == [
        {
            "host": "one", "pattern": "never-restored", "title": "Never restored",
            "before": "match", "after": "clear",
        }
    ]  # fmt: skip


def test_the_page_says_it_too(browser_of: Callable[[User], Client], responder: User) -> None:
    never_restored()
    sent = {"kind": "restore_test", "result": "ok"}
    answer = browser_of(responder).post("/hosts/one/upkeep/", sent, follow=True)
    assert "1 check became clear: Never restored (one)." in answer.content.decode()


def test_of_very_many_hosts_the_rest_follows_in_the_background(ask: Ask) -> None:
    make_group("Many", slug="many", members=tuple(make_host() for _ in range(23)))
    told = ask("POST", "groups/many/upkeep/", {"kind": "upgrade"}).json()
    assert told["said"] == "Recorded. 3 more hosts will be checked in a moment."


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room", MAKERS)
def test_the_line_of_curl_that_is_shown_really_records(
    live_server: Any, responder: User, browser_of: Callable[[User], Client], room: str
) -> None:
    subject = MAKERS[room]("one")
    token, path = make_token(responder), str(Path(program("curl")).parent)
    with override_settings(SITE_URL=live_server.url):
        for kind in kinds_of(subject):
            page = browser_of(responder).get(f"/{room}/one/upkeep/?kind={kind.kind}")
            line = record_line(subject, kind.kind.value)
            assert line in page.content.decode().replace("&quot;", '"').replace("&#x27;", "'")
            done = subprocess.run(
                ["/bin/sh", "-c", line], capture_output=True, text=True, timeout=60, check=True,
                env={"TWICESHY_TOKEN": token, "PATH": path, "no_proxy": "*"},
            )  # fmt: skip
            assert json.loads(done.stdout)["said"].startswith("Recorded."), done.stdout
    assert set(Upkeep.objects.values_list("kind", flat=True)) == {
        kind.kind.value for kind in kinds_of(subject)
    }
    assert {made.by for made in Upkeep.objects.all()} == {responder}
