"""One pattern asked of one host: the state, what it stands on, and what is missing."""

import pytest

from incidents.patterns.evaluate import PatternSet, ask, ask_all, risk
from incidents.patterns.verdict import Evidence, State, Verdict
from incidents.patterns.view import HostView

from .facts import pattern, view

STATEFUL = "host.criticality in ['high', 'critical'] || host.stateful"
RAID = {
    "match": "!backups.exists(b, b.last_success_days <= max_age)",
    "applies": "storage.raids.size() > 0",
    "raises": ((STATEFUL, "critical"),),
    "max_age": 30,
}
ARRAY = {"raids": [{"name": "md0", "level": "raid5"}]}
RECENT = [{"tool": "restic", "last_success_days": 3}]


def test_a_match_tells_what_it_read():
    found = ask(pattern(**RAID), view({"storage": ARRAY, "backups": []}))

    assert found == Verdict(
        State.MATCH,
        evidence=(
            Evidence("storage.raids", [{"name": "md0", "level": "raid5"}]),
            Evidence("backups", []),
        ),
        severity="medium",
    )


def test_evidence_carries_source_and_age():
    host = HostView(
        "db-01",
        {"storage": ARRAY, "backups": RECENT},
        {},
        source_of=lambda path: ("restic", 3.5) if path.startswith("backups") else None,
    )

    found = ask(pattern(**RAID), host)

    assert found.evidence == (
        Evidence("storage.raids", [{"name": "md0", "level": "raid5"}]),
        Evidence("backups", RECENT, "restic", 3.5),
        Evidence("backups[0].last_success_days", 3, "restic", 3.5),
    )


def test_long_lists_are_cut_and_nested_ones_counted():
    drives = [{"name": f"sd{n}"} for n in range(3)]
    arrays = [{"name": f"md{n}", "devices": drives} for n in range(20)]

    found = ask(pattern(**RAID), view({"storage": {"raids": arrays}, "backups": []}))

    shown = found.evidence[0].value
    assert shown[0] == {"name": "md0", "devices": "3 entries"}
    assert len(shown) == 13
    assert shown[-1] == "and 8 more"


@pytest.mark.parametrize(
    ("facts", "state", "missing"),
    [
        ({"storage": ARRAY, "backups": RECENT}, State.CLEAR, ()),
        ({"storage": {"raids": []}}, State.NOT_APPLICABLE, ()),
        ({"storage": ARRAY}, State.UNKNOWN, ("backups",)),
        ({"backups": []}, State.UNKNOWN, ("storage",)),
        ({"storage": {}, "backups": []}, State.UNKNOWN, ("storage.raids",)),
        ({"storage": {"raids": None}, "backups": []}, State.UNKNOWN, ("storage.raids",)),
        ({"storage": {"raids": "md0"}, "backups": []}, State.UNKNOWN, ("storage.raids",)),
        ({"storage": ARRAY, "backups": [{}]}, State.UNKNOWN, ("backups[].last_success_days",)),
        ({"storage": ARRAY, "backups": [{}, *RECENT]}, State.CLEAR, ()),
        ({"storage": ARRAY, "backups": [{"last_success_days": "3"}]}, State.UNKNOWN,
         ("backups[].last_success_days",)),
        ({"storage": ARRAY, "backups": [{"last_success_days": float("nan")}]}, State.UNKNOWN,
         ("backups[].last_success_days",)),
        ({"storage": ARRAY, "backups": [{"last_success_days": float("inf")}]}, State.UNKNOWN,
         ("backups[].last_success_days",)),
        ({"storage": ARRAY, "backups": [{"last_success_days": 2**64}]}, State.UNKNOWN,
         ("backups[].last_success_days",)),
        ({"storage": ARRAY, "backups": ["nightly"]}, State.UNKNOWN,
         ("backups[].last_success_days",)),
    ],
)  # fmt: skip
def test_the_state_follows_from_what_is_known(facts, state, missing):
    found = ask(pattern(**RAID), view(facts))

    assert (found.state, found.missing) == (state, missing)


