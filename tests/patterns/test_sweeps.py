"""Sweeps: whole, one at a time, resumable after a death at any point, and stoppable."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from incidents.hosts.models import Host
from incidents.patterns import sweeps, tasks
from incidents.patterns.library import shipped
from incidents.patterns.models import (
    Flag,
    FlagTransition,
    HostVerdicts,
    Sweep,
    SweepChunk,
    WeeklyCount,
)
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from tests.support.factories import NOW, make_flag, make_host

pytestmark = pytest.mark.django_db

ALL = len(shipped())
BAD = {"storage": {"raids": [{"name": "md0", "level": "raid5"}]}, "backups": []}


@pytest.fixture
def fleet(library: None, monkeypatch: pytest.MonkeyPatch, time_machine: Any) -> list[Host]:
    """Seven hosts in chunks of two, at a time when what they told is fresh."""
    time_machine.move_to(NOW)
    monkeypatch.setattr(sweeps, "CHUNK", 2)
    return [make_host(f"host-{n}", facts=BAD if n % 2 else {}) for n in range(7)]


def clock() -> datetime:
    return NOW


def stand() -> dict[str, Any]:
    return {
        "flags": sorted(Flag.objects.values_list("host__name", "pattern__slug", "state")),
        "log": FlagTransition.objects.count(),
        "verdicts": {row.host.name: row.verdicts for row in HostVerdicts.objects.all()},
    }


def test_it_asks_everything_of_everybody(fleet: list[Host]) -> None:
    seen: list[tuple[int, int]] = []
    sweep = sweeps.run(sweeps.start(now=NOW), clock, lambda *done: seen.append(done))
    assert (sweep.state, sweep.hosts_total, sweep.patterns_total) == ("done", 7, ALL)
    assert (sweep.opened, sweep.resolved, sweep.broken) == (3, 0, {})
    assert sum(sweep.verdicts.values()) == 7 * ALL
    assert seen == [(2, 7), (4, 7), (6, 7), (7, 7)]
    assert Flag.objects.filter(state="open").count() == 3


def test_a_worker_killed_between_chunks_leaves_true_flags_and_another_finishes(
    fleet: list[Host],
) -> None:
    sweep = sweeps.plan(sweeps.start(now=NOW), NOW)
    first = sweeps.claim(sweep, NOW)
    assert first is not None
    sweeps.work(sweep, first, NOW)
    sweeps.claim(sweep, NOW)  # and died with it
    assert Flag.objects.count() == 1
    later = NOW + sweeps.LEASE + timedelta(seconds=1)
    finished = sweeps.run(Sweep.objects.get(), lambda: later)
    interrupted = stand()
    assert finished.state == "done"
    assert finished.opened == 3

    Flag.objects.all().delete()
    HostVerdicts.objects.all().delete()
    Sweep.objects.all().delete()
    sweeps.run(sweeps.start(now=NOW), clock)
    assert stand() == interrupted


def test_a_worker_killed_while_storing_leaves_nothing_of_the_chunk(
    fleet: list[Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = sweeps.plan(sweeps.start(now=NOW), NOW)
    chunk = sweeps.claim(sweep, NOW)
    assert chunk is not None
    outcome = sweeps._outcome

    def killed(judgement: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(sweeps, "_outcome", killed)
    with pytest.raises(KeyboardInterrupt):
        sweeps.work(sweep, chunk, NOW)
    assert (Flag.objects.count(), HostVerdicts.objects.count()) == (0, 0)
    monkeypatch.setattr(sweeps, "_outcome", outcome)
    assert sweeps.claim(sweep, NOW) != chunk
    assert sweeps.claim(sweep, NOW + sweeps.LEASE + timedelta(seconds=1)) is not None


def test_a_chunk_done_twice_is_counted_once(fleet: list[Host]) -> None:
    sweep = sweeps.plan(sweeps.start(now=NOW), NOW)
    chunk = sweeps.claim(sweep, NOW)
    assert chunk is not None
    assert sweeps.work(sweep, chunk, NOW) is not None
    before = stand()
    assert sweeps.work(sweep, chunk, NOW) is None
    assert stand() == before


def test_two_workers_never_hold_the_same_chunk(fleet: list[Host]) -> None:
    sweep = sweeps.plan(sweeps.start(now=NOW), NOW)
    taken = [sweeps.claim(sweep, NOW) for _ in range(5)]
    assert [chunk.number for chunk in taken if chunk] == [1, 2, 3, 4]
    assert taken[-1] is None


def test_only_one_sweep_at_a_time(fleet: list[Host], responder: User) -> None:
    first = sweeps.start(now=NOW)
    with pytest.raises(sweeps.SweepUnderWay) as busy:
        sweeps.start(now=NOW, by=responder)
    assert busy.value.sweep == first
    sweeps.cancel(first, NOW)
    assert sweeps.start(now=NOW).state == "waiting"


def test_planning_twice_cuts_once(fleet: list[Host]) -> None:
    sweep = sweeps.start(now=NOW)
    sweeps.plan(sweep, NOW)
    sweeps.plan(sweep, NOW)
    assert SweepChunk.objects.count() == 4


def test_it_can_be_stopped_and_what_was_found_stays(fleet: list[Host]) -> None:
    sweep = sweeps.plan(sweeps.start(now=NOW), NOW)
    first, second = sweeps.claim(sweep, NOW), sweeps.claim(sweep, NOW)
    assert first is not None
    assert second is not None
    sweeps.work(sweep, first, NOW)
    sweeps.cancel(sweep, NOW)
    before = stand()
    assert sweeps.work(sweep, second, NOW) is None
    assert sweeps.finish(sweep, NOW).state == "cancelled"
    assert stand() == before
    assert len(before["flags"]) == 1


def test_it_closes_what_is_gone(fleet: list[Host]) -> None:
    sweeps.run(sweeps.start(now=NOW), clock)
    Host.objects.filter(name="host-1").update(status="retired")
    sweeps.run(sweeps.start(now=NOW + timedelta(days=1)), clock)
    states = dict(Flag.objects.values_list("host__name", "state"))
    assert states == {"host-1": "closed", "host-3": "open", "host-5": "open"}


def test_the_week_is_counted_at_its_end(fleet: list[Host]) -> None:
    sweeps.run(sweeps.start(now=NOW), clock)
    row = WeeklyCount.objects.get(pattern__slug="raid-only-no-backup")
    assert (str(row.week), row.verdicts, row.open_flags) == (
        "2026-11-23", {"match": 3, "unknown": 4}, {"high": 3},
    )  # fmt: skip
    Host.objects.filter(name="host-1").update(facts={})
    sweeps.run(sweeps.start(now=NOW + timedelta(days=1)), clock)
    row.refresh_from_db()
    assert row.verdicts == {"match": 2, "unknown": 5}
    assert WeeklyCount.objects.count() == ALL


def test_an_empty_fleet_is_swept_in_no_time(library: None) -> None:
    assert sweeps.run(sweeps.start(now=NOW), clock).state == "done"


class TestNightly:
    def at(self, hour: int, day: int = 23) -> datetime:
        return datetime(2026, 11, day, hour, 5, tzinfo=UTC)

    def test_once_a_night(self) -> None:
        assert sweeps.nightly_due(self.at(3))
        sweeps.start(now=self.at(3), why="nightly")
        assert not sweeps.nightly_due(self.at(23))
        assert not sweeps.nightly_due(self.at(2, day=24))
        assert sweeps.nightly_due(self.at(3, day=24))

    def test_a_night_that_was_missed_is_made_up_for(self) -> None:
        sweeps.start(now=self.at(3), why="nightly")
        assert sweeps.nightly_due(self.at(14, day=24))

    def test_a_sweep_that_somebody_asked_for_is_not_the_nightly_one(self) -> None:
        sweeps.start(now=self.at(4))
        assert sweeps.nightly_due(self.at(5))

    def test_the_task_starts_it_through_the_outbox(self, library: None) -> None:
        pk = tasks.nightly()
        assert OutboxRow.objects.get(topic="sweep").key == pk
        assert tasks.nightly() is None


def test_the_outbox_begins_it_and_the_steps_finish_it(
    fleet: list[Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    from incidents.patterns import handlers

    messages: list[str] = []
    monkeypatch.setattr(tasks.step_sweep, "delay", messages.append)
    sweep = sweeps.start(now=timezone.now())
    handlers.sweep(list(OutboxRow.objects.filter(topic="sweep")))
    assert messages == [str(sweep.pk)] * 4
    while messages:
        tasks.step_sweep(messages.pop())
    sweep.refresh_from_db()
    assert (sweep.state, sweep.opened) == ("done", 3)


def test_a_sweep_that_went_quiet_is_taken_up_again(
    fleet: list[Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[str] = []
    monkeypatch.setattr(tasks.step_sweep, "delay", messages.append)
    long_ago = timezone.now() - timedelta(minutes=10)
    sweep = sweeps.plan(sweeps.start(now=long_ago), long_ago)
    sweeps.claim(sweep, long_ago)
    tasks.resume()
    assert SweepChunk.objects.filter(done_at__isnull=False).count() == 1
    messages.clear()
    tasks.resume()
    assert messages == [], "now somebody is at it"


class TestCommand:
    def test_inline_shows_progress_and_the_outcome(self, fleet: list[Host]) -> None:
        said = StringIO()
        call_command("sweep", "--inline", stdout=said)
        assert said.getvalue().splitlines() == [
            "2 of 7 hosts",
            "4 of 7 hosts",
            "6 of 7 hosts",
            "7 of 7 hosts",
            f"7 hosts, {ALL} patterns: 3 flags opened, 0 resolved.",
        ]

    def test_an_interrupted_one_is_taken_up(self, fleet: list[Host]) -> None:
        sweeps.plan(sweeps.start(now=NOW), NOW - timedelta(hours=1))
        said = StringIO()
        call_command("sweep", "--inline", stdout=said)
        assert said.getvalue().startswith("Taking up the sweep begun at 2026-11-23 09:00 UTC.")
        assert Sweep.objects.get().state == "done"

    def test_as_of_a_moment(self, fleet: list[Host]) -> None:
        call_command("sweep", "--at", "2026-11-01T02:00Z", stdout=StringIO())
        assert Flag.objects.filter(opened_at=datetime(2026, 11, 1, 2, tzinfo=UTC)).count() == 3

    @pytest.mark.parametrize("moment", ["yesterday", "2999-01-01T00:00Z"])
    def test_a_moment_that_is_none(self, moment: str) -> None:
        with pytest.raises(CommandError):
            call_command("sweep", "--at", moment, stdout=StringIO())
        assert not Sweep.objects.exists()

    def test_otherwise_the_worker_does_it(self, library: None) -> None:
        said = StringIO()
        call_command("sweep", stdout=said)
        assert f"/sweeps/{Sweep.objects.get().pk}/" in said.getvalue()
        assert OutboxRow.objects.filter(topic="sweep").exists()


def test_waivers_are_ended_by_the_task(library: None) -> None:
    from incidents.patterns.models import Pattern

    make_flag(
        Pattern.objects.all()[0], make_host(), state="accepted", accepted_because="so",
        accepted_until=timezone.now() - timedelta(minutes=1),
    )  # fmt: skip
    assert tasks.end_waivers() == 1
    assert Flag.objects.get().state == "open"
