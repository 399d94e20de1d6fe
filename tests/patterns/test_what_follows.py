"""What follows from a host's own facts and place is there for patterns, and grows old with them."""

from datetime import timedelta
from typing import Any

import pytest

from incidents.facts.merge import SourceRow, merge
from incidents.hosts.models import Host
from incidents.patterns.fleet import Fleet
from incidents.patterns.supply_ways import WAYS
from incidents.patterns.view import HostView
from tests.support.factories import NOW, make_host, make_site

pytestmark = pytest.mark.django_db

BACKUPS = [{"tool": "restic", "job": "/srv", "site": "north", "paths": ["/srv"]}]
MOUNTS = {"mounts": [{"path": "/"}, {"path": "/srv"}]}


def view_of(host: Host) -> HostView:
    (view,) = Fleet.at(NOW, [host.pk])
    return view


def test_where_a_backup_lies_is_seen_from_the_site_of_the_host() -> None:
    near = make_host(site=make_site(slug="north"), facts={"backups": BACKUPS})
    far = make_host(site=make_site(slug="south"), facts={"backups": BACKUPS})
    nowhere = make_host(facts={"backups": BACKUPS})
    told = [view_of(host).sections["backups"][0].get("offsite") for host in (near, far, nowhere)]
    assert told == [False, True, None]


def test_what_a_job_holds_follows_from_its_paths_and_the_file_systems() -> None:
    host = make_host(facts={"backups": BACKUPS, "storage": MOUNTS})
    assert view_of(host).fresh["backups"][0]["holds"] == ["/srv"]


def test_old_reports_make_nothing_fresh() -> None:
    facts: dict[str, Any] = {"backups": BACKUPS, "storage": MOUNTS}
    host = make_host(facts=facts, seen=NOW - timedelta(days=20))
    view = view_of(host)
    assert view.sections["backups"][0]["holds"] == ["/srv"]
    assert "backups" not in view.fresh
    assert "storage" not in view.fresh


def test_nothing_that_follows_is_stored() -> None:
    host = make_host(facts={"backups": BACKUPS, "storage": MOUNTS})
    view_of(host)
    host.refresh_from_db()
    assert host.facts == {"backups": BACKUPS, "storage": MOUNTS}


WORDS = [pytest.param(way.sections, id=key) for key, way in WAYS.items() if way.sections]


@pytest.mark.parametrize("said", WORDS)
def test_what_is_said_by_hand_of_a_job_is_not_taken_for_another_job(said: dict[str, Any]) -> None:
    told = [{"tool": "restic", "job": "/srv", "last_success": "2026-11-23T02:00:00Z"}]
    by_hand = said.get("backups", [])
    rows = [
        SourceRow("backups", "restic", told, NOW),
        SourceRow("backups", "by-hand", by_hand, NOW),
    ]
    assert len(merge(rows).document["backups"]) == 1
