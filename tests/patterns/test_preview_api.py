"""``POST /patterns/preview/``: what a pattern would say, bounded, and without a trace."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from incidents.patterns import previews
from incidents.patterns.models import Flag, HostVerdicts, Pattern, PreviewRun
from kb.outbox.drain import drain
from tests.support.factories import NOW, make_host

pytestmark = pytest.mark.django_db


def ask(api: APIClient, **body: Any) -> Any:
    return api.post("/api/v1/patterns/preview/", body, format="json")


def asked(api: APIClient, **body: Any) -> dict[str, Any]:
    """Asked, worked off by the worker, and read at its address."""
    answer = ask(api, **body)
    assert answer.status_code == 202
    drain("preview")
    said: dict[str, Any] = api.get(answer["Location"]).json()
    return said


@pytest.fixture
def hosts(time_machine: Any) -> None:
    time_machine.move_to(NOW)  # what they told is fresh
    make_host("robert", facts={"storage": {"raids": [{"name": "md0"}]}, "backups": []})
    make_host("david", facts={"storage": {"raids": [{"name": "md0"}]}})
    make_host("web", facts={"storage": {"raids": []}})


def test_counts_and_the_first_hosts(viewer_api: APIClient, hosts: None) -> None:
    body = asked(
        viewer_api, applies="storage.raids.size() >= least", match="backups.size() == 0",
        thresholds={"least": 1},
    )  # fmt: skip
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
    asked(api, match="backups.size() == 0")
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
    monkeypatch.setattr(previews, "CHUNK", 1)
    moments = iter([0.0, 0.1, 999.0])
    monkeypatch.setattr(previews.time, "monotonic", lambda: next(moments))
    body = asked(api, match="backups.size() == 0")
    assert (body["state"], body["asked"], body["total"], body["partial"]) == ("done", 1, 3, True)


def test_the_same_wording_again_is_the_same_run(api: APIClient, hosts: None) -> None:
    first = ask(api, match="backups.size() == 0")
    assert ask(api, match="backups.size() == 0")["Location"] == first["Location"]
    assert PreviewRun.objects.count() == 1


def test_another_wording_stops_the_one_before(api: APIClient, hosts: None) -> None:
    first = ask(api, match="backups.size() == 0")
    ask(api, match="backups.size() == 1")
    assert api.get(first["Location"]).json()["state"] == "cancelled"
    drain("preview")
    assert api.get(first["Location"]).json()["asked"] == 0


def test_it_can_be_stopped(api: APIClient, hosts: None) -> None:
    at = ask(api, match="backups.size() == 0")["Location"]
    assert api.delete(at).json()["state"] == "cancelled"
    drain("preview")
    assert api.get(at).json()["state"] == "cancelled"


def test_a_preview_is_its_authors(api: APIClient, viewer_api: APIClient, hosts: None) -> None:
    at = ask(api, match="backups.size() == 0")["Location"]
    assert viewer_api.get(at).status_code == 404


def test_a_run_stopped_between_chunks_goes_no_further(
    api: APIClient, hosts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ask(api, match="backups.size() == 0")["Location"]
    monkeypatch.setattr(previews, "CHUNK", 1)
    note = previews._note

    def note_and_stop(run: PreviewRun, *args: Any, **more: Any) -> bool:
        noted = note(run, *args, **more)
        previews.cancel(run)
        return noted

    monkeypatch.setattr(previews, "_note", note_and_stop)
    drain("preview")
    assert api.get(at).json()["asked"] <= 1


def test_a_worker_that_died_begins_anew(api: APIClient, hosts: None) -> None:
    at = ask(api, match="backups.size() == 0")["Location"]
    run = PreviewRun.objects.get()
    previews.work(str(run.pk))
    PreviewRun.objects.update(state="running", asked=1)
    previews.work(str(run.pk))
    said = api.get(at).json()
    assert (said["state"], said["asked"]) == ("done", 3)


def test_the_sample_comes_from_all_over_the_fleet() -> None:
    ids = list(range(1, 10_001))
    chunks = list(previews.spread(ids))
    sample = [pk for chunk in chunks[:2] for pk in chunk]
    assert (len(sample), min(sample), max(sample)) == (200, 1, 9951)
    assert sorted(pk for chunk in chunks for pk in chunk) == ids


def test_the_heaviest_question_on_the_heaviest_host_ends(api: APIClient) -> None:
    """The bound that everything else rests on: without it this would not end in our lifetime."""
    many = [{"name": f"md{n}", "level": "raid1"} for n in range(5000)]
    make_host(facts={"storage": {"raids": many}})
    match = (
        "storage.raids.exists(a, storage.raids.exists(b, storage.raids.exists(c, "
        "a.name + b.name == c.name + 'x')))"
    )
    assert asked(api, match=match)["counts"]["broken"] == 1


def test_a_pattern_may_read_what_others_found(api: APIClient, library: None, hosts: None) -> None:
    body = asked(api, match="findings.exists(f, f.matched && f.pattern == 'raid-only-no-backup')")
    assert body["counts"]["match"] == 1
