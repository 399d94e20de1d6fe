"""A change is a change of facts, not of spelling."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from incidents.facts.digest import Change, diff, digest, settle


def test_order_of_keys_and_lists_does_not_matter():
    one = {"raids": [{"name": "md0", "level": "raid1"}, {"name": "md1"}], "swap_mb": 0}
    other = {"swap_mb": 0, "raids": [{"name": "md1"}, {"level": "raid1", "name": "md0"}]}
    assert digest("storage", one) == digest("storage", other)


def test_volatile_fields_and_nulls_do_not_matter():
    quiet = {"mounts": [{"path": "/", "size_mb": 10}], "swap_mb": 0}
    busy = {
        "mounts": [{"path": "/", "size_mb": 10.0, "used_pct": 91.5}],
        "swap_mb": 0,
        "raids": None,
    }
    assert digest("storage", quiet) == digest("storage", busy)
    assert digest("runtime", {"load": 0.1}) == digest("runtime", {"load": 9.1})


def test_a_fact_that_changed_does():
    assert digest("storage", {"swap_mb": 0}) != digest("storage", {"swap_mb": 1})
    assert digest("backups", []) != digest("backups", [{"job": "a"}])
    assert digest("clock", {"synced": True}) != digest("clock", {"synced": False})


@given(st.permutations([{"job": "a", "tool": "restic"}, {"job": "b"}, {"job": "c", "size_mb": 1}]))
def test_any_order_has_one_digest(jobs):
    assert digest("backups", jobs) == digest("backups", sorted(jobs, key=str))


def test_the_same_start_read_twice_is_kept():
    held = {"booted_at": "2026-11-01T10:00:00Z", "load": 0.5}
    assert settle("runtime", held, {"booted_at": "2026-11-01T10:00:03Z", "load": 0.7}) == {
        "booted_at": "2026-11-01T10:00:00Z",
        "load": 0.7,
    }
    restarted = {"booted_at": "2026-11-02T08:00:00Z"}
    assert settle("runtime", held, restarted) == restarted
    assert settle("runtime", None, restarted) == restarted
    assert settle("os", {"name": "a"}, {"name": "b"}) == {"name": "b"}


def test_changes_are_told_by_the_names_people_use():
    old = {
        "storage": {
            "raids": [{"name": "md0", "state": "optimal", "devices": [{"name": "sda1"}]}],
            "mounts": [{"path": "/", "used_pct": 10}],
        },
        "os": {"version": "12.10"},
        "network": {"resolvers": ["10.0.0.1", "10.0.0.2"]},
    }
    new = {
        "network": {"resolvers": ["10.0.0.2", "10.0.0.1"]},
        "os": {"version": "12.11"},
        "storage": {
            "mounts": [{"path": "/", "used_pct": 90}],
            "raids": [
                {"name": "md1"},
                {"name": "md0", "state": "degraded", "devices": [{"name": "sda1"}]},
            ],
        },
        "backups": [],
    }
    assert diff(old, new) == [
        Change("backups", None, []),
        Change("os.version", "12.10", "12.11"),
        Change("storage.raids[md0].state", "optimal", "degraded"),
        Change("storage.raids[md1]", None, {"name": "md1"}),
    ]
    assert Change("storage.mounts[/].used_pct", 10, 90) in diff(old, new, volatile=True)
    assert diff(new, new) == []
