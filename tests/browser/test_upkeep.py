"""Recording upkeep by hand in a real browser: a button, three fields, what it changed, undo."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_the_tour import fits

pytestmark = pytest.mark.browser


def test_a_restore_test_takes_one_button_and_one_form(page: Page) -> None:
    page.goto("/hosts/robert/")
    page.get_by_role("link", name="Restore tested").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Restore test of robert")
    assert fits(page)
    page.get_by_label("How long it took, in minutes").fill("38")
    page.get_by_label("What should the next person know?").fill("From the vault, complete")
    page.get_by_role("button", name="Record").click()
    expect(page.locator(".messages").first).to_contain_text("Recorded.")
    expect(page.locator("#upkeep")).to_contain_text("38 min")
    page.locator("#upkeep").get_by_role("link", name="Every record").click()
    first = page.locator("#records tbody tr").first
    expect(first).to_contain_text("The data came back, 38 min")
    assert fits(page)
    first.get_by_role("button", name="Take back").click()
    expect(page.locator("#records tbody tr").first).to_contain_text("Taken back")


def test_the_line_of_curl_names_this_very_site_and_no_secret(page: Page) -> None:
    page.goto("/hosts/robert/upkeep/?kind=upgrade")
    line = page.locator("#line").inner_text()
    base = re.match(r"https?://[^/]+", page.url)
    assert base is not None
    assert f"{base[0]}/api/v1/hosts/robert/upkeep/" in line
    assert "$TWICESHY_TOKEN" in line
    page.locator("#line").click()  # takes the whole line
    assert page.evaluate("getSelection().toString()").strip() == line.strip()


def test_what_is_due_leads_to_the_form(page: Page) -> None:
    page.goto("/upkeep/")
    assert fits(page)
    page.locator("main").get_by_role("link", name="Failed over").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Failover drill of")
    page.get_by_label("What it was").select_option("planned-fault")
    page.get_by_role("button", name="Record").click()
    expect(page.locator("#upkeep")).to_contain_text("Failover drill")


def test_a_kit_is_written_down_at_its_site_and_checked(page: Page) -> None:
    name = f"Crate of {'the desk' if page.viewport_size['width'] > 500 else 'the phone'}"  # type: ignore[index]
    page.goto("/sites/")
    page.locator("main table").get_by_role("link").first.click()
    page.locator("#kits").get_by_role("link", name="Add").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("What is in it").fill("A torch\nTwo keyboards")
    assert fits(page)
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("#kits")).to_contain_text(name)
    page.get_by_role("link", name="Kit checked").click()
    page.get_by_label("Which kit").select_option(name)
    page.get_by_role("button", name="Record").click()
    expect(page.locator("#upkeep")).to_contain_text(name)
    assert fits(page)
