"""The preview is what the page will show."""

from collections.abc import Callable

import pytest
from django.test import Client

from kb.accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_field_of_a_form_is_shown_as_its_page_would(
    browser_of: Callable[[User], Client], viewer: User
) -> None:
    browser = browser_of(viewer)
    sent = {"preview": "body", "body": "**so** <script>x</script>"}
    whole = browser.post("/preview/", sent)
    part = browser.post("/preview/", sent, headers={"HX-Request": "true"})
    expected = "<p><strong>so</strong> &lt;script&gt;x&lt;/script&gt;</p>"
    assert expected in whole.content.decode()
    assert "<html" in whole.content.decode()
    assert part.content.decode().strip() == f'<div class="prose">{expected}\n</div>'


def test_only_people_who_are_signed_in_get_one_and_only_by_post(
    browser_of: Callable[[User], Client], viewer: User
) -> None:
    assert Client().post("/preview/", {"text": "x"}).status_code == 302
    assert browser_of(viewer).get("/preview/").status_code == 405


def test_a_text_beyond_the_bound_is_refused(
    browser_of: Callable[[User], Client], viewer: User
) -> None:
    answer = browser_of(viewer).post("/preview/", {"text": "x" * 100_001})
    assert answer.status_code == 400
