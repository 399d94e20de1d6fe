"""Our own JSON, and the doors every report passes."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from incidents.facts.errors import FactsError
from incidents.facts.readers import (
    FORMATS,
    Identity,
    Report,
    check_clock,
    files_in,
    read,
    read_file,
)

from .helpers import NOW


def refusal(body, **options):
    with pytest.raises(FactsError) as caught:
        read(body, arrived_at=NOW, **options)
    return caught.value.errors


def test_a_whole_envelope():
    body = json.dumps(
        {
            "host": "db-01",
            "source": "restic",
            "observed_at": "2026-11-23T02:00:00+01:00",
            "sections": {"backups": []},
        }
    )
    assert read(body, arrived_at=NOW) == [
        Report(
            host="db-01",
            source="restic",
            observed_at=datetime(2026, 11, 23, 1, tzinfo=UTC),
            observed_from="report",
            sections={"backups": []},
            identity=Identity(name="db-01"),
            notes=[],
        )
    ]


def test_bare_sections_take_name_source_and_time_from_outside():
    (report,) = read(b'{"backups": []}', arrived_at=NOW, host="david.gentoo")
    assert (report.host, report.source, report.observed_at, report.observed_from) == (
        "david.gentoo", "native", NOW, "arrival",
    )  # fmt: skip
    (report,) = read(
        {"backups": []}, arrived_at=NOW, source="manual", observed_at=NOW - timedelta(days=3)
    )
    assert (report.source, report.observed_from) == ("manual", "argument")
    assert report.observed_at == NOW - timedelta(days=3)


def test_a_physical_machine_can_be_found_by_serial_and_a_chroot_by_nothing_of_its_parents():
    sections = {
        "hardware": {"serial": "S1", "virtual": False},
        "network": {"fqdn": "a.example.net"},
    }
    (report,) = read(sections, arrived_at=NOW)
    assert report.identity == Identity(fqdn="a.example.net", serial="S1")
    (report,) = read(sections | {"runtime": {"is_chroot": True}}, arrived_at=NOW, host="a.deb")
    assert report.identity == Identity(name="a.deb", is_chroot=True, kind="chroot")


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        (b"", "", "empty"),
        (b"[]", "", "say which: format=restic"),
        (b"[1]", "", "no format we know"),
        (b'{"nonsense": {}}', "/nonsense", "Unknown section 'nonsense'."),
        (b'{"sections": {"backup": []}}', "/sections/backup", "Did you mean 'backups'?"),
        (b'{"hots": "a", "sections": {"os": {}}}', "/hots", "Did you mean 'host'?"),
        (b'{"host": "a", "backups": []}', "/sections", "Put 'backups' inside"),
        (b'{"sections": {}}', "/sections", "says nothing"),
        (b'{"sections": null}', "/sections", "must be a JSON object"),
        (b'{"host": "a b", "sections": {"os": {}}}', "/host", "can't be a host name"),
        (b'{"source": "a b", "sections": {"os": {}}}', "/source", "can't be a source"),
        (b'{"observed_at": "2026-11-23", "sections": {"os": {}}}', "/observed_at", "zone"),
        (b'{"observed_at": "0001-01-01T00:00:00+05:00", "sections": {"os": {}}}', "/observed_at",
         "out of range"),
        (b'{"sections": {"backups": [{"last_success": "2062-01-01T00:00:00Z"}]}}',
         "/sections/backups/0/last_success", "lies in the future"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_mend(body, pointer, words):
    (error,) = refusal(body)
    assert error[0] == pointer
    assert words in error[1]


def test_a_report_for_another_host_is_refused():
    assert refusal(b'{"host": "a", "sections": {"os": {}}}', host="b") == [
        ("/host", "The report is about 'a', but is meant for 'b'.")
    ]


def test_an_unknown_format_is_refused_by_name():
    assert refusal(b"{}", format="facter6") == [
        ("", f"There is no format 'facter6'; choose auto, {', '.join(sorted(FORMATS))}.")
    ]


def test_a_report_from_the_future_names_both_times():
    late = NOW + timedelta(minutes=6)
    (error,) = refusal({"observed_at": late.isoformat(), "sections": {"os": {}}})
    assert error[0] == "/observed_at"
    assert "2026-11-23T12:06:00Z" in error[1]
    assert "2026-11-23T12:00:00Z" in error[1]
    check_clock(NOW + timedelta(minutes=5), NOW)


def test_a_file_gives_its_time_where_the_report_has_none(tmp_path):
    path = tmp_path / "db-01.json"
    path.write_text('{"backups": []}')
    when = NOW - timedelta(days=2)
    os.utime(path, (when.timestamp(), when.timestamp()))
    (report,) = read_file(path, arrived_at=NOW)
    assert (report.observed_at, report.observed_from, report.host) == (when, "file", None)


def test_a_missing_file_is_said_plainly(tmp_path):
    with pytest.raises(FactsError, match="can't be read: No such file"):
        read_file(tmp_path / "none", arrived_at=NOW)


def test_a_directory_means_its_visible_files(tmp_path):
    for name in ("b", "a", ".hidden"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "below").mkdir()
    assert [path.name for path in files_in(tmp_path)] == ["a", "b"]
    assert files_in(tmp_path / "a") == [tmp_path / "a"]
