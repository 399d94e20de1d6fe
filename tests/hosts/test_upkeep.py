"""Recording what no tool reports."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, connection
from django.utils import timezone

from incidents.hosts import upkeep
from incidents.hosts.kinds import Subject
from incidents.hosts.models import Upkeep, UpkeepKind
from incidents.hosts.provisions import Kit
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from tests.support.factories import make_group, make_host, make_service, make_site, make_user

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

    def done(subject: Subject, kind: str, days: int) -> None:
        upkeep.record(subject, kind, by=responder, happened_at=now - timedelta(days=days))

    done(host, UpkeepKind.UPGRADE, 300)
    done(host, UpkeepKind.UPGRADE, 30)
    done(service, UpkeepKind.RESTORE_TEST, 10)
    done(site, UpkeepKind.KIT_CHECK, 20)
    done(stranger, UpkeepKind.CONSOLE_TEST, 1)
    found = [(one.kind, (now - one.happened_at).days) for one in upkeep.latest_of(host)]
    assert found == [("restore_test", 10), ("kit_check", 20), ("upgrade", 30)]
    assert [one.kind for one in upkeep.latest_of(service)] == ["restore_test"]


def test_a_key_makes_one_record_and_is_its_sender_s_own(responder: User, keeper: User) -> None:
    host = make_host("robert")
    first = upkeep.record(host, UpkeepKind.UPGRADE, by=responder, key="k", note="One")
    again = upkeep.record(host, UpkeepKind.UPGRADE, by=responder, key="k", note="Another word")
    other = upkeep.record(host, UpkeepKind.UPGRADE, by=keeper, key="k", note="Mine")
    assert (again.pk, again.note) == (first.pk, "One")
    assert (other.by, other.note) == (keeper, "Mine")


def test_a_check_names_what_there_is_in_the_words_of_the_register(responder: User) -> None:
    site = make_site("London")
    assert upkeep.record(site, "kit_check", by=responder, detail="Any box").detail == "Any box"
    Kit.objects.create(site=site, name="Crate")
    assert upkeep.record(site, "kit_check", by=responder, detail="  crate ").detail == "Crate"
    with pytest.raises(ValidationError, match="Choose from: Crate"):
        upkeep.record(site, "kit_check", by=responder, detail="Box")


def test_what_is_taken_back_is_judged_again_and_counts_no_more(responder: User) -> None:
    host = make_host("robert")
    made = upkeep.record(host, UpkeepKind.UPGRADE, by=responder)
    OutboxRow.objects.all().delete()
    for _ in range(2):
        upkeep.take_back(made, by=responder)
    assert list(OutboxRow.objects.values_list("topic", "key")) == [("judge", str(host.pk))]
    assert upkeep.latest_of(host) == []
    assert Upkeep.objects.get().taken_back_by == responder
    with pytest.raises(PermissionDenied):
        upkeep.take_back(made, by=make_user("other"))


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_record(responder: User) -> None:
    host, together = make_host("robert"), Barrier(4)

    def send() -> int:
        together.wait()
        while True:
            try:
                return upkeep.record(host, UpkeepKind.UPGRADE, by=responder, key="k").pk
            except OperationalError:
                continue  # an SQLite in memory does not let writers queue as a file does
            finally:
                connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = {one.result() for one in [pool.submit(send) for _ in range(4)]}
    assert made == {Upkeep.objects.get().pk}
