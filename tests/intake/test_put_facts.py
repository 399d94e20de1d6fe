"""``PUT /api/v1/hosts/{name}/facts/``: what it answers, and what it refuses without a trace."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from incidents.hosts.models import FactHistory, Host
from incidents.patterns.models import Flag
from kb.outbox.models import OutboxRow
from tests.support.factories import make_host

pytestmark = pytest.mark.django_db
RAID = {"storage": {"raids": [{"name": "md0", "level": "raid5", "kind": "md"}]}, "backups": []}


@pytest.fixture
def library(db: None) -> None:
    call_command("load_patterns", verbosity=0)


def put(api: APIClient, body: Any, host: str = "db-01", query: str = "") -> Any:
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return api.put(f"/api/v1/hosts/{host}/facts/{query}", data, content_type="application/json")


def stored() -> tuple[int, int, int, int]:
    return (
        Host.objects.count(),
        FactHistory.objects.count(),
        Flag.objects.count(),
        OutboxRow.objects.count(),
    )


def test_it_answers_what_changed_and_which_flags_opened(api: APIClient, library: None) -> None:
    response = put(api, {"source": "restic", "sections": RAID})
    assert response.status_code == 201
    said = response.json()
    assert (said["host"], said["created"], said["changed"]) == (
        "db-01",
        True,
        ["backups", "storage"],
    )
    assert [flag["pattern"] for flag in said["flags"]["opened"]] == ["raid-only-no-backup"]
    assert said["flags"]["opened"][0]["sentence"] == "raid5 on md0; no backup at all."
    assert said["flags"]["resolved"] == []


def test_the_same_report_twice_changes_nothing(api: APIClient, library: None) -> None:
    put(api, RAID)
    response = put(api, RAID)
    assert response.status_code == 200
    assert (response.json()["created"], response.json()["changed"]) == (False, [])
    assert response.json()["flags"] == {"opened": [], "resolved": []}
    assert FactHistory.objects.exclude(section="inventory").count() == 2


def test_a_fresh_backup_resolves_the_flag(api: APIClient, library: None) -> None:
    put(api, RAID)
    made = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    backup = {"backups": [{"tool": "restic", "target_host": "backup-01", "last_success": made}]}
    said = put(api, backup).json()
    assert [flag["pattern"] for flag in said["flags"]["resolved"]] == ["raid-only-no-backup"]


def test_unknown_is_not_clear(api: APIClient, library: None) -> None:
    put(api, {"storage": RAID["storage"]})
    verdicts = api.get("/api/v1/hosts/db-01/verdicts/").json()["results"]
    (verdict,) = [v for v in verdicts if v["pattern"] == "raid-only-no-backup"]
    assert (verdict["verdict"], verdict["missing"]) == ("unknown", ["backups"])


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b'{"sections": {', 422, "not valid JSON"),
        (b"", 422, "no sections"),
        (b'{"custom": "' + b"x" * (2 * 1024 * 1024) + b'"}', 413, "1,048,576"),
        (b'{"custom": ' + b"[" * 200 + b"]" * 200 + b"}", 422, "12"),
        (b'{"sections": {"storrage": {}}}', 422, "storage"),
        (b'{"observed_at": "2062-01-01T00:00:00Z", "sections": {"backups": []}}', 422, "2062"),
        (b'{"host": "other", "sections": {"backups": []}}', 422, "other"),
        (b'{"sections": {"os": {"name": 12}}}', 422, "name"),
        (b'{"sections": {"custom": {"x": NaN}}}', 422, "NaN"),
    ],
)
def test_bad_input_gets_a_clear_error_and_changes_nothing(
    api: APIClient, body: bytes, status: int, said: str
) -> None:
    before = stored()
    response = put(api, body)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert said in response.content.decode()
    assert stored() == before


def test_curls_own_content_type_is_as_good(api: APIClient) -> None:
    response = api.put(
        "/api/v1/hosts/db-01/facts/",
        json.dumps(RAID),
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 201


def test_a_name_that_cannot_be_is_refused(api: APIClient) -> None:
    before = stored()
    assert put(api, RAID, host="db%2001").status_code == 422
    assert stored() == before


def test_an_unknown_format_names_the_known_ones(api: APIClient) -> None:
    response = put(api, RAID, query="?format=chef")
    assert response.status_code == 422
    assert "ansible" in response.content.decode()


def test_a_time_that_is_none_is_refused(api: APIClient) -> None:
    response = put(api, RAID, query="?observed_at=yesterday")
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/observed_at"


def test_a_viewer_may_not_tell_facts(viewer_api: APIClient) -> None:
    before = stored()
    assert put(viewer_api, RAID).status_code == 403
    assert stored() == before


def test_nobody_may_tell_facts_without_a_token() -> None:
    response = put(APIClient(), RAID)
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"


def test_beyond_its_bound_the_answer_says_pending(
    api: APIClient, library: None, settings: Any
) -> None:
    settings.JUDGE_SECONDS = -1.0
    said = put(api, RAID).json()
    assert said["flags"] == "pending"
    assert said["follow"] == "/api/v1/hosts/db-01/verdicts/"
    assert OutboxRow.objects.filter(topic="judge").exists()


def test_reading_gives_the_document_and_who_said_it(api: APIClient) -> None:
    put(api, {"source": "restic", "sections": RAID})
    said = api.get("/api/v1/hosts/db-01/facts/").json()
    assert said["sections"] == RAID
    assert list(said["observed"]["backups"]["sources"]) == ["restic"]


def test_a_host_made_by_hand_keeps_its_words(api: APIClient) -> None:
    make_host("db-01", role="database", kind="physical")
    put(api, RAID)
    host = Host.objects.get()
    assert (host.role, host.kind, host.facts) == ("database", "physical", RAID)
