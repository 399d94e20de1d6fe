"""Drawings and their numbers: right to scale, escaped, and free of style attributes."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.web.plots import (
    Mark,
    Nest,
    Table,
    nest,
    nest_table,
    stacked_area,
    stacked_area_plot,
    stacked_area_table,
    time_scale,
    time_scale_plot,
    time_scale_table,
)
from kb.web.plots.area import _steps

RISK = {"critical": [3, 5], "high": [9, 11]}
LABELS = ["16 Nov", "23 Nov"]
START = datetime(2025, 11, 23, 9, 5, tzinfo=UTC)


def parsed(svg: str) -> Any:
    assert "style=" not in svg
    return ElementTree.fromstring(svg)


def found(svg: str, css: str) -> list[Any]:
    return [one for one in parsed(svg).iter() if css in (one.get("class") or "").split()]


def texts(svg: str) -> list[str]:
    return [one.text or "" for one in parsed(svg).iter("text")]


def test_risk_is_named_at_its_end_and_told_in_words() -> None:
    svg = stacked_area(RISK, LABELS, title="Open flags")
    root = parsed(svg)
    assert (root.get("role"), root[0].text) == ("img", "Open flags")
    assert root[1].text == "From 16 Nov to 23 Nov: critical 3 to 5, high 9 to 11."
    assert [one.text for one in found(svg, "name")] == ["critical 5", "high 11"]
    assert len(found(svg, "band")) == 2


def test_the_numbers_beside_risk_have_the_newest_week_first_and_a_total() -> None:
    assert stacked_area_table(RISK, LABELS, caption="Open flags") == Table(
        "Open flags",
        ("Week", "critical", "high", "total"),
        (("23 Nov", "5", "11", "16"), ("16 Nov", "3", "9", "12")),
    )


def test_a_plot_has_a_drawing_for_a_desk_and_one_for_a_phone() -> None:
    plot = stacked_area_plot(RISK, LABELS, title="Open flags")
    assert 'class="plot wide-only"' in plot.wide
    assert 'class="plot narrow-only"' in plot.narrow
    assert plot.table.rows[0][0] == "23 Nov"


@pytest.mark.parametrize(
    ("series", "labels"),
    [({}, []), ({"critical": []}, []), ({"critical": [0]}, ["now"]), ({"high": [4]}, ["now"])],
)
def test_few_numbers_or_none_still_draw(series: dict[str, list[int]], labels: list[str]) -> None:
    svg = stacked_area(series, labels, title="Open flags")
    assert parsed(svg)[0].text == "Open flags"
    assert len(found(svg, "band")) == sum(any(values) for values in series.values())


def test_counts_without_a_label_are_refused() -> None:
    with pytest.raises(ValueError, match="critical has 3 counts for 2 labels"):
        stacked_area({"critical": [1, 2, 3]}, LABELS, title="Open flags")


@pytest.mark.parametrize(
    ("most", "steps"),
    [(0, [1, 2]), (1, [1, 2]), (3, [1, 2, 3]), (7, [2, 4, 6, 8]), (35, [10, 20, 30, 40])],
)
def test_the_axis_has_round_numbers(most: int, steps: list[int]) -> None:
    assert _steps(most) == steps


@given(st.integers(min_value=0, max_value=10**7))
def test_the_axis_always_holds_the_highest_number(most: int) -> None:
    steps = _steps(most)
    assert steps[-1] >= most
    assert 2 <= len(steps) <= 4
    assert {after - before for before, after in pairwise([0, *steps])} == {steps[0]}


@given(st.text(max_size=40))
def test_no_name_can_break_out_of_a_drawing(name: str) -> None:
    printable = "".join(c for c in name if c.isprintable())
    for svg in (
        stacked_area({printable: [1, 2]}, [printable, "b"], title=printable),
        nest(Nest(printable, printable, printable, f"/{printable}", children=(Nest("x"),))),
        time_scale([Mark(START, printable, printable, milestone=True)], title=printable),
    ):
        assert parsed(svg)[0].text in (
            printable,
            printable or None,
            f"What runs inside {printable}",
        )


def pair() -> Nest:
    php = Nest("php", "Debian 3.0", "never started", "/hosts/php/", stopped=True)
    gentoo = Nest("gentoo", "Gentoo 2004.0", url="/hosts/gentoo/", children=(php,))
    return Nest("david", "Debian 3.1", here=True, url="/hosts/david/", children=(gentoo,))


def test_a_nest_draws_each_box_inside_its_parent() -> None:
    boxes = found(nest(pair()), "box")
    frames = [
        tuple(float(box.get(name)) for name in ("x", "y", "width", "height")) for box in boxes
    ]
    assert len(frames) == 3
    for (x, y, width, height), (inner_x, inner_y, inner_width, inner_height) in pairwise(frames):
        assert x < inner_x
        assert y < inner_y
        assert inner_x + inner_width < x + width
        assert inner_y + inner_height < y + height


def test_a_nest_leads_to_every_host_but_the_one_it_is_on() -> None:
    svg = nest(pair())
    assert [link.get("href") for link in parsed(svg).iter("a")] == ["/hosts/gentoo/", "/hosts/php/"]
    assert len(found(svg, "here")) == 1
    assert len(found(svg, "stopped")) == 1
    assert parsed(svg)[1].text == (
        "david (Debian 3.1) holds gentoo (Gentoo 2004.0) holds php (Debian 3.0)"
    )


def test_siblings_stand_below_one_another() -> None:
    svg = nest(Nest("hv", children=(Nest("a", "x"), Nest("b"))))
    _, first, second = found(svg, "box")
    assert float(first.get("y")) + float(first.get("height")) < float(second.get("y"))


def test_a_nest_as_a_table() -> None:
    assert nest_table(pair()) == Table(
        "What runs inside david",
        ("Host", "Runs", "Inside", "Note"),
        (
            ("david", "Debian 3.1", "–", ""),
            ("gentoo", "Gentoo 2004.0", "david", ""),
            ("php", "Debian 3.0", "gentoo", "never started"),
        ),
        numeric=False,
    )


def times(*minutes: int) -> list[Mark]:
    names = ("started", "detected", "acknowledged", "mitigated", "resolved")
    return [
        Mark(START + timedelta(minutes=m), name, name, milestone=True)
        for m, name in zip(minutes, names, strict=False)
    ]


def test_times_stand_to_scale_and_spans_say_how_long() -> None:
    svg = time_scale(times(0, 30, 60, 480), title="#12")
    phases = found(svg, "phase")
    widths = [float(phase.get("width")) for phase in phases]
    assert widths == pytest.approx([44, 44, 616], abs=0.1)
    assert [phase.get("class") for phase in phases] == [
        "phase started", "phase detected", "phase acknowledged",
    ]  # fmt: skip
    assert "7 h" in texts(svg)
    assert "mitigated 17:05" in texts(svg)


def test_other_entries_are_strokes() -> None:
    marks = [*times(0, 100), Mark(START + timedelta(minutes=50), "courier arrives")]
    (tick,) = found(time_scale(marks, title="#12"), "tick")
    assert float(tick.get("x1")) == 360


def test_marks_come_in_any_order_and_over_days_say_the_date() -> None:
    svg = time_scale(list(reversed(times(0, 3000))), title="#12")
    assert "detected 25 Nov 11:05" in texts(svg)


@given(st.lists(st.integers(min_value=0, max_value=3000), min_size=1, max_size=5))
def test_names_never_stand_on_one_another(minutes: list[int]) -> None:
    svg = time_scale(times(*sorted(minutes)), title="#12")
    spans: dict[str, list[tuple[float, float]]] = {}
    for one in found(svg, "over"):
        x, room = float(one.get("x")), len(one.text) * 6.6
        start = x if one.get("text-anchor") is None else x - room
        spans.setdefault(one.get("y"), []).append((start, start + room))
    for row in spans.values():
        for (_, end), (begin, _) in pairwise(sorted(row)):
            assert end < begin


def test_the_times_as_a_table_in_the_readers_zone() -> None:
    table = time_scale_table(times(0, 35), caption="#12", zone=timezone(timedelta(hours=1), "BST"))
    assert table == Table(
        "#12",
        ("", "Time (BST)", "After the last"),
        (("started", "23 Nov 2025 10:05", "–"), ("detected", "23 Nov 2025 10:40", "35 min")),
        numeric=False,
    )


def test_one_moment_is_enough_and_none_is_refused() -> None:
    assert "started 09:05" in texts(time_scale(times(0), title="#12"))
    assert time_scale_plot(times(0), title="#12").table.rows == (
        ("started", "23 Nov 2025 09:05", "–"),
    )
    with pytest.raises(ValueError, match="at least one moment"):
        time_scale([], title="#12")
