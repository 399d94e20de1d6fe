"""The whole catalogue: it is all there, and each pattern keeps what the catalogue promises."""

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import pytest

from incidents.patterns.evaluate import ask
from incidents.patterns.examples import check, example_view
from incidents.patterns.language import compile_expression
from incidents.patterns.language.tree import Literal, Node
from incidents.patterns.library import shipped
from incidents.patterns.sentence import KEYS
from incidents.patterns.spec import PatternSpec, compile_spec
from incidents.patterns.verdict import State, Verdict
from incidents.patterns.view import HostView
from incidents.records.shipped import LIBRARY, read_library

NAMES = """
raid-only-no-backup backup-never-restored backup-same-host backup-same-site backup-same-account
backup-stale-or-silent backup-tool-version-mismatch backup-coverage-gap
backup-restore-slower-than-rto

array-degraded array-same-batch-drives drive-firmware-known-bad drive-old raid-controller-spof
disk-single-nonredundant boot-not-mirrored array-never-scrubbed single-psu-or-feed
single-nic-or-switch hardware-out-of-support no-ecc-or-memory-errors

os-eol os-eol-soon no-upgrade-path long-since-upgrade long-uptime reboot-pending
security-updates-pending unattended-upgrades-in-lockstep framework-unsupported-or-pinned
service-version-skew-in-group

fleet-os-exception pair-os-mismatch pair-never-failed-over service-on-one-member
important-service-single-host replicas-share-fate group-degraded nested-os-drift

cert-expiring clock-skew disk-nearly-full filesystem-or-type-limit single-dns-resolver
no-swap-small-memory

not-monitored facts-stale hand-built-host too-important-to-touch no-owner-or-owner-gone
runbook-missing-or-unproven no-out-of-band-or-site-kit lesson-repeated
"""
CATALOGUE = NAMES.split()

PATTERNS = [pytest.param(spec, id=spec.pattern) for spec in shipped()]
each_pattern = pytest.mark.parametrize("spec", PATTERNS)


def test_the_catalogue_is_shipped_whole() -> None:
    assert len(CATALOGUE) == len(set(CATALOGUE)) == 53
    assert sorted(spec.pattern for spec in shipped()) == sorted(CATALOGUE)


@each_pattern
def test_it_could_be_saved_as_it_is(spec: PatternSpec) -> None:
    assert check(spec) == []


@each_pattern
def test_it_says_why_and_what_to_do(spec: PatternSpec) -> None:
    assert len(spec.why.split()) >= 20
    assert re.match(r"1\. \w", spec.fix), "the steps are numbered"
    assert len(re.findall(r"^[1-9]\. ", spec.fix, re.MULTILINE)) >= 2
    assert spec.title
    assert not spec.title.endswith(".")


@each_pattern
def test_it_has_a_sentence_for_every_answer(spec: PatternSpec) -> None:
    assert set(spec.say) == set(KEYS.values())
    for text in spec.say.values():
        assert text.rstrip().endswith((".", ".}")), text
    for text in prose(spec):
        assert text.rstrip().endswith((".", "?")), text
    assert "{missing}" in spec.say["unknown"] or not lists_what_is_missing(spec)


@each_pattern
def test_what_its_examples_say_are_whole_sentences(spec: PatternSpec) -> None:
    compiled = compile_spec(spec)
    for example in spec.examples:
        view = example_view(example)
        verdict = ask(compiled, view)
        said = compiled.sentences[KEYS[verdict.state]].say(
            view, compiled.thresholds, verdict.missing
        )
        assert re.search(r"[\w)%]\.$", said), said
        assert ".." not in said.replace("...", ""), said
        assert not re.search(r"\b1 (days|people|hosts|hours)\b|\(\)| ,|  ", said), said


@each_pattern
def test_every_lesson_it_watches_for_is_shipped(spec: PatternSpec) -> None:
    assert spec.lessons
    assert set(spec.lessons) <= {lesson.slug for lesson in read_library()}


@each_pattern
def test_its_examples_show_every_answer(spec: PatternSpec) -> None:
    assert {example.verdict for example in spec.examples} == {
        State.MATCH, State.CLEAR, State.UNKNOWN, State.NOT_APPLICABLE,
    }  # fmt: skip
    assert any("(false alarm avoided)" in example.name for example in spec.examples)
    assert any(example.says for example in spec.examples if example.verdict == State.MATCH)
    assert any(example.missing for example in spec.examples if example.verdict == State.UNKNOWN)
    names = [example.name for example in spec.examples]
    assert len(names) == len(set(names))
    assert all(names)


