"""Subscribing, looking, testing, leaving: the weekly mail in a real browser."""

import re
import urllib.request

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import signed_in
from tests.browser.test_the_tour import fits
from tests.support.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def mona(site: Site) -> str:
    """Somebody new."""
    return site.person("mona", "responder")


def test_from_the_offer_to_the_way_out(chromium: Browser, site: Site, mona: str) -> None:
    page = signed_in(chromium, site, mona, width=390)
    expect(page.get_by_role("heading", name="The week in a mail?")).to_be_visible()
    page.get_by_role("link", name="Choose what and when").click()
    page.get_by_label("On", exact=True).select_option("Tuesday")
    page.get_by_label("Days and months in").select_option("German")
    page.get_by_label("A flag becomes critical").check()
    assert fits(page)
    page.get_by_role("button", name="Save", exact=True).click()
    card = page.locator("aside").filter(has_text="Subscriptions")
    expect(card).to_contain_text("Tuesday 09:00")
    expect(page.get_by_role("heading", name="The week in a mail?")).to_have_count(0)
    assert fits(page)
    _preview(page)
    _test_mail(page, site)
    _archive(page, site)
    _leave(page, site)
    page.context.close()


def _preview(page: Page) -> None:
    """This week's mail as it stands now, in a frame of its own."""
    page.get_by_role("link", name="This week's now").click()
    frame = page.frame_locator("iframe.mail")
    expect(frame.get_by_role("heading", name="What we can't see")).to_be_visible()
    expect(frame.get_by_role("img")).to_have_attribute("aria-label", re.compile("Open flags over"))
    expect(page.locator("main")).to_contain_text("Nothing was sent.")
    assert fits(page)


def _test_mail(page: Page, site: Site) -> None:
    page.get_by_role("button", name="Send me a test").click()
    expect(page.get_by_text("Sent to mona@example.net.")).to_be_visible()
    mine = [mail for mail in site.postbox.accepted if mail["To"] == "mona@example.net"]
    assert str(mine[-1]["Subject"]).startswith("[test]")


def _archive(page: Page, site: Site) -> None:
    """The mail of a week, sent for her and found again."""
    site.manage(
        "shell", "-c",
        "from datetime import timedelta; from django.utils import timezone;"
        "from incidents.digests.models import Subscription;"
        "from incidents.digests import deliver;"
        "mine = Subscription.objects.filter(user__username='mona');"
        "mine.update(created_at=timezone.now() - timedelta(days=30), always=True);"
        "deliver.send_all(timezone.now(), list(mine))",
    )  # fmt: skip
    page.goto("/digests/")
    page.locator("main").get_by_role("link", name=re.compile(r"\(week \d+\)")).first.click()
    expect(page.get_by_role("heading", name="As it was sent")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Accepted by the mail server")
    expect(page.frame_locator("iframe.mail").get_by_role("link", name="Stop these mails")
           ).to_be_visible()  # fmt: skip
    assert fits(page)


def _leave(page: Page, site: Site) -> None:
    """From the foot of the mail: by hand, signed in, and by the mail program, without; twice."""
    (sent,) = [
        mail
        for mail in site.postbox.accepted
        if mail["To"] == "mona@example.net" and mail["List-Unsubscribe"]
    ]
    way_out = str(sent["List-Unsubscribe"]).strip(" <>")
    page.goto(way_out)
    expect(page.get_by_role("heading", level=1)).to_have_text("Stop the weekly mail?")
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No more weekly mail")
    for _ in range(2):
        post = urllib.request.Request(way_out, data=b"List-Unsubscribe=One-Click")
        with urllib.request.urlopen(post, timeout=10) as answer:
            assert (answer.status, answer.url) == (200, way_out)
    page.goto("/digests/")
    expect(page.locator("aside")).to_contain_text("It was ended from a mail.")


def test_nobody_signed_in_is_asked_before_it_ends(chromium: Browser, site: Site) -> None:
    """The address works without a login, and looking at it changes nothing."""
    page = chromium.new_page(base_url=site.url)
    page.goto("/digests/unsubscribe/forged:address/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This address is not ours")
    page.context.close()
