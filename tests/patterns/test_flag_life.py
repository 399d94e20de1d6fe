"""What a verdict does to a flag: the pure rule, case by case and for any order of events."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from incidents.patterns.flags import Finding, next_step
from incidents.patterns.models import Flag, FlagState
from incidents.patterns.verdict import State
from tests.support.factories import NOW

DAY = timedelta(days=1)


def match(severity: str = "high", **said: Any) -> Finding:
    return Finding(State.MATCH, severity, said.pop("sentence", "raid5 on md0"), **said)


CLEAR = Finding(State.CLEAR)
UNKNOWN = Finding(State.UNKNOWN)


def after(*events: tuple[Finding, datetime], start: Flag | None = None) -> tuple[Flag | None, list]:
    """The flag after these findings, and its states at every notable step."""
    flag, log = start, []
    for found, now in events:
        step = next_step(flag, found, now)
        if step is None:
            continue
        flag = flag or Flag()
        for name, value in step.fields.items():
            setattr(flag, name, value)
        if step.notable:
            log.append(flag.state)
    return flag, log


def test_the_first_match_opens() -> None:
    flag, log = after((match(), NOW))
    assert flag is not None
    assert log == ["open"]
    assert (flag.opened_at, flag.severity, flag.sentence) == (NOW, "high", "raid5 on md0")


def test_without_a_match_there_is_no_flag() -> None:
    assert after((CLEAR, NOW), (UNKNOWN, NOW), (Finding(State.BROKEN), NOW)) == (None, [])


def test_a_grace_makes_it_wait() -> None:
    patient = match(grace=7 * DAY)
    _, log = after((patient, NOW), (patient, NOW + 6 * DAY), (patient, NOW + 7 * DAY))
    assert log == ["pending", "open"]


def test_a_match_that_goes_within_its_grace_never_opens() -> None:
    flag, log = after((match(grace=7 * DAY), NOW), (CLEAR, NOW + DAY))
    assert flag is not None
    assert log == ["pending", "resolved"]
    assert flag.opened_at is None


def test_the_grace_starts_again_with_a_new_match() -> None:
    patient = match(grace=7 * DAY)
    _, log = after(
        (patient, NOW), (CLEAR, NOW + DAY), (patient, NOW + 2 * DAY), (patient, NOW + 8 * DAY),
        (patient, NOW + 9 * DAY),
    )  # fmt: skip
    assert log == ["pending", "resolved", "pending", "open"]


def test_clear_and_not_applicable_resolve() -> None:
    for clean in (CLEAR, Finding(State.NOT_APPLICABLE)):
        flag, log = after((match(), NOW), (clean, NOW + DAY))
        assert flag is not None
        assert log == ["open", "resolved"]
        assert flag.resolved_at == NOW + DAY


def test_unknown_and_broken_resolve_nothing_but_are_noted() -> None:
    for blind in (UNKNOWN, Finding(State.BROKEN)):
        flag, log = after((match(), NOW), (blind, NOW + DAY))
        assert flag is not None
        assert log == ["open"]
        assert flag.last_verdict == blind.state


def test_it_opens_again_on_the_same_row() -> None:
    flag, log = after((match(), NOW), (CLEAR, NOW + DAY), (match(), NOW + 2 * DAY))
    assert flag is not None
    assert log == ["open", "resolved", "open"]
    assert (flag.matched_since, flag.opened_at, flag.resolved_at) == (
        NOW + 2 * DAY, NOW + 2 * DAY, None,
    )  # fmt: skip


def test_another_severity_is_a_step_of_its_own() -> None:
    flag, log = after((match("high"), NOW), (match("critical"), NOW + DAY))
    assert flag is not None
    assert log == ["open", "open"]
    assert flag.severity == "critical"


def test_the_same_again_changes_nothing() -> None:
    flag, _ = after((match(), NOW))
    assert next_step(flag, match(), NOW + DAY) is None


def test_an_older_age_alone_is_no_news_but_another_value_is() -> None:
    def seen(value: int, age: int) -> Finding:
        evidence = ({"path": "a", "value": value, "source": "x", "age_days": age},)
        return match(evidence=evidence)

    flag, _ = after((seen(1, 0), NOW))
    assert next_step(flag, seen(1, 1), NOW + DAY) is None
    step = next_step(flag, seen(2, 1), NOW + DAY)
    assert step is not None
    assert not step.notable


def test_a_waiver_stands_while_it_matches_and_ends_with_the_match() -> None:
    waived = {"accepted_until": NOW + 90 * DAY, "accepted_because": "the courier comes on Friday"}
    flag, _ = after((match(), NOW))
    assert flag is not None
    flag.state = FlagState.ACCEPTED
    for name, value in waived.items():
        setattr(flag, name, value)
    assert next_step(flag, match(), NOW + DAY) is None
    flag, log = after((CLEAR, NOW + DAY), start=flag)
    assert flag is not None
    assert (log, flag.accepted_until, flag.accepted_because) == (["resolved"], None, "")


def test_what_turns_three_times_in_a_week_stays_open_and_says_so() -> None:
    hour = timedelta(hours=1)
    turning = [(found, NOW + n * hour) for n, found in enumerate([match(), CLEAR] * 3)]
    flag, log = after(*turning)
    assert flag is not None
    assert log == ["open", "resolved", "open", "open"]
    assert flag.flapping
    flag, log = after((CLEAR, NOW + 3 * DAY), start=flag)
    assert flag is not None
    assert (log, flag.state) == ([], "open")
    flag, log = after((CLEAR, NOW + 8 * DAY), start=flag)
    assert flag is not None
    assert (log, flag.state, flag.flapping) == (["resolved"], "resolved", False)


def test_a_flag_that_turns_slowly_is_not_held() -> None:
    turning = [(found, NOW + n * 4 * DAY) for n, found in enumerate([match(), CLEAR] * 4)]
    flag, _ = after(*turning)
    assert flag is not None
    assert (flag.state, flag.flapping) == ("resolved", False)


findings = st.sampled_from(
    [
        match("high"), match("critical"), match("low", grace=2 * DAY), CLEAR, UNKNOWN,
        Finding(State.NOT_APPLICABLE), Finding(State.BROKEN),
    ]
)  # fmt: skip
gaps = st.sampled_from([timedelta(minutes=5), timedelta(hours=7), DAY, 4 * DAY, 9 * DAY])


@given(st.lists(st.tuples(findings, gaps), max_size=25))
def test_whatever_happens_in_whatever_order(events: list[tuple[Finding, timedelta]]) -> None:
    flag: Flag | None = None
    now = NOW
    for found, gap in events:
        now += gap
        before = flag.state if flag else None
        flag, log = after((found, now), start=flag)
        if flag is None:
            assert found.state is not State.MATCH
            continue
        assert flag.last_verdict_at <= now
        if found.state in (State.UNKNOWN, State.BROKEN):  # knowing less moves nothing
            assert flag.state == before
            assert log == []
        if found.state is State.MATCH:
            assert flag.state in ("open", "pending")
            assert flag.severity == found.severity
            assert flag.resolved_at is None
        if flag.state == "resolved":
            assert flag.turns[-1][1] == "clear"
        if before == "open" and flag.state == "pending":
            raise AssertionError("an open flag never goes back into its grace")
        again = next_step(flag, found, now)
        assert again is None or not again.notable, "the same verdict twice is no news"
