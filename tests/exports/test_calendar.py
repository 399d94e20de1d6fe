"""``/feeds/dates.ics``: the dates ahead, in a form that a strict reader of RFC 5545 takes."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from incidents.exports import dates, feed_tokens, ical
from incidents.exports.ical import Day
from kb.accounts.models import User
from tests.support.factories import (
    NOW,
    make_action,
    make_flag,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
    make_team,
)

Event = dict[str, str]


def parse(raw: bytes) -> list[Event]:
    """The events of a calendar; anything that RFC 5545 forbids is an error."""
    assert raw.endswith(b"\r\n")
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
        assert b"\r" not in line
        line.decode()  # no character is broken
    lines = raw.decode().replace("\r\n ", "").split("\r\n")[:-1]
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[2].startswith("PRODID:")
    assert lines[-1] == "END:VCALENDAR"
    events, event = list[Event](), None
    for line in lines:
        found = re.fullmatch(r"([A-Z-]+)((?:;[A-Z-]+=[A-Z-]+)*):(.*)", line)
        assert found, line
        name, parameters, value = found.groups()
        assert not any(ord(char) < 32 and char != "\t" for char in value), "a control character"
        if line == "BEGIN:VEVENT":
            assert event is None
            event = {}
        elif line == "END:VEVENT":
            assert event is not None
            assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY"} <= event.keys()
            events.append(event)
            event = None
        elif event is not None:
            assert name not in event, "given twice"
            event[name] = _value(name, parameters, value)
    assert event is None
    assert len({event["UID"] for event in events}) == len(events)
    return events


def _value(name: str, parameters: str, value: str) -> str:
    if name in ("DTSTART", "DTEND"):
        assert parameters == ";VALUE=DATE"
        assert re.fullmatch(r"\d{8}", value)
    elif name == "DTSTAMP":
        assert re.fullmatch(r"\d{8}T\d{6}Z", value)
    elif name in ("SUMMARY", "DESCRIPTION", "UID", "CATEGORIES"):
        assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,nN])*", value), value
        return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)
    return value


def calendar(user: User) -> Any:
    key = feed_tokens.key_of(feed_tokens.issue(user))
    return Client().get("/feeds/dates.ics", {"token": key})


def on(days: int) -> str:
    return f"{NOW.date() + timedelta(days=days):%Y%m%d}"


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_every_kind_of_date_stands_in_it(viewer: User, responder: User) -> None:
    later = NOW + timedelta(days=30)
    facts = {
        "os": {"name": "Debian", "version": "12.11"},
        "certificates": [
            {"subject": "CN=db.example.net", "endpoint": "db:443", "not_after": later.isoformat()},
            {"subject": "CN=old.example.net", "not_after": "2020-01-01T00:00:00+00:00"},
            {"subject": "CN=none"},
        ],
    }
    host = make_host("db-01", facts=facts, upgrade_planned_on=NOW.date() + timedelta(days=3),
                     maintenance_until=NOW + timedelta(hours=5))  # fmt: skip
    make_host("db-02", facts={"os": {"name": "Debian", "version": "12.9"}})
    make_host("away", status="retired", upgrade_planned_on=NOW.date(), facts=facts)
    make_flag(make_pattern("p", title="No restore test"), host, state="accepted",
              accepted_until=NOW + timedelta(days=9), accepted_because="It is; soon, really.",
              accepted_by=responder)  # fmt: skip
    make_action("Order drives", due=NOW.date(), owner=responder)
    make_action("Late", due=NOW.date() - timedelta(days=1))
    make_action("Done", due=NOW.date(), state="done")
    make_action("Far", due=date(2031, 1, 1), team=make_team("Ops"))
    hidden = make_incident("Hidden", visibility="restricted")
    make_action("Secret", due=NOW.date(), incident=hidden)
    make_lesson("Look twice", review_by=NOW.date() + timedelta(days=12))
    answer = calendar(viewer)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    told = [
        (e["DTSTART"], e["SUMMARY"], e.get("DESCRIPTION", ""), e["CATEGORIES"])
        for e in parse(answer.content)
    ]
    assert told == sorted(
        [
            (on(0), "Due: Order drives", "For ruth.", "Action"),
            (on(0), "Maintenance of db-01 ends", "At 14:00 (UTC).", "Maintenance"),
            (on(3), "Upgrade of db-01 planned", "", "Upgrade"),
            (
                on(9),
                "Waiver runs out: No restore test on db-01",
                "It is; soon, really.",
                "Waiver",
            ),
            (on(12), "Review: Look twice", "Look twice.", "Lesson"),
            (on(30), "Certificate of CN=db.example.net on db-01 ends", "db:443", "Certificate"),
            ("20280630", "Support of Debian 12 ends", "On 2 hosts: db-01, db-02.", "End of life"),
        ]
    )


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_the_end_of_a_system_is_told_once_for_all_its_hosts(viewer: User) -> None:
    for number in range(25):
        make_host(
            f"web-{number:02d}",
            facts={"os": {"name": "Own", "version": "1", "eol_on": "2027-05-01"}},
        )
    (event,) = parse(calendar(viewer).content)
    assert (event["DTSTART"], event["DTEND"]) == ("20270501", "20270502")
    assert event["SUMMARY"] == "Support of Own 1 ends"
    assert event["DESCRIPTION"].startswith("On 25 hosts: web-00, web-01,")
    assert event["DESCRIPTION"].endswith("web-19, and 5 more.")


@pytest.mark.django_db
def test_days_are_those_of_the_reader(viewer: User) -> None:
    viewer.time_zone = "Pacific/Auckland"
    viewer.save()
    with time_machine.travel(NOW, tick=False):
        make_host("db-01", maintenance_until=datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
        (event,) = parse(calendar(viewer).content)
    assert event["DTSTART"] == "20261201"
    assert event["DESCRIPTION"] == "At 12:30 (Pacific/Auckland)."


@pytest.mark.django_db
def test_it_stays_the_same_all_day_long(viewer: User) -> None:
    make_lesson("Look twice", review_by=NOW.date() + timedelta(days=12))
    with time_machine.travel(NOW, tick=False):
        first = calendar(viewer)
    with time_machine.travel(NOW + timedelta(hours=9), tick=False):
        key = feed_tokens.key_of(feed_tokens.issue(viewer))
        again = Client().get(
            "/feeds/dates.ics", {"token": key}, headers={"If-None-Match": first.headers["ETag"]}
        )
    assert again.status_code == 304
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        tomorrow = calendar(viewer)
    uids = [[event["UID"] for event in parse(one.content)] for one in (first, tomorrow)]
    assert uids[0] == uids[1]


@pytest.mark.django_db
def test_two_thousand_at_most_the_soonest_first(viewer: User) -> None:
    papers = [
        {"subject": f"CN={n}", "not_after": (NOW + timedelta(hours=n)).isoformat()}
        for n in range(2100)
    ]
    make_host("many", facts={"certificates": papers})
    found = dates.ahead(viewer, NOW)
    assert len(found) == 2000
    assert found[-1].on == (NOW + timedelta(hours=1999)).date()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "facts",
    [
        {"os": [], "certificates": {"a": 1}},
        {"os": {"name": "Own", "version": "1", "eol_on": "soon"}, "certificates": ["x", None]},
        {"os": {"name": "Own", "eol_on": None}, "certificates": [{"not_after": "never"}]},
        {"certificates": [{"not_after": "2027-01-01T00:00:00", "names": None, "subject": 7}]},
    ],
)
def test_odd_facts_break_nothing(viewer: User, facts: Any) -> None:
    make_host("odd", facts=facts)
    assert len(dates.ahead(viewer, NOW)) in (0, 1)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_comes_back_as_it_was(title: str, text: str) -> None:
    day = Day("1@x", NOW.date(), title, text)
    event = parse(ical.write("Dates", [day], NOW))[0]
    for said, told in ((title, event["SUMMARY"]), (text, event.get("DESCRIPTION", ""))):
        plain = said.replace("\r\n", "\n").replace("\r", "\n")
        assert told == "".join(c for c in plain if c == "\n" or c == "\t" or c.isprintable())
