"""Searching in a real browser: what completes while one types, and the palette, by keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_the_tour import fits

pytestmark = pytest.mark.browser


def test_the_box_completes_names_and_fields_by_the_keyboard(page: Page) -> None:
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Has this happened before?", exact=True)
    expect(box).to_be_focused()
    page.keyboard.type("rob")
    first = page.get_by_role("option").first
    expect(first).to_contain_text("robert")
    expect(box).to_have_attribute("aria-expanded", "true")
    assert fits(page)
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    box.fill("raid sever")
    expect(page.get_by_role("option").last).to_contain_text("severity:")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    expect(box).to_have_value("raid severity:")
    expect(page.get_by_role("option").first).to_contain_text("severity:")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search/\?q=raid\+severity"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("raid severity:")


def test_the_palette_leads_to_a_host_and_to_a_place(page: Page) -> None:
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Search or go to")
    expect(palette.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("robert")
    expect(palette.get_by_role("option").first).to_contain_text("Host")
    assert fits(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hosts/robert/")
    page.keyboard.press("Control+k")
    page.keyboard.type("lessons")
    palette.get_by_role("option", name="Lessons Key g l").click()
    page.wait_for_url("**/lessons/")


def test_enter_asks_what_was_typed_and_the_page_narrows(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("raid backup")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=raid+backup")
    assert fits(page)
    page.get_by_text("Narrow it down").click()
    assert fits(page)
    page.locator(".narrower a.chip").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("raid backup ")
    page.goto("/search/?q=raid+backup")
    page.get_by_role("link", name="More like this").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("More like this")
