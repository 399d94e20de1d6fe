"""axe-core finds nothing on any page of the site, light and dark, at a desk and on a phone.

Pages are found, not listed: from the front page every link is followed, one example is kept of
each named address, and addresses that nothing links to are filled in with the names of what was
seen.  So a page that somebody adds tomorrow is walked as well.

It takes many minutes, so it is no part of the suite: ``pytest tests/browser/every_page.py``.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
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
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = ["target-size", "scrollable-region-focusable", "region", "list", "aria-hidden-focus"]
#: Django's own administration has pages of its own kind; the API answers JSON.
OTHERS = ("admin:", "api:", "api-")
MOST = 600  # addresses read while looking for examples
EACH = 2  # read of each name: the second may link to what the first has none of


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


#: What the example has none of, so that its pages are walked too.
EXAMPLES = """
from incidents.digests.models import Subscription
from incidents.exports.models import Webhook
from incidents.hosts.models import Service, Site
from incidents.hosts.provisions import Advisory, Kit, Runbook, SiteAccess, Spare
from kb.accounts.models import User
from kb.wiki.pages import create_page
User.objects.filter(username="ada").update(is_staff=True)
for hall in Site.objects.all():
    Kit.objects.get_or_create(site=hall, name="Crate", items="A torch")
    Spare.objects.get_or_create(site=hall, part="drive", model="VO0480")
    SiteAccess.objects.get_or_create(site=hall, name="The night porter", hours="any time")
for service in Service.objects.all():
    Runbook.objects.get_or_create(service=service, title="Restart", where="The red folder")
Advisory.objects.get_or_create(what="drive", model="VO*JFDGT", fixed_in="HPG8")
Subscription.objects.get_or_create(user=User.objects.get(username="ada"))
Webhook.objects.get_or_create(name="Door", url="https://door.example.net/", events=["flag.opened"])
create_page(by=None, title="Every mark", about=["host:robert"], body='''
> [!WARNING]
> Not now: @robert, #1, [[Nobody wrote it]].

- [x] done

| Disk | Bay |
|---|--:|
| sda | 3 |

```bash
echo "a very long line that goes on and on" | tee -a /var/log/a-name-that-is-long-as-well.log # so
```

## One

#### Two

## Three[^1]

[^1]: Below.
''')
"""


class Walk:
    """One address for every name, found by following links as one person."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.found: dict[str, str] = {}
        self.words: dict[tuple[str, str], list[Any]] = {}
        self.read: set[str] = set()
        self.asked = 0
        self.seen: Counter[str] = Counter()

    def go(self) -> dict[str, str]:
        queue = ["/"]
        while queue and self.asked < MOST:
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
        if self.seen[name] >= EACH or not is_ours(name) or "logout" in name:
            return []
        self.seen[name] += 1
        self.asked += 1
        answer = self.page.request.get(urljoin(self.base, path), max_redirects=0)
        if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
            return []
        text = answer.text()
        if "<html" not in text:
            return []
        self.found.setdefault(name, path)
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
        return self.seen[match.view_name] < EACH

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


def check(page: Page, path: str, how: str, what: dict[str, Any]) -> list[str]:
    """What axe finds: the page, how it was looked at, the rule, and where."""
    asked = {**what, "resultTypes": ["violations"]}
    # Only what is wrong crosses over: what passes is megabytes a page.
    found = page.evaluate("asked => axe.run(document, asked).then(all => all.violations)", asked)
    return [
        f"{path} {how} {one['id']}: {node['target']} {node['html'][:160]} "
        f"({node['failureSummary'][:300]})"
        for one in found
        for node in one["nodes"][:3]
    ]


def complaints(page: Page, path: str) -> list[str]:
    """Of one page: everything in the light; contrast in the dark; sizes and scrolling on a phone.

    The page is loaded once and axe put into it once: that is most of the time.
    """
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(path)
    page.evaluate(f"{AXE_SCRIPT}\n;null")
    found = check(page, path, "light", {"runOnly": TAGS})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += check(page, path, "dark", {"runOnly": ["color-contrast"]})
    page.set_viewport_size({"width": 390, "height": 800})
    return found + check(page, path, "phone", {"runOnly": PHONE})


def test_axe_finds_nothing_on_any_page(chromium: Browser, site: Site) -> None:
    site.person("ada", "admin")
    site.manage("shell", "-c", EXAMPLES)
    page = signed_in(chromium, site, "ada")
    walked = Walk(page, site.url).go()
    found = [said for path in walked.values() for said in complaints(page, path)]
    found += [said for path in ("/no/such/page/",) for said in complaints(page, path)]
    page.context.clear_cookies()
    for path in ("/accounts/login/", "/accounts/password/reset/"):
        found += complaints(page, path)
    page.context.close()
    assert {"hosts:detail", "records:incident", "wiki:page-edit", "hosts:kit-edit"} <= walked.keys()
    assert found == [], f"{len(found)} on {len(walked)} pages:\n" + "\n".join(found)
