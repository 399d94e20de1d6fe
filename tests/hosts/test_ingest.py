"""Taking reports in: history for every word, the merge for the present."""

from datetime import timedelta
from typing import Any

import pytest

from incidents.facts.errors import FactsError
from incidents.facts.readers import read
from incidents.hosts.ingest import Ingested, ingest, ingest_many
from incidents.hosts.models import FactHistory, FactSample, Host, HostKind
from kb.outbox.models import OutboxRow
from tests.hosts.reports import days_ago, report, tell
from tests.support.factories import NOW, make_host

pytestmark = pytest.mark.django_db

DEBIAN = {"name": "Debian", "version": "12.5"}
GENTOO = {"name": "Gentoo", "version": "2004.0"}


def rows(section: str = "os") -> list[tuple[Any, ...]]:
    """(value's name, since, last seen, until) of a section, oldest first."""
    found = FactHistory.objects.filter(section=section).order_by("since", "pk")
    return [(row.value, row.since, row.last_seen, row.until) for row in found]


def everything() -> list[list[dict[str, Any]]]:
    """All that a report may touch, row by row."""
    tables = (Host, FactHistory, FactSample, OutboxRow)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_the_first_report_makes_the_host() -> None:
    done = tell("robert", os=DEBIAN, backups=[])
    host = Host.objects.get()
    assert (done.created, done.changed, done.observed_from) == (True, ["backups", "os"], "report")
    assert (host.name, host.facts["os"]["name"], host.facts["backups"]) == ("robert", "Debian", [])
    assert host.observed["os"]["sources"] == {"ansible": "2026-11-23T09:00:00Z"}
    assert host.last_report_at == NOW


def test_the_same_report_twice_changes_nothing_but_last_seen() -> None:
    tell(os=DEBIAN, at=days_ago(2))
    OutboxRow.objects.all().delete()
    before = Host.objects.get().facts
    again = tell(os=DEBIAN, at=days_ago(1))
    assert (again.created, again.changed) == (False, [])
    assert rows() == [(before["os"], days_ago(2), days_ago(1), None)]
    assert Host.objects.get().facts == before
    assert not OutboxRow.objects.exists()
    tell(os=DEBIAN, at=days_ago(1))
    assert rows() == [(before["os"], days_ago(2), days_ago(1), None)]


def test_a_change_closes_the_row_and_opens_another() -> None:
    tell(os=GENTOO, at=days_ago(3))
    done = tell(os=DEBIAN, at=days_ago(1))
    assert done.changed == ["os"]
    assert [(v["name"], since, until) for v, since, _, until in rows()] == [
        ("Gentoo", days_ago(3), days_ago(1)),
        ("Debian", days_ago(1), None),
    ]
    assert OutboxRow.objects.filter(topic="index", key=f"host:{done.host.pk}").exists()


def test_an_older_report_goes_into_history_and_not_into_the_present() -> None:
    tell(os=DEBIAN, at=days_ago(1))
    done = tell(os=GENTOO, at=days_ago(5))
    assert done.changed == []
    assert Host.objects.get().facts["os"]["name"] == "Debian"
    assert [(v["name"], since, until) for v, since, _, until in rows()] == [
        ("Gentoo", days_ago(5), days_ago(1)),
        ("Debian", days_ago(1), None),
    ]
    assert Host.objects.get().last_report_at == days_ago(1)


def test_a_late_report_from_within_a_span_leaves_the_present_alone() -> None:
    for days in (6, 2):
        tell(os=DEBIAN, at=days_ago(days))
    before = everything()
    assert tell(os=DEBIAN, at=days_ago(4)).changed == []
    assert everything() == before
    assert tell(os=GENTOO, at=days_ago(3)).changed == []
    assert Host.objects.get().facts["os"]["name"] == "Debian"
    assert [(v["name"], since, seen, until) for v, since, seen, until in rows()] == [
        ("Debian", days_ago(6), days_ago(2), None),
        ("Gentoo", days_ago(3), days_ago(3), days_ago(3)),  # a moment that contradicts the span
    ]


