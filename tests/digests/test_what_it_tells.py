"""A mail tells what a week did, the worst first, as it stood at the end of that week."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.digests.compose import Composer, compose
from incidents.digests.content import Content, freeze
from incidents.digests.gather import Part, gather
from incidents.digests.models import Subscription
from incidents.digests.periods import Week
from incidents.hosts.models import Host
from incidents.overview.front import look
from incidents.patterns import acts
from incidents.patterns.changes import changes
from incidents.patterns.coverage import coverage
from incidents.patterns.models import NEEDS_EYES, Flag, FlagState, FlagTransition, HostVerdicts
from incidents.records import actions
from incidents.records.models import Incident
from kb.accounts.models import User
from tests.support.digests import subscribe
from tests.support.factories import (
    NOW,
    make_action,
    make_flag,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db
WEEK = Week(date(2026, 11, 16), "UTC")
INSIDE = datetime(2026, 11, 18, 12, tzinfo=UTC)
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def ruth() -> User:
    return make_user("ruth")


def told(user: User, **fields: Any) -> Content:
    return compose(subscribe(user, **fields), WEEK)


def step(flag: Flag, after: str, at: datetime, **fields: Any) -> FlagTransition:
    last = flag.transitions.order_by("at", "pk").last()
    before = last.after if last else ""
    said = {"cause": "facts", "severity": flag.severity, "pattern_version": 1} | fields
    return flag.transitions.create(at=at, before=before, after=after, **said)


def test_the_worst_risk_comes_first_and_what_is_new_before_what_is_back(ruth: User) -> None:
    grave = make_pattern("grave", severity="critical", likelihood="high")
    usual = make_pattern("usual", severity="high")
    make_flag(usual, make_host("plain"), at=INSIDE)
    make_flag(usual, make_host("vital", criticality="critical"), at=INSIDE)
    make_flag(grave, make_host("minor", criticality="low"), at=INSIDE)
    back = make_flag(usual, make_host("again"), at=BEFORE)
    step(back, FlagState.RESOLVED, BEFORE + timedelta(days=1))
    step(back, FlagState.OPEN, INSIDE + timedelta(hours=1))
    items = told(ruth).newly
    assert [(item.host, item.risk, item.again) for item in items] == [
        ("vital", 24, False), ("minor", 12, False), ("plain", 12, False), ("again", 12, True),
    ]  # fmt: skip


def test_what_was_accepted_closed_or_milder_is_told_too(ruth: User) -> None:
    pattern = make_pattern("p")
    for name in ("a", "b", "c"):
        make_flag(pattern, make_host(name), at=BEFORE)
    flags = {flag.host.name: flag for flag in Flag.objects.select_related("host")}
    step(flags["a"], FlagState.ACCEPTED, INSIDE, because="Goes soon", until=NOW)
    step(flags["b"], FlagState.CLOSED, INSIDE, cause="retired")
    step(flags["c"], FlagState.OPEN, INSIDE, severity="low")
    content = told(ruth)
    assert [one.note for one in content.accepted] == ["until 2026-11-23: Goes soon"]
    assert [one.note for one in content.closed] == ["its host was retired"]
    assert [(one.severity, one.was) for one in content.milder] == [("low", "high")]
    assert (content.open_before, content.open_now) == ({"high": 3}, {"low": 1})


def test_waivers_that_ended_and_that_end_soon(ruth: User) -> None:
    pattern = make_pattern("p")
    soon = make_flag(pattern, make_host("soon"), at=BEFORE)
    until = WEEK.ends_at + timedelta(days=3)
    acts.accept(soon, by=ruth, until=until, because="It goes then", now=INSIDE - timedelta(days=5))
    far = make_flag(pattern, make_host("far"), at=BEFORE)
    acts.accept(far, by=ruth, until=until + timedelta(days=60), because="x", now=BEFORE)
    over = make_flag(pattern, make_host("over"), at=BEFORE)
    acts.accept(over, by=ruth, until=INSIDE, because="x", now=BEFORE)
    acts.end_waivers(INSIDE)
    notes = [(one.title, one.day) for one in told(ruth).waivers]
    assert notes == [("over: p", "2026-11-18"), ("soon: p", "2026-11-26")]


def test_a_waiver_is_told_as_it_stood_though_it_was_ended_since(ruth: User) -> None:
    flag = make_flag(make_pattern("p"), make_host("soon"), at=BEFORE)
    until = WEEK.ends_at + timedelta(days=3)
    acts.accept(flag, by=ruth, until=until, because="It goes then", now=INSIDE)
    in_time = freeze(told(ruth))
    acts.reopen(flag, by=ruth, now=WEEK.ends_at + timedelta(hours=5))
    assert freeze(told(ruth)) == in_time


def test_new_incidents_and_lessons_and_this_week_of_other_years(ruth: User) -> None:
    make_incident("Written now", created_at=INSIDE, started_at=INSIDE)
    make_incident("Secret", created_at=INSIDE, visibility="restricted")
    make_incident("A year ago", created_at=BEFORE, started_at=INSIDE - timedelta(days=364))
    make_lesson("Look twice", created_at=INSIDE, updated_at=INSIDE)
    make_lesson("Shipped", created_at=INSIDE, updated_at=INSIDE, origin="library")
    make_lesson("Due", created_at=BEFORE, updated_at=BEFORE, review_by=date(2026, 11, 25))
    content = told(ruth)
    assert [one.title.split(" ", 1)[1] for one in content.incidents] == ["Written now"]
    assert [one.title for one in content.lessons] == ["Look twice"]
    assert [one.title for one in content.lessons_due] == ["Due"]
    assert [one.title.split(" ", 1)[1] for one in content.on_this_day] == ["A year ago"]
    assert content.reread is not None


def test_an_action_is_overdue_as_it_was_though_it_was_done_since(ruth: User) -> None:
    action = actions.create_action(
        by=ruth, now=BEFORE, title="Copy off site", due=date(2026, 11, 20)
    )
    type(action).objects.update(created_at=BEFORE, updated_at=BEFORE)
    before = freeze(told(ruth))
    assert [one["title"] for one in before["overdue"]] == ["Copy off site"]
    from reversion.models import Revision

    Revision.objects.update(date_created=BEFORE)
    action.refresh_from_db()
    actions.move(action, "done", by=ruth, now=WEEK.ends_at + timedelta(days=1))
    assert freeze(told(ruth)) == before


def test_an_action_that_was_late_before_is_no_reason_for_a_mail(ruth: User) -> None:
    make_action("Old", due=date(2026, 11, 1), created_at=BEFORE, updated_at=BEFORE)
    assert not told(ruth).changed
    make_action("New", due=date(2026, 11, 17), created_at=BEFORE, updated_at=BEFORE)
    assert told(ruth).changed


def test_long_lists_are_cut_and_counted(ruth: User) -> None:
    pattern = make_pattern("p")
    for n in range(32):
        make_flag(pattern, make_host(f"host-{n:02d}"), at=INSIDE)
    content = told(ruth)
    assert (len(content.newly), content.count("newly")) == (20, 32)
    assert content.subject == "32 hosts newly at risk (week 47)"


def test_the_scope_narrows_by_every_part(ruth: User) -> None:
    team, pattern = make_team("Web"), make_pattern("p")
    inside = make_host("in", owner=team, tags=["edge", "old"], environment="prod")
    make_flag(pattern, inside, at=INSIDE)
    make_flag(pattern, make_host("out", tags=["edgeless"]), at=INSIDE)
    make_incident("Here", hosts=(inside,), created_at=INSIDE)
    make_incident("Elsewhere", created_at=INSIDE)
    for where in ({"teams": ["web"]}, {"tags": ["edge"]}, {"environments": ["prod"]}):
        content = told(ruth, scope=where)
        assert [one.host for one in content.newly] == ["in"]
        assert [one.title.split(" ", 1)[1] for one in content.incidents] == ["Here"]
        assert content.open_now == {"high": 1}
    assert told(ruth, scope={"tags": ["edge"]}).scope == "tagged edge"


# --- numbers ----------------------------------------------------------------------------------


def verdicts(host: Host, **states: str) -> None:
    said = {
        slug: {"state": state, "missing": ["backups"] if state == "unknown" else [],
               "since": BEFORE.isoformat()}
        for slug, state in states.items()
    }  # fmt: skip
    HostVerdicts.objects.create(host=host, verdicts=said, evaluated_at=BEFORE, told=1)


def test_its_numbers_agree_with_the_front_page_at_the_same_moment(ruth: User) -> None:
    pattern, other = make_pattern("one", severity="critical"), make_pattern("two")
    for n in range(4):
        host = make_host(f"h{n}", created_at=BEFORE)
        verdicts(host, one="match", two="unknown")
        make_flag(pattern if n % 2 else other, host, at=INSIDE if n < 3 else BEFORE)
    gone = make_flag(make_pattern("three"), Host.objects.get(name="h0"), at=BEFORE)
    step(gone, FlagState.RESOLVED, INSIDE)
    Flag.objects.filter(pk=gone.pk).update(state=FlagState.RESOLVED)
    content, front, seen = told(ruth), look(ruth, WEEK.ends_at), coverage()
    assert content.hosts == front.hosts
    assert content.open_now == {f.name: f.count for f in front.figures if f.count}
    before = {f.name: f.count - f.moved for f in front.figures}
    assert content.open_before == {name: n for name, n in before.items() if n}
    assert content.count("newly") == front.newly_count
    assert content.count("recovered") == front.recovered_count
    assert content.unseen.unknown == seen.totals["unknown"]
    best = seen.gaps[0]
    assert content.unseen.section == best.section
    assert content.unseen.section_verdicts == best.verdicts
    assert {s: counts[-1] for s, counts in content.plot.items() if counts[-1]} == content.open_now


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),  # which flag
        st.integers(0, 3 * 7 * 24 - 1),  # hour within three weeks
        st.sampled_from([str(state) for state in FlagState]),
        st.sampled_from(["critical", "high", "low"]),
    ),
    max_size=30,
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_the_deltas_of_weeks_add_up_to_the_change_between_their_ends(steps: list[Any]) -> None:
    FlagTransition.objects.all().delete()
    Flag.objects.all().delete()
    Host.objects.all().delete()
    pattern = make_pattern()
    flags = [make_flag(pattern, make_host(), at=BEFORE) for _ in range(4)]
    weeks = [Week(date(2026, 11, 9) + timedelta(days=7 * n), "UTC") for n in range(3)]
    for number, hour, after, severity in sorted(steps, key=lambda one: one[1]):
        at = weeks[0].starts_at + timedelta(hours=hour)
        step(flags[number], after, at, severity=severity)
    standing = _standing(weeks[0].starts_at)
    for week in weeks:
        moved = changes(Flag.objects.all(), week.starts_at, week.ends_at)
        came = {c.last.flag_id for c in moved if c.is_new or c.is_waiver_ended}
        went = {c.last.flag_id for c in moved if c.is_recovered or c.is_accepted or c.is_closed}
        assert not came & went
        standing = (standing | came) - went
        assert standing == _standing(week.ends_at)
        found = gather(Part.of({}, "low", week))
        assert sum(found.now.values()) == len(standing)
    ends = gather(Part.of({}, "low", weeks[2])).standing[-3:]
    assert ends == [gather(Part.of({}, "low", week)).now for week in weeks]


def _standing(moment: datetime) -> set[int]:
    """The flags that need eyes then, the plain way."""
    found = set()
    for flag in Flag.objects.all():
        last = flag.transitions.filter(at__lt=moment).order_by("at", "pk").last()
        if last is not None and last.after in NEEDS_EYES:
            found.add(flag.pk)
    return found


def test_composing_twice_gives_the_same_bytes(ruth: User) -> None:
    from incidents.digests import mail

    lesson = make_lesson("RAID is not a backup", created_at=BEFORE, updated_at=BEFORE)
    make_incident("Lost", created_at=BEFORE, lessons=[lesson])
    pattern = make_pattern("p", lessons=[lesson.slug])
    for n in range(5):
        make_flag(pattern, make_host(f"h{n}", created_at=BEFORE), at=INSIDE)
    subscription = subscribe(ruth)
    first = mail.write(compose(subscription, WEEK))
    make_flag(make_pattern("later"), make_host("late"), at=NOW + timedelta(days=1))
    Incident.objects.create(title="Later", created_at=NOW + timedelta(days=1))
    assert mail.write(compose(subscription, WEEK)) == first
    assert "Lost" in first.html


def test_what_many_share_is_gathered_once(ruth: User, django_assert_max_num_queries: Any) -> None:
    make_flag(make_pattern("p"), make_host("h"), at=INSIDE)
    composer = Composer()
    some = [subscribe(ruth) for _ in range(2)]
    composer.compose(some[0], WEEK)
    with django_assert_max_num_queries(0):
        composer.compose(some[1], WEEK)
    composer.compose(subscribe(ruth, scope={"tags": ["edge"]}), WEEK)
    assert len(composer.gathered) == 2


def test_one_mail_for_weeks_in_which_none_came() -> None:
    three = WEEK.since(datetime(2026, 11, 2, tzinfo=UTC))
    assert (three.weeks, three.numbers, three.first_day) == (3, "45–47", date(2026, 11, 2))
    assert WEEK.since(None) == WEEK
    assert WEEK.since(datetime(2020, 1, 1, tzinfo=UTC)).weeks == 8


def test_a_subscription_says_whose_it_is(ruth: User) -> None:
    assert str(Subscription(user=ruth)) == "ruth, Monday 09:00"
