"""``POST /patterns/preview/``: what a pattern would say, bounded, and without a trace."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from incidents.patterns import preview as previewing
from incidents.patterns.models import Flag, HostVerdicts, Pattern
from tests.support.factories import make_host

pytestmark = pytest.mark.django_db


def ask(api: APIClient, **body: Any) -> Any:
    return api.post("/api/v1/patterns/preview/", body, format="json")


@pytest.fixture
def hosts() -> None:
    make_host("robert", facts={"storage": {"raids": [{"name": "md0"}]}, "backups": []})
    make_host("david", facts={"storage": {"raids": [{"name": "md0"}]}})
    make_host("web", facts={"storage": {"raids": []}})


def test_counts_and_the_first_hosts(viewer_api: APIClient, hosts: None) -> None:
    answer = ask(
        viewer_api, applies="storage.raids.size() >= least", match="backups.size() == 0",
        thresholds={"least": 1},
    )  # fmt: skip
    assert answer.status_code == 200
    body = answer.json()
    assert body["counts"] == {
        "match": 1, "clear": 0, "unknown": 1, "not applicable": 1, "broken": 0,
    }  # fmt: skip
    told = [(one["host"], one["verdict"], one["missing"]) for one in body["hosts"]]
    assert told == [
        ("robert", "match", []),
        ("david", "unknown", ["backups"]),
        ("web", "not applicable", []),
    ]
    assert body["hosts"][0]["evidence"][1]["path"] == "backups"
    assert (body["asked"], body["total"], body["partial"]) == (3, 3, False)


def test_nothing_is_stored(api: APIClient, hosts: None) -> None:
    ask(api, match="backups.size() == 0")
    assert not Pattern.objects.exists()
    assert not Flag.objects.exists()
    assert not HostVerdicts.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/match"),
        ({"match": "backup.size() == 0"}, "/match"),
        ({"match": "true", "applies": "storage.raids.size("}, "/applies"),
        ({"match": "os.name == x", "thresholds": {"X Y": 1}}, "/thresholds/X Y"),
    ],
)
def test_what_can_not_be_asked(api: APIClient, body: Any, pointer: str) -> None:
    answer = ask(api, **body)
    assert answer.status_code == 400
    assert pointer in [one["pointer"] for one in answer.json()["errors"]]


def test_when_time_is_up_it_says_so(
    api: APIClient, hosts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([0.0, 0.1, 99.0])
    monkeypatch.setattr(previewing.time, "monotonic", lambda: next(moments))
    body = ask(api, match="backups.size() == 0").json()
    assert (body["asked"], body["total"], body["partial"]) == (1, 3, True)


def test_one_at_a_time(api: APIClient, hosts: None) -> None:
    with previewing._one_at_a_time:
        answer = ask(api, match="backups.size() == 0")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "2"


def test_the_heaviest_question_on_the_heaviest_host_ends(api: APIClient) -> None:
    """The bound that everything else rests on: without it this would not end in our lifetime."""
    many = [{"name": f"md{n}", "level": "raid1"} for n in range(5000)]
    make_host(facts={"storage": {"raids": many}})
    match = (
        "storage.raids.exists(a, storage.raids.exists(b, storage.raids.exists(c, "
        "a.name + b.name == c.name + 'x')))"
    )
    body = ask(api, match=match).json()
    assert body["counts"]["broken"] == 1
