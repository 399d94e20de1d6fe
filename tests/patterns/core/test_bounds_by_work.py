"""What one question may cost: work is counted, the same on every machine."""

from contextlib import suppress
from typing import Any

import pytest

from incidents.patterns import examples
from incidents.patterns.evaluate import LARGEST, ask
from incidents.patterns.language import Size, compile_expression, is_little, size_of
from incidents.patterns.language.bounds import MAX_WORK
from incidents.patterns.language.walk import Budget, TooLong, Walk, build
from incidents.patterns.spec import compile_spec, load_data
from incidents.patterns.verdict import State, Verdict
from incidents.patterns.view import HostView

MANY = {"storage": {"raids": [{"name": f"md{n}", "level": "raid1"} for n in range(5000)]}}
SOME = {"storage": {"raids": MANY["storage"]["raids"][:100]}}


def verdict(match: str, facts: dict[str, Any] = MANY, **more: Any) -> Verdict:
    data = {"pattern": "x", "title": "X", "severity": "low", "applies": "true", "match": match}
    pattern = compile_spec(load_data({**data, "examples": [], **more}))
    return ask(pattern, HostView("host", facts, facts))


def walked(text: str, facts: dict[str, Any]) -> int:
    """The work a walk counts."""
    one, budget = compile_expression(text), Budget()
    with suppress(TooLong):
        build(one.tree, one.meaning, {})(Walk(facts, budget=budget))
    return MAX_WORK - budget.left


def natively(text: str, size: Size = LARGEST) -> bool:
    return is_little(compile_expression(text).work, size)


TOO_MUCH = {
    "three loops": "storage.raids.exists(a, storage.raids.exists(b, storage.raids.exists(c, "
    "a.name + b.name == c.name + 'x')))",
    "a long body": f"storage.raids.exists(a, {' || '.join(['a.name == a.level'] * 180)})",
    "a search in every turn": "storage.raids.all(a, a.name in storage.raids.map(b, b.name))",
    "many expressions in a turn": "storage.raids.exists(a, "
    f"{' || '.join(['a.name.matches(' + repr('x{1,9}y') + ')'] * 40)})",
    "lists written out": f"{[1] * 200}.exists(a, {[1] * 200}.exists(b, {[1] * 200}.exists(c, "
    "a + b + c == 7)))",
}


@pytest.mark.parametrize("match", TOO_MUCH.values(), ids=TOO_MUCH)
def test_too_much_work_is_the_fault_of_the_pattern(match: str) -> None:
    found = verdict(match)
    assert (found.state, found.error) == (
        State.BROKEN,
        "too much work: its loops take too many turns on this host",
    )


def test_on_fewer_facts_the_same_question_is_answered() -> None:
    assert verdict(TOO_MUCH["a search in every turn"], SOME).state is State.MATCH
    assert verdict(TOO_MUCH["a long body"], SOME).state is State.CLEAR


def test_long_lists_are_no_trouble_by_themselves() -> None:
    assert verdict("storage.raids.filter(a, a.level == 'raid1').size() == 5000").state == "match"
    assert verdict("storage.raids.exists(a, a.name == 'md4999')").state is State.MATCH


def test_conditions_of_severity_count_for_the_same_question() -> None:
    raises: dict[str, Any] = {"raise": [{"when": TOO_MUCH["three loops"], "to": "high"}] * 3}
    found = verdict("true", **raises)
    assert found.state is State.BROKEN


def test_the_engine_gets_only_what_is_known_to_be_little() -> None:
    assert natively("storage.raids.exists(a, a.name == 'x')")
    # It copies the list it keeps at every turn.
    assert not natively("storage.raids.filter(a, a.name == 'x').size() > 1")
    assert natively("storage.raids.filter(a, a.name == 'x').size() > 1", Size(100, 0))
    assert not natively("storage.raids.exists(a, storage.raids.exists(b, a.name == b.name))")
    assert natively("storage.raids.exists(a, a.name.matches('^x'))", Size(1000, 100))
    assert not natively("storage.raids.exists(a, a.name.matches('^x'))", Size(1000, 20_000))


def test_thresholds_that_are_lists_count_with_the_longest_they_may_be() -> None:
    text = "bad.exists(a, bad.exists(b, bad.exists(c, a + b + c == 'x')))"
    assert not is_little(compile_expression(text, {"bad": ["one"]}).work, Size(1, 0))


def test_the_walk_counts_what_it_goes_through() -> None:
    once = walked("storage.raids.exists(a, a.name == 'x')", SOME)
    assert walked("storage.raids.exists(a, a.name == 'x')", MANY) == 50 * once
    assert walked("storage.raids.exists(a, a.name == 'md0')", MANY) == once // 100
    long = {"storage": {"raids": [{"name": "x" * 200_000}]}}
    text = "storage.raids.exists(a, a.name == 'x')"
    assert walked(text, long) - walked(text, {"storage": {"raids": [{"name": "x"}]}}) == 100


def test_the_size_of_facts() -> None:
    assert size_of({"a": [1, {"b": ["x", "long"]}], "c": "words"}) == Size(2, 5)
    assert size_of({}) == Size(0, 0)


def test_saving_does_not_wait_for_heavy_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 1.0, 9.0])
    monkeypatch.setattr(examples.time, "monotonic", lambda: next(moments))
    one = {"facts": {}, "verdict": "match"}
    data = {"pattern": "x", "title": "X", "severity": "low", "applies": "true", "match": "true"}
    found = examples.check(load_data({**data, "examples": [one] * 3}))
    assert [(problem.pointer, problem.message) for problem in found] == [
        ("/examples/1", "The examples before this one took 5 seconds: make them smaller.")
    ]
