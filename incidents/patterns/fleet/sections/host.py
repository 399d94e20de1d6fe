"""``host``: what people and the inventory say of the host itself, and how it reports."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from incidents.facts.merge import MANUAL
from incidents.hosts.models import Criticality, Host, HostKind, UpkeepKind
from incidents.patterns.fleet.context import Context
from incidents.patterns.fleet.reported import age_days
from incidents.patterns.fleet.reporting import usual_gap

from . import known

GRAVE = (Criticality.HIGH, Criticality.CRITICAL)
STATEFUL_ROLES = frozenset({"database", "storage", "mail", "file", "git", "directory"})


def compute(hosts: Sequence[Host], now: datetime, context: Context) -> dict[int, Any]:
    return {host.pk: _section(host, now, context) for host in hosts}


def _section(host: Host, now: datetime, context: Context) -> dict[str, Any]:
    services = [context.relatives.services[pk] for pk in context.relatives.services_on(host.pk)]
    return {
        **known(
            name=host.name,
            kind=None if host.kind == HostKind.UNKNOWN else host.kind,
            environment=host.environment,
            role=host.role,
            criticality=host.criticality,
            important=_important(host, [service.criticality for service in services]),
            stateful=_stateful(host),
            site=host.site.slug if host.site else None,
            rack=host.rack,
            owner=host.owner.slug if host.owner else None,
            status=host.status,
            age_days=age_days(host.created_at, now),
            days_since_maintenance=_since_maintenance(host, now, context),
            upgrade_blocked=_upgrade_blocked(host, context),
        ),
        **_owned(host, context),
        **_reporting(host, now, context),
        **_planned(host, now),
        **_runbook(host, context),
        "tags": list(host.tags),
    }


def _important(host: Host, of_services: list[str]) -> bool | None:
    said = [word for word in (host.criticality, *of_services) if word]
    if host.important or any(word in GRAVE for word in said):
        return True
    return False if said or host.important is False else None


def _stateful(host: Host) -> bool | None:
    if host.stateful is not None:
        return host.stateful
    return True if host.role.lower() in STATEFUL_ROLES else None


def _owned(host: Host, context: Context) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if host.owner_id is not None:
        said["owned"] = True
        if context.wanted.path("host.owner_people") and context.shared.team_people is not None:
            said["owner_people"] = context.shared.team_people[host.owner_id]
    elif context.wanted.path("host.owned") and context.shared.owners_in_use:
        said["owned"] = False
    return said


def _reporting(host: Host, now: datetime, context: Context) -> dict[str, Any]:
    last = last_report(host)
    if last is None:
        return {"reported": False}
    days = context.nearby.days_reported.get(host.pk, [])
    return known(
        reported=True,
        reports=len(days) or None,
        last_report_days=age_days(last, now),
        report_every_days=usual_gap(days),
        clock_off_seconds=host.clock_ahead_seconds,
    )


def last_report(host: Host) -> datetime | None:
    """When a tool last said anything; what people enter by hand is no report."""
    seen = [
        datetime.fromisoformat(moment)
        for entry in host.observed.values()
        for source, moment in entry.get("sources", {}).items()
        if source != MANUAL
    ]
    return max(seen, default=None if host.observed else host.last_report_at)


def _planned(host: Host, now: datetime) -> dict[str, Any]:
    planned = host.upgrade_planned_on
    return known(
        upgrade_planned=planned is not None,
        upgrade_planned_in_days=(planned - now.date()) // timedelta(days=1) if planned else None,
        in_maintenance=host.maintenance_until is not None and host.maintenance_until > now,
    )


def _runbook(host: Host, context: Context) -> dict[str, Any]:
    services = context.relatives.services_on(host.pk)
    if not services or not context.wanted.path("host.has_runbook"):
        return {}
    written = context.nearby.runbooks
    has = any(context.relatives.services[pk].runbook or written.get(pk) for pk in services)
    return {"has_runbook": has}


def _since_maintenance(host: Host, now: datetime, context: Context) -> int | None:
    used = (
        row.happened_at
        for row in context.upkeep[host.pk]
        if row.kind == UpkeepKind.MAINTENANCE_WINDOW and row.result == "ok"
    )
    newest = next(used, None)
    return age_days(newest, now) if newest else None


def _upgrade_blocked(host: Host, context: Context) -> bool:
    os = context.facts(host, "os") or {}
    upgrades = (row for row in context.upkeep[host.pk] if row.kind == UpkeepKind.UPGRADE)
    last = next(upgrades, None)
    return os.get("upgradable") is False or (last is not None and last.result == "failed")
