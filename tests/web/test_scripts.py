"""What the scripts do in a real browser: keys, drafts, times, polling.  All of it is extra."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from kb.accounts.models import User
from tests.support.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAVED = """<!doctype html><html lang="en" data-user="{user}"><title>Saved</title>
<body {settled}><h1>Saved</h1>
<script type="module" src="/static/js/main.js"></script></body></html>"""


@pytest.fixture
def user() -> User:
    return make_user("ruth")


@pytest.fixture
def page(chromium: Any, live_server: Any, user: User) -> Iterator[Page]:
    """The style guide, signed in, in a zone that is not UTC; script errors fail the test."""
    client = Client()
    client.force_login(user)
    context = chromium.new_context(
        base_url=live_server.url,
        timezone_id="Asia/Tokyo",
        service_workers="block",  # what one asks passes by the answers that a test gives
    )
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Security" in said.text else None)
    page.goto("/look/")
    yield page
    context.close()
    assert errors == []


def wait_for_draft(page: Page, *, kept: bool) -> None:
    """Asked again and again from here: the page's own policy forbids wait_for_function's eval."""
    for _ in range(100):
        names = page.evaluate("Object.keys(localStorage).join()")
        if ("look-summary" in names) is kept:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"the draft is {'not ' if kept else ''}kept: {names}")


def type_into(page: Page, words: str) -> None:
    page.get_by_label("In three sentences").fill(words)
    wait_for_draft(page, kept=True)


def send_form(page: Page, answer: str, status: int = 200) -> None:
    """Send the form to an address that answers with ``answer``."""
    page.route(
        "**/saved/", lambda r: r.fulfill(status=status, body=answer, content_type="text/html")
    )
    page.evaluate("document.querySelector('form[method=post].form').action = '/saved/'")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url("**/saved/")
    page.wait_for_load_state("load")


def test_a_slash_leads_to_search_and_ctrl_k_to_the_palette(page: Page) -> None:
    box = page.get_by_role("combobox", name="Has this happened before?", exact=True)
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).not_to_be_focused()
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Search or go to")
    expect(palette.get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()


def test_keys_do_nothing_while_somebody_types(page: Page) -> None:
    field = page.get_by_label("In three sentences")
    field.focus()
    page.keyboard.type("a/b?")
    expect(field).to_have_value("a/b?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_help_lists_the_keys_of_this_page(page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("New incident")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_single_keys_can_be_turned_off(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_label("Turn single keys off").check()
    page.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_theme_chosen_here_stays(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_label("Dark", exact=True).check()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 20, 25)"


def test_what_was_typed_is_offered_back(page: Page) -> None:
    type_into(page, "The controller died")
    page.reload()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_label("In three sentences")).to_have_value("The controller died")
    expect(page.get_by_text("was not saved")).to_have_count(0)


def test_a_draft_can_be_thrown_away(page: Page) -> None:
    type_into(page, "Never mind")
    page.reload()
    page.get_by_role("button", name="Throw it away").click()
    page.reload()
    expect(page.get_by_text("was not saved")).to_have_count(0)


def test_a_draft_on_offer_is_not_written_over(page: Page) -> None:
    type_into(page, "The long first text")
    page.reload()
    page.get_by_label("In three sentences").press_sequentially("x")
    page.reload()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_label("In three sentences")).to_have_value("The long first text")


def test_a_save_clears_the_draft(page: Page, user: User) -> None:
    type_into(page, "Kept by the server now")
    send_form(page, SAVED.format(user=user.pk, settled="data-settled"))
    wait_for_draft(page, kept=False)
    page.goto("/look/")
    expect(page.get_by_text("was not saved")).to_have_count(0)


@pytest.mark.parametrize("status", [200, 403, 500], ids=["sign-in page", "refused", "broken"])
def test_a_save_that_failed_keeps_the_draft(page: Page, user: User, status: int) -> None:
    type_into(page, "Do not lose me")
    send_form(page, SAVED.format(user=user.pk, settled=""), status)
    page.goto("/look/")
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_label("In three sentences")).to_have_value("Do not lose me")


def test_times_stand_in_the_readers_zone_with_utc_in_the_title(page: Page) -> None:
    time = page.locator("time[data-local]").first
    expect(time).to_contain_text("GMT+9")
    assert (time.get_attribute("title") or "").endswith("UTC")


def test_a_bar_asks_again_until_the_work_is_done(page: Page) -> None:
    answers = [
        "<div id='bar' data-poll='/p/' data-poll-every='0.01'>half</div>",
        "<div id='bar'>done</div>",
    ]
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(body=answers[min(len(asked), 2) - 1], content_type="text/html")

    page.route("**/p/", answer)
    page.evaluate(
        """async () => {
          document.querySelector("main").insertAdjacentHTML("beforeend",
            "<div id='bar' data-poll='/p/' data-poll-every='0.01'>start</div>");
          const { startPolls } = await import("/static/js/poll.js");
          startPolls(document);
        }"""
    )
    expect(page.locator("#bar")).to_have_text("done")
    page.wait_for_timeout(200)
    assert len(asked) == 2


def test_the_menu_closes_by_escape_and_by_a_click_elsewhere(page: Page) -> None:
    menu = page.locator("details[data-menu]")
    page.locator("details[data-menu] summary").click()
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    page.locator("details[data-menu] summary").click()
    page.locator("h1").click()
    expect(menu).not_to_have_attribute("open", "")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_never_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_first_tab_offers_to_skip_to_the_page(chromium: Any, page: Page) -> None:
    page.evaluate("document.activeElement.blur(); document.querySelector('.skip').focus()")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
