"""Everything that belongs to a write-up, through the API."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from incidents.records.factors import load_factors
from incidents.records.models import Incident
from kb.accounts.models import User
from tests.conftest import api_as
from tests.support.factories import NOW, make_incident

pytestmark = pytest.mark.django_db


def post(api: APIClient, path: str, body: Any) -> Any:
    return api.post(f"/api/v1{path}", body, format="json")


def test_a_log_is_read_and_sent_back_as_lines_once(api: APIClient) -> None:
    incident = make_incident("Gone", started_at=NOW)
    at = f"/incidents/{incident.pk}/timeline"
    read = post(api, f"{at}/read/", {"text": "[09:05] <ruth> down\nhm", "zone": "Europe/Berlin"})
    (line,) = read.json()["lines"]
    assert (line["at"], line["what"]) == ("2026-11-23T08:05:00Z", "ruth: down\nhm")
    sent = {name: line[name] for name in ("at", "what", "evidence", "key")}
    for _ in "ab":
        answer = post(api, f"{at}/many/", {"lines": [sent]})
        assert answer.status_code == 201
        assert answer.json()["results"][0]["key"] == line["key"]
    assert incident.timeline.count() == 1


def test_of_many_lines_all_stand_or_none(api: APIClient) -> None:
    incident = make_incident("Gone")
    lines = [{"at": "2026-11-23T09:05:00Z", "what": "One"}, {"at": "soon", "what": "Two"}]
    answer = post(api, f"/incidents/{incident.pk}/timeline/many/", {"lines": lines})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/lines/1/at"
    assert not incident.timeline.exists()


def test_an_incident_with_a_key_is_begun_once(api: APIClient, stranger: User) -> None:
    body = {"title": "Down", "key": str(uuid4())}
    numbers = {post(api, "/incidents/", body).json()["id"] for _ in "ab"}
    assert len(numbers) == 1
    refused = post(api_as(stranger), "/incidents/", body)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/key"


def test_a_correction_of_what_was_published_needs_a_comment(api: APIClient) -> None:
    incident = make_incident("Gone", status="published", started_at=NOW)
    path = f"/api/v1/incidents/{incident.pk}/"
    body: dict[str, Any] = {"started_at": "2026-11-23T08:55:00Z"}
    refused = api.patch(path, body, format="json", HTTP_IF_MATCH="*")
    assert refused.json()["errors"][0]["pointer"] == "/comment"
    body["comment"] = "The log of the switch begins earlier"
    assert api.patch(path, body, format="json", HTTP_IF_MATCH="*").json()["status"] == "amended"
    (moved,) = api.get(f"{path}moves/").json()["results"]
    assert (moved["before"], moved["after"], moved["by"]) == ("published", "amended", "ruth")
    assert moved["reason"] == "The log of the switch begins earlier"


def test_times_carry_their_source_and_how_far_they_may_be_off(api: APIClient) -> None:
    body = {"title": "x", "started_at": "2026-11-23T09:00:00Z", "time_uncertainty": {"started": 15},
            "time_sources": {"started": "the switch"}}  # fmt: skip
    told = post(api, "/incidents/", body).json()
    assert told["time_uncertainty"] == {"started": 15}
    wrong = post(api, "/incidents/", body | {"time_uncertainty": {"ended": 5}})
    assert wrong.json()["errors"][0] == {
        "pointer": "/time_uncertainty",
        "detail": "There is no time 'ended': use acknowledged, detected, mitigated, resolved, "
        "started.",
    }


def test_what_is_missing_and_what_blames(api: APIClient) -> None:
    incident = make_incident("Gone", summary="It was human error.")
    told = api.get(f"/api/v1/incidents/{incident.pk}/missing/").json()
    assert "no-impact" in [one["code"] for one in told["missing"]]
    assert told["hints"]["summary"][0]["code"] == "human-error"
    said = post(api, "/incidents/wording/", {"text": "He forgot."}).json()
    assert [hint["words"] for hint in said["hints"]] == ["forgot"]
    listed = api.get("/api/v1/incidents/").json()["results"][0]
    assert "no-impact" in listed["missing"]


def test_links_are_made_once_read_from_both_ends_and_taken_away(
    api: APIClient, responder: User, stranger: User
) -> None:
    one, two = make_incident("One"), make_incident("Two")
    secret = make_incident("Secret", visibility="restricted", author=stranger)
    body = {"kind": "repeat-of", "to_incident": one.pk, "note": "Again"}
    made = [post(api, f"/incidents/{two.pk}/links/", body).json()["id"] for _ in "ab"]
    assert made[0] == made[1]
    (link,) = api.get(f"/api/v1/incidents/{one.pk}/links/").json()["results"]
    assert (link["from_incident"], link["to_incident"], link["by"]) == (two.pk, one.pk, "ruth")
    for number in (secret.pk, 99999):
        refused = post(api, f"/incidents/{two.pk}/links/", body | {"to_incident": number})
        assert refused.json()["errors"][0]["pointer"] == "/to_incident"
    back = post(api, f"/incidents/{one.pk}/links/", body | {"to_incident": two.pk})
    assert "take that away first" in back.json()["errors"][0]["detail"]
    assert api.delete(f"/api/v1/incidents/{one.pk}/links/{made[0]}/").status_code == 204
    assert api.get(f"/api/v1/incidents/{one.pk}/links/").json()["results"] == []


def test_the_taxonomy_grows_and_words_change_but_no_slug(
    api: APIClient, viewer_api: APIClient
) -> None:
    load_factors()
    made = post(api, "/factors/", {"name": "Supplier: late or wrong"})
    assert (made.status_code, made.json()["slug"]) == (201, "supplier")
    assert post(api, "/factors/", {"name": "supplier: LATE or wrong"}).status_code == 400
    assert post(viewer_api, "/factors/", {"name": "Weather"}).status_code == 403
    change = {"about": "What is bought.", "retired": True}
    changed = api.patch(
        "/api/v1/factors/supplier/", change, format="json", HTTP_IF_MATCH="*"
    ).json()
    assert (changed["about"], changed["retired"], changed["origin"]) == (
        "What is bought.", True, "team",
    )  # fmt: skip
    moved = api.patch(
        "/api/v1/factors/supplier/", {"slug": "other"}, format="json", HTTP_IF_MATCH="*"
    )
    assert moved.status_code == 400


def test_the_reading_club(api: APIClient, responder: User) -> None:
    incident = make_incident("The long night", status="published", summary="It *hurt*.",
                             open_questions="- Who has the key?")  # fmt: skip
    body = {"incident": incident.pk, "on": "2026-12-01", "note": "Mind the third hour"}
    for _ in "ab":
        assert post(api, "/reading/", body).status_code == 201
    (entry,) = api.get("/api/v1/reading/").json()["results"]
    assert (entry["title"], entry["on"], entry["added_by"]) == (
        "The long night", "2026-12-01", "ruth",
    )  # fmt: skip
    agenda = api.get("/api/v1/reading/agenda/").content.decode()
    assert f"## #{incident.pk} The long night (2026-12-01)" in agenda
    assert "It hurt." in agenda
    assert "- Mind the third hour\n- Open: Who has the key?" in agenda
    post(api, "/reading/", body | {"read": True})
    assert "Nothing is on the list" in api.get("/api/v1/reading/agenda/").content.decode()
    assert api.delete(f"/api/v1/reading/{incident.pk}/").status_code == 204
    assert Incident.objects.filter(pk=incident.pk).exists()


def test_the_file_of_a_write_up(api: APIClient, viewer_api: APIClient) -> None:
    incident = make_incident("Gone", impact="No mail.")
    told = viewer_api.get(f"/api/v1/incidents/{incident.pk}/markdown/")
    assert told.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert "title: Gone" in told.content.decode()
    assert "## Impact\n\nNo mail.\n" in told.content.decode()
