"""A content freezes, thaws, and withholds what a reader may not see."""

import pytest

from incidents.digests.content import (
    WITHHELD,
    Cite,
    Content,
    DatedItem,
    FlagItem,
    freeze,
    incidents_named,
    thaw,
    withhold,
)


def content(**fields: object) -> Content:
    base: dict[str, object] = {
        "week": "2026-W47",
        "week_number": 47,
        "first_day": "2026-11-16",
        "last_day": "2026-11-22",
    }
    return Content(**(base | fields))  # type: ignore[arg-type]


def item(host: str, **fields: object) -> FlagItem:
    base: dict[str, object] = {
        "flag": 1,
        "host": host,
        "pattern": "p",
        "title": "RAID is the only copy",
        "severity": "high",
        "sentence": "raid5 on md0; no backup",
        "path": "/flags/1/",
        "host_path": f"/hosts/{host}/",
    }
    return FlagItem(**(base | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "subject"),
    [
        ({}, "No change (week 47)"),
        ({"newly": [item("david")]}, "1 host newly at risk (week 47)"),
        (
            {"newly": [item("a"), item("b"), item("c"), item("c")], "recovered": [item("d")]},
            "3 hosts newly at risk, 1 recovered (week 47)",
        ),
        ({"recovered": [item("d"), item("e")]}, "2 hosts recovered (week 47)"),
        ({"overdue": [DatedItem("x", "/", "2026-11-01")]}, "1 action overdue (week 47)"),
    ],
)
def test_the_subject_carries_the_change(fields: dict[str, object], subject: str) -> None:
    assert content(**fields).subject == subject


def test_freezing_and_thawing_loses_nothing() -> None:
    full = content(
        newly=[item("david", cites=[Cite("incident", "#1 Lost", "/incidents/1/", incident=1)])],
        overdue=[DatedItem("Copy off site", "/actions/", "2026-11-01", incident=1)],
        reread=Cite("lesson", "RAID is not a backup", "/lessons/x/"),
        open_now={"high": 2},
    )
    assert thaw(freeze(full)) == full


def test_what_a_reader_may_not_see_is_named_as_withheld() -> None:
    full = content(
        newly=[item("david", cites=[Cite("incident", "#1 Secret", "/incidents/1/", incident=1)])],
        overdue=[DatedItem("Fire the secret one", "/actions/", "2026-11-01", "sam", incident=1)],
        on_this_day=[DatedItem("#2 Open", "/incidents/2/", "2025-11-17", incident=2)],
    )
    assert incidents_named(full) == {1, 2}
    shown = withhold(full, seen={2})
    assert shown.newly[0].cites == [Cite("incident", WITHHELD, "")]
    assert shown.overdue == [DatedItem(WITHHELD, "", "2026-11-01")]
    assert shown.on_this_day == full.on_this_day
    assert "ecret" not in str(freeze(shown))
