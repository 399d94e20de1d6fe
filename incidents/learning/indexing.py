"""Keeping the index of traits: hosts whose report or record is newer than what was read of them.

The background does this every few seconds; of most reports nothing follows, because what a host
has in common with others rarely changes.
"""

from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from incidents.hosts.models import Host, HostStatus
from incidents.learning import traits
from incidents.learning.models import HostTrait, HostTraits
from incidents.learning.traits import Trait

CHUNK = 200
MOST = 4000  # hosts in one run; the next one goes on


def index_traits(most: int = MOST) -> int:
    """Read the hosts that said something new; how many those were."""
    forget_retired()
    done = 0
    while done < most:
        hosts = list(_newer()[:CHUNK])
        if not hosts:
            break
        _read(hosts)
        done += len(hosts)
    return done


def forget_retired() -> None:
    """A retired host shares nothing with anybody."""
    gone = list(
        HostTraits.objects.exclude(host__status=HostStatus.ACTIVE).values_list("pk", flat=True)
    )
    if gone:
        with transaction.atomic():
            HostTrait.objects.filter(host__in=gone).delete()
            HostTraits.objects.filter(pk__in=gone).delete()


def _newer() -> QuerySet[Host]:
    active = Host.objects.filter(status=HostStatus.ACTIVE)
    behind = (
        Q(traits_read=None)
        | ~Q(revision=F("traits_read__revision"))
        | Q(last_report_at__gt=F("traits_read__reported_at"))
        | Q(last_report_at__isnull=False, traits_read__reported_at=None)
    )
    return active.filter(behind).select_related("site", "parent", "traits_read").order_by("pk")


@transaction.atomic
def _read(hosts: list[Host]) -> None:
    rows, new, changed = [], list[HostTrait](), []
    for host in hosts:
        found = traits_of(host)
        digest = traits.digest(found)
        read: Any = getattr(host, "traits_read", None)
        rows.append(
            HostTraits(
                host=host, reported_at=host.last_report_at, revision=host.revision, digest=digest
            )
        )
        if read is None or read.digest != digest:
            changed.append(host.pk)
            new += [HostTrait(host=host, key=t.key, kind=t.kind, value=t.value) for t in found]
    HostTrait.objects.filter(host__in=changed).delete()
    HostTrait.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)
    HostTraits.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["host"],
        update_fields=["reported_at", "revision", "digest"],
    )


def traits_of(host: Host) -> set[Trait]:
    """What its facts say today and what the register says."""
    return traits.of_facts(host.facts) | registered(host)


def registered(host: Host) -> set[Trait]:
    """What the register says of a host; ``site`` and ``parent`` at hand."""
    return traits.of_register(
        kind=host.kind,
        role=host.role,
        site=host.site.slug if host.site else "",
        rack=host.rack,
        parent=host.parent.name if host.parent else "",
        tags=host.tags,
    )
