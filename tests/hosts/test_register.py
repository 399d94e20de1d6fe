"""Writing in the register: revisions, the history of relations, who is judged again."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from incidents.hosts import register
from incidents.hosts.models import FactHistory, Host, HostStatus, RedundancyGroup, Service, Site
from incidents.hosts.register import MAX_DEPTH
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from kb.wiki.revisions import Conflict, Saved
from tests.support.factories import make_host, make_service, make_site, make_team

pytestmark = pytest.mark.django_db


def inventory(host: Host) -> list[dict[str, object]]:
    """What the register said of a host, oldest first."""
    rows = FactHistory.objects.filter(host=host, section="inventory").order_by("since", "pk")
    return [row.value for row in rows]


def judged() -> set[str]:
    return set(OutboxRow.objects.filter(topic="judge").values_list("key", flat=True))


def back_then(host: Host) -> None:
    """Pretend that what is held was written an hour ago."""
    for row in FactHistory.objects.filter(host=host):
        FactHistory.objects.filter(pk=row.pk).update(
            since=row.since - timedelta(hours=1), last_seen=row.last_seen - timedelta(hours=1)
        )


def test_a_new_host_has_a_revision_and_an_inventory(responder: User) -> None:
    site, team = make_site("London"), make_team("Platform")
    host = Host(name="robert", kind="physical", role="web", site=site, owner=team, tags=["odd"])
    saved = register.create(host, by=responder)
    assert (saved.current.revision, saved.current.updated_by) == (1, responder)
    assert inventory(host) == [
        {
            "kind": "physical",
            "role": "web",
            "site": "london",
            "owner": "platform",
            "tags": ["odd"],
            "status": "active",
        }
    ]
    assert judged() == {str(host.pk)}


def test_relations_have_a_history(responder: User) -> None:
    host = register.create(Host(name="robert", role="web"), by=responder).current
    back_then(host)
    register.save(host, expected=1, by=responder, changes={"role": "database"})
    first, second = inventory(host)
    assert (first["role"], second["role"]) == ("web", "database")
    closed, open_ = FactHistory.objects.filter(section="inventory").order_by("since")
    assert (closed.until, open_.until) == (open_.since, None)
    assert "inventory" not in Host.objects.get().facts


def test_what_changes_nothing_writes_nothing(responder: User) -> None:
    host = register.create(Host(name="robert", role="web"), by=responder).current
    OutboxRow.objects.all().delete()
    outcome = register.save(host, expected=1, by=responder, changes={"role": "web"})
    assert isinstance(outcome, Saved)
    assert (outcome.changed, outcome.revision, len(inventory(host))) == (False, 1, 1)
    assert not OutboxRow.objects.exists()


def test_a_service_that_moves_is_noted_on_old_and_new_hosts(responder: User) -> None:
    old, new, other = make_host("old"), make_host("new-home"), make_host("other")
    service = make_service("Shop", slug="shop", hosts=(old,))
    register.save(service, expected=1, by=responder, changes={}, relations={"hosts": ["new-home"]})
    assert list(service.hosts.all()) == [new]
    assert inventory(new)[-1]["services"] == ["shop"]
    assert "services" not in inventory(old)[-1]
    assert judged() == {str(old.pk), str(new.pk)}
    assert inventory(other) == []


def test_a_group_says_its_members(responder: User) -> None:
    make_host("robert")
    david = make_host("david")
    group = RedundancyGroup(slug="pair", name="Pair")
    register.create(group, by=responder, relations={"members": ["david", "robert"]})
    assert inventory(david)[-1]["groups"] == ["pair"]
    with pytest.raises(ValidationError, match="nobody"):
        register.save(
            group, expected=1, by=responder, changes={}, relations={"members": ["nobody"]}
        )
    assert group.members.count() == 2


def test_who_saves_second_gets_a_conflict_and_overwrites_nothing(responder: User) -> None:
    host = register.create(Host(name="robert"), by=responder).current
    register.save(host, expected=1, by=responder, changes={"role": "web"})
    outcome = register.save(host, expected=1, by=responder, changes={"role": "mail"})
    assert isinstance(outcome, Conflict)
    assert Host.objects.get().role == "web"
    assert outcome.kept.changes == {"role": "mail"}


def test_a_host_is_never_inside_itself(responder: User) -> None:
    outer = make_host("outer")
    inner = make_host("inner", parent=outer)
    with pytest.raises(ValidationError, match="inside itself"):
        register.save(outer, expected=1, by=responder, changes={"parent": inner})
    assert Host.objects.get(name="outer").parent is None


def test_a_nest_has_an_end(responder: User) -> None:
    host = None
    for number in range(MAX_DEPTH):
        host = make_host(f"h{number}", parent=host)
    with pytest.raises(ValidationError, match="deep"):
        register.create(Host(name="too-deep", parent=host), by=responder)
    assert not Host.objects.filter(name="too-deep").exists()


@pytest.mark.parametrize("name", ["new", "two words", "ünï", "-dash", "a\nb", ""])
def test_a_name_that_cannot_be_an_address_is_refused(responder: User, name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        register.create(Host(name=name), by=responder)
    assert "name" in refused.value.message_dict
    assert not Host.objects.exists()


def test_a_site_named_like_an_address_is_refused(responder: User) -> None:
    with pytest.raises(ValidationError, match="address of its own"):
        register.create(Site(slug="new", name="New"), by=responder)
    with pytest.raises(ValidationError, match="address of its own"):
        register.create(Service(slug="new", name="New"), by=responder)


def test_a_retired_host_keeps_its_past_and_can_come_back(responder: User) -> None:
    host = register.create(Host(name="robert"), by=responder).current
    register.retire(host, by=responder)
    host.refresh_from_db()
    assert host.status == HostStatus.RETIRED
    assert host.retired_at is not None
    register.bring_back(host, by=responder)
    host.refresh_from_db()
    assert (host.status, host.retired_at, host.revision) == (HostStatus.ACTIVE, None, 3)
    assert judged() == {str(host.pk)}
