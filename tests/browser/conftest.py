"""A whole site with the example loaded, made once for all browser tests of a process."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.site import PASSWORD, Site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site"), seed="example") as running:
        running.person("ruth", "responder")
        running.person("olga", "responder")
        yield running


class Complaints:
    """What the browser complained of on a page: script errors and refused sources."""

    def __init__(self, page: Page) -> None:
        self.said: list[str] = []
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        if kind == "error" and ("Content Security" in text or "Refused" in text):
            self.said.append(text)


def signed_in(chromium: Browser, site: Site, name: str, *, width: int = 1280) -> Page:
    """A page of a fresh browser window, signed in as ``name``."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, base_url=site.url)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Login").or_(page.get_by_label("Username")).first.fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/")
    return page


@pytest.fixture(params=[1280, 390], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, chromium: Browser, site: Site) -> Iterator[Page]:
    """Ruth's browser, at the width of a desk and of a phone."""
    opened = signed_in(chromium, site, "ruth", width=request.param)
    complaints = Complaints(opened)
    yield opened
    opened.context.close()
    assert complaints.said == []
