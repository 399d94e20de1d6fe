"""Links are kept by id: renames break none; mentions tell only what their reader may see."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from incidents.hosts import register
from incidents.records.models import Visibility
from incidents.records.writing import create_incident
from kb.accounts.models import User
from kb.wiki import mentions, revisions
from kb.wiki.markdown import render
from kb.wiki.models import Link, OldName, Page
from kb.wiki.pages import create_page, save_page
from kb.wiki.revisions import Saved
from tests.support.factories import make_host, make_lesson, make_service

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def move(page: Page, **changes: object) -> Page:
    page.refresh_from_db()
    outcome = save_page(page, expected=page.revision, by=None, changes=dict(changes))
    assert isinstance(outcome, Saved)
    return outcome.current


def shown(page: Page, user: User) -> str:
    return render(page.body, user, home=f"page:{page.pk}")


def test_a_renamed_page_and_host_are_still_found_and_shown_by_their_new_names(
    viewer: User,
) -> None:
    pair, host = create_page(by=None, title="Swap the pair"), make_host("robert")
    reader = create_page(by=None, title="Reader", body="[[Swap the pair]] @robert")
    move(pair, title="Failing over", slug="failing-over")
    register.save(host, expected=1, by=None, changes={"name": "bob"})
    html = shown(reader, viewer)
    assert '<a class="reference" href="/pages/failing-over/">Failing over</a>' in html
    assert '<a class="reference" href="/hosts/bob/" title="bob">@bob</a>' in html
    reader.refresh_from_db()
    assert (reader.body, reader.revision) == ("[[Swap the pair]] @robert", 1)


def test_who_takes_an_old_name_takes_no_links_with_it(viewer: User) -> None:
    first = create_page(by=None, title="Pair")
    reader = create_page(by=None, title="Reader", body="[[Pair]]")
    move(first, slug="first-pair", title="First pair")
    create_page(by=None, title="Pair")
    assert "/pages/first-pair/" in shown(reader, viewer)
    # What is written from now on means the new one.
    assert 'href="/pages/pair/"' in render("[[Pair]]", viewer)
    assert not OldName.objects.filter(name="pair").exists()
    # An edit elsewhere in the text does not change what a link meant.
    move(reader, body="[[Pair]], again")
    assert "/pages/first-pair/" in shown(reader, viewer)


def test_an_old_address_leads_to_the_new_one(browser_of: Browser, viewer: User) -> None:
    page = create_page(by=None, title="Pair")
    move(page, slug="couple")
    browser = browser_of(viewer)
    assert browser.get("/pages/pair/?x=1").headers["Location"] == "/pages/couple/?x=1"
    assert browser.get("/pages/pair/history/").headers["Location"] == "/pages/couple/history/"
    assert browser.get("/pages/pair.md").headers["Location"] == "/pages/couple.md"
    assert browser.get("/pages/never/").status_code == 404
    assert Client().get("/pages/pair/").headers["Location"].startswith("/accounts/login/")


def test_a_change_in_the_api_under_the_old_name_is_sent_on_with_its_body(api: APIClient) -> None:
    move(create_page(by=None, title="Pair"), slug="couple")
    answer = api.patch("/api/v1/pages/pair/", {"title": "X"}, format="json", HTTP_IF_MATCH="*")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/api/v1/pages/couple/")


def test_an_address_that_is_taken_is_refused_and_nothing_changes() -> None:
    create_page(by=None, title="Pair")
    other = create_page(by=None, title="Other")
    for slug in ("pair", "new"):
        with pytest.raises(Exception, match=r"address") as refused:
            move(other, slug=slug)
        assert "slug" in refused.value.message_dict  # type: ignore[attr-defined]
    other.refresh_from_db()
    assert (other.slug, other.revision) == ("other", 1)


def test_everything_that_names_a_thing_is_listed_on_it(browser_of: Browser, viewer: User) -> None:
    host = make_host("robert")
    page = create_page(by=None, title="A page", body="On @robert and @robert.")
    incident = create_incident(by=None, title="It broke", body="@robert went.")
    create_page(by=None, title="A runbook", about=["host:robert"])
    found = mentions.mentions_of("host", host, viewer)
    assert [(one.kind, one.target.title, one.about) for one in found] == [
        ("Page", "A runbook", True),
        ("Incident", f"#{incident.pk} It broke", False),
        ("Page", "A page", False),
    ]
    said = browser_of(viewer).get("/hosts/robert/").content.decode()
    assert 'id="mentions"' in said
    assert "about this" in said
    move(page, body="Nothing any more.")
    assert len(mentions.mentions_of("host", host, viewer)) == 2


def test_a_text_that_named_it_before_it_was_there_counts_too(viewer: User) -> None:
    create_page(by=None, title="Reader", body="[[Swap the pair]]")
    pair = create_page(by=None, title="Swap the pair")
    assert [one.target.title for one in mentions.mentions_of("page", pair, viewer)] == ["Reader"]


def test_what_is_restricted_mentions_nothing_to_strangers(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    host, lesson = make_host("robert"), make_lesson("Raid", slug="raid")
    create_incident(
        by=responder,
        title="Secret",
        body="@robert [[lesson:raid]] [[Not written]]",
        visibility=Visibility.RESTRICTED,
    )
    for kind, thing in (("host", host), ("lesson", lesson)):
        assert len(mentions.mentions_of(kind, thing, responder)) == 1
        assert mentions.mentions_of(kind, thing, stranger) == []
    assert [one.key for one in mentions.wanted(responder)] == ["Not written"]
    assert mentions.wanted(stranger) == []
    assert "Secret" not in browser_of(stranger).get("/hosts/robert/").content.decode()


def test_wanted_pages_lead_to_a_filled_in_form(browser_of: Browser, responder: User) -> None:
    for number in range(3):
        create_page(by=None, title=f"Reader {number}", body="[[Draining]] [[draining]]")
    create_page(by=None, title="Other", body="@nobody [[Rarely]] [[group:gone]]")
    browser = browser_of(responder)
    said = browser.get("/pages/wanted/").content.decode()
    assert 'href="/pages/new/?title=Draining"' in said
    assert "3 links" in said
    assert 'href="/hosts/new/?name=nobody"' in said
    assert said.index("Draining") < said.index("Rarely")
    assert "gone" not in said  # a group has no form for a name
    browser.post("/pages/new/", {"title": "Draining", "body": "So."})
    assert "Draining" not in browser.get("/pages/wanted/").content.decode()


def test_a_page_of_three_thousand_words_and_two_hundred_links_costs_few_queries(
    browser_of: Browser, viewer: User, django_assert_num_queries: Callable[..., object]
) -> None:
    hosts = [make_host(f"web-{n:03}") for n in range(80)]
    others = [create_page(by=None, title=f"Page {n}") for n in range(60)]
    links = [f"@{host.name}" for host in hosts] + [f"[[{page.title}]]" for page in others]
    links += [f"[[lesson:{make_lesson().slug}]]" for _ in range(30)]
    links += [f"[[Missing {n}]]" for n in range(30)]
    words = " ".join(f"{' '.join(['word'] * 14)} {link}" for link in links)
    assert len(links) == 200
    page = create_page(by=None, title="Long", body=words)
    create_page(by=None, title="Reader", body="[[Long]]")
    browser = browser_of(viewer)
    with django_assert_num_queries(14):  # type: ignore[attr-defined]
        said = browser.get(f"/pages/{page.slug}/").content.decode()
    assert said.count('class="reference"') == 170
    assert said.count('class="missing"') == 30


def test_what_a_page_is_about_is_kept_by_id_and_comes_back_with_a_revision(viewer: User) -> None:
    host, service = make_host("robert"), make_service("Mail", slug="mail")
    page = create_page(by=None, title="Pair", about=["host:robert", "service:mail"])
    register.save(host, expected=1, by=None, changes={"name": "bob"})
    assert mentions.about(page) == ["host:bob", "service:mail"]
    revisions.save(page, expected=1, by=None, changes={}, relations={"about": []})
    assert mentions.about(page) == []
    service.refresh_from_db()
    register.save(host, expected=2, by=None, changes={"name": "robert"})
    revisions.restore(page, 1, expected=2, by=viewer)
    assert mentions.about(page) == ["host:robert", "service:mail"]


@pytest.mark.parametrize("name", ["host:nobody", "incident:1", "x", "wish:1"])
def test_a_page_is_about_nothing_that_is_not_there(name: str) -> None:
    with pytest.raises(Exception, match="about"):
        create_page(by=None, title="Pair", about=[name])
    assert not Page.objects.exists()
    assert not Link.objects.exists()


def test_tooling_reads_mentions_and_wanted_pages(api: APIClient) -> None:
    make_host("robert")
    create_page(by=None, title="Reader", body="@robert [[Not there]]")
    (row,) = api.get("/api/v1/mentions/?of=host:robert").json()["results"]
    assert row == {"kind": "page", "title": "Reader", "url": "/pages/reader/", "about": False}
    (wanted,) = api.get("/api/v1/wanted-pages/").json()["results"]
    assert (wanted["key"], wanted["create"]) == ("Not there", "/pages/new/?title=Not+there")
    assert api.get("/api/v1/mentions/?of=wish:1").status_code == 400
    assert api.get("/api/v1/mentions/?of=host:nobody").status_code == 404


def test_links_of_texts_that_came_by_another_door_are_read_again() -> None:
    pair = create_page(by=None, title="Pair")
    Page.objects.create(slug="reader", title="Reader", body="[[Pair]]")
    call_command("rebuild_links", verbosity=0, stdout=StringIO())
    link = Link.objects.get()
    assert (link.kind, link.key, link.target_id, link.home_kind) == (
        "page",
        "Pair",
        pair.pk,
        "page",
    )
