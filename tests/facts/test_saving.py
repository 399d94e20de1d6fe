"""What follows from the backups section: lateness, size, place, what is held and what is dumped."""

from datetime import UTC, datetime
from typing import Any

import pytest

from incidents.facts.saving import annotate_backups

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def job(around: dict[str, Any] | None = None, **said: Any) -> dict[str, Any]:
    (found,) = annotate_backups([said], NOW, **(around or {}))
    return {name: value for name, value in found.items() if said.get(name) != value}


def test_of_nothing_nothing_follows() -> None:
    assert job() == {"scheduled": False, "sized": False}


def test_a_job_with_a_schedule_is_meant_to_run() -> None:
    assert job(every_hours=24, last_success="2026-11-20T11:00:00Z") == {
        "enabled": True,
        "scheduled": True,
        "sized": False,
        "last_ok": True,
        "last_success_hours": 73,
    }


def test_a_switched_off_job_stays_off() -> None:
    assert "enabled" not in job(every_hours=24, enabled=False)


def test_a_success_that_claims_to_lie_ahead_has_no_age() -> None:
    assert job(last_success="2026-11-24T00:00:00Z") == {"scheduled": False, "sized": False}


@pytest.mark.parametrize(
    ("success", "attempt", "ok"),
    [
        ("2026-11-23T02:00:00Z", None, True),
        ("2026-11-23T02:00:00Z", "2026-11-23T01:00:00Z", True),
        ("2026-11-21T02:00:00Z", "2026-11-22T01:00:00Z", False),
        ("2026-11-22T02:00:00Z", "2026-11-23T11:00:00Z", None),
        (None, "2026-11-23T01:00:00Z", None),
    ],
)
def test_the_last_run_is_judged_by_its_times(
    success: str | None, attempt: str | None, ok: bool | None
) -> None:
    times: dict[str, Any] = {"last_success": success, "last_attempt": attempt}
    assert job(**{name: time for name, time in times.items() if time}).get("last_ok") is ok


def test_what_the_tool_says_of_its_last_run_stays() -> None:
    assert "last_ok" not in job(last_ok=False, last_success="2026-11-23T02:00:00Z")


@pytest.mark.parametrize(
    ("sizes", "pct"),
    [
        ({"size_mb": 40, "usual_size_mb": 100}, 40.0),
        ({"size_mb": 0}, 0.0),
        ({"size_mb": 40}, None),
        ({"usual_size_mb": 40}, None),
    ],
)
def test_sizes_are_compared_where_they_can_be(sizes: dict[str, Any], pct: float | None) -> None:
    found = job(**sizes)
    assert (found.get("size_pct"), found["sized"]) == (pct, pct is not None)


def test_what_lies_at_another_site_is_away() -> None:
    copies = [{"target": "x", "site": "North"}, {"target": "y", "site": "south"}, {"target": "z"}]
    found = job({"site": "north"}, site="north", copies=copies)
    assert found["offsite"] is False
    assert [one.get("offsite") for one in found["copies"]] == [False, True, None]
    assert "offsite" not in job(site="north")


MOUNTS = [{"path": p} for p in ("/", "/boot", "/srv", "/srv/db", "/home")]


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ({"paths": ["/"]}, ["/", "/boot", "/home", "/srv", "/srv/db"]),
        ({"paths": ["/"], "one_file_system": True}, ["/"]),
        ({"paths": ["/srv/data"]}, ["/srv"]),
        ({"paths": ["/srv/"]}, ["/srv", "/srv/db"]),
        ({"paths": ["/srv"], "excludes": ["/srv/db/*"]}, ["/srv"]),
        ({"paths": ["/srv"], "excludes": ["*.tmp", "/srv/db/cache"]}, ["/srv", "/srv/db"]),
        ({"paths": ["/etc", "/var/lib/mysql"]}, ["/"]),
        ({"paths": ["/srv2"]}, ["/"]),
        ({"paths": []}, []),
    ],
)
def test_a_job_holds_the_file_systems_its_paths_lie_on(
    said: dict[str, Any], held: list[str]
) -> None:
    assert job({"storage": {"mounts": MOUNTS}}, **said)["holds"] == held


def test_without_paths_or_mounts_nobody_knows_what_it_holds() -> None:
    assert "holds" not in job({"storage": {"mounts": MOUNTS}}, tool="restic")
    assert "holds" not in job({"storage": {}}, paths=["/"])
    assert "holds" not in job(paths=["/"])


def dump(software: list[dict[str, Any]], **said: Any) -> dict[str, Any]:
    found = job({"software": software}, **said)
    names = ("dumps_here", "server_version", "tool_too_old")
    return {name: found[name] for name in names if name in found}


def pg(version: str, name: str = "postgresql-15", **more: Any) -> dict[str, Any]:
    return {"name": name, "version": version, "source": "apt", **more}


@pytest.mark.parametrize(
    ("said", "software", "follows"),
    [
        (
            {"tool": "pg_dump", "tool_version": "9.2.18"},
            [pg("9.6.1", "postgresql-9.6")],
            {"dumps_here": True, "server_version": "9.6.1", "tool_too_old": True},
        ),
        (
            {"tool": "/usr/bin/pg_dump", "tool_version": "15.2"},
            [pg("15.8-0+deb12u1")],
            {"dumps_here": True, "server_version": "15.8-0+deb12u1", "tool_too_old": False},
        ),
        (
            {"tool": "pg_dump", "tool_version": "14.1"},
            [pg("13.1", "postgresql-13"), pg("15.8")],
            {"dumps_here": True, "server_version": "15.8"},
        ),
        ({"tool": "pg_dump"}, [pg("15.8")], {"dumps_here": True, "server_version": "15.8"}),
        (
            {"tool": "pg_dump", "tool_version": "13.1"},
            [pg("15.8", "postgresql-client-15"), pg("15.8", "postgresql-15-pgvector")],
            {"dumps_here": False},
        ),
        (
            {"tool": "pg_dump", "tool_version": "13.1"},
            [pg("15.8", "postgresql", source="rpm")],
            {"dumps_here": False},
        ),
        (
            {"tool": "mysqldump", "tool_version": "5.7.44"},
            [pg("8.0.36-0ubuntu0.22.04.1", "mysql-server-8.0")],
            {
                "dumps_here": True,
                "server_version": "8.0.36-0ubuntu0.22.04.1",
                "tool_too_old": True,
            },
        ),
        (
            {"tool": "mysqldump", "tool_version": "10.19"},
            [pg("1:10.11.6-0+deb12u1", "mariadb-server")],
            {},
        ),
        (
            {"tool": "pg_dump", "tool_version": "15.1"},
            [pg("15.8"), {"name": "postgresql-17"}],
            {"dumps_here": True, "server_version": "15.8"},
        ),
        ({"tool": "pg_dump", "tool_version": "15.1"}, [{"version": "17"}], {}),
        ({"tool": "restic"}, [pg("15.8")], {"dumps_here": False}),
        ({"tool": "our-script.sh"}, [pg("15.8")], {}),
        (
            {"tool": "our-script.sh", "dumps": "postgresql", "tool_version": "15"},
            [pg("15.8")],
            {"dumps_here": True, "server_version": "15.8", "tool_too_old": False},
        ),
    ],
)
def test_the_tool_is_compared_with_the_server_it_dumps(
    said: dict[str, Any], software: list[dict[str, Any]], follows: dict[str, Any]
) -> None:
    assert dump(software, **said) == follows


def test_what_is_no_job_is_left_as_it_is() -> None:
    assert annotate_backups(["odd", None], NOW) == ["odd", None]
