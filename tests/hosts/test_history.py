"""Looking back: what was known when, and what changed."""

import pytest

from incidents.hosts.history import entries, facts_at, told
from incidents.hosts.models import Host
from tests.hosts.reports import days_ago, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def host() -> Host:
    """Gentoo for a year; Debian since ten days; restic since a month."""
    tell(os={"name": "Gentoo", "version": "2.14"}, at=days_ago(20))
    tell(source="restic", backups=[], at=days_ago(13))
    return tell(os={"name": "Debian", "version": "12.5"}, at=days_ago(10)).host


def test_the_facts_stand_as_they_stood(host: Host) -> None:
    assert facts_at(host, days_ago(30)).document == {}
    then = facts_at(host, days_ago(15))
    assert then.document["os"]["name"] == "Gentoo"
    assert "backups" not in then.document
    assert facts_at(host, days_ago(12)).document["backups"] == []
    assert facts_at(host, days_ago(10)).document["os"]["name"] == "Debian"
    assert facts_at(host, days_ago(0)).document == host.facts


def test_no_source_is_seen_later_than_the_moment_asked(host: Host) -> None:
    seen = facts_at(host, days_ago(12)).observed["os"]["sources"]["ansible"]
    assert seen <= days_ago(12).isoformat().replace("+00:00", "Z")


def test_changes_come_newest_first_as_differences(host: Host) -> None:
    newest, *rest = [one for one in entries(host) if one.section != "inventory"]
    assert (newest.at, newest.section, newest.source) == (days_ago(10), "os", "ansible")
    changed = {change.path: (change.old, change.new) for change in newest.changes}
    assert changed["os.name"] == ("Gentoo", "Debian")
    assert [(one.section, one.first) for one in rest] == [("backups", True), ("os", True)]


def test_what_returns_unchanged_after_a_silence_is_said_to(host: Host) -> None:
    tell(source="restic", backups=[], at=days_ago(13))
    again = tell("other", source="restic", backups=[], at=days_ago(90)).host
    tell("other", source="restic", backups=[], at=days_ago(1))
    newest = next(iter(entries(again, "backups")))
    assert (newest.returned, newest.changes) == (True, [])


def test_only_sections_with_a_history_are_offered(host: Host) -> None:
    assert told(host) == ["backups", "inventory", "os"]
