"""restic, borg and pgBackRest: what was saved, when, by whom; never more than they say."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from incidents.facts.errors import FactsError
from incidents.facts.readers import read
from tests.support.strict import program

from .helpers import NOW


def backups(body, **options):
    (report,) = read(body, arrived_at=NOW, **options)
    return report.sections["backups"]


def snapshot(time, *paths, hostname="db-01", **more):
    return {"time": time, "tree": "0", "paths": list(paths), "hostname": hostname, **more}


# -- restic -------------------------------------------------------------------------------------


def test_snapshots_of_the_same_paths_are_one_job():
    body = [
        snapshot("2026-11-21T02:00:00Z", "/etc", "/srv"),
        snapshot("2026-11-22T02:00:00.123456789Z", "/srv", "/etc", excludes=["/srv/cache"]),
        snapshot("2026-10-01T02:00:00+02:00", "/home"),
    ]
    assert backups(body, host="db-01") == [
        {"tool": "restic", "job": "/etc /srv", "paths": ["/etc", "/srv"],
         "excludes": ["/srv/cache"], "last_success": "2026-11-22T02:00:00Z"},
        {"tool": "restic", "job": "/home", "paths": ["/home"],
         "last_success": "2026-10-01T00:00:00Z"},
    ]  # fmt: skip


def test_newer_restics_tell_sizes():
    body = [
        snapshot(f"2026-11-{day}T02:00:00Z", "/", summary={"total_bytes_processed": mib * 1024**2},
                 program_version="restic 0.17.3")
        for day, mib in ((19, 100), (20, 104), (21, 102), (22, 7))
    ]  # fmt: skip
    (job,) = backups(body, host="db-01")
    assert (job["size_mb"], job["usual_size_mb"], job["tool_version"]) == (7, 102, "0.17.3")


def test_a_repository_of_several_hosts_gives_each_its_own():
    body = [snapshot("2026-11-22T02:00:00Z", "/", hostname=name) for name in ("web-1", "db-01.a.b")]
    assert [one.identity.hostname for one in read(body, arrived_at=NOW)] == ["db-01.a.b", "web-1"]
    (report,) = read(body, arrived_at=NOW, host="db-01")
    assert report.identity.hostname == "db-01.a.b"
    with pytest.raises(FactsError, match=r"about 2 hosts \(db-01.a.b, web-1\)"):
        read(body, arrived_at=NOW, host="mail")


def test_a_report_under_another_name_says_so():
    (report,) = read([snapshot("2026-11-22T02:00:00Z", "/")], arrived_at=NOW, host="robert")
    assert report.notes == [
        "The report calls this host 'db-01'; it was kept for 'robert', as you said."
    ]


def test_an_empty_list_says_none_but_only_where_its_tool_is_named():
    assert backups(b"[]", host="db-01", format="restic") == []
    assert backups(b"[]", host="db-01", format="pgbackrest") == []
    with pytest.raises(FactsError, match="format=restic"):
        read(b"[]", arrived_at=NOW, host="db-01")


def test_a_time_that_is_none_is_named():
    with pytest.raises(FactsError, match="/0/time"):
        read([snapshot("yesterday", "/")], arrived_at=NOW, host="db-01")


def test_a_real_restic(tmp_path):
    environment = os.environ | {
        "RESTIC_PASSWORD": "x", "RESTIC_REPOSITORY": str(tmp_path / "repo"),
        "RESTIC_CACHE_DIR": str(tmp_path / "cache"), "HOME": str(tmp_path),
    }  # fmt: skip

    def restic(*words):
        done = subprocess.run(
            [program("restic"), *words], env=environment, capture_output=True, check=True
        )
        return done.stdout

    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "note.txt").write_text("worth keeping")
    restic("init")
    assert backups(restic("snapshots", "--json"), host="db-01", format="restic") == []
    restic("backup", "--host", "db-01", "--time", "2026-11-22 02:00:00", str(saved))
    (job,) = backups(restic("snapshots", "--json"), host="db-01")
    assert (job["tool"], job["job"], job["last_success"][:8]) == ("restic", str(saved), "2026-11-")


# -- borg ---------------------------------------------------------------------------------------


def repository(*archives, **more):
    return {
        "repository": {"id": "be99b43bdf4b", "location": "ssh://backup@vault.example.net/./main"},
        "archives": list(archives),
        **more,
    }


def test_archives_that_differ_in_their_date_are_one_job():
    body = repository(
        {"name": "db1-2026-11-21", "time": "2026-11-21T03:00:00.000000"},
        {"name": "db1-2026-11-22T03:00:00", "time": "2026-11-22T03:00:00.000000"},
        {"name": "db1-2026-11-23.checkpoint", "time": "2026-11-23T03:00:00.000000"},
    )
    (report,) = read(body, arrived_at=NOW, host="db-01")
    assert report.sections["backups"] == [
        {"tool": "borg", "job": "db1", "target": "ssh://backup@vault.example.net/./main",
         "target_host": "vault.example.net", "last_success": "2026-11-22T03:00:00Z"}
    ]  # fmt: skip
    assert report.source == "borg:be99b43b"
    assert "without a zone" in report.notes[0]


@pytest.mark.parametrize(
    ("location", "host"),
    [("/srv/backup", None), ("backup@vault:/srv/main", "vault"), ("vault:main", "vault"),
     ("ssh://vault:2222/./main", "vault"), ("file:///srv/backup", None)],
)  # fmt: skip
def test_where_a_repository_lives(location, host):
    body = repository({"name": "a", "time": "2026-11-22T03:00:00"})
    body["repository"]["location"] = location
    assert backups(body, host="db-01")[0].get("target_host") == host


def test_an_empty_repository_says_none():
    assert backups(repository(), host="db-01") == []


def test_the_size_of_a_repository_says_nothing_of_backups():
    body = repository(cache={"stats": {}})
    del body["archives"]
    with pytest.raises(FactsError, match="borg list --json"):
        read(body, arrived_at=NOW, host="db-01")


def test_a_real_borg(tmp_path):
    environment = os.environ | {
        "BORG_BASE_DIR": str(tmp_path), "BORG_PASSPHRASE": "x", "TZ": "UTC",
        "BORG_REPO": str(tmp_path / "repo"), "HOME": str(tmp_path),
    }  # fmt: skip

    def borg(*words):
        done = subprocess.run(
            [program("borg"), *words], env=environment, capture_output=True, check=True
        )
        return done.stdout

    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "note.txt").write_text("worth keeping")
    borg("init", "--encryption", "none")
    assert backups(borg("list", "--json"), host="db-01") == []
    borg("create", "--timestamp", "2026-11-22T02:00:00", "::db1-2026-11-22", str(saved),
         "--exclude", "*.tmp")  # fmt: skip
    info = json.loads(borg("info", "--json", "--last", "1"))
    (job,) = backups(info, host="db-01")
    assert (job["job"], job["target"]) == ("db1", str(tmp_path / "repo"))
    assert job["paths"] == [str(saved)]
    assert job["last_success"].startswith("2026-11-22T02:00")


# -- pgBackRest ---------------------------------------------------------------------------------


def stanza(*stops, code=0, message="ok"):
    return {
        "name": "main",
        "status": {"code": code, "message": message},
        "backup": [
            {"error": False, "timestamp": {"start": stop - 60, "stop": stop},
             "info": {"size": 50 * 1024**2}, "backrest": {"version": "2.45"}}
            for stop in stops
        ],
    }  # fmt: skip


def test_a_stanza_is_a_job():
    assert backups([stanza(1795392824, 1795306424)], host="db-01") == [
        {"tool": "pgbackrest", "tool_version": "2.45", "job": "main", "last_ok": True,
         "last_success": "2026-11-23T00:13:44Z", "size_mb": 50, "usual_size_mb": 50}
    ]  # fmt: skip


def test_a_stanza_in_trouble_is_not_well_and_says_why():
    (report,) = read([stanza(code=2, message="no valid backups")], arrived_at=NOW, host="db-01")
    assert report.sections["backups"] == [{"tool": "pgbackrest", "job": "main", "last_ok": False}]
    assert report.notes == ["Stanza 'main': no valid backups."]


def test_a_backup_that_ended_in_an_error_is_no_success():
    broken = stanza(1795392824)
    broken["backup"][0]["error"] = True
    assert "last_success" not in backups([broken], host="db-01")[0]
