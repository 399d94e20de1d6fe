"""``/patterns/``: the library, a pattern's page, the form."""

from typing import Any

import pytest
from django.test import Client

from incidents.patterns.models import Flag, Pattern
from incidents.patterns.starting import STARTING_TEXT
from kb.accounts.models import User
from kb.outbox.drain import drain
from tests.support.factories import make_flag, make_host

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(browser_of: Any, responder: User) -> Client:
    client: Client = browser_of(responder)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_an_empty_library_says_what_to_do(page: Client) -> None:
    assert "load_patterns" in text(page.get("/patterns/"))


def test_the_library_with_counts_and_what_can_not_be_seen(
    page: Client, library: None, judge: Any
) -> None:
    judge(make_host("robert", facts={"storage": {"raids": [{"name": "md0", "level": "raid5"}]}}))
    shown = text(page.get("/patterns/"))
    assert "RAID is the only copy" in shown
    assert "Collect <code>backups</code> on 1 host" in shown
    assert '<a href="/hosts/robert/#checks">robert</a>' in shown


def test_the_number_of_queries_does_not_grow(
    page: Client, library: None, judge: Any, django_assert_num_queries: Any
) -> None:
    page.get("/patterns/")
    with django_assert_num_queries(6):
        page.get("/patterns/")
    judge(*[make_host() for _ in range(15)])
    page.get("/patterns/")
    with django_assert_num_queries(6):
        page.get("/patterns/")


def test_a_pattern_shows_why_what_to_do_and_who_is_concerned(
    page: Client, library: None, judge: Any
) -> None:
    raid = {"storage": {"raids": [{"name": "md0", "level": "raid5"}]}}
    judge(make_host("robert", facts={**raid, "backups": []}), make_host("david", facts=raid))
    shown = text(page.get("/patterns/raid-only-no-backup/"))
    assert "raid5 on md0; no backup at all." in shown
    assert "hangs on <code>backups</code>" in shown
    assert "!backups.exists(b, b.last_success_days &lt;= max_backup_age_days)" in shown
    assert "raid-is-not-a-backup" in shown
    match = text(page.get("/patterns/raid-only-no-backup/?verdict=match"))
    assert match.count('<a href="/hosts/robert/">robert</a>') == 1
    assert page.get("/patterns/raid-only-no-backup/?verdict=nonsense").status_code == 200


def test_no_such_pattern(page: Client) -> None:
    assert page.get("/patterns/nothing/").status_code == 404


