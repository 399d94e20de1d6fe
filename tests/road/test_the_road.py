"""The whole road once, with real parts: facts of real hosts come in, a lesson's pattern flags one,
the incident is written and found, a backup mends it, and the mail of the week tells.

Web, worker, beat and Redis are processes of their own, the mail goes to a real SMTP server, and the
facts of one host are what Ansible gathers on this machine.  The same road on both databases.
"""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.road.tool import Tool, soon
from tests.support.postgres import fresh_database
from tests.support.site import Site
from tests.support.strict import program

pytestmark = pytest.mark.road


@pytest.fixture(scope="module")
def gathered() -> str:
    """What ``ansible localhost -m setup`` prints here."""
    done = subprocess.run(
        [program("ansible"), "localhost", "-m", "setup"], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    database = fresh_database() if request.param == "postgresql" else ""
    with Site(tmp_path / "site", database_url=database) as running:
        yield running


def monday_after(moment: datetime) -> datetime:
    """Ten o'clock on the Monday that ends the week: mails of nine are spread over some minutes."""
    monday = (moment - timedelta(days=moment.weekday())).date() + timedelta(days=7)
    return datetime(monday.year, monday.month, monday.day, 10, tzinfo=UTC)


RAID = {"raids": [{"name": "md0", "kind": "md", "level": "raid5", "state": "optimal"}]}


def test_the_road_from_facts_to_mail(site: Site, gathered: str) -> None:
    site.manage("load_lessons")
    site.manage("load_patterns")
    site.wait_for("/readyz")
    tool = Tool(site, site.person("admin", "admin"))

    # Real facts: of this machine by Ansible, of a database host by a script.
    told = tool.call("PUT", "/hosts/web-01/facts/?format=auto", data=gathered.encode())
    assert told["created"] is True
    assert {"os", "hardware", "network"} <= set(told["changed"])
    told = tool.call(
        "PUT",
        "/hosts/db-01/facts/",
        json={"source": "inspect", "sections": {"storage": RAID, "backups": []}},
    )
    assert [flag["pattern"] for flag in told["flags"]["opened"]] == ["raid-only-no-backup"]

    # The flag shows what it saw: the array by name, and the empty list.
    (flag,) = tool.call("GET", "/flags/?host=db-01&pattern=raid-only-no-backup")["results"]
    verdicts = tool.call("GET", "/hosts/db-01/verdicts/")["results"]
    (verdict,) = [v for v in verdicts if v["pattern"] == "raid-only-no-backup"]
    seen = {one["path"]: one["value"] for one in verdict["evidence"]}
    assert verdict["verdict"] == "match"
    assert "md0" in str(seen)
    assert seen["backups"] == []
    assert flag["state"] == "open"
    assert "raid5 on md0" in flag["sentence"]

    # What was never reported is unknown, never clear.
    (unknown,) = [
        v
        for v in tool.call("GET", "/hosts/web-01/verdicts/")["results"]
        if v["pattern"] == "backup-never-restored"
    ]
    assert (unknown["verdict"], unknown["missing"]) == ("unknown", ["backups"])

    # The story is written, cites the lesson, and is found again by a word of it.
    pattern = tool.call("GET", "/patterns/raid-only-no-backup/")
    assert pattern["lessons"] == ["raid-is-not-a-backup"]
    incident = tool.call(
        "POST",
        "/incidents/",
        json={
            "title": "The controller took the rest with it",
            "severity": "critical",
            "summary": "The RAID of @db-01 was its only copy.",
            "hosts": ["db-01"],
            "lessons": ["raid-is-not-a-backup"],
        },
    )

    def found() -> list[str] | None:
        results = tool.call("GET", "/search/?q=raid&limit=50")["results"]
        kinds = {one["kind"] for one in results}
        return results if {"incident", "lesson", "pattern", "host"} <= kinds else None

    results = soon(found)
    assert any(one["title"] == "The controller took the rest with it" for one in results)
    lesson = tool.call("GET", "/lessons/raid-is-not-a-backup/")
    assert str(incident["id"]) in str(lesson)

    # A host where the lesson was taught and still holds is flagged for that too, a moment later.
    soon(lambda: tool.call("GET", "/flags/?host=db-01&pattern=lesson-repeated")["results"])

    # A fresh backup that leaves the host resolves the flag by itself.
    tool.call("POST", "/subscriptions/", json={"weekday": 0, "hour": 9, "time_zone": "UTC"})
    made = datetime.now(UTC) - timedelta(hours=2)
    told = tool.call(
        "PUT",
        "/hosts/db-01/facts/",
        json={
            "source": "inspect",
            "sections": {
                "backups": [
                    {
                        "tool": "restic",
                        "job": "nightly",
                        "target_host": "backup-01",
                        "offsite": True,
                        "last_success": made.isoformat(),
                    }
                ]
            },
        },
    )
    assert {flag["pattern"] for flag in told["flags"]["resolved"]} == {
        "raid-only-no-backup",
        "lesson-repeated",
    }

    # The mail of that week says both, and is kept.
    site.manage("send_digests", "--at", monday_after(datetime.now(UTC)).isoformat())
    (message,) = site.postbox.accepted
    body = message.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert "raid5 on md0; no backup at all." in text
    assert "A backup worked" in text
    assert "RAID is not a backup" in text
    assert f"#{incident['id']} The controller took the rest with it" in text
    (digest,) = tool.call("GET", "/digests/")["results"]
    assert (digest["state"], digest["subject"]) == ("sent", message["Subject"])