@pytest.mark.parametrize(
    ("host", "severity"),
    [
        ({"criticality": "critical"}, "critical"),
        ({"stateful": True}, "critical"),
        ({"criticality": "low", "stateful": False}, "medium"),
        ({"criticality": "low"}, "medium"),
        ({}, "medium"),
    ],
)
def test_only_what_is_sure_raises_the_severity(host, severity):
    facts = {"storage": ARRAY, "backups": [], "host": host}

    assert ask(pattern(**RAID), view(facts)).severity == severity


def test_the_worst_condition_that_holds_counts():
    one = pattern("true", raises=(("os.rolling", "critical"), ("os.past_eol", "high")))

    assert ask(one, view({"os": {"rolling": True, "past_eol": True}})).severity == "critical"
    assert ask(one, view({"os": {"rolling": False, "past_eol": True}})).severity == "high"


def test_thresholds_can_be_overridden_for_a_host():
    one = pattern(**RAID)
    facts = view({"storage": ARRAY, "backups": RECENT})

    assert ask(one, facts, thresholds={"max_age": 2}).state is State.MATCH
    assert ask(one, facts, thresholds={"max_age": 2, "unheard_of": 1}).state is State.MATCH
    assert ask(one, facts).state is State.CLEAR


# -- stale facts --------------------------------------------------------------------------------

SINCE = "2026-10-01T00:00:00Z"


def test_a_clear_that_needs_stale_facts_is_unknown():
    facts = {"storage": ARRAY, "backups": RECENT}

    found = ask(pattern(**RAID), view(facts, {"storage": ARRAY}, backups=SINCE))

    assert found.state is State.UNKNOWN
    assert found.missing == ("backups",)
    assert found.reason == "stale since 2026-10-01: backups"
    assert found.stale == {"backups": SINCE}


def test_a_not_applicable_that_needs_stale_facts_is_unknown():
    facts = {"storage": {"raids": []}, "backups": []}

    found = ask(pattern(**RAID), view(facts, {"backups": []}, storage=SINCE))

    assert (found.state, found.missing) == (State.UNKNOWN, ("storage",))


def test_a_match_on_stale_facts_stays_and_says_so():
    facts = {"storage": ARRAY, "backups": []}

    found = ask(pattern(**RAID), view(facts, {"storage": ARRAY}, backups=SINCE))

    assert found.state is State.MATCH
    assert found.reason == "on facts that are stale since 2026-10-01: backups"
    assert found.stale == {"backups": SINCE}


def test_a_clear_that_holds_without_the_stale_source_stays_clear():
    fresh = {"storage": ARRAY, "backups": RECENT}
    facts = {"storage": ARRAY, "backups": [*RECENT, {"tool": "tar", "last_success_days": 80}]}

    assert ask(pattern(**RAID), view(facts, fresh, backups=SINCE)).state is State.CLEAR


def test_a_clear_that_turns_into_a_match_without_the_stale_source_is_unknown():
    facts = {"storage": ARRAY, "backups": RECENT}
    fresh = {"storage": ARRAY, "backups": []}

    found = ask(pattern(**RAID), view(facts, fresh, backups=SINCE))

    assert (found.state, found.missing) == (State.UNKNOWN, ("backups",))


def test_stale_facts_that_the_pattern_never_reads_change_nothing():
    facts = {"storage": ARRAY, "backups": RECENT, "clock": {"synced": True}}
    fresh = {"storage": ARRAY, "backups": RECENT}

    assert ask(pattern(**RAID), view(facts, fresh, clock=SINCE)).state is State.CLEAR