def test_the_form_starts_with_a_whole_pattern_that_can_be_saved(page: Client) -> None:
    form = page.get("/patterns/new/")
    assert "pattern: give-it-a-name" in text(form)
    answer = page.post(
        "/patterns/new/", {"yaml": STARTING_TEXT, "comment": "tonight", "unseen": "on"}
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/patterns/give-it-a-name/"
    assert Pattern.objects.get().versions.get().comment == "tonight"


def test_a_copy_starts_with_the_words_of_another(page: Client, library: None) -> None:
    assert "pattern: os-eol" in text(page.get("/patterns/new/?from=os-eol"))


def test_mistakes_are_shown_at_their_line_and_nothing_is_lost(page: Client) -> None:
    wrong = STARTING_TEXT.replace("storage.raids.size()", "storrage.raids.size()")
    answer = page.post("/patterns/new/", {"yaml": wrong})
    shown = text(answer)
    assert answer.status_code == 400
    assert '<a href="#id_yaml">line 5</a> <code>/applies</code>' in shown
    assert "did you mean `storage`" in shown
    assert "storrage.raids.size()" in shown
    assert not Pattern.objects.exists()


def test_a_preview_shows_counts_and_saves_nothing(page: Client) -> None:
    make_host("robert", facts={"storage": {"raids": [{"name": "md0", "state": "degraded"}]}})
    first = page.post("/patterns/new/", {"yaml": STARTING_TEXT, "preview": "yes"})
    run = first.context["preview"]["run"]
    assert f'hx-get="/patterns/previews/{run.pk}/' in first.content.decode()
    drain("preview")
    shown = text(page.get(f"/patterns/previews/{run.pk}/"))
    assert "1 of 1 hosts" in shown
    assert "md0 is degraded." in shown
    assert "hx-trigger" not in shown
    assert not Pattern.objects.exists()


def test_it_is_saved_once_its_author_has_seen_what_it_would_say(page: Client) -> None:
    sent = {"yaml": STARTING_TEXT}
    first = page.post("/patterns/new/", sent)
    assert first.status_code == 409
    assert "Look at what it would say of the fleet" in text(first)
    assert page.post("/patterns/new/", sent).status_code == 409
    assert not Pattern.objects.exists()
    drain("preview")
    assert page.post("/patterns/new/", sent).status_code == 302


def test_another_question_is_looked_at_again_and_another_reason_is_not(page: Client) -> None:
    page.post("/patterns/new/", {"yaml": STARTING_TEXT, "unseen": "on"})
    at = "/patterns/give-it-a-name/edit/"
    reworded = STARTING_TEXT.replace("What happened to whom", "What happened to us")
    assert page.post(at, {"yaml": reworded, "version": "1"}).status_code == 302
    asked = STARTING_TEXT.replace("severity: medium", "severity: high")
    assert page.post(at, {"yaml": asked, "version": "2"}).status_code == 409
    assert Pattern.objects.get().severity == "medium"


def test_somebody_elses_look_is_not_mine(page: Client, browser_of: Any, keeper: User) -> None:
    browser_of(keeper).post("/patterns/new/", {"yaml": STARTING_TEXT})
    drain("preview")
    assert page.post("/patterns/new/", {"yaml": STARTING_TEXT}).status_code == 409


def test_two_who_edit_at_once(page: Client) -> None:
    page.post("/patterns/new/", {"yaml": STARTING_TEXT, "unseen": "on"})
    at = "/patterns/give-it-a-name/edit/"
    theirs = STARTING_TEXT.replace("What is wrong", "Theirs is wrong")
    mine = STARTING_TEXT.replace("What is wrong", "Mine is wrong")
    page.post(at, {"yaml": theirs, "version": "1", "unseen": "on"})
    answer = page.post(at, {"yaml": mine, "version": "1", "unseen": "on"})
    shown = text(answer)
    assert answer.status_code == 409
    assert "Somebody saved version 2 while you were writing." in shown
    assert "Mine is wrong" in shown
    assert Pattern.objects.get().title.startswith("Theirs")
    again = page.post(at, {"yaml": mine, "version": "2", "unseen": "on"})
    assert again.status_code == 302


def test_who_may_write_what(
    browser_of: Any, viewer: User, page: Client, keeper: User, library: None
) -> None:
    reading, keeping = browser_of(viewer), browser_of(keeper)
    assert reading.get("/patterns/os-eol/").status_code == 200
    assert reading.get("/patterns/new/").status_code == 403
    assert page.get("/patterns/os-eol/edit/").status_code == 403
    assert keeping.get("/patterns/os-eol/edit/").status_code == 200
    assert page.post("/patterns/os-eol/switch/", {"enabled": "no"}).status_code == 403


def test_an_admin_switches_it_off(browser_of: Any, keeper: User, library: None) -> None:
    make_flag(Pattern.objects.get(slug="os-eol"), make_host())
    keeping = browser_of(keeper)
    assert keeping.post("/patterns/os-eol/switch/", {"enabled": "no"}).status_code == 302
    assert Flag.objects.get().state == "closed"
    assert "switched off" in text(keeping.get("/patterns/os-eol/"))
    assert keeping.get("/patterns/os-eol/switch/").status_code == 405


def test_strangers_are_asked_to_sign_in() -> None:
    assert Client().get("/patterns/")["Location"].startswith("/accounts/login/")
