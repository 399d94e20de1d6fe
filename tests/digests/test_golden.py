"""The mails of the example's weeks, kept as they were read and found good.

``UPDATE_GOLDEN=1`` writes them anew; then read them, and look at them in a browser.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import html5lib
import pytest
import time_machine
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from incidents.digests import mail
from incidents.digests.compose import Composer
from incidents.digests.models import Subscription
from incidents.digests.periods import Week
from incidents.example.load import load
from kb.accounts.models import User

GOLDEN = Path(__file__).parent / "golden"
TODAY = datetime(2026, 11, 25, 12, tzinfo=UTC)
WEEKS = {
    "2026-W48": date(2026, 11, 23),
    "2026-W47": date(2026, 11, 16),
    "2026-W43": date(2026, 10, 19),
    "2026-W39": date(2026, 9, 21),
    "2026-W22": date(2026, 5, 25),
}
NUMBERS = (
    (re.compile(r"/(flags|incidents)/\d+/"), r"/\1/N/"),
    (re.compile(r"#\d+ (?=[A-Z])"), "#N "),
)


@pytest.fixture(scope="module")
def letters(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[dict[str, mail.Letter]]:
    """The example, lived through until a day that is always the same, and its mails."""
    with django_db_blocker.unblock():
        with time_machine.travel(TODAY, tick=False):
            call_command("load_lessons", verbosity=0)
            call_command("load_patterns", verbosity=0)
            load(TODAY)
        ruth = Subscription(user=User(username="ruth"), time_zone="Europe/London")
        composer = Composer()
        yield {
            name: mail.write(composer.compose(ruth, Week(monday, "Europe/London")))
            for name, monday in WEEKS.items()
        }
        call_command("flush", interactive=False, verbosity=0)


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["txt", "html"])
@pytest.mark.parametrize("week", list(WEEKS))
def test_a_week_of_the_example_reads_as_it_did(
    letters: dict[str, mail.Letter], week: str, form: str
) -> None:
    letter = letters[week]
    said = _without_numbers(letter.text if form == "txt" else letter.html)
    path = GOLDEN / f"{week}.{form}"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(said, "utf-8")
    assert said == path.read_text("utf-8")


@pytest.mark.django_db
def test_what_is_sent_is_html_and_loads_nothing(letters: dict[str, mail.Letter]) -> None:
    for letter in letters.values():
        html5lib.HTMLParser(strict=True).parse(letter.html)
        loads = re.findall(r"\bsrc=|<link|<script|<img|@import|url\(|background=", letter.html)
        assert loads == []
        assert len(letter.html) < 60_000


def _without_numbers(said: str) -> str:
    for pattern, instead in NUMBERS:
        said = pattern.sub(instead, said)
    return said
