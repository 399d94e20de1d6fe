"""A threshold that is another number on some hosts, its expression left alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from incidents.patterns import overriding, previews, shipped
from incidents.patterns.models import Flag, HostVerdicts, Pattern, ThresholdOverride
from incidents.patterns.overrides import Applied, Overrides, Rule
from incidents.patterns.spec import load_data
from kb.outbox.models import OutboxRow
from tests.support.factories import NOW, make_host, make_pattern, make_user

pytestmark = pytest.mark.django_db

SPEC = {
    "pattern": "too-full",
    "title": "Too full",
    "severity": "high",
    "likelihood": "medium",
    "applies": "true",
    "match": "custom.full_pct > limit_pct",
    "thresholds": {"limit_pct": 90, "word": "x", "strict": False, "names": ["a"]},
    "say": {"match": "{custom.full_pct} is above {limit_pct}"},
    "examples": [],
}


@pytest.fixture
def too_full() -> Pattern:
    return make_pattern("too-full", spec=SPEC)


@pytest.fixture
def put(too_full: Pattern) -> Callable[..., ThresholdOverride]:
    def put(value: Any, scope: str = "everywhere", name: str = "", **said: Any) -> Any:
        said = {"threshold": "limit_pct", "because": "the array grows", "now": NOW} | said
        threshold = said.pop("threshold")
        by = said.pop("by", None)
        return overriding.put(
            too_full, threshold, value, scope=scope, scope_value=name, by=by, **said
        )

    return put


def state_of(host: Any) -> str:
    return str(HostVerdicts.objects.get(host=host).verdicts["too-full"]["state"])


# --- which one counts -------------------------------------------------------------------------

RULES = (
    Rule("limit", "everywhere", "", 80),
    Rule("limit", "environment", "production", 70),
    Rule("limit", "tag", "db", 60, priority=1),
    Rule("limit", "tag", "archive", 99, priority=5),
)


@pytest.mark.parametrize(
    ("environment", "tags", "value", "source"),
    [
        ("", [], 80, "override everywhere"),
        ("staging", ["web"], 80, "override everywhere"),
        ("production", ["web"], 70, "override for environment production"),
        ("production", ["db"], 60, "override for tag db"),
        ("", ["db", "archive"], 99, "override for tag archive"),
        ("", ["archive", "db"], 99, "override for tag archive"),
    ],
)
def test_a_tag_beats_an_environment_and_that_beats_everywhere(
    environment: str, tags: list[str], value: int, source: str
) -> None:
    held = Overrides({"p": RULES})
    assert held.on(environment, tags) == {"p": {"limit": value}}
    assert held.applied("p", {"limit": 90, "other": 1}, environment, tags) == (
        Applied("limit", value, source),
        Applied("other", 1),
    )


def test_hosts_that_are_alike_share_one_answer() -> None:
    held = Overrides({"p": RULES})
    assert held.on("production", ["db", "x"]) is held.on("production", ["y", "db"])


def test_where_nothing_is_overridden_nothing_is_said() -> None:
    held = Overrides({"p": (Rule("limit", "tag", "db", 60),)})
    assert held.on("production", ["web"]) == {}


# --- judging ----------------------------------------------------------------------------------


def test_the_effective_threshold_decides_and_is_told(put: Any, judge: Any) -> None:
    near = make_host(facts={"custom": {"full_pct": 85}}, tags=["db"])
    other = make_host(facts={"custom": {"full_pct": 85}})
    judge(near, other)
    assert (state_of(near), state_of(other)) == ("clear", "clear")
    put(80, "tag", "db")
    judge(near, other)
    assert (state_of(near), state_of(other)) == ("match", "clear")
    flag = Flag.objects.get()
    assert flag.sentence == "85 is above 80"
    assert flag.evidence[-1] == {
        "path": "limit_pct", "value": 80, "source": "override for tag db", "age_days": None,
    }  # fmt: skip


def test_a_short_judging_asks_with_the_same_thresholds(put: Any, judge: Any) -> None:
    host = make_host(facts={"custom": {"full_pct": 85}})
    put(80)
    judge(host, budget_seconds=60.0)
    assert state_of(host) == "match"


def test_a_threshold_that_a_new_version_drops_is_kept_and_not_used(
    put: Any, judge: Any, too_full: Pattern
) -> None:
    put(80)
    put("y", threshold="word")
    too_full.versions.create(number=2, spec={**SPEC, "thresholds": {"limit_pct": 90, "word": 3}})
    Pattern.objects.filter(pk=too_full.pk).update(version=2)
    too_full.refresh_from_db()
    standing = overriding.standing(too_full)
    assert [(one.override.threshold, one.used) for one in standing] == [
        ("limit_pct", True),
        ("word", False),
    ]
    host = make_host(facts={"custom": {"full_pct": 85}})
    judge(host)
    assert state_of(host) == "match"


# --- setting ----------------------------------------------------------------------------------


def test_a_new_value_ends_the_old_one_and_asks_the_pattern_again(put: Any) -> None:
    by = make_user("ada")
    first = put(80, by=by)
    second = put(70, by=by, now=NOW + timedelta(days=1))
    first.refresh_from_db()
    assert (first.ended_at, first.ended_by) == (NOW + timedelta(days=1), by)
    assert (second.value, second.ended_at) == (70, None)
    asked = OutboxRow.objects.filter(topic="judge-pattern").values_list("key", flat=True)
    assert list(asked) == ["too-full", "too-full"]


def test_the_same_again_changes_nothing(put: Any) -> None:
    assert put(80) == put(80)
    assert ThresholdOverride.objects.count() == 1
    assert OutboxRow.objects.filter(topic="judge-pattern").count() == 1


def test_taken_back_the_weaker_one_counts_again(put: Any, judge: Any) -> None:
    host = make_host(facts={"custom": {"full_pct": 85}}, environment="production")
    put(95)
    strict = put(80, "environment", "production")
    judge(host)
    assert state_of(host) == "match"
    assert overriding.take_back(strict, by=None, now=NOW)
    assert not overriding.take_back(strict, by=None, now=NOW)
    judge(host)
    assert state_of(host) == "clear"


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"threshold": "limit_pc"}, "threshold", "did you mean `limit_pct`?"),
        ({"threshold": "zzz"}, "threshold", "it has limit_pct, names, strict, word"),
        ({"value": "80"}, "value", "`limit_pct` is a number, such as 90; this is a text."),
        ({"value": True}, "value", "this is true or false"),
        ({"value": None}, "value", "A number, a text"),
        ({"threshold": "names", "value": [1]}, "value", "a list of texts"),
        ({"scope": "host"}, "scope", "none of them"),
        ({"scope": "tag"}, "scope_value", "Name the tag."),
        ({"name": "db"}, "scope_value", "leave this empty"),
        ({"because": " "}, "because", "Say why"),
    ],
)
def test_what_can_not_be_names_the_field_and_changes_nothing(
    put: Any, said: dict[str, Any], field: str, words: str
) -> None:
    said = {"value": 80} | said
    with pytest.raises(ValidationError) as refused:
        put(**said)
    assert words in refused.value.message_dict[field][0]
    assert not ThresholdOverride.objects.exists()


def test_two_tags_of_one_priority_would_leave_a_doubt(put: Any) -> None:
    put(80, "tag", "db")
    with pytest.raises(ValidationError, match="choose 1 to beat it"):
        put(95, "tag", "archive")
    put(95, "tag", "archive", priority=3)
    put("z", "tag", "archive", threshold="word")
    put(85, "tag", "db")
    assert ThresholdOverride.objects.filter(ended_at=None).count() == 3


def test_the_database_holds_it_too(put: Any, too_full: Pattern) -> None:
    put(80, "tag", "db")
    fields = {"pattern": too_full, "threshold": "limit_pct", "value": 1, "at": NOW, "because": "b"}
    for place in (
        {"scope": "tag", "scope_value": "db", "priority": 7},
        {"scope": "tag", "scope_value": "web", "priority": 0},
        {"scope": "everywhere", "scope_value": "x"},
        {"scope": "environment", "scope_value": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ThresholdOverride.objects.create(**fields, **place)


def test_upgrading_the_library_leaves_overrides_alone(library: None) -> None:
    pattern = Pattern.objects.get(slug="raid-only-no-backup")
    overriding.put(
        pattern, "max_backup_age_days", 2, scope="everywhere", because="b", by=None, now=NOW
    )
    shipped.load_shipped()
    assert [one.used for one in overriding.standing(pattern)] == [True]


def test_a_preview_counts_with_the_overrides_that_stand(put: Any, too_full: Pattern) -> None:
    make_host("near", facts={"custom": {"full_pct": 85}}, tags=["db"])
    make_host("other", facts={"custom": {"full_pct": 85}})
    put(80, "tag", "db")
    spec = load_data({**SPEC, "say": {"match": "above {limit_pct}"}})
    run = previews.start(spec, by=make_user(), now=NOW)
    previews.work(str(run.pk))
    run.refresh_from_db()
    assert (run.counts["match"], run.counts["clear"]) == (1, 1)
    (told,) = run.hosts["match"]
    assert (told["host"], told["reason"]) == ("near", "above 80")
    assert told["evidence"][-1]["source"] == "override for tag db"
