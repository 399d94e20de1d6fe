"""Recording what no tool reports."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from incidents.hosts import upkeep
from incidents.hosts.models import Upkeep, UpkeepKind
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from tests.support.factories import make_group, make_host, make_service, make_site

pytestmark = pytest.mark.django_db


def test_a_record_says_who_what_and_when(responder: User) -> None:
    host = make_host("robert")
    made = upkeep.record(host, UpkeepKind.RESTORE_TEST, by=responder, note="38 minutes")
    assert Upkeep.objects.get() == made
    assert (made.host, made.by, made.result, made.note) == (host, responder, "ok", "38 minutes")
    assert list(OutboxRow.objects.values_list("topic", "key")) == [("judge", str(host.pk))]


def test_every_host_it_covers_is_judged_again(responder: User) -> None:
    robert, david = make_host("robert"), make_host("david")
    make_host("other")
    upkeep.record(
        make_group("Pair", members=(robert, david)), UpkeepKind.FAILOVER_DRILL, by=responder
    )
    keys = OutboxRow.objects.filter(topic="judge").values_list("key", flat=True)
    assert set(keys) == {str(robert.pk), str(david.pk)}


def test_the_same_record_sent_twice_is_kept_once(responder: User) -> None:
    host, at = make_host("robert"), timezone.now() - timedelta(hours=3)
    for _ in range(2):
        upkeep.record(host, UpkeepKind.UPGRADE, by=responder, happened_at=at)
    assert Upkeep.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("happened_at", {"happened_at": timezone.now() + timedelta(days=1)}),
        ("result", {"result": "splendid"}),
        ("evidence_url", {"evidence_url": "javascript:alert(1)"}),
    ],
)
def test_what_cannot_be_is_refused(responder: User, field: str, said: dict[str, object]) -> None:
    host = make_host("robert")
    with pytest.raises(ValidationError) as refused:
        upkeep.record(host, UpkeepKind.UPGRADE, by=responder, **said)  # type: ignore[arg-type]
    assert field in refused.value.message_dict
    assert not Upkeep.objects.exists()
    assert not OutboxRow.objects.exists()


def test_the_newest_of_each_kind_counts_and_what_covers_a_host_counts_for_it(
    responder: User,
) -> None:
    site = make_site("London")
    host = make_host("robert", site=site)
    service = make_service("Shop", hosts=(host,))
    stranger = make_host("stranger")
    now = timezone.now()

    def done(subject: upkeep.Subject, kind: str, days: int) -> None:
        upkeep.record(subject, kind, by=responder, happened_at=now - timedelta(days=days))

    done(host, UpkeepKind.UPGRADE, 300)
    done(host, UpkeepKind.UPGRADE, 30)
    done(service, UpkeepKind.RESTORE_TEST, 10)
    done(site, UpkeepKind.KIT_CHECK, 20)
    done(stranger, UpkeepKind.CONSOLE_TEST, 1)
    found = [(one.kind, (now - one.happened_at).days) for one in upkeep.latest_of(host)]
    assert found == [("restore_test", 10), ("kit_check", 20), ("upgrade", 30)]
    assert [one.kind for one in upkeep.latest_of(service)] == ["restore_test"]
