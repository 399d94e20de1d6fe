"""An action that closes itself when facts turn good and comes back; where else; at a desk and on a
phone."""

import re
import uuid

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.test_the_tour import fits
from tests.support.site import Site

pytestmark = pytest.mark.browser
SOON = 60_000  # beat looks at verdicts every ten seconds; the machine may be busy


def report(site: Site, token: str, host: str, state: str) -> None:
    """What a tool says of the arrays of a host."""
    raid = {"name": "md0", "kind": "md", "level": "raid1", "state": state,
            "devices_wanted": 2, "devices_active": 2 if state == "optimal" else 1}  # fmt: skip
    answer = requests.put(
        f"{site.url}/api/v1/hosts/{host}/facts/",
        json={"source": "inspect", "sections": {"storage": {"raids": [raid]}}},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    assert answer.status_code in (200, 201), answer.text


def until(page: Page, words: str) -> None:
    """Look at the page again until it says so."""
    for _ in range(SOON // 2000):
        if words in page.locator("main").inner_text():
            return
        page.wait_for_timeout(2000)
        page.reload()
    expect(page.locator("main")).to_contain_text(words)


def test_an_action_closes_itself_when_facts_turn_good_and_comes_back(
    page: Page, site: Site
) -> None:
    token, host = site.token("ruth"), f"store-{uuid.uuid4().hex[:6]}"
    report(site, token, host, "degraded")
    page.goto("/actions/new/")
    page.get_by_label("What will be done").fill(f"Replace the drive in {host}")
    page.get_by_label("Verified by").select_option("An array has lost a drive")
    page.get_by_label("On the hosts named").check()
    page.get_by_label("Hosts it is verified on").fill(host)
    assert fits(page)
    page.locator("form").get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("#verified")).to_contain_text(f"It matches on {host}.")
    assert fits(page)
    report(site, token, host, "optimal")
    until(page, "Borne out by facts")
    expect(page.locator("#verified")).to_contain_text("Should it match again")
    assert fits(page)
    report(site, token, host, "degraded")
    until(page, "Reopened by facts")
    expect(page.locator("#trace")).to_contain_text(f"matches on {host}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("open")


def test_where_else_it_could_happen_stands_beside_the_write_up(page: Page) -> None:
    page.goto("/incidents/")
    page.get_by_role("link", name=re.compile("controller", re.IGNORECASE)).first.click()
    until(page, "Who shares what they had")
    sharing = page.locator("#where-else")
    expect(sharing).to_contain_text(re.compile(r"\d+ of \d+ hosts"))
    assert fits(page)
    sharing.get_by_role("link", name="Make it a check").first.click()
    expect(page.locator("#id_yaml")).to_have_value(re.compile("match: "))
    assert fits(page)


def test_metrics_say_what_they_count(page: Page) -> None:
    page.goto("/incidents/metrics/?period=all")
    expect(page.locator("main")).to_contain_text("Median")
    assert fits(page)
    page.locator("details.numbers summary").first.click()
    expect(page.locator("details.numbers table").first).to_be_visible()
    assert fits(page)
