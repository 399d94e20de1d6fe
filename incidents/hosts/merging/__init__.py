"""Two records of one host become one, and can be parted again.

Everything that hangs on one of them moves to the other in one transaction, with a journal that
leads back.  The old name goes on leading to the host: addresses, reports, alerts, short links.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.facts.merge import merge as merge_facts
from incidents.hosts import inventory
from incidents.hosts.ingest import as_rows, reported
from incidents.hosts.merges import FormerName, HostMerge
from incidents.hosts.merging import columns, mentioned
from incidents.hosts.merging.histories import lay_over
from incidents.hosts.merging.journal import Journal, WayBack
from incidents.hosts.merging.references import move_all
from incidents.hosts.models import FactHistory, Host
from incidents.hosts.register import MAX_DEPTH
from kb.accounts.models import User
from kb.outbox.post import post, post_many
from kb.search.indexing import renamed
from kb.wiki import revisions

LAID_OVER = frozenset({"hosts.facthistory"})


class Moved(Exception):
    """Somebody changed one of the two since the comparison was read."""


@dataclass(frozen=True, slots=True)
class Read:
    """The revisions of both records that somebody compared."""

    kept: int
    lost: int


def refuse_unlike(kept: Host, lost: Host) -> None:
    """Raises ``ValidationError`` where the two cannot be one host."""
    if kept.pk == lost.pk:
        raise ValidationError({"with": f"That is {kept.name} itself. Name the other record."})
    for inner, outer in ((kept, lost), (lost, kept)):
        if outer.pk in _around(inner):
            raise ValidationError(
                {
                    "with": f"{inner.name} runs inside {outer.name}, so they are two. "
                    f"If that is wrong, first say on {inner.name} that it runs elsewhere."
                }
            )


def _around(host: Host) -> list[int]:
    """What the host stands in, from the nearest outwards."""
    found: list[int] = []
    parent = host.parent_id
    while parent is not None and len(found) <= MAX_DEPTH:
        found.append(parent)
        parent = Host.objects.filter(pk=parent).values_list("parent_id", flat=True).first()
    return found


@transaction.atomic
def merge(
    kept_pk: int,
    lost_pk: int,
    *,
    by: User | None,
    now: datetime,
    chosen: Mapping[str, str] | None = None,
    read: Read | None = None,
) -> HostMerge:
    """Make one record of two.  ``chosen`` says per column whose word counts.

    Raises ``Host.DoesNotExist`` where one is gone, ``Moved`` where somebody changed one since
    ``read``, ``ValidationError`` where they cannot be one.
    """
    kept, lost = _locked(kept_pk, lost_pk)
    refuse_unlike(kept, lost)
    if read is not None and (kept.revision, lost.revision) != (read.kept, read.lost):
        raise Moved
    asked = columns.differences(kept, lost)
    columns.check(chosen or {}, asked)
    renamed(f"host:{lost.pk}")  # whoever bears the old name in the index, while it can be found
    journal = Journal()
    values = columns.united(kept, lost, chosen or {})
    mentioned.remember(kept, lost, journal)
    came = move_all(kept, lost, journal, but=LAID_OVER)
    came["hosts.facthistory"] = lay_over(kept, lost, journal)
    journal.take_away(lost)
    journal.change(kept, values | _reported(kept, lost, now))
    former, _ = FormerName.objects.update_or_create(
        name=lost.name, defaults={"host": kept, "since": now}
    )
    journal.made([former])
    _note(kept, journal, now)
    revisions.note(kept, by=by, comment=f"Merged with {lost.name}")
    done = HostMerge.objects.create(
        kept=kept,
        kept_name=kept.name,
        lost_id=lost.pk,
        lost_name=lost.name,
        chosen={one.name: (chosen or {}).get(one.name, one.default) for one in asked},
        counts={name: number for name, number in came.items() if number},
        journal=journal.steps,
        by=by,
        at=now,
    )
    _tell([kept.pk], lost.pk)
    return done


@transaction.atomic
def undo(done: HostMerge, *, by: User | None, now: datetime) -> HostMerge:
    """Part the two again.  Undoing it twice is once; ``ValidationError`` says why it cannot be."""
    done = HostMerge.objects.select_for_update().select_related("kept").get(pk=done.pk)
    if done.undone_at is not None:
        return done
    _refuse_to_part(done)
    Host.objects.select_for_update().get(pk=done.kept_id)
    renamed(f"host:{done.kept_id}")
    back = WayBack()
    back.walk(done.journal)
    mentioned.give_back(done)
    both = list(Host.objects.filter(pk__in=(done.kept_id, done.lost_id)))
    if back.left:
        for host in both:
            _read_anew(host, now)
    inventory.note(_with_guests(host.pk for host in both), now)
    for host in both:
        other = done.lost_name if host.pk == done.kept_id else done.kept_name
        revisions.note(host, by=by, comment=f"Parted from {other} again")
    done.undone_at, done.undone_by, done.left = now, by, back.left
    done.save(update_fields=["undone_at", "undone_by", "left"])
    renamed(f"host:{done.lost_id}")
    _tell([host.pk for host in both], None)
    return done


def _locked(kept_pk: int, lost_pk: int) -> tuple[Host, Host]:
    """Both rows under their locks, always in the same order."""
    rows = Host.objects.select_for_update().filter(pk__in=(kept_pk, lost_pk)).order_by("pk")
    found = {host.pk: host for host in rows}
    if kept_pk not in found or lost_pk not in found:
        raise Host.DoesNotExist
    return found[kept_pk], found[lost_pk]


def _reported(kept: Host, lost: Host, now: datetime) -> dict[str, Any]:
    """What follows from the united history, and the newest report of either."""
    present = FactHistory.objects.filter(pk__in=reported(kept).filter(until=None))
    merged = merge_facts(as_rows(present), now=now)
    newest = max((kept, lost), key=_heard)
    return {
        "facts": merged.document,
        "observed": merged.observed,
        "last_report_at": newest.last_report_at,
        "clock_ahead_seconds": newest.clock_ahead_seconds,
        "example": kept.example and lost.example,
    }


def _heard(host: Host) -> float:
    return host.last_report_at.timestamp() if host.last_report_at else 0.0


def _read_anew(host: Host, now: datetime) -> None:
    """More was told since the merge: the document follows from the history as it is now."""
    merged = merge_facts(as_rows(reported(host).filter(until=None)), now=now)
    host.facts, host.observed = merged.document, merged.observed
    host.save(update_fields=["facts", "observed"])


def _with_guests(host_ids: Iterable[int]) -> list[int]:
    """These hosts and what runs right inside them: the register names the parent of those."""
    ids = set(host_ids)
    return sorted(ids | set(Host.objects.filter(parent__in=ids).values_list("pk", flat=True)))


def _note(kept: Host, journal: Journal, now: datetime) -> None:
    """Have the register's history follow, and write down what that changed."""
    ids = _with_guests([kept.pk])
    rows = FactHistory.objects.filter(host__in=ids, section=inventory.SECTION)
    before = {row.pk: row for row in rows}
    inventory.note(ids, now)
    for row in rows.order_by("since", "pk"):
        if row.pk in before:
            journal.changed(before[row.pk], row)
        else:
            journal.made([row])


def _refuse_to_part(done: HostMerge) -> None:
    later = HostMerge.objects.filter(kept=done.kept_id, undone_at=None, pk__gt=done.pk).first()
    if later is not None:
        raise ValidationError(
            f"{later.lost_name} was merged into {later.kept_name} after that. Undo that one first."
        )
    if Host.objects.filter(name=done.lost_name).exists():
        raise ValidationError(
            f"There is a host called {done.lost_name} again. Rename it, then undo the merge."
        )


def _tell(host_ids: list[int], gone: int | None) -> None:
    """The index and the checks follow."""
    ids = _with_guests(host_ids)
    post_many("index", [f"host:{pk}" for pk in ids])
    post_many("judge", [str(pk) for pk in ids], {"itself": True})
    if gone is not None:
        post("index", f"host:{gone}")
    for pk in host_ids:
        renamed(f"host:{pk}")
