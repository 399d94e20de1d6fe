"""``manage.py send_digests``: what beat does, by hand and for any moment."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from incidents.digests.models import Digest, Subscription
from tests.support.factories import NOW, make_flag, make_host, make_pattern, make_user
from tests.support.mailserver import Postbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _something_new() -> None:
    Subscription.objects.create(user=make_user("ruth"), created_at=NOW - timedelta(days=60))
    make_flag(make_pattern("raid-only"), make_host("david"), at=NOW - timedelta(days=3))


def run(**options: Any) -> str:
    out = StringIO()
    call_command("send_digests", stdout=out, **options)
    return out.getvalue()


def test_it_sends_what_is_due_then(postbox: Postbox) -> None:
    assert run(at=NOW.isoformat()).strip() == "1 sent"
    assert run(at=NOW.isoformat()).strip() == "Nothing is due."
    assert len(postbox.accepted) == 1


def test_a_dry_run_prints_and_stores_nothing(postbox: Postbox) -> None:
    said = run(at=NOW.isoformat(), dry_run=True)
    assert "1 host newly at risk (week 47)" in said
    assert "1 due; nothing was sent." in said
    assert (Digest.objects.count(), postbox.accepted) == (0, [])


def test_one_persons_mail_alone(postbox: Postbox) -> None:
    Subscription.objects.create(user=make_user("olga"), created_at=NOW - timedelta(days=60))
    assert run(at=NOW.isoformat(), user="olga").strip() == "1 sent"
    assert postbox.recipients == ["olga@example.net"]


@pytest.mark.parametrize(
    ("options", "said"), [({"at": "monday"}, "not a time"), ({"user": "nobody"}, "no active")]
)
def test_what_it_cannot_do_it_says(options: dict[str, str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(**options)
