"""Storing a report and judging its host: nothing is forgotten in between."""

import json
from typing import Any

import pytest

from incidents.facts.readers import read
from incidents.hosts.models import Host
from incidents.intake import take as door
from kb.outbox.models import OutboxRow
from tests.support.factories import NOW

pytestmark = pytest.mark.django_db


class PowerCut(Exception):
    pass


@pytest.mark.parametrize("many", [False, True])
def test_should_the_process_die_before_judging_the_background_knows(
    many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*args: Any, **kwargs: Any) -> None:
        raise PowerCut

    monkeypatch.setattr(door, "judge_hosts", die)
    (report,) = read(json.dumps({"backups": []}).encode(), arrived_at=NOW, host="robert")
    take: Any = door.take_many if many else door.take
    with pytest.raises(PowerCut):
        take([report] if many else report, arrived_at=NOW)
    host = Host.objects.get()
    assert host.facts == {"backups": []}
    row = OutboxRow.objects.get(topic="judge")
    assert (row.key, row.payload) == (str(host.pk), {"itself": True})


def test_two_files_about_one_host_end_in_one_host() -> None:
    bodies = [{"backups": []}, {"clock": {"synced": True}}]
    reports = [read(json.dumps(body).encode(), arrived_at=NOW, host="robert")[0] for body in bodies]
    first, last = door.take_many(reports, arrived_at=NOW)
    assert isinstance(first, door.Taken)
    assert isinstance(last, door.Taken)
    assert (first.ingested.created, last.ingested.created) == (True, False)
    assert set(Host.objects.get().facts) == {"backups", "clock"}
