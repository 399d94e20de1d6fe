"""A pasted log in the browser: read, picked from, and put on the timeline once."""

from collections.abc import Callable

import pytest
from django.test import Client

from kb.accounts.models import User
from tests.support.factories import NOW, make_incident

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db
LOG = "[09:05] <ruth> it is down\n[09:06] <olga> which one?\n[09:07] <ruth> david & his disk"


def test_what_is_ticked_goes_on_the_timeline_once(browser_of: Browser, responder: User) -> None:
    incident = make_incident("Gone", started_at=NOW)
    browser = browser_of(responder)
    address = f"/incidents/{incident.pk}/paste/"
    assert 'value="2026-11-23"' in browser.get(address).content.decode()
    sent = {"text": LOG, "day": "2026-11-23", "zone": "Europe/Berlin"}
    shown = browser.post(address, sent | {"act": "read"}).content.decode()
    assert "david &amp; his disk" in shown
    for _ in "ab":
        answer = browser.post(address, sent | {"act": "add", "pick": ["0", "2", "99"]})
        assert answer.headers["Location"] == f"/incidents/{incident.pk}/#timeline"
    assert [(f"{line.at:%H:%M}", line.what, line.evidence) for line in incident.timeline.all()] == [
        ("08:05", "ruth: it is down", "From the chat"),
        ("08:07", "ruth: david & his disk", "From the chat"),
    ]


def test_commands_are_shown_as_code(browser_of: Browser, responder: User) -> None:
    incident = make_incident("Gone", started_at=NOW)
    sent = {"text": "#1795338312\nsystemctl stop db", "day": "2026-11-23", "zone": "UTC"}
    browser_of(responder).post(f"/incidents/{incident.pk}/paste/", sent | {"act": "all"})
    assert incident.timeline.get().what == "`systemctl stop db`"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"zone": "Mars/Olympus"}, "There is no time zone"),
        ({"day": "soon"}, "Enter a valid date"),
        ({"act": "add"}, "Tick the lines that belong on the timeline."),
        ({"text": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_done_says_so_and_loses_nothing(
    browser_of: Browser, responder: User, changed: dict[str, str], said: str
) -> None:
    incident = make_incident("Gone", started_at=NOW)
    sent = {"text": LOG, "day": "2026-11-23", "zone": "UTC", "act": "read"} | changed
    answer = browser_of(responder).post(f"/incidents/{incident.pk}/paste/", sent)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert ("which one?" in answer.content.decode()) == bool(sent["text"])
    assert not incident.timeline.exists()
