"""The editor in a real browser: tools, lists, tables, names, pictures, preview; and drafts."""

import re
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from kb.wiki.presence import LASTS
from tests.browser.conftest import signed_in
from tests.browser.test_the_tour import fits
from tests.support.site import PASSWORD, Site

pytestmark = pytest.mark.browser

PICTURE = """async () => {
  const canvas = new OffscreenCanvas(8, 8);
  canvas.getContext("2d").fillRect(0, 0, 8, 8);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  const data = new DataTransfer();
  data.items.add(new File([blob], "image.png", { type: "image/png" }));
  const area = document.querySelector("#id_body");
  area.dispatchEvent(new ClipboardEvent(
    "paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def body(page: Page) -> str:
    return page.locator("#id_body").input_value()


def begin(page: Page, text: str = "") -> None:
    """A fresh form with ``text``, the cursor at its end."""
    page.goto("/pages/new/")
    page.locator("#id_body").fill(text)
    page.locator("#id_body").focus()


def choose(page: Page, start: int, end: int) -> None:
    page.locator("#id_body").evaluate(f"area => area.setSelectionRange({start}, {end})")


def test_the_tools_mark_words_and_take_the_mark_away_again(page: Page) -> None:
    begin(page, "one two three")
    choose(page, 4, 7)
    page.keyboard.press("Control+b")
    assert body(page) == "one **two** three"
    page.keyboard.press("Control+b")
    assert body(page) == "one two three"
    page.get_by_role("button", name="Italic", exact=True).first.click()
    assert body(page) == "one *two* three"
    page.keyboard.press("Control+z")
    assert body(page) == "one two three"
    choose(page, 0, 13)
    page.get_by_role("button", name="Heading", exact=True).first.click()
    assert body(page) == "## one two three"
    assert fits(page)


def test_the_toolbar_is_one_stop_and_arrows_walk_it(page: Page) -> None:
    begin(page)
    page.get_by_role("button", name="Bold", exact=True).first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Italic", exact=True).first).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("button", name="Attach a file").first).to_be_focused()


def test_lists_go_on_move_in_and_out_and_end(page: Page) -> None:
    begin(page)
    for key in ("- [ ] one", "Enter", "two", "Enter", "Tab", "deeper", "Enter", "Enter", "three"):
        (page.keyboard.press if key in ("Enter", "Tab") else page.keyboard.type)(key)
    assert body(page) == "- [ ] one\n- [ ] two\n  - [ ] deeper\n- [ ] three"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("after")
    assert body(page).endswith("- [ ] three\nafter")
    begin(page, "9. nine")
    page.keyboard.press("Enter")
    assert body(page) == "9. nine\n10. "


def test_tab_leaves_where_nothing_can_move_and_always_after_escape(page: Page) -> None:
    begin(page, "Some words")
    page.keyboard.press("Tab")
    expect(page.locator("#id_body")).not_to_be_focused()
    begin(page, "- one\n- two")
    for _ in range(6):  # moved in once, then it leaves by itself
        page.keyboard.press("Tab")
    expect(page.locator("#id_body")).not_to_be_focused()
    assert body(page) == "- one\n  - two"
    begin(page, "- one\n- two")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator("#id_body")).not_to_be_focused()
    assert body(page) == "- one\n- two"


def test_a_table_is_made_filled_and_grown_by_the_keyboard(page: Page) -> None:
    begin(page)
    page.get_by_role("button", name="Table", exact=True).first.click()
    for words in ("Disk", "Bay", "sda", "3", "sdb"):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    assert body(page) == "| Disk | Bay |\n|---|---|\n| sda | 3 |\n| sdb |  |\n"
    begin(page)
    page.evaluate(
        """() => { const data = new DataTransfer(); data.setData("text/plain", "a\\tb\\n1\\t2");
        document.querySelector("#id_body").dispatchEvent(new ClipboardEvent("paste",
        { clipboardData: data, bubbles: true, cancelable: true })); }"""
    )
    assert body(page) == "| a | b |\n|---|---|\n| 1 | 2 |\n"


def test_names_complete_after_a_sign(page: Page) -> None:
    begin(page, "On ")
    page.keyboard.type("@robe")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options.first).to_contain_text("robert")
    page.keyboard.press("Enter")
    expect(options).to_have_count(0)
    assert body(page) == "On @robert"
    page.keyboard.type(" see [[swap")
    expect(options.first).to_be_visible()
    page.keyboard.press("Tab")
    assert re.fullmatch(r"On @robert see \[\[.+\]\]", body(page))
    page.keyboard.type(" and #controller")
    expect(options.first).to_contain_text("incident")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    assert fits(page)


def test_the_preview_stands_in_the_place_of_the_text_or_beside_it(page: Page) -> None:
    begin(page, "# Hello\n\n- [x] done")
    page.get_by_role("button", name="Preview").first.click()
    expect(page.locator(".writing .shown h2").first).to_contain_text("Hello")
    expect(page.locator("#id_body")).to_be_hidden()
    assert fits(page)
    page.get_by_role("button", name="Write on").first.click()
    expect(page.locator("#id_body")).to_be_visible()
    side = page.get_by_role("button", name="Side by side").first
    if page.viewport_size and page.viewport_size["width"] < 900:
        expect(side).to_be_hidden()
        return
    side.click()
    page.locator("#id_body").fill("# Other")
    expect(page.locator(".writing .shown h2").first).to_contain_text("Other")
    assert fits(page)


def test_a_pasted_picture_is_kept_and_shown(page: Page) -> None:
    begin(page, "Look: ")
    with page.expect_response(re.compile("/attachments/")) as sent:
        page.evaluate(PICTURE)
    assert sent.value.status == 201
    expect(page.locator("[data-said]").first).to_contain_text("is attached")
    assert re.fullmatch(r"Look: !\[[^\]]*\]\(/attachments/\d+/[^)]+\)", body(page))
    page.get_by_label("Title").fill(f"Picture {page.viewport_size}")
    page.get_by_role("button", name="Save", exact=True).last.click()
    picture = page.locator(".prose img")
    expect(picture).to_be_visible()
    width = picture.evaluate("async image => (await image.decode(), image.naturalWidth)")
    assert width == 8


def test_several_editors_on_one_page_do_not_mix(page: Page) -> None:
    page.goto("/lessons/new/")
    editors = page.locator("[data-editor]")
    assert editors.count() >= 2
    for place in (0, 1):
        area = editors.nth(place).locator("textarea")
        area.fill(f"text {place}")
        area.evaluate("area => area.setSelectionRange(0, 4)")
        area.focus()
        page.keyboard.press("Control+b")
    assert editors.nth(0).locator("textarea").input_value() == "**text** 0"
    assert editors.nth(1).locator("textarea").input_value() == "**text** 1"


def kept(page: Page, words: str) -> None:
    """Wait until the browser holds these words."""
    for _ in range(100):
        if words in page.evaluate("JSON.stringify(localStorage)"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{words!r} is not kept")


def test_what_was_typed_survives_a_killed_tab(chromium: Browser, site: Site) -> None:
    page = signed_in(chromium, site, "ruth")
    begin(page, "Words of a tired person")
    kept(page, "tired person")
    other = page.context.new_page()
    page.close(run_before_unload=False)
    other.goto("/pages/new/")
    other.get_by_role("button", name="Bring it back").first.click()
    assert body(other) == "Words of a tired person"
    other.context.close()


def test_what_was_typed_survives_an_expired_session(chromium: Browser, site: Site) -> None:
    page = signed_in(chromium, site, "ruth")
    page.goto("/pages/new/")
    page.get_by_label("Title").fill("Written after the session had gone")
    page.locator("#id_body").fill("Half an hour of words")
    kept(page, "Half an hour")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Preview").first.click()
    expect(page.locator("[data-said]").first).to_contain_text("you are signed out")
    page.get_by_role("button", name="Write on").first.click()
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_label("Login").or_(page.get_by_label("Username")).first.fill("ruth")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/pages/new/")
    for again in page.get_by_role("button", name="Bring it back").all():
        again.click()
    assert body(page) == "Half an hour of words"
    expect(page.get_by_label("Title")).to_have_value("Written after the session had gone")
    page.context.close()


def test_who_else_is_writing_is_said_while_it_is_so(chromium: Browser, site: Site) -> None:
    ruth, olga = signed_in(chromium, site, "ruth"), signed_in(chromium, site, "olga")
    ruth.goto("/pages/swapping/edit/")
    olga.goto("/pages/swapping/edit/")
    expect(olga.locator(".company")).to_contain_text("ruth is writing here too")
    ruth.goto("/pages/swapping/")
    # Her browser says that she left; should that word be lost, she is forgotten a minute later.
    ends = time.monotonic() + LASTS.total_seconds() + 20
    while olga.locator(".company").is_visible() and time.monotonic() < ends:
        olga.wait_for_timeout(200)
        olga.reload()
    expect(olga.locator(".company")).to_be_hidden()
    for page in (ruth, olga):
        page.context.close()


def test_without_a_script_a_page_is_written_and_previewed_all_the_same(
    chromium: Browser, site: Site
) -> None:
    signed = signed_in(chromium, site, "ruth")
    state = signed.context.storage_state()
    signed.context.close()
    context = chromium.new_context(
        java_script_enabled=False, storage_state=state, base_url=site.url
    )
    page = context.new_page()
    page.goto("/pages/new/?template=runbook")
    expect(page.get_by_role("toolbar")).to_have_count(0)
    with context.expect_page() as opened:
        page.get_by_role("button", name="Preview").click()
    expect(opened.value.locator(".admonition")).to_contain_text("When to use this")
    page.get_by_label("Title").fill("By hand")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("By hand")
    context.close()
