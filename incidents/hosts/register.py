"""Writing in the register: sites, hosts, services and groups, by page or API.

Each rule saves on a revision (``kb.wiki.revisions``), notes the hosts' inventory in history and
has the background judge the hosts it concerns, all in one transaction.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from incidents.hosts import inventory
from incidents.hosts.models import TAKEN, Host, HostStatus, RedundancyGroup, Service, Site
from incidents.hosts.names import remember_name, take_name
from kb.accounts.models import User
from kb.outbox.post import post, post_many
from kb.search.indexing import renamed
from kb.wiki import revisions
from kb.wiki.revisions import Conflict, Saved
from kb.wiki.tracking import tracked

T = TypeVar("T", Site, Host, Service, RedundancyGroup)
Changes = dict[str, Any]
MAX_DEPTH = 8


def create(
    obj: T, *, by: User | None, comment: str = "", relations: Changes | None = None
) -> Saved[T]:
    """A new site, host, service or group.  ``ValidationError`` names the field and the mend."""
    _check(obj, {})
    obj.full_clean(exclude=["parent"])
    if isinstance(obj, Host) and obj.status == HostStatus.RETIRED:
        obj.retired_at = obj.retired_at or timezone.now()
    try:
        with transaction.atomic():
            saved = revisions.create(obj, by=by, comment=comment, relations=relations)
            _follow(concerned(saved.current))
            if isinstance(saved.current, Host):
                take_name(saved.current.name)
                _judge_when_it_ends(saved.current)
    except IntegrityError:  # two made it at once, and both had looked before
        field = "name" if isinstance(obj, Host) else "slug"
        raise ValidationError(
            {field: "Somebody made one of that name at the same moment. Look at it, or rename."}
        ) from None
    return saved


@transaction.atomic
def save(
    obj: T,
    *,
    expected: int,
    by: User | None,
    changes: Changes,
    comment: str = "",
    relations: Changes | None = None,
) -> Saved[T] | Conflict[T]:
    """Save on ``expected``; whoever the thing concerned before and after is judged again."""
    _check(obj, changes)
    changes = _dated(obj, changes)
    before, called = concerned(obj), _name(_stored(obj))
    outcome = revisions.save(
        obj, expected=expected, by=by, changes=changes, comment=comment, relations=relations
    )
    if isinstance(outcome, Saved) and outcome.changed:
        _follow(before | concerned(outcome.current))
        if isinstance(outcome.current, Host) and "maintenance_until" in changes:
            _judge_when_it_ends(outcome.current)
        if _name(outcome.current) != called:
            _follow_name(outcome.current, called)
        elif isinstance(obj, Host) and {"site", "owner"} & changes.keys():
            # Incidents are found by the site and the team of their hosts, too.
            renamed(tracked(type(obj)).index_key(obj))
    return outcome


def _follow_name(obj: Site | Host | Service | RedundancyGroup, called: str) -> None:
    """Whoever asks for a host by its former name is led to it; the index follows."""
    if isinstance(obj, Host):
        take_name(obj.name)
        remember_name(obj, called, timezone.now())
    renamed(tracked(type(obj)).index_key(obj))


def retire(host: Host, *, by: User | None) -> Saved[Host] | Conflict[Host]:
    """The host is gone: its flags close as such and it leaves the counts; its past stays."""
    changes: Changes = {"status": HostStatus.RETIRED}
    return save(host, expected=host.revision, by=by, changes=changes, comment="Retired")


def bring_back(host: Host, *, by: User | None) -> Saved[Host] | Conflict[Host]:
    """The host is in use again."""
    changes: Changes = {"status": HostStatus.ACTIVE}
    return save(host, expected=host.revision, by=by, changes=changes, comment="In use again")


def _dated(obj: object, changes: Changes) -> Changes:
    """Whoever retires a host, by whatever door, the day is kept with it."""
    status = changes.get("status")
    if not isinstance(obj, Host) or status is None or status == obj.status:
        return changes
    return changes | {"retired_at": timezone.now() if status == HostStatus.RETIRED else None}


def _stored(obj: T) -> T:
    """As the database has it: a form has filled ``obj`` with what was typed."""
    return type(obj)._default_manager.get(pk=obj.pk)  # type: ignore[return-value]


def _name(obj: Site | Host | Service | RedundancyGroup) -> str:
    """What others call it by."""
    return obj.name if isinstance(obj, Host) else obj.slug


def concerned(obj: Site | Host | Service | RedundancyGroup) -> set[int]:
    """The hosts whose inventory says something of this thing."""
    if obj.pk is None:
        return set()
    if isinstance(obj, Host):
        return {obj.pk}
    hosts = obj.members if isinstance(obj, RedundancyGroup) else obj.hosts
    return set(hosts.values_list("pk", flat=True))


def _follow(host_ids: Iterable[int]) -> None:
    ids = sorted(host_ids)
    inventory.note(ids, timezone.now())
    # A host is also found by the names of its site, services and groups.
    post_many("index", [f"host:{pk}" for pk in ids])
    post_many("judge", [str(pk) for pk in ids], {"itself": True})


def _judge_when_it_ends(host: Host) -> None:
    """A window ends by itself; what it excused is looked at again then."""
    until = host.maintenance_until
    if until is not None and until > timezone.now():
        key = f"{host.pk}@{until.isoformat()}"
        post("maintenance-over", key, {"host": host.pk}, not_before=until)


def _check(obj: object, changes: Changes) -> None:
    name = changes.get("name", getattr(obj, "name", "")) if isinstance(obj, Host) else ""
    slug = changes.get("slug", getattr(obj, "slug", ""))
    for field, said in (("name", name), ("slug", slug)):
        if said in TAKEN:
            raise ValidationError({field: f"{said!r} is an address of its own; choose another."})
    if isinstance(obj, Host):
        _check_nest(obj, changes.get("parent", obj.parent))


def _check_nest(host: Host, parent: Host | int | None) -> None:
    """A host is never inside itself, however many walls there are between."""
    above = Host.objects.filter(pk=parent).first() if isinstance(parent, int) else parent
    for _ in range(MAX_DEPTH):
        if above is None:
            return
        if above.pk == host.pk and host.pk is not None:
            raise ValidationError(
                {"parent": f"{host.name} would be inside itself. Choose another."}
            )
        above = above.parent
    raise ValidationError({"parent": f"That would be more than {MAX_DEPTH} hosts deep."})
