"""A new incident may start from what it is like: kind, severity and three sentences to complete."""

from collections.abc import Callable

import pytest
from django.test import Client

from incidents.records.starters import STARTERS
from kb.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("chosen", STARTERS, ids=lambda one: one.key)
def test_the_form_starts_from_what_was_chosen(
    browser_of: Callable[[User], Client], responder: User, chosen: object
) -> None:
    key = chosen.key  # type: ignore[attr-defined]
    form = browser_of(responder).get(f"/incidents/new/?title=So&template={key}").context["form"]
    assert form["title"].value() == "So"
    for name, value in chosen.initial().items():  # type: ignore[attr-defined]
        assert form[name].value() == value


def test_without_a_choice_or_with_an_unknown_one_it_is_empty(
    browser_of: Callable[[User], Client], responder: User
) -> None:
    for query in ("", "?template=none"):
        answer = browser_of(responder).get(f"/incidents/new/{query}")
        assert answer.context["form"]["summary"].value() in (None, "")
        assert "Data is lost" in answer.content.decode()
