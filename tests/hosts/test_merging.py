"""Two records of one host become one, and are parted again."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from incidents.alerts.matching import host_of
from incidents.hosts import inventory, merging, register, upkeep
from incidents.hosts.history import facts_at
from incidents.hosts.merges import FormerName, HostMerge
from incidents.hosts.merging.references import references
from incidents.hosts.models import FactHistory, Host, HostKind
from incidents.intake.take import take
from incidents.patterns.models import Flag, FlagState
from incidents.records.models import IncidentHost
from kb.accounts.models import User
from kb.attachments.models import Attachment, Blob
from kb.wiki import mentions
from kb.wiki.models import Link, OldName
from kb.wiki.pages import create_page, save_page
from tests.hosts.reports import days_ago, report, tell
from tests.support.factories import (
    NOW,
    make_flag,
    make_group,
    make_host,
    make_incident,
    make_pattern,
    make_service,
    make_site,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

#: Logs that only grow: what was done stays told, whatever is taken back.
GROW = {
    "hosts.hostmerge", "outbox.outboxrow", "reversion.revision", "reversion.version",
    "wiki.savedstate", "sessions.session", "contenttypes.contenttype",
}  # fmt: skip
#: Both records are at a later revision than before, as after any other save.
LATER = {"revision", "updated_at", "updated_by_id"}


def everything() -> dict[str, Any]:
    """Every table but the logs, row by row."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label_lower not in GROW:
            rows = model._base_manager.order_by("pk").values()
            left_out = LATER if model is Host else set()
            found[model._meta.label_lower] = [
                {name: value for name, value in row.items() if name not in left_out} for row in rows
            ]
    return found


def noted() -> None:
    """As the rules of the register do after every change."""
    inventory.note(Host.objects.values_list("pk", flat=True), NOW)


def merged(kept: Host, lost: Host, **said: Any) -> HostMerge:
    return merging.merge(kept.pk, lost.pk, by=None, now=said.pop("now", NOW), **said)


def rich(name: str, *, days: float = 0, **fields: Any) -> Host:
    """A host on which everything hangs that can."""
    tell(name, os={"name": "Debian", "version": "12"}, at=days_ago(40 + days))
    tell(name, os={"name": "Debian", "version": "13"}, runtime={"load": 1.5}, at=days_ago(days))
    tell(name, source="restic", backups=[{"job": name, "tool": "restic"}], at=days_ago(3 + days))
    host = Host.objects.get(name=name)
    for column, value in fields.items():
        setattr(host, column, value)
    host.save()
    make_service(hosts=(host,))
    make_group(members=(host, make_host()))
    make_host(f"{name}.chroot", kind=HostKind.CHROOT, parent=host)
    make_incident(hosts=(host,))
    make_flag(make_pattern(), host)
    upkeep.record(host, "restore_test", by=None)
    kind = ContentType.objects.get_for_model(Host)
    Link.objects.create(
        content_type=kind, object_id=host.pk, home_kind="host", home_id=host.pk,
        kind="host", key=name, name=name, target_id=host.pk,
    )  # fmt: skip
    OldName.objects.create(kind="host", name=f"once-{name}", target_id=host.pk)
    blob = Blob.objects.create(digest=name, size=1, type="text/plain")
    Attachment.objects.create(blob=blob, name="rack.jpg", content_type=kind, object_id=host.pk)
    return host


@pytest.fixture
def two() -> tuple[Host, Host]:
    kept = rich("robert", days=2, role="web", site=make_site("London"), notes="Ask Jo.")
    lost = rich("robert-old", role="database", owner=make_team("Platform"), notes="Ask Ann.")
    noted()
    return kept, lost


def test_everything_of_both_hangs_on_the_kept_one(two: tuple[Host, Host]) -> None:
    kept, lost = two
    done = merged(kept, lost)
    kept = Host.objects.get(pk=kept.pk)
    assert not Host.objects.filter(pk=lost.pk).exists()
    assert kept.services.count() == kept.redundancy_groups.count() == 2
    assert Attachment.objects.of(kept).count() == 2
    assert set(Link.objects.values_list("target_id", "home_id")) == {(kept.pk, kept.pk)}
    assert set(OldName.objects.values_list("target_id", flat=True)) == {kept.pk}
    assert kept.incidents.count() == kept.flags.count() == kept.upkeep.count() == 2
    assert sorted(kept.guests.values_list("name", flat=True)) == [
        "robert-old.chroot", "robert.chroot",
    ]  # fmt: skip
    assert [job["job"] for job in kept.facts["backups"]] == ["robert-old"]
    assert (kept.role, kept.owner and kept.owner.name) == ("web", "Platform")
    assert kept.notes == "Ask Jo.\n\nAsk Ann."
    assert done.chosen == {"role": "kept", "notes": "both"}
    assert done.counts["patterns.flag"] == 1


def test_nothing_points_to_the_lost_one_any_more(two: tuple[Host, Host]) -> None:
    merged(*two)
    for reference in references(Host):
        assert not reference.to(two[1].pk).exists(), reference
    connection.check_constraints()


