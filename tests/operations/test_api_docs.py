"""``/api/docs/``: every call the API has, with a line of curl that works as it stands."""

import json
import shlex
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.utils import timezone
from rest_framework.test import APIClient

from incidents.digests.models import Subscription
from incidents.digests.periods import week_of
from incidents.digests.queue import Due
from incidents.exports.models import Webhook
from incidents.hosts.merging import merge
from incidents.hosts.models import Upkeep
from incidents.hosts.provisions import Advisory, Kit, Runbook, SiteAccess, Spare
from incidents.intake.models import Pull, PulledObject
from incidents.learning.models import Confirmation
from incidents.patterns.models import Pattern, PreviewRun, Sweep, ThresholdOverride
from incidents.records.models import IncidentLink, Lesson, TimelineEntry
from incidents.records.steps import Reading
from incidents.records.trails import LessonQuote
from kb.accounts import saved_views
from kb.accounts.models import User
from kb.attachments.keeping import keep
from kb.comments.saying import say
from kb.operations.api_docs import Call, describe_api, schema
from kb.wiki.models import Page
from tests.conftest import api_as
from tests.support.digests import prepare
from tests.support.factories import (
    NOW,
    make_action,
    make_flag,
    make_group,
    make_host,
    make_incident,
    make_lesson,
    make_service,
    make_site,
    make_team,
)

# An answer that says "not in this state" is an honest one: a flag is not always open, and a page
# was changed by a line that came before.
GOOD = {200, 201, 202, 204, 409, 412}


def calls(reader: User) -> list[Call]:
    request = RequestFactory().get("/api/docs/")
    request.user = reader
    return [call for room in describe_api(request) for call in room.calls]


@pytest.fixture
def one_of_each(keeper: User) -> None:
    """Something in every room, so that every address leads to a thing."""
    call_command("load_lessons", verbosity=0)
    call_command("load_patterns", verbosity=0)
    host = make_host("robert", facts={"os": {"id": "debian"}})
    merge(host.pk, make_host("bob").pk, by=keeper, now=NOW)
    site = make_site("Hall")
    make_team("Ops")
    mail = make_service("Mail", hosts=(host,))
    Runbook.objects.create(service=mail, title="Swap")
    Kit.objects.create(site=site, name="Drawer")
    Spare.objects.create(site=site, part="battery")
    SiteAccess.objects.create(site=site, name="Ada")
    Advisory.objects.create(model="MB*", fixed_in="HPG4")
    make_group("Pair", members=(host,))
    make_lesson("Look twice")
    make_action()
    pull = Pull.objects.create()
    PulledObject.objects.create(key="vm:1", name="vm-1", pull=pull, seen_at=NOW)
    flag = make_flag(Pattern.objects.order_by("pk")[0], host)
    incident = make_incident(author=keeper)
    later = make_incident(author=keeper)
    IncidentLink.objects.create(kind="repeat-of", from_incident=later, to_incident=incident)
    Reading.objects.create(incident=incident)
    TimelineEntry.objects.create(incident=incident, at=NOW, what="It stopped.", by=keeper)
    taught = Lesson.objects.order_by("pk")[0]
    LessonQuote.objects.create(lesson=taught, incident=incident, quote="Gone.", by=keeper, at=NOW)
    Confirmation.objects.create(
        pattern=flag.pattern, incident=incident, flag=flag, host=host, opened_at=NOW, at=NOW
    )
    Page.objects.create(slug="start", title="Start", body="Here.")
    keep(ContentFile(b"words"), "a.txt", by=keeper)
    Page.objects.create(slug="old", title="Old", deleted_at=NOW)
    say(Page.objects.get(slug="start"), "Hm.", by=keeper, now=NOW)
    Upkeep.objects.create(host=host, kind="restore_test", happened_at=NOW, by=keeper)
    Sweep.objects.create(by=keeper, moment=NOW)
    Webhook.objects.create(name="Chat", url="https://chat.example.net/", events=["flag.opened"])
    mine = Subscription.objects.create(user=keeper)
    prepare(Due(mine, week_of(NOW, "UTC")))
    saved_views.save(keeper, "flags", "Mine", "severity=high")
    just_now = timezone.now()  # a preview of some days ago is forgotten
    PreviewRun.objects.create(by=keeper, spec={}, digest="x", moment=just_now, heard_at=just_now)
    first = Pattern.objects.order_by("pk")[0]
    ThresholdOverride.objects.create(
        pattern=first, threshold="bad_states", scope="environment", scope_value="test",
        value=["failed"], because="tests", by=keeper, at=NOW,
    )  # fmt: skip
    call_command("rebuild_index", verbosity=0)


def sent_by(line: str) -> tuple[str, str, dict[str, str], str]:
    """Method, address, headers and body that a shell would make of a line of curl."""
    words = shlex.split(line.replace("\\\n", " ").replace("$TOKEN", "tw_token"))
    assert words.pop(0) == "curl"
    method, address, headers, body = "GET", "", {}, ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, value = words.pop(0).split(": ", 1)
            headers[name] = value
        elif word == "-d":
            body = words.pop(0)
        else:
            address = word
    return method, address, headers, body


def answer(client: APIClient, call: Call) -> Any:
    method, address, headers, body = sent_by(call.curl)
    headers.pop("Authorization")
    kind = headers.pop("Content-Type", "application/json")
    path = address.removeprefix("http://localhost:8000")
    assert path.startswith("/api/v1/")
    return client.generic(method, path, body, content_type=kind, headers=headers)


def test_every_line_of_curl_works(one_of_each: None, keeper: User) -> None:
    client = api_as(keeper)
    client.raise_request_exception = False
    refused = {}
    told = sorted(calls(keeper), key=lambda call: call.method == "DELETE")
    for call in told:
        response = answer(client, call)
        if response.status_code not in GOOD:
            refused[f"{call.method} {call.real_path}"] = response.content.decode()[:300]
    assert refused == {}


def test_every_address_of_the_api_is_told(keeper: User) -> None:
    told = {(call.method.lower(), call.path) for call in calls(keeper)}
    there = {
        (method, path)
        for path, operations in schema()["paths"].items()
        for method in operations
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert told == there


def test_a_reader_is_shown_no_name_of_what_they_may_not_see(keeper: User, stranger: User) -> None:
    hidden = make_incident("Hidden", pk=77, visibility="restricted", author=keeper)
    shown = {call.real_path for call in calls(stranger)}
    assert f"/api/v1/incidents/{hidden.pk}/" not in shown


def test_a_quote_in_a_body_does_not_end_the_shell_word(viewer: User) -> None:
    call = Call("POST", "/x/", "/x/", [], [], {"title": "it's"})
    assert json.loads(sent_by(call.curl)[3]) == {"title": "it's"}


def test_the_page_shows_the_calls(viewer: User, client: Client) -> None:
    client.force_login(viewer)
    response = client.get("/api/docs/")
    text = response.content.decode()
    assert response.status_code == 200
    assert "/api/v1/hosts/{name}/facts/" in text
    assert "Authorization: Bearer $TOKEN" in text
    assert "``" not in text
    assert "<script>" not in text


def test_the_page_asks_for_a_login(client: Client, db: None) -> None:
    response = client.get("/api/docs/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/api/docs/"


def test_the_document_itself_is_open_and_names_the_token(client: Client, db: None) -> None:
    response = client.get("/api/schema/", headers={"Accept": "application/json"})
    document = json.loads(response.content)
    assert response.status_code == 200
    assert document["openapi"] == "3.1.0"
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
