"""How incidents bear on each other."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from incidents.records.between import bearings, link, unlink
from incidents.records.models import IncidentLink
from kb.accounts.models import User
from tests.support.factories import make_incident

pytestmark = pytest.mark.django_db


def test_a_link_is_read_from_both_ends_and_made_once(responder: User) -> None:
    first, again = make_incident("First"), make_incident("Again")
    made = [link(again, first, "repeat-of", by=responder, note="The same drive") for _ in "ab"]
    assert made[0] == made[1]
    assert [(b.words, b.other) for b in bearings(again, responder)] == [("Repeat of", first)]
    assert [(b.words, b.other) for b in bearings(first, responder)] == [("Repeated by", again)]
    unlink(made[0], by=responder)
    unlink(made[0], by=responder)
    assert bearings(first, responder) == []


def test_the_same_factor_is_one_link_whichever_end_it_is_made_from(responder: User) -> None:
    one, two = make_incident("One"), make_incident("Two")
    assert link(two, one, "same-factor", by=responder) == link(
        one, two, "same-factor", by=responder
    )


def test_what_makes_no_sense_is_refused_with_the_reason(responder: User, stranger: User) -> None:
    one, two = make_incident("One"), make_incident("Two")
    secret = make_incident("Secret", visibility="restricted", author=stranger)
    with pytest.raises(ValidationError, match="cannot be linked to itself"):
        link(one, one, "repeat-of", by=responder)
    with pytest.raises(ValidationError, match="A link is one of"):
        link(one, two, "cousin-of", by=responder)
    link(two, one, "consequence-of", by=responder)
    with pytest.raises(ValidationError, match="already; take that away first"):
        link(one, two, "consequence-of", by=responder)
    with pytest.raises(ValidationError, match=f"There is no incident {secret.pk}"):
        link(one, secret, "repeat-of", by=responder)
    assert IncidentLink.objects.count() == 1


def test_the_database_holds_it_as_well() -> None:
    one = make_incident("One")
    with pytest.raises(IntegrityError), transaction.atomic():
        IncidentLink.objects.create(kind="repeat-of", from_incident=one, to_incident=one)


def test_a_link_to_what_one_may_not_see_is_not_there(responder: User, stranger: User) -> None:
    open_one = make_incident("Open")
    secret = make_incident("Secret", visibility="restricted", author=stranger)
    made = link(open_one, secret, "consequence-of", by=stranger)
    assert [b.other for b in bearings(open_one, stranger)] == [secret]
    assert bearings(open_one, responder) == []
    unlink(made, by=responder)
    assert IncidentLink.objects.filter(pk=made.pk).exists()
