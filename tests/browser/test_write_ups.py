"""Writing up an incident in a real browser: offline, together, from a chat log, unfinished."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import signed_in
from tests.browser.test_the_tour import fits
from tests.support.site import PASSWORD, Site

pytestmark = pytest.mark.browser


def wide(page: Page) -> str:
    size = page.viewport_size
    assert size is not None
    return "at the desk" if size["width"] > 500 else "on the phone"


def begin(page: Page, title: str) -> str:
    """The address of a new draft."""
    page.goto("/incidents/new/")
    page.get_by_label("What happened?").fill(title)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    return re.sub(r"[#?].*", "", page.url)


def test_an_incident_is_begun_without_a_connection_and_arrives_once(page: Page) -> None:
    title = f"The hall went dark {wide(page)}"
    page.goto("/incidents/new/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.context.set_offline(True)
    page.get_by_label("What happened?").fill(title)
    page.get_by_label("Which hosts?").fill("robert, roberta")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Twiceshy cannot be reached")
    expect(page.locator("[data-kept]")).to_contain_text(title)
    assert fits(page)
    page.get_by_label("What just happened?").fill("The lights are out")
    page.get_by_role("button", name="Note it, now").click()
    page.reload()  # the browser forgets nothing, and shows nothing old
    expect(page.get_by_role("heading", level=1)).to_have_text("Twiceshy cannot be reached")
    expect(page.locator("[data-kept]")).to_contain_text("2 things are kept")
    page.context.set_offline(False)
    page.goto("/incidents/")
    expect(page.locator("[data-kept]")).to_have_count(0)
    page.reload()
    found = page.locator("main").get_by_role("link", name=title)
    expect(found).to_have_count(1)
    found.click()
    expect(page.locator("#timeline")).to_contain_text("The lights are out")
    expect(page.locator("#timeline ol > li")).to_have_count(1)
    expect(page.locator("main")).to_contain_text("Which host is meant by: roberta?")


def test_lines_written_along_survive_a_lost_session(page: Page) -> None:
    address = begin(page, f"The long night {wide(page)}")
    page.get_by_role("link", name="Write along", exact=True).click()
    expect(page.get_by_label("What just happened?")).to_be_visible()
    assert fits(page)
    page.context.clear_cookies()
    page.get_by_label("What just happened?").fill("The controller answers again")
    page.get_by_role("button", name="Note it, now").click()
    expect(page.locator("[data-kept]")).to_contain_text("You are not signed in any more")
    expect(page.locator("[data-outbox-lines] > li").first).to_contain_text("not sent yet")
    page.goto("/accounts/login/")
    page.get_by_label("Login").or_(page.get_by_label("Username")).first.fill("ruth")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(address)
    expect(page.locator("[data-kept]")).to_have_count(0)
    page.reload()
    expect(page.locator("#timeline ol > li")).to_have_count(1)
    expect(page.locator("#timeline")).to_contain_text("The controller answers again")


def test_a_chat_log_is_pasted_and_picked_from(page: Page) -> None:
    address = begin(page, f"A night of talk {wide(page)}")
    page.get_by_role("link", name="paste a log").click()
    page.get_by_label("The log").fill(
        "[23:58] <ruth> it is down\n[23:59] <olga> lunch?\n[00:04] <ruth> up again"
    )
    page.get_by_label("The day it begins").fill("2026-11-22")
    page.get_by_role("button", name="Read it").click()
    expect(page.locator(".pick > li")).to_have_count(3)
    assert fits(page)
    page.get_by_label("it is down").check()
    page.get_by_label("up again").check()
    page.get_by_role("button", name="Put the ticked lines on the timeline").click()
    expect(page.locator("#timeline ol > li")).to_have_count(2)
    assert page.url.startswith(address)
    page.locator("#timeline").get_by_role("link", name="a line after the one of").first.click()
    form = page.locator("#timeline li form")
    form.get_by_label("What happened").fill("Between the two")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("#timeline ol > li").nth(1)).to_contain_text("Between the two")
    page.locator("#timeline").get_by_role("link", name="Edit").nth(1).click()
    page.locator("#timeline li form").get_by_label("What happened").fill("Right between the two")
    page.locator("#timeline li form").get_by_role("button", name="Save").click()
    expect(page.locator("#timeline ol > li").nth(1)).to_contain_text("Right between the two")


def test_an_unfinished_write_up_is_published_and_corrected_with_a_reason(page: Page) -> None:
    address = begin(page, f"Half a story {wide(page)}")
    expect(page.locator("#missing")).to_contain_text("What happened, in three sentences")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".head")).to_contain_text("published")
    page.goto(f"{address}edit/?form=light")
    page.get_by_label("In three sentences").fill("Somebody should have looked.")
    expect(page.locator("#wording")).to_contain_text("should have")
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("[data-mistakes]")).to_contain_text("say in a few words what you correct")
    page.get_by_label("What do you correct, and why?").fill("The story was missing")
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator(".head")).to_contain_text("amended")
    expect(page.locator("#moves")).to_contain_text("The story was missing")
    expect(page.locator("#missing")).not_to_contain_text("in three sentences")


def test_two_people_who_correct_one_line_both_keep_their_words(
    page: Page, chromium: Browser, site: Site
) -> None:
    address = begin(page, f"Two of us {wide(page)}")
    page.locator("#timeline").get_by_label("What happened").fill("It stopped")
    page.get_by_role("button", name="Add to the timeline").click()
    other = signed_in(chromium, site, "olga")
    other.goto(address)
    for one in (page, other):
        one.locator("#timeline").get_by_role("link", name="Edit").click()
        expect(one.locator("#timeline li form")).to_be_visible()
    for one, words in ((other, "It stopped at the switch"), (page, "It stopped at the disk")):
        one.locator("#timeline li form").get_by_label("What happened").fill(words)
        one.locator("#timeline li form").get_by_role("button", name="Save").click()
    expect(other.locator("#timeline ol > li")).to_contain_text("at the switch")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Somebody saved while you were writing"
    )
    expect(page.locator("main")).to_contain_text("at the switch")
    expect(page.locator("main")).to_contain_text("at the disk")
    other.context.close()
