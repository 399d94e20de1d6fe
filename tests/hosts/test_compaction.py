"""The history of facts grows old: less of it the further back, and never the present."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from incidents.hosts import compaction
from incidents.hosts.history import facts_at
from incidents.hosts.models import FactHistory, FactSample, Host
from incidents.hosts.tasks import compact_history
from tests.hosts.reports import days_ago, tell
from tests.support.factories import NOW

pytestmark = pytest.mark.django_db
VERSIONS = range(24)


@pytest.fixture
def host() -> Host:
    """A version every ten days, the newest of today; a quiet source since long ago."""
    tell(source="restic", backups=[], at=days_ago(300))
    for number in VERSIONS:
        found = tell(
            os={"name": "Debian", "version": f"12.{number}"}, at=days_ago(230 - 10 * number)
        )
    return found.host


def kept() -> list[str]:
    rows = FactHistory.objects.filter(section="os").order_by("since")
    return [row.value["version"] for row in rows]


@pytest.fixture(autouse=True)
def short(settings: Any) -> None:
    settings.HISTORY_DETAIL_DAYS = 100


def test_recent_changes_stay_and_older_ones_become_one_a_month(host: Host) -> None:
    done = compaction.compact(NOW)
    rows = FactHistory.objects.filter(section="os", until__lt=days_ago(100))
    months = [f"{row.since:%Y-%m}" for row in rows]
    assert months
    assert len(months) == len(set(months))
    assert kept()[-10:] == [f"12.{number}" for number in VERSIONS[-10:]]
    assert done.values == len(VERSIONS) - len(kept())


def test_the_present_and_the_end_of_every_month_stay_what_they_were(host: Host) -> None:
    now = facts_at(host, NOW)
    monthly = {f"{row.since:%Y-%m}": row.since for row in FactHistory.objects.filter(section="os")}
    then = {at: facts_at(host, at).document for at in monthly.values()}
    compaction.compact(NOW)
    assert facts_at(host, NOW) == now
    assert {at: facts_at(host, at).document for at in monthly.values()} == then


def test_the_same_again_does_nothing(host: Host) -> None:
    compaction.compact(NOW)
    before = list(FactHistory.objects.order_by("pk").values())
    assert compaction.compact(NOW).values == 0
    assert list(FactHistory.objects.order_by("pk").values()) == before


def test_after_the_last_day_only_the_value_it_rests_on_stays(host: Host, settings: Any) -> None:
    settings.HISTORY_KEEP_DAYS = 150
    stood = facts_at(host, days_ago(150)).document
    compaction.compact(NOW)
    assert facts_at(host, days_ago(150)).document == stood
    assert FactHistory.objects.filter(section="os", until__lt=days_ago(150)).count() == 1


def test_what_the_register_says_stays(host: Host, settings: Any) -> None:
    settings.HISTORY_KEEP_DAYS = settings.HISTORY_DETAIL_DAYS = 1
    register = FactHistory.objects.filter(section="inventory")
    before = list(register.values())
    compaction.compact(NOW)
    assert list(register.values()) == before


def test_nothing_goes_where_nobody_set_a_bound(host: Host, settings: Any) -> None:
    settings.HISTORY_DETAIL_DAYS = settings.SAMPLES_KEEP_DAYS = 0
    assert compaction.compact(NOW) == compaction.Compacted()
    assert compaction.in_words() == "Every change is kept."


def test_daily_samples_go_after_their_time(host: Host, settings: Any) -> None:
    settings.SAMPLES_KEEP_DAYS = 30
    for days in (29, 31):
        FactSample.objects.create(
            host=host, section="runtime", source="x", day=days_ago(days).date(), value={"load": 1}
        )
    assert compaction.compact(NOW).samples == 1
    assert FactSample.objects.get().day == days_ago(29).date()


def test_a_dry_run_only_says_how_much(host: Host) -> None:
    before = FactHistory.objects.count()
    out = StringIO()
    call_command("compact_history", "--dry-run", stdout=out)
    assert "old values and 0 old samples would go" in out.getvalue()
    assert FactHistory.objects.count() == before
    assert compact_history() == before - FactHistory.objects.count()


def test_it_reads_and_deletes_in_batches(
    host: Host, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_max_num_queries(8):
        compaction.compact(NOW)
