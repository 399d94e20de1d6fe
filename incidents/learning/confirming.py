"""Which patterns had warned: a flag stood open on a host that an incident hurt, when it began.

A reader of what was saved of incidents, with a cursor of its own: it comes to the same however
often it is called, and looks a little back, because a save that began earlier may end later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from incidents.hosts.models import Host
from incidents.learning.models import Confirmation, ReadUpTo
from incidents.patterns.models import ACTIVE_STATES, FlagTransition
from incidents.records.models import HostRole, Incident, IncidentHost, IncidentKind
from kb.accounts.models import User
from kb.wiki.models import SavedState

LOG = "incidents"
LOOK_BACK = 200  # saves
BATCH = 200
#: A time that people write down is one of whole minutes; the flag of that minute counts.
ROUNDED = timedelta(minutes=1)
TEACH = (IncidentKind.INCIDENT, IncidentKind.NEAR_MISS)


def confirm_new(now: datetime) -> int:
    """Look at the incidents that were saved since the last time; how many those were."""
    mark, _ = ReadUpTo.objects.get_or_create(log=LOG)
    kind = ContentType.objects.get_for_model(Incident)
    saves = SavedState.objects.filter(content_type=kind, pk__gt=max(mark.position - LOOK_BACK, 0))
    rows = list(saves.order_by("pk").values_list("pk", "object_id"))
    if not rows or rows[-1][0] == mark.position:
        return 0
    seen = sorted({incident for _, incident in rows})
    for start in range(0, len(seen), BATCH):
        confirm(seen[start : start + BATCH], now)
    ReadUpTo.objects.filter(log=LOG).update(position=rows[-1][0])
    return len(seen)


@transaction.atomic
def confirm(incidents: Iterable[int], now: datetime) -> None:
    """Make the confirmations of these incidents what their times, hosts and flags say."""
    links = IncidentHost.objects.filter(
        incident__in=list(incidents),
        incident__deleted_at=None,
        incident__kind__in=TEACH,
        role=HostRole.AFFECTED,
    ).select_related("incident")
    there = list(links)
    logs = _logs({link.host_id for link in there})
    wanted: dict[tuple[int, int], Confirmation] = {}
    for link in there:
        moment = link.incident.happened_at + ROUNDED
        for flag, pattern, since in _standing(logs.get(link.host_id, {}), moment):
            wanted[link.incident_id, flag] = Confirmation(
                incident_id=link.incident_id,
                flag_id=flag,
                pattern_id=pattern,
                host_id=link.host_id,
                opened_at=since,
                at=moment - ROUNDED,
            )
    held = Confirmation.objects.filter(incident__in=list(incidents))
    gone = [one.pk for one in held if (one.incident_id, one.flag_id) not in wanted]
    Confirmation.objects.filter(pk__in=gone).delete()
    Confirmation.objects.bulk_create(
        wanted.values(),
        update_conflicts=True,
        unique_fields=["incident", "flag"],
        update_fields=["opened_at", "at"],
    )


Log = list[tuple[datetime, str]]  # when, and what the flag became
Logs = dict[int, dict[tuple[int, int], Log]]  # host → (flag, pattern) → log


def _logs(hosts: set[int]) -> Logs:
    logs: Logs = {}
    rows = FlagTransition.objects.filter(flag__host__in=hosts).order_by("at", "pk")
    columns = ("flag__host", "flag", "flag__pattern", "at", "after")
    for host, flag, pattern, at, after in rows.values_list(*columns):
        logs.setdefault(host, {}).setdefault((flag, pattern), []).append((at, after))
    return logs


def _standing(
    logs: dict[tuple[int, int], Log], moment: datetime
) -> list[tuple[int, int, datetime]]:
    """The flags that stood open at a moment: (flag, pattern, since when)."""
    found = []
    for (flag, pattern), log in logs.items():
        since: datetime | None = None
        for at, after in log:
            if at > moment:
                break
            if after not in ACTIVE_STATES:
                since = None
            elif since is None:
                since = at
        if since is not None:
            found.append((flag, pattern, since))
    return found


def refuse(one: Confirmation, *, by: User, now: datetime) -> None:
    """The one had nothing to do with the other."""
    Confirmation.objects.filter(pk=one.pk, refused_at=None).update(refused_at=now, refused_by=by)


def stand_by(one: Confirmation) -> None:
    """It had to do with it after all."""
    Confirmation.objects.filter(pk=one.pk).update(refused_at=None, refused_by=None)


# --- read beside an incident ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Warned:
    """The patterns that had warned of an incident, and its hosts that none had."""

    confirmed: list[Confirmation]
    unwarned: list[Host]


def warned(incident: Incident) -> Warned:
    """For whoever sees the incident."""
    confirmed = list(
        Confirmation.objects.filter(incident=incident)
        .select_related("pattern", "host", "flag")
        .defer("host__facts", "host__observed", "flag__evidence")
        .order_by("host__name", "pattern__title")
    )
    if incident.kind not in TEACH:
        return Warned([], [])
    flagged = {one.host_id for one in confirmed if one.refused_at is None}
    hurt = [link.host for link in incident.host_links.all() if link.role == HostRole.AFFECTED]
    return Warned(confirmed, [host for host in hurt if host.pk not in flagged])
