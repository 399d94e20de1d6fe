"""``site`` and ``spares``: what is kept ready where a host stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from incidents.hosts.models import Host, Upkeep, UpkeepKind
from incidents.hosts.provisions import Kit, SiteAccess, Spare
from incidents.patterns.fleet.context import Context
from incidents.patterns.fleet.reported import age_days

from . import known


def compute(hosts: Sequence[Host], now: datetime, context: Context) -> dict[int, Any]:
    sites = {host.site.pk: host.site for host in hosts if host.site}
    shared, wanted = context.shared, context.wanted
    told: dict[int, dict[str, Any]] = {pk: {"name": site.slug} for pk, site in sites.items()}
    if sites and wanted.path("site.kits") and shared.kits_in_use:
        kits = _kits(list(sites), now, UpkeepKind.KIT_CHECK in shared.kinds_in_use)
        for pk, section in told.items():
            section["kits"] = kits.get(pk, [])
    if sites and wanted.path("site.people_with_access") and shared.access_in_use:
        people = _people(list(sites))
        for pk, section in told.items():
            section["people_with_access"] = people.get(pk, 0)
    return {host.pk: told[host.site.pk] for host in hosts if host.site}


def _kits(sites: list[int], now: datetime, in_use: bool) -> dict[int, list[dict[str, Any]]]:
    checks: dict[int, list[Upkeep]] = {}
    rows = Upkeep.objects.standing().filter(
        site__in=sites, kind=UpkeepKind.KIT_CHECK, happened_at__lte=now
    )
    for row in rows.order_by("-happened_at", "-pk"):
        checks.setdefault(row.site_id or 0, []).append(row)
    found: dict[int, list[dict[str, Any]]] = {}
    for kit in Kit.objects.kept().filter(site__in=sites):
        said = _checked(kit, checks.get(kit.site_id, ()), in_use, now)
        found.setdefault(kit.site_id, []).append({"name": kit.name} | said)
    return found


def _checked(kit: Kit, checks: Sequence[Upkeep], in_use: bool, now: datetime) -> dict[str, Any]:
    """A check that names no kit was of all that are there; a check that failed was one too: what
    was missing is known."""
    name = kit.name.casefold()
    last = next((c for c in checks if c.detail.strip().casefold() in ("", name)), None)
    if last is None:
        return {"checked": False} if in_use else {}
    return {"checked": True, "checked_days": age_days(last.happened_at, now)}


def _people(sites: list[int]) -> Mapping[int, int]:
    """Everybody on the list; of users only those who are still active."""
    rows = SiteAccess.objects.kept().filter(Q(person=None) | Q(person__is_active=True))
    counted = rows.filter(site__in=sites).order_by().values_list("site_id").annotate(n=Count("pk"))
    return dict(counted)


def spares(hosts: Sequence[Host], now: datetime, context: Context) -> dict[int, Any]:
    """By host the parts at its site; left out where the site keeps no list."""
    sites = {host.site_id for host in hosts if host.site_id}
    lists: dict[int, list[dict[str, Any]]] = {}
    for one in Spare.objects.kept().filter(site__in=sites) if sites else ():
        said = known(part=one.part, model=one.model, count=one.count)
        lists.setdefault(one.site_id, []).append(said)
    return {host.pk: lists[host.site_id] for host in hosts if host.site_id in lists}
