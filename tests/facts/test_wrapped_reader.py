"""Another format in an envelope: what is said of it counts, and the content is read as ever."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from incidents.facts.errors import FactsError
from incidents.facts.readers import read

from .helpers import NOW

MDSTAT = "Personalities :\nunused devices: <none>\n"


def envelope(**more):
    return {
        "host": "db-01",
        "format": "mdstat",
        "observed_at": "2026-11-23T02:00:00Z",
        "content": MDSTAT,
    } | more


def test_the_envelope_says_who_and_when():
    (report,) = read(envelope(), arrived_at=NOW)
    assert (report.host, report.source) == ("db-01", "mdstat")
    assert report.observed_at == datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert report.sections == {"storage": {"raids": []}}


def test_json_and_native_sections_may_be_inside():
    (report,) = read(envelope(format="restic", content=[]), arrived_at=NOW)
    assert report.sections == {"backups": []}
    inside = {"sections": {"os": {"kernel": "6.1"}}}
    (report,) = read(envelope(format="native", source="me", content=inside), arrived_at=NOW)
    assert (report.source, report.sections) == ("me", {"os": {"kernel": "6.1"}})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"format": "nonsense"}, "There is no format 'nonsense'"),
        ({"format": 3}, "/format"),
        ({"content": 3}, "/content"),
        ({"content": ""}, "empty"),
        ({"observed_at": "yesterday"}, "/observed_at"),
        ({"host": "no host!"}, "/host"),
    ],
)
def test_what_is_wrong_is_named(more, words):
    with pytest.raises(FactsError, match=words):
        read(envelope(**more), arrived_at=NOW)


def test_it_must_be_about_the_host_it_was_sent_for():
    with pytest.raises(FactsError, match="meant for 'web-1'"):
        read(envelope(), arrived_at=NOW, host="web-1")
