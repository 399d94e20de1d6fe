"""Atom feeds of flags, incidents and lessons, for whoever holds the key in the address."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.utils import timezone

from incidents.exports import atom, feed_tokens
from incidents.exports.models import FeedToken
from kb.accounts import saved_views
from kb.accounts.models import User
from kb.search import indexing
from tests.support.factories import (
    NOW,
    make_flag,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
)

pytestmark = pytest.mark.django_db
A = "{http://www.w3.org/2005/Atom}"


def address(user: User, name: str) -> str:
    feed_tokens.issue(user)
    found = feed_tokens.addresses(user)
    assert found is not None
    return found.by_name[name].removeprefix("http://localhost:8000")


def read(user: User, name: str) -> ET.Element:
    answer = Client().get(address(user, name))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ET.fromstring(answer.content)


def titles(root: ET.Element) -> list[str]:
    return [entry.findtext(f"{A}title") or "" for entry in root.findall(f"{A}entry")]


def test_flags_as_they_open_and_end(viewer: User) -> None:
    flag = make_flag(make_pattern("os-eol", title="Its system is over"), make_host("db-01"))
    for hours, before, after in ((1, "open", "acknowledged"), (2, "acknowledged", "resolved"),
                                 (3, "resolved", "open")):  # fmt: skip
        flag.transitions.create(
            at=NOW + timedelta(hours=hours), before=before, after=after, cause="facts",
            severity="high", sentence="Debian 4 is over.", pattern_version=1,
        )  # fmt: skip
    root = read(viewer, "flags")
    assert titles(root) == [
        "db-01: Its system is over (opened again)",
        "db-01: Its system is over (resolved)",
        "db-01: Its system is over (opened)",
    ]
    entry = root.find(f"{A}entry")
    assert entry is not None
    last = flag.transitions.latest("pk")
    link = entry.find(f"{A}link")
    assert link is not None
    assert link.get("href") == f"http://localhost:8000/flags/{flag.pk}/"
    assert entry.findtext(f"{A}id") == f"tag:localhost,2026:flag-transition/{last.pk}"
    assert entry.findtext(f"{A}updated") == "2026-11-23T12:00:00.000000Z"
    assert entry.findtext(f"{A}content") == "Debian 4 is over."
    assert [c.get("term") for c in entry.findall(f"{A}category")] == ["high", "opened again"]
    assert root.findtext(f"{A}updated") == "2026-11-23T12:00:00.000000Z"


def test_incidents_that_are_out_and_that_the_holder_may_see(viewer: User, keeper: User) -> None:
    make_incident("Out", status="published", summary="Full & <b>over</b>.\x0c")
    make_incident("Out anew", status="amended")
    make_incident("Still written", status="draft")
    make_incident("Gone", status="published", deleted_at=NOW)
    hidden = make_incident("Hidden", status="published", visibility="restricted")
    hidden.allowed_users.add(keeper)
    assert sorted(t.split(" ", 1)[1] for t in titles(read(viewer, "incidents"))) == [
        "Out", "Out anew",
    ]  # fmt: skip
    assert sorted(t.split(" ", 1)[1] for t in titles(read(keeper, "incidents"))) == [
        "Hidden", "Out", "Out anew",
    ]  # fmt: skip
    said = {e.findtext(f"{A}content") or "" for e in read(viewer, "incidents").findall(f"{A}entry")}
    assert said == {"Full & <b>over</b>.\ufffd", ""}


def test_lessons_that_hold(viewer: User) -> None:
    make_lesson("Look twice", tags=["disks"])
    make_lesson("Perhaps", state="proposed")
    make_lesson("Gone", deleted_at=NOW)
    root = read(viewer, "lessons")
    assert titles(root) == ["Look twice"]
    assert root.findtext(f"{A}entry/{A}content") == "Look twice."


def test_a_feed_without_entries_is_a_feed(viewer: User) -> None:
    root = read(viewer, "flags")
    assert titles(root) == []
    assert root.findtext(f"{A}id") == "tag:localhost,2026:feed/flags"
    assert root.findtext(f"{A}updated")


def test_a_hundred_at_most(viewer: User) -> None:
    pattern = make_pattern()
    for number in range(105):
        make_flag(pattern, make_host(), at=NOW + timedelta(minutes=number))
    assert len(titles(read(viewer, "flags"))) == 100


def test_what_did_not_change_is_not_sent_again(viewer: User) -> None:
    lesson = make_lesson("Look twice")
    there = address(viewer, "lessons")
    first = Client().get(there)
    tag, moment = first.headers["ETag"], first.headers["Last-Modified"]
    assert Client().get(there, headers={"If-None-Match": tag}).status_code == 304
    assert Client().get(there, headers={"If-Modified-Since": moment}).status_code == 304
    lesson.title, lesson.updated_at = "Look three times", timezone.now() + timedelta(hours=1)
    lesson.save()
    assert Client().get(there, headers={"If-None-Match": tag}).status_code == 200
    assert Client().get(there, headers={"If-Modified-Since": moment}).status_code == 200


@pytest.mark.parametrize("name", list(feed_tokens.FEEDS))
def test_the_key_can_be_ended_and_opens_nothing_else(
    viewer: User, name: str, browser_of: Any
) -> None:
    there = address(viewer, name)
    key = there.partition("token=")[2]
    assert Client().get(there).status_code == 200
    for wrong in ("", "twf1-", key[:-1] + ("0" if key[-1] != "0" else "1"), f"{key} ", "twf٣-a"):
        path = there.partition("?")[0]
        assert Client().get(path, {"token": wrong}).status_code == 403
    for header in (f"Bearer {key}", f"Token {key}"):
        answer = Client().get("/api/v1/hosts/", headers={"Authorization": header})
        assert answer.status_code == 401
    assert Client().get(f"/api/v1/hosts/?token={key}").status_code == 401
    assert Client().post(there).status_code == 405
    mine = browser_of(viewer)
    assert f"token={key}" in mine.get("/settings/").content.decode()
    mine.post("/settings/feeds/new/", {"again": "yes"})
    assert Client().get(there).status_code == 403
    other = address(viewer, name)
    assert Client().get(other).status_code == 200
    mine.post("/settings/feeds/end/")
    assert Client().get(other).status_code == 403
    assert not FeedToken.objects.exists()


def test_who_may_no_longer_sign_in_gets_no_feed(viewer: User) -> None:
    there = address(viewer, "flags")
    viewer.is_active = False
    viewer.save()
    assert Client().get(there).status_code == 403


def test_asking_twice_for_addresses_gives_the_same(viewer: User, browser_of: Any) -> None:
    client = browser_of(viewer)
    client.post("/settings/feeds/new/")
    first = feed_tokens.addresses(viewer)
    client.post("/settings/feeds/new/")
    assert feed_tokens.addresses(viewer) == first
    answer = client.get("/settings/")
    assert "My feeds" in answer.content.decode()


def test_the_use_of_a_key_is_noted_now_and_then(viewer: User) -> None:
    key = feed_tokens.key_of(feed_tokens.issue(viewer))
    for minutes, noted in ((0, 0), (4, 0), (6, 6)):
        feed_tokens.holder(key, NOW + timedelta(minutes=minutes))
        assert FeedToken.objects.get().last_used_at == NOW + timedelta(minutes=noted)


def test_any_text_makes_a_document_that_can_be_read() -> None:
    text = "".join(map(chr, [*range(0x300), 0xD800, 0xFFFE, 0x1F600])) + "]]></content>"
    entry = atom.Entry("x/1", text, "http://localhost/", NOW, text, text, (text,))
    root = ET.fromstring(atom.write(atom.Feed("x", text, "http://localhost/", NOW, [entry]), "h"))
    assert root.findtext(f"{A}entry/{A}content", "").endswith("\ufffd\ufffd\U0001f600]]></content>")


def test_a_saved_search_is_a_feed_of_what_its_reader_may_see(
    viewer: User, stranger: User, settings: Any, tmp_path: Any
) -> None:
    settings.SEARCH_URL = f"whoosh://{tmp_path / 'index'}"
    make_incident("Mirror lost", pk=1)
    make_incident("Mirror kept quiet", pk=2, visibility="restricted", author=viewer)
    make_incident("Something else", pk=3)
    indexing.rebuild()
    view = saved_views.save(viewer, "search", "Mirrors", "q=mirror&kind=incident", shared=True)
    name = f"search-{view.pk}"
    mine = read(viewer, name)
    assert mine.findtext(f"{A}title") == "Search: Mirrors"
    assert sorted(titles(mine)) == ["Mirror kept quiet", "Mirror lost"]
    assert titles(read(stranger, name)) == ["Mirror lost"]
    theirs = address(stranger, name)
    saved_views.save(viewer, "search", "Mirrors", "q=mirror", shared=False)
    assert Client().get(theirs).status_code == 404
    assert Client().get(f"/feeds/search/{view.pk}.atom?token=wrong").status_code == 403


def test_the_address_of_a_search_stands_on_the_page_of_settings(
    viewer: User, browser_of: Any
) -> None:
    saved_views.save(viewer, "search", "Mirrors", "q=mirror")
    feed_tokens.issue(viewer)
    page = browser_of(viewer).get("/settings/").content.decode()
    assert "Search: Mirrors" in page
    assert "/feeds/search/" in page
