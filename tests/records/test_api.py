"""Incidents, timelines, lessons and actions for tooling."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from incidents.records.factors import load_factors
from incidents.records.models import Action, Incident, Lesson
from incidents.records.timeline import add_line
from kb.accounts.models import User
from kb.wiki import revisions
from tests.support.factories import (
    NOW,
    make_action,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
    make_service,
)

pytestmark = pytest.mark.django_db


def sent(api: APIClient, address: str, body: Any, *, code: int = 201) -> Any:
    answer = api.post(f"/api/v1{address}", body, format="json")
    assert answer.status_code == code, answer.content
    return answer.json()


def patched(api: APIClient, address: str, body: Any, tag: str = "*", *, code: int = 200) -> Any:
    answer = api.patch(f"/api/v1{address}", body, format="json", HTTP_IF_MATCH=tag)
    assert answer.status_code == code, answer.content
    return answer.json()


WHOLE: dict[str, Any] = {
    "title": "The controller took the rest with it",
    "kind": "incident",
    "severity": "critical",
    "status": "published",
    "started_at": "2026-10-23T07:15:00Z",
    "resolved_at": "2026-10-23T22:45:00Z",
    "time_sources": {"started": "the controller's log"},
    "summary": "A drive in @david failed.",
    "hosts": ["david", "robert"],
    "host_roles": {"robert": "helped"},
    "services": ["big-system"],
    "factors": ["hardware"],
    "lessons": ["raid-is-not-a-backup"],
    "patterns": ["raid-only-no-backup"],
    "tags": ["raid"],
    "timeline": [
        {"at": "2026-10-23T13:31:00Z", "what": "The controller stops.", "evidence": "FW fault"},
        {"at": "2026-10-23T07:15:00Z", "what": "A drive fails."},
    ],
}


@pytest.fixture
def scene(db: None) -> None:
    load_factors()
    make_host("robert")
    make_host("david")
    make_service("Big system", slug="big-system")
    make_lesson("RAID is not a backup", slug="raid-is-not-a-backup")
    make_pattern("raid-only-no-backup", lessons=["raid-is-not-a-backup"])


def test_a_whole_incident_in_one_post_reads_back_as_it_was_sent(
    api: APIClient, scene: None
) -> None:
    made = sent(api, "/incidents/", WHOLE)
    read = api.get(f"/api/v1/incidents/{made['id']}/").json()
    assert read == made
    same = set(WHOLE) - {"timeline", "host_roles"}
    assert {name: read[name] for name in same} == {name: WHOLE[name] for name in same}
    assert read["host_roles"] == {"david": "affected", "robert": "helped"}
    assert [line["what"] for line in read["timeline"]] == [
        "A drive fails.",
        "The controller stops.",
    ]
    assert (read["author"], read["revision"]) == ("ruth", 1)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"hosts": ["bob"]}, "/hosts", "There is no 'bob'"),
    ({"hosts": "robert"}, "/hosts", "Give a list of host names."),
    ({"host_roles": {"robert": "guilty"}}, "/host_roles/robert", "guilty"),
    ({"hosts": ["david"], "host_roles": {"robert": "helped"}}, "/host_roles", "not in hosts"),
    ({"lessons": ["nope"]}, "/lessons", "There is no 'nope'"),
    ({"factors": ["bad luck"]}, "/factors", "bad luck"),
    ({"severity": "terrible"}, "/severity", "terrible"),
    ({"started_at": "yesterday"}, "/started_at", "format"),
    ({"detected_at": "2026-10-23T06:00:00Z"}, "/detected_at", "lies before started"),
    ({"time_sources": {"begun": "x"}}, "/time_sources", "There is no time 'begun'"),
    ({"sumary": "x"}, "/sumary", "Did you mean summary?"),
    ({"timeline": [{"what": "x"}]}, "/timeline/0/at", "required"),
    ({"title": ""}, "/title", "blank"),
    ({"body": "x" * 100_001}, "/body", "100000"),
    ({"tags": ["x" * 61]}, "/tags/0", "60"),
]


@pytest.mark.parametrize(("wrong", "pointer", "words"), BAD)
def test_a_mistake_is_pointed_at_and_stores_nothing(
    api: APIClient, scene: None, wrong: dict[str, Any], pointer: str, words: str
) -> None:
    problem = sent(api, "/incidents/", WHOLE | {"host_roles": {}} | wrong, code=400)
    places = {error["pointer"]: error["detail"] for error in problem["errors"]}
    found = [detail for place, detail in places.items() if place.startswith(pointer)]
    assert found, places
    assert words in " ".join(found)
    assert not Incident.objects.exists()


def test_a_change_needs_the_state_it_starts_from(api: APIClient, scene: None) -> None:
    made = sent(api, "/incidents/", {"title": "Gone"})
    address = f"/incidents/{made['id']}/"
    tag = api.get(f"/api/v1{address}").headers["ETag"]
    assert patched(api, address, {"impact": "Much."}, tag)["revision"] == 2
    stale = patched(api, address, {"impact": "Little."}, tag, code=412)
    assert stale["current"]["impact"] == "Much."
    bare = api.patch(f"/api/v1{address}", {"impact": "x"}, format="json")
    assert bare.status_code == 428
    assert Incident.objects.get().impact == "Much."
    assert [entry.number for entry in revisions.history(Incident.objects.get())] == [2, 1]


def test_changing_the_hosts_keeps_the_roles_of_those_that_stay(api: APIClient, scene: None) -> None:
    made = sent(api, "/incidents/", WHOLE)
    after = patched(api, f"/incidents/{made['id']}/", {"hosts": ["robert"]})
    assert after["host_roles"] == {"robert": "helped"}
    again = patched(api, f"/incidents/{made['id']}/", {"host_roles": {"david": "contributed"}})
    assert again["hosts"] == ["david"]


def test_lines_are_added_changed_and_removed(api: APIClient, scene: None) -> None:
    incident = make_incident("Gone")
    lines = f"/incidents/{incident.pk}/timeline/"
    body = {"at": "2026-10-23T07:15:00Z", "what": "It stopped."}
    first, again = sent(api, lines, body), sent(api, lines, body)
    assert first["id"] == again["id"]
    line = f"{lines}{first['id']}/"
    assert patched(api, line, {"kind": "interpretation"})["revision"] == 2
    assert api.delete(f"/api/v1{line}").status_code == 428
    assert api.delete(f"/api/v1{line}", HTTP_IF_MATCH="*").status_code == 204
    assert api.get(f"/api/v1{lines}").json()["results"] == []
    whole = patched(api, f"/incidents/{incident.pk}/", {"timeline": [body]}, code=400)
    assert whole["errors"][0]["pointer"] == "/timeline"


def test_a_line_belongs_to_its_incident_only(api: APIClient) -> None:
    one, other = make_incident("One"), make_incident("Other")
    line = add_line(one, by=None, at=NOW, what="x")
    assert api.get(f"/api/v1/incidents/{other.pk}/timeline/{line.pk}/").status_code == 404


def test_a_lesson_and_what_taught_it_are_stored_together(api: APIClient, scene: None) -> None:
    incident = make_incident("Gone")
    body = {
        "slug": "pack-a-lunch",
        "title": "Pack a lunch",
        "statement": "People on site need food.",
        "taught_by": [incident.pk],
    }
    made = sent(api, "/lessons/", body)
    assert (made["slug"], made["incidents"], made["patterns"]) == (
        "pack-a-lunch",
        [incident.pk],
        [],
    )
    incident.refresh_from_db()
    assert incident.revision == 2
    twice = sent(api, "/lessons/", body, code=400)
    assert twice["errors"][0]["pointer"] == "/slug"
    bad = sent(api, "/lessons/", {"title": "T", "statement": "S", "taught_by": [999]}, code=400)
    assert bad["errors"][0]["detail"] == "There is no incident 999."
    assert Lesson.objects.count() == 2
    read = api.get("/api/v1/lessons/raid-is-not-a-backup/").json()
    assert read["patterns"] == ["raid-only-no-backup"]
    moved = patched(api, "/lessons/pack-a-lunch/", {"slug": "other"}, code=400)
    assert "stays for ever" in moved["errors"][0]["detail"]
    after = patched(api, "/lessons/pack-a-lunch/", {"taught_by": []})
    assert after["incidents"] == []


def test_an_action_says_when_it_was_done(api: APIClient, scene: None) -> None:
    made = sent(
        api,
        "/actions/",
        {
            "title": "A backup that leaves david",
            "owner": "ruth",
            "verified_by": "raid-only-no-backup",
            "due": "2026-12-01",
        },
    )
    assert (made["state"], made["done_at"], made["owner"]) == ("open", None, "ruth")
    done = patched(api, f"/actions/{made['id']}/", {"state": "done"})
    assert done["done_at"] is not None
    again = patched(api, f"/actions/{made['id']}/", {"state": "open"})
    assert again["done_at"] is None
    assert Action.objects.get().revision == 3


def test_lists_filter_by_name(api: APIClient, scene: None) -> None:
    made = sent(api, "/incidents/", WHOLE)
    make_incident("Other", severity="low")
    for query in ("host=david", "factor=hardware", "service=big-system", "severity=critical",
                  "lesson=raid-is-not-a-backup", "pattern=raid-only-no-backup",
                  "status=published", "kind=incident&severity=critical"):  # fmt: skip
        found = api.get(f"/api/v1/incidents/?{query}").json()["results"]
        assert [row["id"] for row in found] == [made["id"]], query
    assert api.get("/api/v1/incidents/?severity=nope").status_code == 400
    assert len(api.get("/api/v1/incidents/?restricted=false").json()["results"]) == 2
    make_action("Late", due="2020-01-01")
    make_action("Later", due="2999-01-01")
    late = api.get("/api/v1/actions/?overdue=true").json()["results"]
    assert [row["title"] for row in late] == ["Late"]


def test_a_viewer_reads_and_cannot_write(viewer_api: APIClient, scene: None) -> None:
    incident = make_incident("Gone")
    action = make_action("Do")
    bodies = {
        "incidents": {"title": "x"},
        "lessons": {"title": "x", "statement": "x"},
        "actions": {"title": "x"},
        "pages": {"title": "x"},
        f"incidents/{incident.pk}/timeline": {"at": "2026-01-01T00:00Z", "what": "x"},
    }
    for name, body in bodies.items():
        assert viewer_api.get(f"/api/v1/{name}/").status_code == 200, name
        assert viewer_api.post(f"/api/v1/{name}/", body, format="json").status_code == 403, name
    for address in (
        f"incidents/{incident.pk}",
        "lessons/raid-is-not-a-backup",
        f"actions/{action.pk}",
    ):
        answer = viewer_api.patch(
            f"/api/v1/{address}/", {"title": "x"}, format="json", HTTP_IF_MATCH="*"
        )
        assert answer.status_code == 403, address


def test_nobody_reads_without_a_token(db: None) -> None:
    for name in ("incidents", "lessons", "actions", "pages"):
        assert APIClient().get(f"/api/v1/{name}/").status_code == 401


def test_pages_too(api: APIClient) -> None:
    made = sent(api, "/pages/", {"title": "Swap the pair", "body": "1. Breathe.", "tags": ["dc"]})
    assert (made["slug"], made["revision"]) == ("swap-the-pair", 1)
    after = patched(api, "/pages/swap-the-pair/", {"body": "1. Breathe twice."})
    assert after["revision"] == 2
    sent(api, "/pages/", {"title": "X", "slug": "swap-the-pair"}, code=400)
    sent(api, "/pages/", {"title": "X", "slug": "new"}, code=400)
    patched(api, "/pages/swap-the-pair/", {"slug": "new"}, code=400)


def test_a_list_costs_the_same_for_any_number_of_rows(
    api: APIClient, scene: None, responder: User, django_assert_num_queries: Any
) -> None:
    counts = {"incidents": 15, "lessons": 4, "actions": 3, "pages": 3}
    for number in range(6):
        sent(api, "/incidents/", WHOLE)
        make_lesson(f"Lesson {number}")
        make_action(f"Action {number}", owner=responder)
        sent(api, "/pages/", {"title": f"Page {number}"})
    for name, queries in counts.items():
        with django_assert_num_queries(queries):
            assert len(api.get(f"/api/v1/{name}/").json()["results"]) >= 6
