"""axe-core finds nothing on any page of the site: at a desk in the light, on a phone in the dark.

Pages are found, not listed: from the front page every link is followed, one example is kept of
each named address, and addresses that nothing links to are filled in with the names of what was
seen.  So a page that somebody adds tomorrow is walked as well.  A failure names its room and page.
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
from tests.support.site import PASSWORD, Site

pytestmark = pytest.mark.browser

ROOMS = (
    "accounts", "attachments", "bin", "digests", "doors", "exports", "hosts", "intake", "learning",
    "overview", "patterns", "records", "search", "transfer", "watching", "web", "wiki",
)  # fmt: skip
HREF = re.compile(r"""<(?:a|form)\s[^>]*?(?:href|action)="([^"#]*)""")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = [
    "color-contrast", "target-size", "scrollable-region-focusable", "region", "list",
    "aria-hidden-focus",
]  # fmt: skip
#: Of rows that are alike the first few are looked at: contrast is worked out for every single word.
FEWER = """most => {
    for (const list of document.querySelectorAll("tbody, ul, ol, dl"))
        for (const more of [...list.children].slice(most)) more.remove()
}"""
ALIKE = 8
ASK = """what => {
    window.wrong = null
    axe.run(document, {runOnly: what, resultTypes: ["violations"], preload: false})
        .then(all => { window.wrong = all.violations })
}"""
#: Django's own administration has pages of its own kind; the API answers JSON.
OTHERS = ("admin:", "api:", "api-")
MOST = 600  # addresses read while looking for examples
TRIES = 3  # of one name


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
EXAMPLES = (
    f"PASSWORD = {PASSWORD!r}"
    + """
from io import BytesIO
from django.core.files.base import ContentFile
from PIL import Image
from incidents.digests.models import Subscription
from incidents.exports.models import Webhook
from incidents.hosts.models import Service, Site
from incidents.hosts.provisions import Advisory, Kit, Runbook, SiteAccess, Spare
from kb.accounts.models import User
from kb.attachments.keeping import keep
from kb.wiki.pages import create_page
User.objects.create_user("ada", "ada@example.net", PASSWORD, role="admin", is_staff=True)
for hall in Site.objects.all():
    Kit.objects.get_or_create(site=hall, name="Crate", items="A torch")
    Spare.objects.get_or_create(site=hall, part="drive", model="VO0480")
    SiteAccess.objects.get_or_create(site=hall, name="The night porter", hours="any time")
for service in Service.objects.all():
    Runbook.objects.get_or_create(service=service, title="Restart", where="The red folder")
Advisory.objects.get_or_create(what="drive", model="VO*JFDGT", fixed_in="HPG8")
Subscription.objects.get_or_create(user=User.objects.get(username="ada"))
Webhook.objects.get_or_create(name="Door", url="https://door.example.net/", events=["flag.opened"])
page = create_page(by=None, title="Every mark", about=["host:robert"], body='''
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
picture = BytesIO()
Image.new("RGB", (800, 500), "teal").save(picture, "PNG")
keep(ContentFile(picture.getvalue()), "rack.png", by=None, thing=page)
keep(ContentFile(b"a line"), "messages.log", by=None, thing=page)
"""
)


class Walk:
    """One address for every name, found by following links as one person."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.found: dict[str, str] = {}
        self.words: dict[tuple[str, str], list[Any]] = {}
        self.read: set[str] = set()
        self.asked = 0
        self.tried: Counter[str] = Counter()

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
        if name in self.found or self.tried[name] >= TRIES or not is_ours(name) or "logout" in name:
            return []
        self.tried[name] += 1
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


def room_of(name: str) -> str:
    """``hosts`` of ``hosts:detail``; what has none are the doors."""
    return name.rpartition(":")[0] or "doors"


def check(page: Page, path: str, how: str, what: list[str]) -> list[str]:
    """What axe finds: the page, how it was looked at, the rule, and where."""
    # Only what is wrong crosses over: what passes is megabytes a page.
    page.evaluate(ASK, what)
    found = page.wait_for_function("() => window.wrong", timeout=60_000).json_value()
    return [
        f"{path} {how} {one['id']}: {node['target']} {node['html'][:160]} "
        f"({node['failureSummary'][:300]})"
        for one in found
        for node in one["nodes"][:3]
    ]


def complaints(page: Page, path: str) -> list[str]:
    """Of one page: everything at a desk in the light; on a phone in the dark what may differ."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 1280, "height": 900})
    answer = page.goto(path)
    if answer and "sandbox" in answer.headers.get("content-security-policy", ""):
        # Nothing runs in a letter that is shown, axe neither: its words are looked at elsewhere.
        letter = page.content()
        page.goto("about:blank")
        page.set_content(letter)
    page.evaluate(FEWER, ALIKE)
    found = check(page, path, "at a desk in the light", TAGS)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size({"width": 390, "height": 800})
    return found + check(page, path, "on a phone in the dark", PHONE)


@pytest.fixture(scope="module")
def reader(chromium: Browser, site: Site) -> Iterator[Page]:
    """An admin's browser, with axe in every page that it opens."""
    site.manage("shell", "-c", EXAMPLES)
    page = signed_in(chromium, site, "ada")
    page.context.add_init_script(AXE_SCRIPT)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def walked(reader: Page, site: Site) -> dict[str, str]:
    return Walk(reader, site.url).go()


def test_every_room_is_walked(walked: dict[str, str]) -> None:
    """A room that is new has to be added to ``ROOMS``."""
    assert {room_of(name) for name in walked} == set(ROOMS)
    assert {"hosts:detail", "records:incident", "wiki:page-edit", "hosts:kit-edit"} <= walked.keys()
    assert len(walked) > 110


@pytest.mark.parametrize("room", ROOMS)
def test_axe_finds_nothing_in_a_room(room: str, reader: Page, walked: dict[str, str]) -> None:
    there = [path for name, path in walked.items() if room_of(name) == room]
    found = [said for path in there for said in complaints(reader, path)]
    assert not found, "\n".join(found)


def test_axe_finds_nothing_where_there_is_no_page(reader: Page) -> None:
    assert complaints(reader, "/no/such/page/") == []


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
def test_axe_finds_nothing_at_the_doors(chromium: Browser, site: Site, path: str) -> None:
    stranger = chromium.new_page(base_url=site.url)
    stranger.add_init_script(AXE_SCRIPT)
    found = complaints(stranger, path)
    stranger.close()
    assert found == []
