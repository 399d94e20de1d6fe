"""The file of an incident holds all of it, and nothing that its reader may not see."""

from collections.abc import Callable

import pytest
from django.test import Client

from incidents.records.between import link
from incidents.records.markdown import read
from incidents.records.markdown_incident import markdown_of
from incidents.records.timeline import add_line
from incidents.records.tracked import TEXTS
from incidents.records.writing import create_incident
from kb.accounts.models import User
from tests.support.factories import NOW, make_action, make_host, make_incident, make_lesson

pytestmark = pytest.mark.django_db


def test_everything_on_record_is_in_the_file(responder: User, stranger: User) -> None:
    make_host("robert")
    make_lesson("RAID", slug="raid")
    texts = {name: f"The {name}\n\n## Impact\n\n> so" for name in TEXTS}
    incident = create_incident(
        by=responder, title='Gone: "all" of it', severity="high", started_at=NOW,
        time_sources={"started": "syslog"}, time_uncertainty={"started": 15}, reviewer=stranger,
        tags=["a: b"], **texts,
        relations={"hosts": {"robert": "helped"}, "lessons": ["raid"], "involved": ["sam"]},
    )  # fmt: skip
    add_line(incident, by=responder, at=NOW, what="- One\n> two", evidence="\nlog\n")
    make_action("Mend it", incident=incident, owner=stranger, due=NOW.date())
    back = read(markdown_of(incident, responder))
    assert back.texts == texts
    assert [(line.at, line.what, line.evidence, line.by) for line in back.timeline] == [
        (NOW, "- One\n> two", "\nlog\n", "ruth")
    ]
    head = back.head
    assert head["times"] == {"started": {"at": NOW, "source": "syslog", "within_minutes": 15}}
    assert (head["title"], head["reviewer"], head["involved"], head["tags"]) == (
        'Gone: "all" of it', "sam", ["sam"], ["a: b"],
    )  # fmt: skip
    assert head["hosts"] == {"robert": "helped"}
    assert head["actions"][0]["due"] == NOW.date()
    assert head["moves"][0]["after"] == "draft"


def test_a_link_is_in_it_for_whoever_sees_both_ends(
    responder: User, stranger: User, browser_of: Callable[[User], Client]
) -> None:
    incident = make_incident("Open")
    secret = make_incident("Secret", visibility="restricted", author=stranger)
    link(incident, secret, "consequence-of", by=stranger, note="Hm")
    assert "bears_on" not in read(markdown_of(incident, responder)).head
    assert read(markdown_of(incident, stranger)).head["bears_on"][0]["to"] == secret.pk
    assert read(markdown_of(incident, None)).head["bears_on"][0]["note"] == "Hm"
    answer = browser_of(responder).get(f"/incidents/{incident.pk}.md")
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert browser_of(responder).get(f"/incidents/{secret.pk}.md").status_code == 404
