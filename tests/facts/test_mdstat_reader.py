"""`/proc/mdstat`: arrays with their level, state and members."""

from __future__ import annotations

import pytest

from incidents.facts.errors import FactsError
from incidents.facts.readers import read

from .helpers import NOW

HEAD = "Personalities : [raid1] [raid6] [raid5] [raid4]\n"


def raids(*lines):
    text = HEAD + "\n".join(lines) + "\n\nunused devices: <none>\n"
    (report,) = read(text.encode(), arrived_at=NOW, host="web-1")
    assert report.source == "mdstat"
    return report.sections["storage"]["raids"]


def test_a_mirror_that_is_whole():
    lines = ("md0 : active raid1 sdb1[1] sda1[0]", "    1953382464 blocks super 1.2 [2/2] [UU]")
    assert raids(*lines) == [
        {
            "name": "md0",
            "kind": "md",
            "level": "raid1",
            "state": "optimal",
            "devices": [{"name": "sdb1", "state": "active"}, {"name": "sda1", "state": "active"}],
            "devices_wanted": 2,
            "devices_active": 2,
            "spares": 0,
            "size_gb": 2000.3,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "state", "active"),
    [
        (["md0 : active raid1 sda1[0]", "  100 blocks [2/1] [U_]"], "degraded", 1),
        (["md0 : active raid1 sdb1[1](F) sda1[0]", "  100 blocks [2/1] [U_]"], "degraded", 1),
        (["md0 : active raid1 sdb1[1] sda1[0]", "  100 blocks [2/2] [U_]"], "degraded", 1),
        (
            ["md0 : active raid1 sdb1[2] sda1[0]", "  100 blocks [2/1] [U_]",
             "  [=>....]  recovery =  8.5% (8/100) finish=17.0min speed=2K/sec"],
            "rebuilding", 1,
        ),
        (
            ["md0 : active raid1 sdb1[1] sda1[0]", "  100 blocks [2/2] [UU]",
             "  [=>....]  check =  5.7% (5/100) finish=0.2min speed=1K/sec"],
            "optimal", 2,
        ),
        (
            ["md0 : active raid1 sdb1[1] sda1[0]", "  100 blocks [2/2] [UU]", "  resync=PENDING"],
            "optimal", 2,
        ),
        (
            ["md0 : active (auto-read-only) raid1 sdb1[1] sda1[0]", "  9 blocks [2/2] [UU]"],
            "optimal", 2,
        ),
        (["md0 : inactive raid1 sda3[0](F) sdb3[1](S)", "  9 blocks [2/2] [UU]"], "failed", 2),
        (["md0 : broken raid0 sda3[0] sdb3[1]", "  9 blocks 64k chunks"], "failed", None),
        (["md0 : active raid0 sda1[0] sdb1[1]", "  9 blocks 64k chunks"], "optimal", None),
        (["md0 : inactive sdb[1](S) sda[0](S)", "  6306 blocks super external:imsm"], None, None),
    ],
    ids=["member gone", "member failed", "map over count", "rebuilding", "a check is no rebuild",
         "resync pending", "read-only", "not running", "broken", "no redundancy", "container"],
)  # fmt: skip
def test_the_state_is_read_from_map_count_and_work(lines, state, active):
    (one,) = raids(*lines)
    assert (one.get("state"), one.get("devices_active")) == (state, active)


def test_spares_and_failed_members_are_told_apart():
    (one,) = raids(
        "md11 : active raid1 sdb2[0] sdc2[1] sdc3[2](F) hda[4](S)", "  4190208 blocks [2/2] [UU]"
    )
    assert one["spares"] == 1
    assert [member["state"] for member in one["devices"]] == ["active", "active", "faulty", "spare"]


def test_no_array_is_a_finding_too():
    assert raids() == []


def test_a_line_that_is_not_understood_is_named():
    (report,) = read(HEAD + "md0 is strange\n", arrived_at=NOW, host="web-1")
    assert report.notes == ["Line 2 was not understood: 'md0 is strange'."]


def test_another_text_is_refused():
    with pytest.raises(FactsError, match="Personalities"):
        read(b'"hello"', arrived_at=NOW, host="web-1", format="mdstat")
