"""The shipped library coming in, and patterns that a team writes."""

from io import StringIO
from typing import Any

import msgspec
import pytest
from django.core.management import call_command

from incidents.patterns import shipped
from incidents.patterns.library import shipped as library_of
from incidents.patterns.models import Flag, Pattern, PatternVersion
from incidents.patterns.shipped import (
    ChangedMeanwhile,
    load_shipped,
    save_pattern,
    set_enabled,
    waiting_wording,
)
from incidents.patterns.spec import SpecError, as_data, dump_yaml
from incidents.patterns.starting import STARTING_TEXT
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from tests.support.factories import NOW, make_flag, make_host

pytestmark = pytest.mark.django_db


def newer(monkeypatch: pytest.MonkeyPatch, slug: str) -> None:
    """The next release ships another wording of one pattern."""
    specs = [
        msgspec.structs.replace(one, title="A better title") if one.pattern == slug else one
        for one in library_of()
    ]
    monkeypatch.setattr(shipped, "shipped", lambda: tuple(specs))


def test_loading_twice_changes_nothing() -> None:
    first = load_shipped()
    before = list(Pattern.objects.values()), PatternVersion.objects.count()
    assert len(first.created) == len(library_of())
    assert load_shipped().unchanged == first.created
    assert (list(Pattern.objects.values()), PatternVersion.objects.count()) == before


def test_an_untouched_pattern_is_upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    load_shipped()
    newer(monkeypatch, "os-eol")
    assert load_shipped().upgraded == ["os-eol"]
    pattern = Pattern.objects.get(slug="os-eol")
    assert (pattern.title, pattern.version, pattern.versions.count()) == ("A better title", 2, 2)
    assert load_shipped().upgraded == []


def test_what_a_team_changed_is_left_alone_and_shown(
    monkeypatch: pytest.MonkeyPatch, keeper: User
) -> None:
    load_shipped()
    pattern = Pattern.objects.get(slug="os-eol")
    ours = {**as_data(_spec("os-eol")), "title": "Our own title"}
    save_pattern(ours, by=keeper, pattern=pattern)
    newer(monkeypatch, "os-eol")
    assert load_shipped().waiting == ["os-eol"]
    pattern.refresh_from_db()
    waiting = waiting_wording(pattern)
    assert pattern.title == "Our own title"
    assert waiting is not None
    assert waiting.title == "A better title"


def test_the_command_says_what_it_did() -> None:
    said = StringIO()
    call_command("load_patterns", stdout=said)
    new = len(library_of())
    assert said.getvalue() == f"Patterns: {new} new, 0 upgraded, 0 as they were.\n"


def test_every_pattern_survives_the_way_through_yaml() -> None:
    from incidents.patterns.spec import load_yaml

    for spec in library_of():
        assert load_yaml(dump_yaml(spec)) == spec


def test_a_team_writes_its_own(responder: User) -> None:
    pattern = save_pattern(STARTING_TEXT, by=responder, comment="after last night")
    version = pattern.versions.get()
    assert (pattern.origin, pattern.version, pattern.severity) == ("team", 1, "medium")
    assert (version.by, version.comment) == (responder, "after last night")
    assert OutboxRow.objects.filter(topic="judge-pattern", key=pattern.slug).exists()
    assert OutboxRow.objects.filter(topic="index", key=f"pattern:{pattern.pk}").exists()


def test_the_same_words_again_make_no_version(responder: User) -> None:
    pattern = save_pattern(STARTING_TEXT, by=responder)
    assert save_pattern(STARTING_TEXT, by=responder, pattern=pattern).version == 1


def test_other_words_make_a_version_that_keeps_the_old(responder: User) -> None:
    pattern = save_pattern(STARTING_TEXT, by=responder)
    text = STARTING_TEXT.replace("What is wrong, in a few words", "A degraded array")
    assert save_pattern(text, by=responder, pattern=pattern, expected=1).version == 2
    titles = pattern.versions.order_by("number").values_list("spec__title", flat=True)
    assert list(titles) == ["What is wrong, in a few words", "A degraded array"]


def test_two_who_write_at_once_do_not_overwrite_each_other(responder: User) -> None:
    pattern = save_pattern(STARTING_TEXT, by=responder)
    text = STARTING_TEXT.replace("What is wrong", "This is wrong")
    save_pattern(text, by=responder, pattern=pattern, expected=1)
    with pytest.raises(ChangedMeanwhile) as refused:
        save_pattern(STARTING_TEXT + "cites: []\n", by=responder, pattern=pattern, expected=1)
    assert refused.value.version == 2
    assert pattern.versions.count() == 2


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (("applies:", "aplies:"), "/aplies"),
        (("storage.raids.size()", "storrage.raids.size()"), "/applies"),
        (("verdict: clear", "verdict: match"), "/examples/1/verdict"),
        (("pattern: give-it-a-name", "pattern: Not a slug"), "/pattern"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_nothing_is_saved(
    responder: User, change: tuple[str, str], pointer: str
) -> None:
    with pytest.raises(SpecError) as refused:
        save_pattern(STARTING_TEXT.replace(*change), by=responder)
    problem = next(one for one in refused.value.errors if one.pointer == pointer)
    assert problem.line
    assert not Pattern.objects.exists()
    assert not OutboxRow.objects.exists()


def test_a_name_is_taken_once_and_kept_for_ever(responder: User) -> None:
    pattern = save_pattern(STARTING_TEXT, by=responder)
    for text, options in (
        (STARTING_TEXT, {}),
        (STARTING_TEXT.replace("give-it-a-name", "another"), {"pattern": pattern}),
    ):
        with pytest.raises(SpecError) as refused:
            save_pattern(text, by=responder, **options)  # type: ignore[arg-type]
        assert [one.pointer for one in refused.value.errors] == ["/pattern"]


def test_switching_off_closes_flags_and_on_asks_again(responder: User) -> None:
    pattern = save_pattern(STARTING_TEXT, by=responder)
    OutboxRow.objects.all().delete()
    make_flag(pattern, make_host())
    set_enabled(pattern, False, now=NOW)
    flag = Flag.objects.get()
    assert flag.state == "closed"
    assert flag.transitions.order_by("pk").last().cause == "disabled"  # type: ignore[union-attr]
    set_enabled(pattern, True, now=NOW)
    assert OutboxRow.objects.filter(topic="judge-pattern").count() == 1


def _spec(slug: str) -> Any:
    return next(one for one in library_of() if one.pattern == slug)
