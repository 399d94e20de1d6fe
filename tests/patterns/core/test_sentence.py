"""The one sentence beside a verdict."""

import pytest

from incidents.patterns.language import ExpressionError
from incidents.patterns.sentence import compile_sentence, sentence_for
from incidents.patterns.verdict import State, Verdict

from .facts import view

FACTS = {
    "host": {"name": "db-01", "tags": [], "stateful": True},
    "storage": {"raids": [{"name": "md0", "level": "raid5"}, {"name": "md1"}]},
    "backups": [{"tool": "restic", "last_success_days": 1}, {"tool": "tar"}],
    "network": {"interfaces": [{"ipv4": ["10.0.0.1"]}, {"ipv4": ["10.0.0.2", "10.0.0.1"]}]},
}


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("On {host.name}.", "On db-01."),
        ("{storage.raids.map(r, r.name)}", "md0 and md1"),
        ("{storage.raids.map(r, r.level)}", "raid5"),
        ("{storage.raids.map(r, known(r.level, 'an array') + ' on ' + r.name)}",
         "raid5 on md0 and an array on md1"),
        ("{host.owner}", "not known"),
        ("{host.owner; nobody} owns it", "nobody owns it"),
        ("{host.tags}", "none"),
        ("tags: {host.tags; no tags}", "tags: no tags"),
        ("{host.role;}, {host.name}", ", db-01"),
        ("On {host.role;}, at {host.site;}.", "On, at."),
        ("{days(min(backups.map(b, b.last_success_days)))} old", "1 day old"),
        ("{backups.filter(b, b.last_success_days > 0).size()}", "at least 1"),
        ("{host.stateful}", "yes"),
        ("{limit} and {{braces}}", "30 and {braces}"),
        ("{host.name == 'db-01' ? 'the {one};' : ''}", "the {one};"),
        ("{distinct(backups.map(b, b.tool))}", "restic and tar"),
        ("{network.interfaces.map(i, i.ipv4)}", "10.0.0.1 and 10.0.0.2"),
        ("{min(backups.map(b, b.size_mb)); no size}", "no size"),
        ("{1234567}", "1,234,567"),
    ],
)  # fmt: skip
def test_a_template_speaks_from_facts(template, sentence):
    assert compile_sentence(template, {"limit": 30}).say(view(FACTS), {"limit": 30}, ()) == sentence


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{host.nam}", "did you mean `name`?"),
        ("{host.name", "never closed"),
        ("{host.name; otherwise", "never closed"),
        ("host.name}", "closes nothing"),
        ("{}", "can't stand here|ends too early"),
        ("{host}", "Name a field"),
        ("{host.name} " * 17, "may have 16"),
        ("x" * 2_000, "characters"),
    ],
)
def test_a_slip_in_a_template_is_named(template, words):
    with pytest.raises(ExpressionError) as caught:
        compile_sentence(template, {})

    assert any(word in caught.value.message for word in words.split("|"))


def test_an_unknown_verdict_can_name_what_is_missing():
    templates = {"unknown": compile_sentence("Nobody reported {missing}.", {})}
    verdict = Verdict(State.UNKNOWN, missing=("backups", "os"), reason="not reported: backups, os")

    said = sentence_for("No backup", templates, verdict, view({}), {})

    assert said == "Nobody reported backups and os."


def test_stale_facts_are_called_stale_whatever_the_template_says():
    templates = {"unknown": compile_sentence("Nobody reported it.", {})}
    verdict = Verdict(
        State.UNKNOWN,
        missing=("os",),
        reason="stale since 2026-10-01: os",
        stale={"os": "2026-10-01T00:00:00Z"},
    )

    said = sentence_for("No backup", templates, verdict, view({}), {})

    assert said == "Nobody can tell yet (stale since 2026-10-01: os)."


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (Verdict(State.MATCH), "Disk is full."),
        (Verdict(State.CLEAR), "Not so here: disk is full."),
        (Verdict(State.NOT_APPLICABLE), "The question does not arise here."),
        (Verdict(State.UNKNOWN, reason="not reported: os"),
         "Nobody can tell yet (not reported: os)."),
        (Verdict(State.BROKEN, error="match: division by zero"),
         "The pattern itself is at fault: match: division by zero."),
    ],
)  # fmt: skip
def test_without_a_template_there_is_a_plain_sentence(verdict, sentence):
    assert sentence_for("Disk is full", {}, verdict, view({}), {}) == sentence
