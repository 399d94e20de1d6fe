"""What a host's page and the list of hosts show of flags and checks."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory

from incidents.hosts.models import Host
from incidents.patterns import panels
from incidents.patterns.citations import Citation, citations
from incidents.patterns.library import shipped
from incidents.patterns.models import Flag
from kb.accounts.models import User
from tests.support.factories import NOW, make_flag, make_host, make_pattern

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of(rf: RequestFactory, responder: User) -> Any:
    request = rf.get("/hosts/robert/")
    request.user = responder
    return request


@pytest.fixture
def robert(library: None, judge: Any) -> Host:
    facts = {"storage": {"raids": [{"name": "md0", "level": "raid5"}]}, "backups": []}
    host = make_host("robert", facts=facts)
    judge(host)
    return host


def test_a_banner_while_something_grave_is_open(robert: Host, request_of: Any) -> None:
    assert "1 open risk that has hurt" in str(panels.banner(robert, request_of))
    for state in ("accepted", "resolved"):
        Flag.objects.update(
            state=state, accepted_because="so", accepted_until="2027-01-01T00:00:00Z"
        )
        assert panels.banner(robert, request_of) is None
    Flag.objects.update(state="open", severity="medium")
    assert panels.banner(robert, request_of) is None


def test_risks_with_evidence_story_and_what_to_do(
    robert: Host, request_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Citation("incident", "The controller died", "/incidents/12/")
    monkeypatch.setattr(
        citations, "_entries", {"test": (1, lambda slugs, user: {slug: [told] for slug in slugs})}
    )
    shown = str(panels.risks(robert, request_of))
    assert "raid5 on md0; no backup at all." in shown
    assert "<dt>backups</dt>" in shown
    assert 'It happened before: <a href="/incidents/12/">The controller died</a>' in shown
    assert "Set up a backup" in shown


def test_a_host_without_risks_says_so(library: None, request_of: Any) -> None:
    assert "No open risk" in str(panels.risks(make_host(), request_of))


def test_every_check_with_its_reason_matches_first(robert: Host, request_of: Any) -> None:
    shown = str(panels.checks(robert, request_of))
    assert shown.count("<li>") == len(shipped())
    assert shown.index("RAID is the only copy") < shown.index("No package was upgraded")
    assert "which nobody reported" in shown


def test_a_column_of_severities(robert: Host) -> None:
    other = make_host()
    make_flag(make_pattern(), robert, severity="critical")
    cells = panels.flags_of([robert, other])
    assert other.pk not in cells
    assert cells[robert.pk].index("critical") < cells[robert.pk].index("high")


def test_what_is_stale_is_not_called_unreported(library: None, judge: Any, request_of: Any) -> None:
    facts = {"storage": {"raids": []}}
    host = make_host("old", facts=facts, seen=NOW - timedelta(days=400), kind="container")
    shown = str(panels.checks(host, request_of))
    raid = shown[shown.index("RAID is the only copy") :]
    raid = raid[: raid.index("</li>")]
    assert "stale since" in raid
    assert "nobody reported it" not in raid


def test_what_is_accepted_comes_last(robert: Host, request_of: Any) -> None:
    make_flag(make_pattern("minor", title="Minor"), robert, severity="low")
    Flag.objects.filter(severity="high").update(
        state="accepted", accepted_because="so", accepted_until="2027-01-01T00:00:00Z"
    )
    shown = str(panels.risks(robert, request_of))
    assert shown.index("Minor") < shown.index("RAID is the only copy")