def test_undone_every_table_is_as_it_was(two: tuple[Host, Host]) -> None:
    before = everything()
    done = merged(*two, chosen={"role": "lost"})
    assert everything() != before
    undone = merging.undo(done, by=None, now=NOW)
    assert undone.left == []
    assert everything() == before
    connection.check_constraints()


SAID = st.sampled_from(["12", "13", "14"])
TOLD = st.lists(
    st.tuples(
        st.sampled_from(["robert", "robert-old"]),
        st.sampled_from(["ansible", "facter"]),
        st.integers(min_value=0, max_value=30),
        SAID,
    ),
    max_size=12,
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(told=TOLD, shared=st.sets(st.sampled_from(["flag", "incident", "group", "sample"])))
def test_whatever_was_told_merging_and_undoing_changes_nothing(
    db: None, told: list[tuple[str, str, int, str]], shared: set[str]
) -> None:
    """Reports of both records at any moments, and any row that only one of them may have."""
    with transaction.atomic():
        for name in ("robert", "robert-old"):
            tell(name, clock={"synced": True}, at=days_ago(31))
        for name, source, day, version in told:
            load = {"load": float(day)} if "sample" in shared else {}
            tell(name, source=source, os={"name": "X", "version": version}, runtime=load,
                 at=days_ago(day))  # fmt: skip
        kept, lost = Host.objects.get(name="robert"), Host.objects.get(name="robert-old")
        if "flag" in shared:
            pattern = make_pattern()
            make_flag(pattern, kept, state=FlagState.RESOLVED)
            make_flag(pattern, lost)
        if "incident" in shared:
            make_incident(hosts=(kept, lost))
        if "group" in shared:
            make_group(members=(kept, lost))
        noted()
        before = everything()
        done = merged(kept, lost)
        spans_are_whole(kept)
        merging.undo(done, by=None, now=NOW)
        assert everything() == before
        transaction.set_rollback(True)


def spans_are_whole(host: Host) -> None:
    """Of each source and section one row counts at any moment, and one is the present."""
    keys = FactHistory.objects.filter(host=host).values_list("section", "source").distinct()
    for section, source in keys.order_by("section"):
        rows = list(host.history.filter(section=section, source=source).order_by("since"))
        rows = [row for row in rows if row.until != row.since]  # late words are moments
        assert [row.until for row in rows].count(None) == 1
        for row, following in pairwise(rows):
            assert row.until is not None
            assert row.since <= row.until <= following.since
            assert row.since <= row.last_seen


def test_the_newer_word_counts_while_it_lasts_and_the_older_returns() -> None:
    for days in (30, 20, 10, 1):
        kept = tell("robert", os={"name": "Debian", "version": "12"}, at=days_ago(days)).host
    lost = tell("robert-old", os={"name": "Debian", "version": "11"}, at=days_ago(20)).host
    tell("robert-old", os={"name": "Debian", "version": "11"}, at=days_ago(10))
    merged(kept, lost)
    versions = {
        days: facts_at(kept, days_ago(days)).document["os"]["version"] for days in (25, 15, 5, 0)
    }
    assert versions == {25: "12", 15: "11", 5: "12", 0: "12"}


def test_of_two_flags_of_one_pattern_the_one_somebody_is_on_stays(two: tuple[Host, Host]) -> None:
    kept, lost = two
    pattern = make_pattern()
    mine = make_flag(pattern, kept, state=FlagState.RESOLVED)
    make_flag(pattern, lost, state=FlagState.ACKNOWLEDGED)
    merged(kept, lost)
    flag = Flag.objects.get(pattern=pattern)
    assert (flag.pk, flag.state, flag.transitions.count()) == (mine.pk, "acknowledged", 2)


def test_in_one_incident_the_graver_part_counts(two: tuple[Host, Host]) -> None:
    kept, lost = two
    incident = make_incident()
    IncidentHost.objects.create(incident=incident, host=kept, role="helped")
    IncidentHost.objects.create(incident=incident, host=lost, role="affected")
    merged(kept, lost)
    assert incident.host_links.get().role == "affected"


def test_the_old_name_still_leads_to_it(two: tuple[Host, Host]) -> None:
    kept, lost = two
    merged(kept, lost)
    told = take(report("robert-old", clock={"synced": True}), arrived_at=NOW)
    assert (told.ingested.host.pk, told.ingested.created) == (kept.pk, False)
    found = host_of("robert-old:9100")
    assert found is not None
    assert found.pk == kept.pk


def test_a_rename_leads_on_too_until_somebody_else_takes_the_name(responder: User) -> None:
    host = make_host("robert")
    register.save(host, expected=1, by=responder, changes={"name": "bob"})
    assert tell("robert", clock={"synced": True}).host.pk == host.pk
    register.create(Host(name="robert"), by=responder)
    assert tell("robert", clock={"synced": True}).host.pk != host.pk
    assert not FormerName.objects.exists()


def test_what_was_told_since_stays_and_is_said(two: tuple[Host, Host]) -> None:
    kept, lost = two
    done = merged(kept, lost)
    later = NOW + timedelta(hours=1)
    tell("robert", os={"name": "Debian", "version": "14"}, at=later)
    Flag.objects.filter(host=kept).first().delete()  # type: ignore[union-attr]
    undone = merging.undo(done, by=None, now=later)
    assert undone.left
    kept, lost = Host.objects.get(pk=kept.pk), Host.objects.get(pk=lost.pk)
    assert kept.facts["os"]["version"] == "14"
    assert lost.facts["backups"][0]["job"] == "robert-old"
    connection.check_constraints()


@pytest.mark.parametrize("inner", [0, 1])
def test_one_inside_the_other_are_two(two: tuple[Host, Host], inner: int) -> None:
    one, other = two[inner], two[1 - inner]
    one.parent = Host.objects.get(name=f"{other.name}.chroot")
    one.save()
    with pytest.raises(ValidationError, match="so they are two"):
        merged(*two)


def test_itself_and_a_choice_that_is_none_are_refused(two: tuple[Host, Host]) -> None:
    with pytest.raises(ValidationError, match="itself"):
        merged(two[0], two[0])
    with pytest.raises(ValidationError, match="kept or lost"):
        merged(*two, chosen={"role": "neither"})
    with pytest.raises(ValidationError, match="nothing to choose"):
        merged(*two, chosen={"colour": "kept"})
    assert HostMerge.objects.count() == 0


def test_who_read_an_older_state_is_asked_to_look_again(two: tuple[Host, Host]) -> None:
    kept, lost = two
    read = merging.Read(kept.revision, lost.revision)
    register.save(lost, expected=lost.revision, by=None, changes={"role": "mail"})
    with pytest.raises(merging.Moved):
        merged(kept, lost, read=read)


def test_twice_is_gone_and_undoing_twice_is_once(two: tuple[Host, Host]) -> None:
    done = merged(*two)
    with pytest.raises(Host.DoesNotExist):
        merged(*two)
    first = merging.undo(done, by=None, now=NOW)
    assert merging.undo(first, by=None, now=days_ago(-1)).undone_at == first.undone_at


def test_merges_are_undone_in_their_order(two: tuple[Host, Host]) -> None:
    kept, lost = two
    first = merged(kept, lost)
    third = make_host("bob")
    second = merged(third, kept)
    with pytest.raises(ValidationError, match="Undo that one first"):
        merging.undo(first, by=None, now=NOW)
    merging.undo(second, by=None, now=NOW)
    merging.undo(first, by=None, now=NOW)
    assert Host.objects.filter(name__in=("bob", "robert", "robert-old")).count() == 3


def test_a_name_that_was_taken_again_is_in_the_way(two: tuple[Host, Host]) -> None:
    done = merged(*two)
    register.create(Host(name="robert-old"), by=None)
    with pytest.raises(ValidationError, match="Rename it, then undo"):
        merging.undo(done, by=None, now=NOW)


def test_a_process_that_dies_half_way_leaves_nothing(
    two: tuple[Host, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()

    def die(*args: Any, **kwargs: Any) -> Iterator[None]:
        raise KeyboardInterrupt

    monkeypatch.setattr(merging.revisions, "note", die)
    with pytest.raises(KeyboardInterrupt):
        merged(*two)
    assert everything() == before


def seen_on(name: str) -> set[str]:
    """What the page of a host says it is mentioned in."""
    host = Host.objects.get(name=name)
    return {one.target.title for one in mentions.mentions_of("host", host, make_user())}


def test_what_mentions_either_is_shown_by_the_kept_one_and_parted_by_its_own() -> None:
    create_page(by=None, title="Before", body="See @robert-old and [[host:robert]].")
    create_page(by=None, title="Early", body="See @robert-old.")
    kept, lost = make_host("robert"), make_host("robert-old")
    create_page(by=None, title="Mine", body="See @robert.")
    again = create_page(by=None, title="Again", body="See @robert-old.")
    about = create_page(by=None, title="About", about=["host:robert-old"])
    done = merged(kept, lost)
    create_page(by=None, title="Since", body="See @robert-old.")
    save_page(again, expected=1, by=None, changes={"body": "See @robert-old, twice."})
    assert seen_on("robert") == {"Before", "Early", "Mine", "Again", "About", "Since"}
    merging.undo(done, by=None, now=NOW)
    assert seen_on("robert") == {"Before", "Mine"}
    assert seen_on("robert-old") == {"Before", "Early", "Again", "About", "Since"}
    assert mentions.about(about) == ["host:robert-old"]


def test_a_text_that_meant_the_kept_one_by_the_others_name_goes_on_to() -> None:
    kept = make_host("old")
    create_page(by=None, title="Then", body="See @old.")
    Host.objects.filter(pk=kept.pk).update(name="new")
    lost = make_host("old")
    create_page(by=None, title="Now", body="See @old.")
    done = merged(kept, lost)
    assert seen_on("new") == {"Then", "Now"}
    merging.undo(done, by=None, now=NOW)
    assert (seen_on("new"), seen_on("old")) == ({"Then"}, {"Now"})
