"""``services``: what runs on a host or inside it; absent while nothing was ever recorded there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from incidents.hosts.models import Host, Service, Upkeep, UpkeepKind
from incidents.hosts.provisions import Runbook
from incidents.patterns.fleet.context import Context
from incidents.patterns.fleet.reported import age_days

from . import each_once, known
from .host import GRAVE


def compute(hosts: Sequence[Host], now: datetime, context: Context) -> dict[int, Any]:
    around = context.relatives
    found = {}
    for host in hosts:
        if here := around.services_on(host.pk):
            found[host.pk] = [_service(around.services[pk], host, now, context) for pk in here]
    return found


def _service(service: Service, host: Host, now: datetime, context: Context) -> dict[str, Any]:
    around = context.relatives
    carriers = [pk for pk in around.carriers_of[service.pk] if around.hosts[pk].active]
    machines = {around.outermost(pk) for pk in carriers}
    return {
        **known(
            name=service.slug,
            criticality=service.criticality,
            important=service.criticality in GRAVE if service.criticality else None,
            needs_hosts=service.needs_hosts,
            load_balanced=service.load_balanced,
            runbook=service.runbook,
            rto_minutes=service.rto_minutes,
            owner=service.owner.slug if service.owner else None,
        ),
        **_rebuild(service, carriers, host, now, context),
        **_runbooks(service, carriers, host, now, context),
        "fine_alone": service.fine_alone,
        "hosts": [around.hosts[pk].name for pk in carriers],
        "machines": each_once([around.hosts[around.outermost(pk)].name for pk in carriers]),
        "live_hosts": sum(around.hosts[pk].active for pk in machines),
    }


# --- how long it takes to bring it back -------------------------------------------------------


def _rebuild(
    service: Service, carriers: list[int], host: Host, now: datetime, context: Context
) -> dict[str, Any]:
    wanted = ("services[].rebuild_timed", "services[].rebuild_minutes")
    if not any(context.wanted.path(path) for path in wanted):
        return {}
    if UpkeepKind.RESTORE_TEST not in context.shared.kinds_in_use:
        return {}
    subjects = [("service", service.pk), *(("host", pk) for pk in carriers)]
    recorded = context.nearby.timed_restores
    timed = [recorded[subject] for subject in subjects if subject in recorded]
    for pk in carriers:
        for backup in context.told(pk, "backups", asked_by=host.pk) or ():
            days, minutes = backup.get("last_restore_test_days"), backup.get("restore_minutes")
            if days is not None and minutes is not None and backup.get("last_restore_ok"):
                timed.append((now - timedelta(days=days), minutes))
    last = max(timed, default=None)
    return known(rebuild_timed=last is not None, rebuild_minutes=last[1] if last else None)


# --- runbooks ---------------------------------------------------------------------------------


def _runbooks(
    service: Service, carriers: list[int], host: Host, now: datetime, context: Context
) -> dict[str, Any]:
    if not context.wanted.path("services[].runbooks") or not context.shared.runbooks_in_use:
        return {}
    machines = {context.relatives.outermost(pk) for pk in carriers}
    rows = [row for row in context.upkeep[host.pk] if row.service_id == service.pk]
    reviews = UpkeepKind.RUNBOOK_REVIEW in context.shared.kinds_in_use
    return {
        "runbooks": [
            {
                **known(kind=one.kind, name=one.title, stored_here=_here(one, machines, context)),
                **_reviewed(one, rows, reviews, now),
            }
            for one in context.nearby.runbooks.get(service.pk, ())
        ]
    }


def _here(runbook: Runbook, machines: set[int], context: Context) -> bool | None:
    """Whether it lies only where the service runs: on the very machine, or inside it."""
    if runbook.stored_on_id is not None:
        return context.nearby.machine_of.get(runbook.stored_on_id) in machines
    return False if runbook.elsewhere else None


def _reviewed(runbook: Runbook, rows: list[Upkeep], in_use: bool, now: datetime) -> dict[str, Any]:
    """A review that names no runbook was of all there are; whatever names one has used it."""
    title = runbook.title.casefold()
    read = (
        row
        for row in rows
        if row.detail.strip().casefold() == title
        or (row.kind == UpkeepKind.RUNBOOK_REVIEW and not row.detail)
    )
    last = next(read, None)
    if last is None:
        return {"reviewed": False} if in_use else {}
    return {"reviewed": True, "reviewed_days": age_days(last.happened_at, now)}
