"""Writing a pattern in a real browser: names complete, the fleet answers, a host is an example."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import signed_in
from tests.browser.test_the_tour import fits
from tests.support.site import Site

pytestmark = pytest.mark.browser

OLDER = """
from incidents.patterns import shipped
from incidents.patterns.models import Pattern
from kb.accounts.models import User
row = Pattern.objects.get(slug="os-eol")
first = row.versions.get(number=1)
first.spec = {**first.spec, "why": "Older words."}
first.save()
row.shipped_digest = shipped.digest_of(first.spec)
row.save()
ours = {**first.spec, "title": "Our end of life"}
shipped.save_pattern(ours, by=User.objects.get(username="kim"), pattern=row)
"""


def text_of(page: Page) -> str:
    return page.locator("#id_yaml").input_value()


def write(page: Page, text: str) -> None:
    page.locator("#id_yaml").fill(text)


def test_names_complete_by_the_keyboard_alone(page: Page) -> None:
    page.goto("/patterns/new/")
    with page.expect_response(re.compile("/patterns/names/")):
        page.locator("#id_yaml").focus()
    write(page, "")
    page.locator("#id_yaml").press_sequentially('match: "hardware.memory_m')
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options.first).to_contain_text("hardware.memory_mb")
    expect(options.first).to_contain_text("MiB")
    page.keyboard.press("Enter")
    assert text_of(page) == 'match: "hardware.memory_mb'
    expect(options).to_have_count(0)
    assert fits(page)


def test_the_fleet_answers_before_it_is_saved(page: Page) -> None:
    slug = f"degraded-{page.viewport_size['width'] if page.viewport_size else 0}"
    page.goto("/patterns/new/")
    write(page, text_of(page).replace("give-it-a-name", slug))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main")).to_contain_text("Look at what it would say of the fleet")
    preview = page.locator("#preview")
    expect(preview).to_contain_text(re.compile(r"(\d+) of \1 hosts"), timeout=30_000)
    expect(preview).not_to_contain_text("so far")
    preview.get_by_role("link", name=re.compile("^not applicable")).click()
    expect(preview.get_by_role("listitem").first).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(f"/patterns/{slug}/$"))
    expect(page.locator("main")).to_contain_text("looked after by ruth")
    assert fits(page)


def test_a_slip_is_named_and_no_word_is_lost(page: Page) -> None:
    page.goto("/patterns/new/")
    write(page, text_of(page).replace("storage.raids.size()", "storrage.raids.size()"))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("did you mean `storage`?")
    assert "storrage.raids.size()" in text_of(page)
    assert fits(page)


def test_a_host_gives_an_example(page: Page) -> None:
    page.goto("/patterns/new/")
    page.locator("#id_host").fill("robert")
    page.get_by_role("button", name="Add an example from a host").click()
    expect(page.locator("main")).to_contain_text("An example from robert stands at the end")
    assert "as seen on a host" in text_of(page)
    assert fits(page)


@pytest.fixture
def keeper(chromium: Browser, site: Site) -> Iterator[Page]:
    site.person("kim", "admin")
    site.manage("shell", "-c", OLDER)
    page = signed_in(chromium, site, "kim")
    yield page
    page.context.close()


def test_a_newer_shipped_wording_is_taken_field_by_field(keeper: Page) -> None:
    keeper.goto("/patterns/os-eol/")
    expect(keeper.get_by_role("heading", level=1)).to_have_text("Our end of life")
    keeper.get_by_role("link", name="Compare and decide").click()
    expect(keeper.get_by_role("heading", name="title")).to_be_visible()
    expect(keeper.locator("[name=title][value=mine]")).to_be_checked()
    expect(keeper.locator("[name=why][value=shipped]")).to_be_checked()
    keeper.set_viewport_size({"width": 390, "height": 800})
    assert fits(keeper)
    keeper.get_by_role("button", name="Save as chosen").click()
    expect(keeper.get_by_role("heading", level=1)).to_have_text("Our end of life")
    expect(keeper.locator("main")).not_to_contain_text("Older words.")
    expect(keeper.get_by_role("link", name="Compare and decide")).to_have_count(0)
