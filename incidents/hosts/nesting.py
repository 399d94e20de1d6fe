"""What a host stands in and what runs inside it, as a drawing."""

from collections import defaultdict
from datetime import datetime

from django.db.models import F
from django.urls import reverse

from incidents.hosts.models import Host, HostKind, HostStatus
from incidents.hosts.register import MAX_DEPTH
from incidents.hosts.systems import system_of
from kb.web.plots import Nest


def nest_of(host: Host, now: datetime) -> Nest | None:
    """The whole nest a host belongs to, from the outermost; None where it stands alone."""
    outermost = host
    for _ in range(MAX_DEPTH):
        if outermost.parent is None:
            break
        outermost = outermost.parent
    guests = _below(outermost)
    if not guests:
        return None
    return _box(outermost, guests, host, now, MAX_DEPTH + 1)


def _below(outermost: Host) -> dict[int, list[Host]]:
    """Parent → its guests, level by level: one query a level."""
    found: dict[int, list[Host]] = defaultdict(list)
    level = [outermost.pk]
    for _ in range(MAX_DEPTH):
        rows = Host.objects.filter(parent__in=level).order_by("name").defer("facts", "observed")
        guests = list(rows.annotate(os=F("facts__os")))
        if not guests:
            break
        for guest in guests:
            assert guest.parent_id is not None
            found[guest.parent_id].append(guest)
        level = [guest.pk for guest in guests]
    return found


def _box(host: Host, guests: dict[int, list[Host]], here: Host, now: datetime, left: int) -> Nest:
    system = system_of(host.os if hasattr(host, "os") else host.facts.get("os"), now)
    kind = "" if host.kind == HostKind.UNKNOWN else host.get_kind_display().lower()
    inside = guests.get(host.pk, []) if left else []
    return Nest(
        host.name,
        " · ".join(filter(None, (system.words if system else "", kind))),
        note=_note(host),
        url=reverse("hosts:detail", args=[host.name]),
        here=host.pk == here.pk,
        stopped=bool(_note(host)),
        children=tuple(_box(guest, guests, here, now, left - 1) for guest in inside),
    )


def _note(host: Host) -> str:
    """Why nothing runs in it, where nothing does; the tag is a person's word."""
    if host.status == HostStatus.RETIRED:
        return "retired"
    return "never started" if "never-started" in host.tags else ""