# -- broken -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "custom", "words"),
    [
        ("custom.size > 3", {"size": "large"}, "> orders numbers"),
        ("custom.size == 3", {"size": "3"}, "compares text with a number"),
        ("3 in custom.size", {"size": 3}, "in looks into a list"),
        ("custom.size.exists(s, s == 1)", {"size": {"a": 1}}, "goes through a list"),
        ("10 / custom.size > 1", {"size": 0}, "division by zero"),
        ("custom.size * 4611686018427387904 > 0", {"size": 4}, "too large"),
        ("custom.size", {"size": "yes"}, "true or false"),
    ],
)
def test_what_goes_wrong_on_complete_facts_is_broken_and_never_clear(match, custom, words):
    found = ask(pattern(match), view({"custom": custom}))

    assert found.state is State.BROKEN
    assert words in found.error
    assert found.error.startswith("match: ")


def test_an_error_that_cannot_matter_breaks_nothing():
    one = pattern("custom.size > 3 && os.rolling")

    assert ask(one, view({"custom": {"size": "x"}, "os": {"rolling": False}})).state is State.CLEAR


@pytest.mark.parametrize(
    "match",
    [
        "backups.exists(a, backups.exists(b, a.tool == 'x' && b.tool == 'y'))",
        "backups.exists(a, backups.exists(b, backups.exists(c, c.tool == 'x')))",
        "backups.map(a, backups.map(b, b.tool)).size() == 1",
        "backups.exists(a, a.tool.matches('(x[^y]){20}') || a.tool.matches('(y[^x]){20}'))",
    ],
)
def test_loops_in_loops_over_long_lists_stop_and_are_broken(match):
    facts = {"backups": [{"tool": "restic"}] * 5_000}

    found = ask(pattern(match), view(facts))

    assert found.state is State.BROKEN
    assert "too much work" in found.error


def test_loops_in_loops_over_short_lists_run():
    one = pattern("backups.exists(a, backups.exists(b, a.tool == 'x' && b.tool == 'y'))")

    assert ask(one, view({"backups": [{"tool": "y"}, {"tool": "x"}]})).state is State.MATCH


def test_half_a_character_in_a_text_is_walked():
    one = pattern("os.name == 'Debian'")

    assert ask(one, view({"os": {"name": "\ud800"}})).state is State.CLEAR


# -- many patterns ------------------------------------------------------------------------------


def test_a_set_answers_for_all_and_explains_only_matches():
    one = pattern(**RAID)
    other = pattern("os.rolling")
    other.slug = "another"
    facts = view({"storage": ARRAY, "backups": [], "os": {"rolling": False}})

    found = ask_all(PatternSet([one, other]), facts)

    assert {slug: verdict.state for slug, verdict in found.items()} == {
        "a-pattern": State.MATCH,
        "another": State.CLEAR,
    }
    assert found["a-pattern"].evidence
    assert found["another"].evidence == ()
    assert ask_all(PatternSet([one, other]), facts, evidence="all")["another"].evidence
    assert ask_all(PatternSet([one]), facts, evidence="none")["a-pattern"].evidence == ()


def test_a_set_takes_thresholds_by_pattern():
    facts = view({"storage": ARRAY, "backups": RECENT})

    found = ask_all(PatternSet([pattern(**RAID)]), facts, thresholds={"a-pattern": {"max_age": 1}})

    assert found["a-pattern"].state is State.MATCH


def test_one_wrong_value_does_not_spoil_the_other_patterns():
    one, other = pattern(**RAID), pattern("packages.pending > 3")
    other.slug = "another"
    facts = view({"storage": ARRAY, "backups": [], "packages": {"pending": "many"}})

    found = ask_all(PatternSet([one, other]), facts)

    assert found["a-pattern"].state is State.MATCH
    assert found["another"].state is State.UNKNOWN


def test_risk_ranks_by_severity_times_likelihood():
    assert risk("critical", "high") == 12
    assert risk("low", "low") == 1
    assert risk("critical", "low") < risk("high", "high")
