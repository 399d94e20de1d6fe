"""What comes again word for word is not read, and the outcome is as if it had been."""

import json
from collections.abc import Callable
from datetime import datetime
from itertools import chain
from typing import Any

import pytest
from django.forms import model_to_dict
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from incidents.facts.readers import read
from incidents.hosts.ingest import ingest
from incidents.hosts.models import FactHistory, FactSample, Host, LastReport
from incidents.hosts.register import save
from incidents.intake import bulk, reading
from incidents.intake.bulk import Asked, Tally, results
from kb.outbox.models import OutboxRow
from tests.hosts.reports import days_ago, tell
from tests.support.factories import NOW

RAID = {"raids": [{"name": "md0", "level": "raid1"}]}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bodies that were really read."""
    found: list[bytes] = []

    def look(body: bytes, **said: Any) -> Any:
        found.append(body)
        return read(body, **said)

    monkeypatch.setattr(bulk, "read", look)
    return found


def body(
    host: str | None = "web-1", at: datetime = NOW, source: str = "ansible", **sections: Any
) -> bytes:
    said: dict[str, Any] = {"observed_at": at.isoformat(), "source": source, "sections": sections}
    return json.dumps(said | ({"host": host} if host else {})).encode()


def setup(**facts: Any) -> bytes:
    """What Ansible gathers of a physical machine that names itself web-1."""
    said = {
        "distribution": "Debian", "hostname": "web-1", "product_name": "R640",
        "product_serial": "SN1", "date_time": {"iso8601": "2026-11-23T08:00:00Z"},
        "dns": {"nameservers": ["127.0.0.53"]},
    } | facts  # fmt: skip
    return json.dumps({"ansible_facts": {f"ansible_{k}": v for k, v in said.items()}}).encode()


def post(*bodies: bytes) -> list[dict[str, Any]]:
    return list(results([b"\n".join(bodies)], Tally(), Asked()))


def everything() -> list[Any]:
    """All that reports leave behind, but for what is kept to know them again."""
    hosts = [model_to_dict(host) for host in Host.objects.order_by("pk")]
    kept = (FactHistory.objects.order_by("pk").values(), FactSample.objects.order_by("pk").values())
    return [hosts, *map(list, kept)]


@pytest.mark.django_db
def test_it_is_not_read_changes_nothing_and_has_the_same_answer(reads: list[bytes]) -> None:
    fleet = [setup(hostname=f"web-{n}", product_serial=f"SN{n}") for n in range(3)]
    post(*fleet)
    read_once, before = len(reads), everything()
    OutboxRow.objects.all().delete()
    again = post(*fleet)
    assert (read_once, len(reads)) == (3, 3)
    assert everything() == before
    assert [(one["host"], one["created"], one["changed"]) for one in again] == [
        ("web-0", False, []), ("web-1", False, []), ("web-2", False, []),
    ]  # fmt: skip
    assert "stub on the host" in again[0]["notes"][0]
    assert again[0]["flags"] == {"opened": [], "resolved": []}
    assert not OutboxRow.objects.exists()


@pytest.mark.django_db
def test_fifty_known_ones_take_as_many_statements_as_five(
    django_assert_max_num_queries: Any,
) -> None:
    fleet = [body(f"web-{n}", storage=RAID) for n in range(50)]
    post(*fleet)
    with django_assert_max_num_queries(8):
        post(*fleet)


@pytest.mark.django_db
def test_an_old_one_that_comes_again_is_read_and_stays_in_the_past(reads: list[bytes]) -> None:
    old = body(at=days_ago(2), storage={"raids": []})
    post(old)
    tell("web-1", at=days_ago(1), storage=RAID)  # through another door
    post(old)
    assert reads == [old, old]
    assert Host.objects.get().facts["storage"] == RAID


@pytest.mark.django_db
def test_it_is_about_whoever_bears_its_name_now(reads: list[bytes]) -> None:
    told = body(storage=RAID)
    post(told)
    host = Host.objects.get()
    save(host, expected=host.revision, by=None, changes={"name": "old-web"})
    assert post(told)[0]["host"] == "old-web"
    assert len(reads) == 1
    Host.objects.create(name="web-1")
    assert post(told)[0]["changed"] == ["storage"]
    assert len(reads) == 2
    assert Host.objects.get(name="web-1").facts["storage"] == RAID


@pytest.mark.django_db
def test_what_somebody_emptied_is_filled_again() -> None:
    post(setup())
    Host.objects.update(serial="")
    post(setup())
    assert Host.objects.get().serial == "SN1"


@pytest.mark.django_db
def test_newer_readers_read_it_anew(reads: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    post(body(storage=RAID))
    monkeypatch.setattr(reading, "readers", lambda: "of tomorrow")
    post(body(storage=RAID))
    post(body(storage=RAID))
    assert len(reads) == 2


@pytest.mark.django_db
def test_what_carries_no_time_of_its_own_is_news_each_time(reads: list[bytes]) -> None:
    told = json.dumps({"host": "web-1", "sections": {"storage": RAID}}).encode()
    post(told)
    first = Host.objects.get().last_report_at
    post(told)
    assert len(reads) == 2
    after = Host.objects.get().last_report_at
    assert first is not None
    assert after is not None
    assert after > first


@pytest.mark.django_db
def test_what_is_read_only_to_look_is_not_remembered(reads: list[bytes]) -> None:
    told = body(storage=RAID)
    for _ in range(2):
        list(results([told], Tally(), Asked(dry_run=True)))
    assert (len(reads), LastReport.objects.count()) == (2, 0)


SECTIONS = st.sampled_from(
    [{"storage": RAID}, {"storage": {"raids": [], "mounts": []}}, {"runtime": {"load": 0.5}},
     {"runtime": {"load": 0.7}, "storage": RAID}, {"backups": []}]
)  # fmt: skip
BODIES = st.builds(
    lambda host, days, source, sections: body(host, days_ago(days), source, **sections),
    st.sampled_from(["web-1", "web-2"]),
    st.sampled_from([1, 2]),
    st.sampled_from(["ansible", "lsblk", "manual"]),
    SECTIONS,
)
ONE, OTHER = body(runtime={"load": 0.5}), body(runtime={"load": 0.7})


class Recognising(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.lists(BODIES, min_size=1, max_size=4), min_size=1, max_size=3))
    @example([[ONE], [OTHER, ONE]])
    @example([[ONE], [ONE, OTHER], [ONE]])
    @example([[ONE, ONE], [ONE, ONE]])
    def test_leaves_what_reading_everything_leaves(self, batches: list[list[bytes]]) -> None:
        # Each batch comes twice, so that much is known, and then all of them in one.
        told = [batch for batch in batches for _ in range(2)] + [[*chain.from_iterable(batches)]]
        assert outcome(told, post) == outcome(told, one_by_one)


KEY, HELD = ("section", "source", "since"), ("value", "last_seen", "until")


def outcome(told: list[list[bytes]], door: Callable[..., object]) -> list[Any]:
    for batch in told:
        door(*batch)
    spans = FactHistory.objects.exclude(section="inventory")
    hosts = Host.objects.order_by("name")
    found = [
        list(spans.order_by("host__name", *KEY).values_list("host__name", *KEY, *HELD)),
        list(hosts.values_list("name", "facts", "observed", "last_report_at")),
    ]
    Host.objects.all().delete()
    return found


def one_by_one(*bodies: bytes) -> None:
    for one in bodies:
        for report in read(one, arrived_at=NOW):
            ingest(report, arrived_at=NOW)
