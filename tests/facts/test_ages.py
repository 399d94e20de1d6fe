"""Ages are worked out for a moment and never stored."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest

from incidents.facts.ages import days_since, days_until, derive, later_than

from .helpers import NOW


def test_past_times_gain_days_and_dates_ahead_gain_days_left():
    document = {
        "backups": [{"job": "etc", "last_success": "2026-11-20T13:00:00Z"}],
        "certificates": [{"subject": "www", "not_after": "2026-11-21T11:00:00Z"}],
        "hardware": {"bios_date": "2026-11-03", "warranty_until": "2026-12-23", "cpus": 4},
        "storage": {"raids": [{"name": "md0", "devices": [{"manufactured_on": "2025-11-23"}]}]},
    }
    assert derive(document, NOW) == {
        "backups": [{"job": "etc", "last_success": "2026-11-20T13:00:00Z", "last_success_days": 2}],
        "certificates": [
            {"subject": "www", "not_after": "2026-11-21T11:00:00Z", "not_after_in_days": -3}
        ],
        "hardware": {
            "bios_date": "2026-11-03",
            "bios_date_days": 20,
            "warranty_until": "2026-12-23",
            "warranty_until_in_days": 30,
            "cpus": 4,
        },
        "storage": {
            "raids": [
                {
                    "name": "md0",
                    "devices": [{"manufactured_on": "2025-11-23", "manufactured_on_days": 365}],
                }
            ]
        },
    }


def test_the_document_itself_stays_as_it_was():
    document = {"backups": [{"last_success": "2026-11-20T13:00:00Z"}], "os": {"name": None}}
    before = copy.deepcopy(document)
    derive(document, NOW)
    assert document == before


def test_nulls_are_gone_at_every_depth():
    document = {"os": None, "clock": {"synced": None}, "custom": {"a": [None, {"b": None}]}}
    assert derive(document, NOW) == {"clock": {}, "custom": {"a": [{}]}}


def test_age_is_whole_days_rounded_down():
    assert days_since("2026-11-22T12:00:01Z", NOW) == 0
    assert days_since("2026-11-22T12:00:00Z", NOW) == 1
    assert days_until("2026-11-24T11:00:00Z", NOW) == 0
    assert days_until("2026-11-23", NOW) == 0


def test_a_backup_from_the_future_has_no_age_rather_than_a_young_one():
    assert days_since("2062-11-20T13:00:00Z", NOW) is None
    assert days_since("2026-11-23T12:04:00Z", NOW) == 0
    derived = derive({"backups": [{"last_success": "2062-01-01T00:00:00Z"}]}, NOW)
    assert derived == {"backups": [{"last_success": "2062-01-01T00:00:00Z"}]}


@pytest.mark.parametrize("text", ["yesterday", "", "2026-11-20T13:00:00", 7, "2026-13-01"])
def test_what_is_no_time_has_no_age(text):
    assert days_since(text, NOW) is None


def test_times_ahead_of_now_are_found_by_place():
    tomorrow = (NOW + timedelta(days=1)).isoformat()
    document = {
        "backups": [{"last_success": "2026-11-20T13:00:00Z"}, {"last_success": tomorrow}],
        "certificates": [{"not_after": "2062-01-01T00:00:00Z"}],
    }
    assert later_than(document, NOW) == [("/backups/1/last_success", tomorrow)]


def test_given_ages_are_kept():
    assert derive({"backups": [{"last_success_days": 43}]}, NOW) == {
        "backups": [{"last_success_days": 43}]
    }