def test_reports_tell_the_same_story_in_whatever_order_they_come() -> None:
    story = [(9, GENTOO), (6, DEBIAN), (5, DEBIAN), (2, GENTOO)]
    told = {}
    for name, order in (("a", (0, 1, 2, 3)), ("b", (3, 1, 0, 2)), ("c", (2, 3, 0, 1))):
        for place in order:
            days, os = story[place]
            tell(name, os=os, at=days_ago(days))
        told[name] = [
            (row.value["name"], row.since, row.until)
            for row in FactHistory.objects.filter(host__name=name, section="os").order_by("since")
        ]
        assert Host.objects.get(name=name).facts["os"]["name"] == "Gentoo"
    assert told["a"] == [
        ("Gentoo", days_ago(9), days_ago(6)),
        ("Debian", days_ago(6), days_ago(2)),
        ("Gentoo", days_ago(2), None),
    ]
    # The rows never overlap; a late report may split a span, since it can't know what it missed.
    for spans in told.values():
        ends = [until for _, _, until in spans]
        assert ends[:-1] == [since for _, since, _ in spans[1:]]
        assert ends[-1] is None


def test_a_value_that_returns_after_its_shelf_life_gets_a_row_of_its_own() -> None:
    tell(os=DEBIAN, at=days_ago(60))
    tell(os=DEBIAN, at=days_ago(1))
    assert [(since, until) for _, since, _, until in rows()] == [
        (days_ago(60), days_ago(46)),  # good for 14 days, then nobody knew
        (days_ago(1), None),
    ]


def test_what_moves_with_every_report_makes_no_history_but_a_sample_a_day() -> None:
    for hours, load in ((30, 0.5), (3, 1.5), (1, 2.5)):
        done = tell(at=NOW - timedelta(hours=hours), runtime={"load": load})
    assert done.changed == []
    assert FactHistory.objects.filter(section="runtime").count() == 1
    assert Host.objects.get().facts["runtime"]["load"] == 2.5
    samples = FactSample.objects.order_by("day").values_list("day", "value")
    assert [(day.day, value["load"]) for day, value in samples] == [(22, 0.5), (23, 2.5)]


def test_sources_layer_and_never_clobber() -> None:
    tell(source="ansible", at=days_ago(2), os=DEBIAN, packages={"manager": "apt"})
    tell(source="script", at=days_ago(1), packages={"reboot_required": True})
    host = Host.objects.get()
    assert host.facts["packages"] == {"manager": "apt", "reboot_required": True}
    assert set(host.observed["packages"]["sources"]) == {"ansible", "script"}
    assert host.facts["os"]["name"] == "Debian"


def test_a_hand_entered_value_wins_over_a_newer_tool() -> None:
    tell(source="manual", at=days_ago(90), os={"upgradable": False})
    tell(source="ansible", at=days_ago(1), os=DEBIAN | {"upgradable": True})
    assert Host.objects.get().facts["os"]["upgradable"] is False


def test_an_empty_list_is_what_that_source_knows() -> None:
    tell(source="restic", at=days_ago(2), backups=[{"tool": "restic", "job": "home"}])
    tell(source="borg", at=days_ago(1), backups=[])
    assert [job["tool"] for job in Host.objects.get().facts["backups"]] == ["restic"]
    tell(source="restic", backups=[])
    assert Host.objects.get().facts["backups"] == []


def test_a_report_touches_only_the_sections_it_is_about() -> None:
    tell(os=DEBIAN, clock={"synced": True}, at=days_ago(3))
    tell(clock={"synced": False})
    assert rows()[-1][2] == days_ago(3)
    assert Host.objects.get().facts["os"]["name"] == "Debian"


