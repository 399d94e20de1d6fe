"""The example tells the war story by judging, not by painting, and leaves without a trace."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from incidents.example.load import AlreadyLoaded, load
from incidents.example.remove import remove
from incidents.hosts.models import Host
from incidents.patterns.coverage import coverage
from incidents.patterns.models import Flag, FlagState, WeeklyCount
from incidents.records.models import Action, Incident
from tests.support.factories import make_host

LEFT_ALONE = ("contenttypes", "auth", "sessions", "admin")


#: What follows by itself: work that waits, counts that are made anew, what is in use.
PASSING = ("outbox.OutboxRow", "patterns.VerdictCount", "patterns.InUse")


def rows() -> dict[str, int]:
    """How many rows every table holds."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in LEFT_ALONE and model._meta.label not in PASSING
    }


Before = dict[str, int]


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Before]:
    """The example, loaded once for this file; what every table held before."""
    with django_db_blocker.unblock():
        call_command("load_lessons", verbosity=0)
        call_command("load_patterns", verbosity=0)
        before = rows()
        load(timezone.now())
        yield before
        if Host.objects.filter(example=True).exists():
            remove()
        call_command("flush", interactive=False, verbosity=0)


def flag(host: str, pattern: str) -> Flag:
    return Flag.objects.get(host__name=host, pattern__slug=pattern)


@pytest.mark.django_db
def test_david_was_flagged_months_before_the_controller_died(loaded: Before) -> None:
    told = flag("david", "raid-only-no-backup")
    died = Incident.objects.get(title="The controller took the rest with it").started_at
    assert died is not None
    first = told.transitions.order_by("at").first()
    assert first is not None
    assert first.at < died - timedelta(days=90)
    assert "raid5 on data" in first.sentence
    assert told.state == FlagState.RESOLVED
    assert told.resolved_at is not None
    assert told.resolved_at > died


@pytest.mark.django_db
def test_robert_still_stands_where_david_stood(loaded: Before) -> None:
    assert flag("robert", "raid-only-no-backup").state == FlagState.OPEN
    assert flag("robert", "no-upgrade-path").state == FlagState.OPEN
    assert flag("robert", "service-on-one-member").state == FlagState.OPEN
    accepted = flag("robert", "fleet-os-exception")
    assert accepted.state == FlagState.ACCEPTED
    assert accepted.accepted_until is not None
    assert accepted.accepted_until > timezone.now()


@pytest.mark.django_db
def test_the_pair_no_longer_runs_the_same_system(loaded: Before) -> None:
    for name in ("robert", "david"):
        assert flag(name, "pair-os-mismatch").state == FlagState.OPEN


@pytest.mark.django_db
def test_db_03_recovered_by_a_restore_test(loaded: Before) -> None:
    told = flag("db-03", "backup-never-restored")
    assert told.state == FlagState.RESOLVED
    last = told.transitions.last()
    assert last is not None
    assert "restore" in last.sentence.lower()


@pytest.mark.django_db
def test_some_things_nobody_knows(loaded: Before) -> None:
    assert coverage().totals["unknown"] > 10
    assert coverage().totals["broken"] == 0
    assert "backups" in {gap.section for gap in coverage().gaps}


@pytest.mark.django_db
def test_there_are_weeks_to_draw_and_no_time_lies_ahead(loaded: Before) -> None:
    assert WeeklyCount.objects.values("week").distinct().count() >= 26
    assert not Host.objects.filter(last_report_at__gt=timezone.now()).exists()
    assert set(Host.objects.values_list("example", flat=True)) == {True}


@pytest.mark.django_db
def test_loading_it_twice_changes_nothing(loaded: Before) -> None:
    before = rows()
    with pytest.raises(AlreadyLoaded):
        load(timezone.now())
    assert rows() == before
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("example", "load", stdout=StringIO())


@pytest.mark.django_db
def test_removing_it_leaves_no_trace(loaded: Before) -> None:
    remove()
    after = rows()
    assert {name: (n, after[name]) for name, n in loaded.items() if after[name] != n} == {}


@pytest.mark.django_db
def test_what_people_wrote_stays(loaded: Before) -> None:
    theirs = Action.objects.create(
        title="Ours", incident=Incident.objects.filter(example=True).first()
    )
    host = make_host("our-own")
    remove()
    theirs.refresh_from_db()
    assert theirs.incident is None
    assert list(Host.objects.all()) == [host]
