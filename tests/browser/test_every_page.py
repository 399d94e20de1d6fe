"""axe-core finds nothing on any page of the site, light and dark, at a desk and on a phone.

Pages are found, not listed: from the front page every link is followed, one example is kept of
each named address, and addresses that nothing links to are filled in with the names of what was
seen.  So a page that somebody adds tomorrow is walked as well.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLPattern,
    URLResolver,
    get_resolver,
    resolve,
    reverse,
)
from playwright.sync_api import Browser, Page

from tests.browser.conftest import signed_in
from tests.support.site import Site

pytestmark = pytest.mark.browser

HREF = re.compile(r"""<(?:a|form)\s[^>]*?(?:href|action)="([^"#]*)""")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
#: Django's own administration has pages of its own kind; the API answers JSON.
OTHERS = ("admin:", "api:", "api-")
MOST = 400  # addresses read while looking for examples


def named(urls: Any = None, space: str = "") -> Iterator[str]:
    """``hosts:detail`` and every other name of an address."""
    for entry in (urls or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from named(entry, inner)
        elif isinstance(entry, URLPattern) and entry.name:
            yield f"{space}{entry.name}"


def is_ours(name: str) -> bool:
    return not name.startswith(OTHERS)


class Walk:
    """One address for every name, found by following links as one person."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.found: dict[str, str] = {}
        self.words: dict[tuple[str, str], list[Any]] = {}
        self.read: set[str] = set()

    def go(self) -> dict[str, str]:
        queue = ["/"]
        while queue and len(self.read) < MOST:
            path = queue.pop(0)
            queue += [new for new in self._look(path) if new not in self.read]
        for name in sorted(set(named())):
            if is_ours(name) and name not in self.found:
                for path in self._filled(name):
                    self._look(path)
                    if name in self.found:
                        break
        return self.found

    def _look(self, path: str) -> list[str]:
        """Read one address; what it links to that leads to names not seen yet."""
        self.read.add(path)
        try:
            name = resolve(urlsplit(path).path).view_name
        except Resolver404:
            return []
        if name in self.found or not is_ours(name) or "logout" in name:
            return []
        answer = self.page.request.get(urljoin(self.base, path), max_redirects=0)
        if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
            return []
        text = answer.text()
        if "<html" not in text:
            return []
        self.found[name] = path
        return [link for link in self._links(path, text) if self._is_new(link)]

    def _links(self, path: str, text: str) -> Iterator[str]:
        for href in HREF.findall(text):
            address = urlsplit(urljoin(self.base + path, href.replace("&amp;", "&")))
            if f"{address.scheme}://{address.netloc}" == self.base:
                yield address.path + (f"?{address.query}" if address.query else "")

    def _is_new(self, path: str) -> bool:
        try:
            match = resolve(urlsplit(path).path)
        except Resolver404:
            return False
        space = match.view_name.rpartition(":")[0]
        for word, value in match.kwargs.items():
            known = self.words.setdefault((space, word), [])
            if value not in known and len(known) < 12:
                known.append(value)
        return match.view_name not in self.found

    def _filled(self, name: str) -> Iterator[str]:
        """Addresses of that name with what was seen of its kind."""
        space = name.rpartition(":")[0]
        try:
            yield reverse(name)
        except NoReverseMatch:
            for (known, word), values in self.words.items():
                if known == space:
                    for value in values:
                        try:
                            yield reverse(name, kwargs={word: value})
                        except NoReverseMatch:
                            break


def check(page: Page, what: Any) -> list[str]:
    """What axe finds: the rule, and where."""
    found = Axe().run(page, options={**what, "resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:160]} ({node['failureSummary'][:300]})"
        for one in found
        for node in one["nodes"][:3]
    ]


def complaints(page: Page, path: str) -> list[str]:
    """Of one page: everything in the light, contrast again in the dark, and the phone."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(path)
    found = [f"{path} light {said}" for said in check(page, RULES)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += [f"{path} dark {said}" for said in check(page, CONTRAST)]
    page.set_viewport_size({"width": 390, "height": 800})
    return found + [f"{path} phone {said}" for said in check(page, RULES)]


def test_axe_finds_nothing_on_any_page(chromium: Browser, site: Site) -> None:
    site.person("ada", "admin")
    site.manage("shell", "-c", "from kb.accounts.models import User; "
                "User.objects.filter(username='ada').update(is_staff=True)")  # fmt: skip
    page = signed_in(chromium, site, "ada")
    walked = Walk(page, site.url).go()
    found = [said for path in walked.values() for said in complaints(page, path)]
    found += [said for path in ("/no/such/page/",) for said in complaints(page, path)]
    page.context.clear_cookies()
    for path in ("/accounts/login/", "/accounts/password/reset/"):
        found += complaints(page, path)
    page.context.close()
    assert found == [], f"{len(found)} on {len(walked)} pages:\n" + "\n".join(found)
