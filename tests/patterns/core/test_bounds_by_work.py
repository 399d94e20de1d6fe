"""What one evaluation may cost: turns count by the length of what they go through."""

import pytest

from incidents.patterns.language import Fault, compile_expression
from incidents.patterns.language.bounds import NODES_PER_STEP
from incidents.patterns.language.tree import heaviest_turn

MANY = {"storage": {"raids": [{"name": f"md{n}", "level": "raid1"} for n in range(1000)]}}


def turns(text: str) -> int:
    return heaviest_turn(compile_expression(text).tree)


def test_a_short_body_is_one_turn_and_a_long_one_many() -> None:
    assert turns("storage.raids.exists(r, r.level == 'raid5')") == 1
    long = " || ".join(f"r.name == 'md{n}'" for n in range(90))
    nodes = 1 + 90 * 4  # the whole, and each comparison with its field, its entry, its text
    assert turns(f"storage.raids.exists(r, {long})") == -(-nodes // NODES_PER_STEP)


def test_a_loop_inside_counts_for_itself() -> None:
    inner = "storage.raids.exists(b, " + " || ".join(["a.name == b.name"] * 40) + ")"
    assert turns(f"storage.raids.exists(a, {inner})") == turns(
        inner.replace("a.name", "'md0'")
    ) + pytest.approx(0, abs=8)


def test_a_long_body_ends_as_early_as_many_turns_do() -> None:
    body = " || ".join(f"a.name + b.name == 'x{n}'" for n in range(60))
    bound = compile_expression(f"storage.raids.exists(a, storage.raids.exists(b, {body}))").bind({})
    assert not bound.native_is_safe(1000)
    assert isinstance(bound.walk(MANY), Fault)
    short = compile_expression("storage.raids.exists(a, a.name == 'md999')").bind({})
    assert short.walk(MANY) is True
