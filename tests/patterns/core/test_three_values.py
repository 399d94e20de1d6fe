"""What holds for every expression and every document, tried on many of both."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.patterns.evaluate import ask, is_ruled_out
from incidents.patterns.language import (
    ExpressionError,
    Fault,
    Unknown,
    cause_of,
    compile_expression,
)
from incidents.patterns.library import shipped
from incidents.patterns.spec import compile_spec
from incidents.patterns.verdict import State

from .facts import documents, pattern, shuffled, spoiled, thinned, view

PATTERNS = [pytest.param(compile_spec(spec), id=spec.pattern) for spec in shipped()]
DECIDED = {State.MATCH, State.CLEAR, State.NOT_APPLICABLE}
MANY = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
MORE = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))

# -- expressions at random, over a few facts ----------------------------------------------------

ENTRY = st.sampled_from([
    "{v}.offsite", "{v}.last_success_days <= 30", "{v}.tool == 'Debian'", "{v}.size_mb > 7",
    "{v}.tool in ['Debian', 'ok']", "{v}.paths.size() > 1", "{v}.paths.exists(q, q == host.role)",
    "'ok' in {v}.paths", "{v}.size_mb + 1 > 8", "{v}.tool.startsWith('D')",
])  # fmt: skip
LEAF = st.sampled_from([
    "os.rolling", "host.important", "os.name == 'Debian'", "packages.pending > 7",
    "packages.pending - 1 <= packages.pending_security", "host.criticality in ['high', 'critical']",
    "backups.size() > 1", "host.tags.size() == 0", "'ok' in host.tags", "true", "false",
    "packages.pending / packages.pending_security > 1", "os.name.matches('^[A-G]')",
])  # fmt: skip


def _joined(inner):
    body = st.recursive(
        ENTRY,
        lambda e: st.one_of(
            st.builds("!({})".format, e),
            st.builds("({} && {})".format, e, e),
            st.builds("({} || {})".format, e, e),
        ),
        max_leaves=3,
    ).map(lambda text: text.replace("{v}", "b"))
    return st.one_of(
        st.builds("!({})".format, inner),
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds(
            "backups.{}(b, {})".format, st.sampled_from(["exists", "all", "exists_one"]), body
        ),
        st.builds(
            "backups.filter(b, {}).size() {} 1".format,
            body,
            st.sampled_from(["<", ">", "==", ">="]),
        ),
        st.builds("backups.filter(b, {}).exists(c, c.offsite)".format, body),
        st.builds("backups.filter(b, {}).all(c, c.size_mb > 1)".format, body),
        st.builds("backups.filter(b, {}).exists_one(c, c.offsite)".format, body),
        st.builds("'Debian' in backups.filter(b, {}).map(b, b.tool)".format, body),
        st.builds("backups.map(b, b.size_mb).exists(n, n > {})".format, st.integers(0, 9)),
    )


def _within_bounds(text):
    try:
        return compile_expression(text)
    except ExpressionError:
        return None


EXPRESSIONS = st.recursive(LEAF, _joined, max_leaves=4).filter(_within_bounds)
PATHS = frozenset({
    "os.rolling", "os.name", "host.important", "host.role", "host.criticality", "host.tags",
    "packages.pending", "packages.pending_security", "backups", "backups[].offsite",
    "backups[].last_success_days", "backups[].tool", "backups[].size_mb", "backups[].paths",
})  # fmt: skip
FACTS = documents(PATHS)
SEEDS = st.integers(0, 2**32)


@MORE
@given(EXPRESSIONS, FACTS, SEEDS)
def test_knowing_more_never_changes_an_answer(text, full, seed):
    bound = compile_expression(text).bind({})
    before, after = bound.walk(thinned(full, random.Random(seed))), bound.walk(full)

    if isinstance(before, bool):
        assert after is before
    if isinstance(before, Fault):
        assert isinstance(after, Fault)


@MORE
@given(EXPRESSIONS, FACTS, SEEDS)
def test_the_order_of_lists_never_matters(text, facts, seed):
    bound = compile_expression(text).bind({})
    one, other = bound.walk(facts), bound.walk(shuffled(facts, random.Random(seed)))

    assert type(one) is type(other)
    if isinstance(one, Unknown):
        assert set(one.paths) == set(other.paths)
    elif isinstance(one, bool):
        assert one is other


@MORE
@given(EXPRESSIONS, FACTS)
def test_where_the_native_engine_answers_the_walk_agrees(text, facts):
    bound = compile_expression(text).bind({})
    try:
        native = bound.program.execute(facts)
    except (KeyError, RuntimeError, TypeError, ValueError, ArithmeticError):
        return

    assert bound.walk(facts) is native


@MORE
@given(EXPRESSIONS, FACTS, SEEDS)
def test_null_and_wrong_types_are_as_good_as_absent(text, facts, seed):
    """A verdict on a spoiled document is never contradicted by the mended one."""
    one = pattern(text)
    bad = ask(one, view(spoiled(facts, random.Random(seed)))).state
    good = ask(one, view(facts)).state

    assert bad is good or bad is State.UNKNOWN or good is State.BROKEN


@MORE
@given(EXPRESSIONS, FACTS, SEEDS)
def test_what_is_unknown_hangs_on_what_it_names(text, full, seed):
    thin = thinned(full, random.Random(seed))
    found = compile_expression(text).bind({}).walk(thin)

    if (cause := cause_of(found)) is not None:
        assert cause.paths
        assert all(any(path.startswith(named) for path in PATHS) for named in cause.paths)


# -- the shipped patterns -----------------------------------------------------------------------


@pytest.mark.parametrize("one", PATTERNS)
@MANY
@given(st.data(), SEEDS)
def test_no_shipped_pattern_flips_as_more_becomes_known(one, data, seed):
    full = data.draw(documents(one.paths))
    before = ask(one, view(thinned(full, random.Random(seed)))).state
    after = ask(one, view(full)).state

    assert before not in DECIDED or after is before
    assert after is not State.BROKEN


@pytest.mark.parametrize("one", PATTERNS)
@MANY
@given(st.data(), SEEDS)
def test_no_shipped_pattern_takes_spoiled_facts_for_an_answer(one, data, seed):
    facts = data.draw(documents(one.paths))
    bad = ask(one, view(spoiled(facts, random.Random(seed)))).state

    assert bad in (State.UNKNOWN, ask(one, view(facts)).state)


@pytest.mark.parametrize("one", PATTERNS)
@MANY
@given(st.data(), SEEDS)
def test_a_clear_built_on_stale_facts_is_never_clear(one, data, seed):
    facts = data.draw(documents(one.paths))
    fresh = {k: v for k, v in facts.items() if random.Random(seed + len(k)).random() > 0.5}
    verdict = ask(one, view(facts, fresh)).state

    if verdict in (State.CLEAR, State.NOT_APPLICABLE):
        assert ask(one, view(fresh)).state is verdict


@pytest.mark.parametrize("one", PATTERNS)
@MANY
@given(st.data(), SEEDS)
def test_no_shipped_pattern_looks_at_the_order_of_lists(one, data, seed):
    facts = data.draw(documents(one.paths))

    assert ask(one, view(facts)).state is ask(one, view(shuffled(facts, random.Random(seed)))).state


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), SEEDS)
def test_what_one_host_was_told_never_answers_for_another(data, seed):
    """A walk is remembered by what it read: with that memory or without, the answers are one."""
    pattern = data.draw(st.sampled_from([one.values[0] for one in PATTERNS]))
    facts, chance = data.draw(documents(pattern.paths)), random.Random(seed)
    hosts = [facts, thinned(facts, chance), spoiled(facts, chance), shuffled(facts, chance), facts]
    remembered = [ask(pattern, view(one)) for one in hosts]

    for one, said in zip(hosts, remembered, strict=True):
        pattern.bound().walks.clear()
        assert ask(pattern, view(one)) == said
        if is_ruled_out(pattern, view(one)):
            assert said.state is State.NOT_APPLICABLE
