"""What the README promises in five minutes, done by hand in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import signed_in
from tests.support.site import Site

pytestmark = pytest.mark.browser


def fits(page: Page) -> bool:
    """Whether nothing sticks out sideways."""
    width = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(page.evaluate(width))


def test_the_front_page_says_what_will_bite_next(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("What will bite us next?")
    expect(page.get_by_role("heading", name="New this week")).to_be_visible()
    expect(page.get_by_text("unknown for want of facts").first).to_be_visible()
    assert fits(page)


def test_from_flag_to_lesson_to_incident_to_host(page: Page) -> None:
    page.goto("/hosts/robert/")
    expect(page.locator(".banner").first).to_be_visible()
    page.get_by_role("link", name="RAID is the only copy").first.click()
    expect(page.locator("main")).to_contain_text("raid5 on data; no backup at all.")
    page.get_by_role("link", name="RAID is not a backup").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("RAID is not a backup")
    page.get_by_role("link", name=re.compile("The controller took the rest with it")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The controller took the rest")
    page.locator("main").get_by_role("link", name="david", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("david")
    assert fits(page)


def test_what_is_unknown_is_never_shown_as_clear(page: Page) -> None:
    page.goto("/hosts/wiki-01/")
    checks = page.locator("main")
    expect(checks).to_contain_text("unknown")
    expect(checks).to_contain_text("backups")


@pytest.mark.parametrize("words", ["controller", "FAULT", "10.0.3.20", "robert"])
def test_search_finds_what_people_type(page: Page, words: str) -> None:
    page.goto("/hosts/")
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/search/"))
    expect(page.locator("main").get_by_role("link").filter(has_text=re.compile(
        "robert|controller", re.I)).first).to_be_visible()  # fmt: skip
    assert fits(page)


def test_an_incident_needs_a_title_and_a_host(page: Page) -> None:
    page.goto("/incidents/new/")
    page.locator("[name=title]").fill("The door of the rack would not shut")
    page.locator("[name=hosts_affected]").fill("robert, david")
    page.get_by_role("button", name="Save draft").click()
    expect(page).to_have_url(re.compile(r"/incidents/\d+/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("The door of the rack")
    assert fits(page)


def test_two_who_save_at_once_both_keep_their_words(chromium: Browser, site: Site) -> None:
    ruth, olga = signed_in(chromium, site, "ruth"), signed_in(chromium, site, "olga")
    for page in (ruth, olga):
        page.goto("/pages/visit/edit/")
    ruth.get_by_label("Body").fill("Ruth: take two torches.")
    ruth.get_by_role("button", name="Save").first.click()
    expect(ruth.locator("main")).to_contain_text("take two torches")
    olga.get_by_label("Body").fill("Olga: take a flask of tea.")
    olga.get_by_role("button", name="Save").first.click()
    conflict = olga.locator("main")
    expect(conflict).to_contain_text("Saved by ruth")
    expect(conflict).to_contain_text("torches")
    expect(conflict).to_contain_text("flask of tea")
    olga.goto("/pages/visit/")
    expect(olga.locator("main")).to_contain_text("take two torches")
    for page in (ruth, olga):
        page.context.close()


def test_the_mail_of_this_week_can_be_looked_at(chromium: Browser, site: Site) -> None:
    page = signed_in(chromium, site, "ruth")
    page.goto("/digests/")
    page.get_by_role("link", name="Subscribe").first.click()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="This week's now").click()
    mail = page.frame_locator("iframe.mail")
    expect(mail.get_by_role("heading", level=1)).to_be_visible()
    page.context.close()