def test_two_different_words_of_one_moment_leave_the_later_to_arrive() -> None:
    tell(os=GENTOO)
    assert tell(os=DEBIAN).changed == ["os"]
    assert [value["name"] for value, *_ in rows()] == ["Debian"]


def test_a_host_made_by_hand_takes_its_kind_from_the_first_report_and_says_so_in_history() -> None:
    make_host("robert", kind=HostKind.UNKNOWN)
    ansible = {
        "ansible_facts": {
            "ansible_hostname": "robert",
            "ansible_distribution": "Debian",
            "ansible_distribution_version": "12.5",
            "ansible_virtualization_role": "guest",
            "ansible_virtualization_type": "kvm",
        }
    }
    (said,) = read(ansible, arrived_at=NOW, host="robert")
    ingest(said, arrived_at=NOW)
    host = Host.objects.get()
    assert host.kind == HostKind.VIRTUAL
    inventory = FactHistory.objects.get(section="inventory", until=None)
    assert inventory.value["kind"] == "virtual"


def test_of_many_at_once_a_refused_one_spoils_no_other() -> None:
    make_host("box", facts={}, kind=HostKind.PHYSICAL)
    chroot = {"ansible_facts": {"ansible_is_chroot": True, "ansible_distribution": "Gentoo"}}
    (wrong,) = read(chroot, arrived_at=NOW, host="box")
    reports = [report("web-01", os=DEBIAN), wrong, report("web-02", os=DEBIAN)]
    first, refused, last = ingest_many(reports, arrived_at=NOW)
    assert isinstance(refused, FactsError)
    assert isinstance(first, Ingested)
    assert isinstance(last, Ingested)
    assert (first.host.name, last.host.name) == ("web-01", "web-02")
    assert list(Host.objects.values_list("name", flat=True)) == ["box", "web-01", "web-02"]
    assert Host.objects.get(name="box").facts == {}


def test_an_unchanged_report_costs_a_fixed_number_of_queries(
    django_assert_num_queries: Any,
) -> None:
    said = {"os": DEBIAN, "clock": {"synced": True}, "packages": {"manager": "apt"}}
    tell(at=days_ago(1), **said)
    later = report(at=NOW, **said)
    with django_assert_num_queries(7):
        ingest(later, arrived_at=NOW)


def test_a_report_from_the_future_is_refused_and_nothing_is_stored() -> None:
    early = {"host": "robert", "sections": {"os": DEBIAN}}
    ahead = early | {"observed_at": (NOW + timedelta(minutes=5, seconds=1)).isoformat()}
    with pytest.raises(FactsError, match=r"2026-11-23T09:05:01Z.*2026-11-23T09:00:00Z"):
        read(ahead, arrived_at=NOW)
    just = early | {"observed_at": (NOW + timedelta(minutes=5)).isoformat()}
    (said,) = read(just, arrived_at=NOW)
    assert ingest(said, arrived_at=NOW).changed == ["os"]


def test_what_fails_in_the_middle_leaves_everything_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tell(os=DEBIAN, runtime={"load": 1.0}, at=days_ago(1))
    before = everything()

    def full_disk(*_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("incidents.hosts.ingest.post_many", full_disk)
    with pytest.raises(OSError, match="no space"):
        tell(os=GENTOO, runtime={"load": 9.0}, backups=[])
    with pytest.raises(OSError, match="no space"):
        tell("web-01", os=DEBIAN)
    assert everything() == before


def test_the_same_start_told_a_few_seconds_apart_is_no_change() -> None:
    tell(at=days_ago(2), runtime={"booted_at": "2026-11-01T06:00:00Z"})
    assert tell(at=days_ago(1), runtime={"booted_at": "2026-11-01T06:00:07Z"}).changed == []
    assert Host.objects.get().facts["runtime"]["booted_at"] == "2026-11-01T06:00:00Z"
    assert tell(runtime={"booted_at": "2026-11-22T11:00:00Z"}).changed == ["runtime"]
