"""Triage in a real browser: filter, tick, act on many, a result for each, a view kept by name."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_the_tour import fits

pytestmark = pytest.mark.browser


def test_many_are_acknowledged_and_each_says_what_became_of_it(page: Page) -> None:
    page.goto("/flags/?state=open")
    boxes = page.locator("main table input[type=checkbox]:not([disabled])")
    for n in range(2):
        boxes.nth(n).check()
    page.get_by_label("With the ticked ones").select_option("acknowledge")
    assert fits(page)
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("done")
    expect(page.locator("main table tbody tr")).to_have_count(2)
    expect(page.locator("main table tbody tr").first).to_contain_text("acknowledged")
    assert fits(page)


def test_what_is_refused_keeps_the_words_and_the_ticks(page: Page) -> None:
    page.goto("/flags/")
    page.locator("main table input[type=checkbox]:not([disabled])").first.check()
    page.get_by_label("With the ticked ones").select_option("accept")
    page.get_by_label("because").fill("A new controller is on its way")
    page.get_by_role("button", name="Do it").click()
    expect(page.locator(".messages, [role=alert]").first).to_contain_text("until when")
    expect(page.get_by_label("because")).to_have_value("A new controller is on its way")
    expect(page.locator("main table input[type=checkbox]").first).to_be_checked()


def test_a_view_is_kept_under_a_name(page: Page) -> None:
    name = f"Critical at {page.viewport_size['width']}"  # type: ignore[index]
    page.goto("/flags/?severity=critical")
    kept = page.locator("main details", has_text="Keep this view")
    kept.locator("summary").click()
    kept.get_by_label("Name", exact=True).fill(name)
    kept.get_by_role("button").first.click()
    page.goto("/flags/")
    page.get_by_role("link", name=name).click()
    expect(page).to_have_url(re.compile("severity=critical"))
    assert fits(page)