@each_pattern
def test_every_way_of_being_worse_is_shown(spec: PatternSpec) -> None:
    shown = {example.severity for example in spec.examples}
    assert {one.to for one in spec.raises} <= shown


@each_pattern
def test_its_numbers_have_names(spec: PatternSpec) -> None:
    for text in expressions(spec):
        tree = compile_expression(text, spec.thresholds).tree
        numbers = [
            node.value
            for node in walk(tree)
            if isinstance(node, Literal) and type(node.value) in (int, float)
        ]
        assert set(numbers) <= {0, 1}, f"give these a name among the thresholds: {numbers}"


@each_pattern
def test_its_published_accounts_have_addresses(spec: PatternSpec) -> None:
    for cite in spec.cites:
        assert re.match(r"https?://[a-z0-9.-]+\.[a-z]+/\S*$", cite.url), cite.url
        assert cite.title
    assert len({cite.url for cite in spec.cites}) == len(spec.cites)


@each_pattern
def test_it_reads_no_section_it_does_not_need(spec: PatternSpec) -> None:
    """Without any one of the sections it reads, the answer to some example is another."""
    compiled = compile_spec(spec)
    idle = set(compiled.variables)
    for example in spec.examples:
        view = example_view(example)
        whole = answer(ask(compiled, view))
        for name in sorted(idle & view.sections.keys()):
            less = {section: facts for section, facts in view.sections.items() if section != name}
            if answer(ask(compiled, HostView(view.name, less, less))) != whole:
                idle.remove(name)
    assert idle == set()


@each_pattern
def test_of_a_host_nobody_said_anything_about_nothing_is_claimed(spec: PatternSpec) -> None:
    verdict = ask(compile_spec(spec), HostView("db-01", {}, {}))
    assert verdict.state is State.UNKNOWN
    assert verdict.missing


@each_pattern
def test_the_order_of_what_is_listed_never_matters(spec: PatternSpec) -> None:
    compiled = compile_spec(spec)
    for example in spec.examples:
        facts = example_view(example).sections
        turned = {name: reversed_lists(section) for name, section in facts.items()}
        one, other = (ask(compiled, HostView("db-01", each, each)) for each in (facts, turned))
        assert (one.state, one.severity) == (other.state, other.severity)


def test_every_lesson_shipped_is_watched_for() -> None:
    watched = {lesson for spec in shipped() for lesson in spec.lessons}
    assert {path.stem for path in LIBRARY.glob("*.md")} == watched


def test_lessons_are_written_to_be_read() -> None:
    for lesson in read_library():
        assert re.fullmatch(r"[A-Z].*[^.]", lesson.title), lesson.slug
        assert re.fullmatch(r"[A-Z].*\.", lesson.statement), lesson.slug
        assert len(lesson.why.split()) >= 30, lesson.slug


def test_only_what_reads_findings_is_asked_last() -> None:
    readers = {one.pattern for one in shipped() if "findings" in compile_spec(one).variables}
    assert readers == {"lesson-repeated"}


# -- helpers ------------------------------------------------------------------------------------


def expressions(spec: PatternSpec) -> list[str]:
    return [spec.applies, spec.match, *(one.when for one in spec.raises)]


def prose(spec: PatternSpec) -> list[str]:
    """What is written in full sentences: the why, and each step of the fix."""
    return [spec.why, *re.split(r"^[0-9]+\. ", spec.fix, flags=re.MULTILINE)[1:]]


def lists_what_is_missing(spec: PatternSpec) -> bool:
    """All do, but facts-stale: there it is always the same, that the host never reported."""
    return spec.pattern != "facts-stale"


def walk(node: Any) -> Iterator[Node]:
    """The node and all below it."""
    if isinstance(node, list):
        for item in node:
            yield from walk(item)
    elif isinstance(node, Node):
        yield node
        for part in dataclasses.fields(node):
            yield from walk(getattr(node, part.name))


def answer(verdict: Verdict) -> tuple[Any, ...]:
    return verdict.state, verdict.severity, verdict.missing


def reversed_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: reversed_lists(one) for name, one in value.items()}
    return [reversed_lists(one) for one in reversed(value)] if isinstance(value, list) else value
