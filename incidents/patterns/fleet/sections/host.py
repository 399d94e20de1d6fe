"""``host``: what people and the inventory say of the host itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents.hosts.models import Criticality, Host, HostKind, UpkeepKind
from incidents.patterns.fleet.context import Context
from incidents.patterns.fleet.reported import age_days

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
            owner=host.owner.slug if host.owner else None,
            status=host.status,
            age_days=age_days(host.created_at, now),
            days_since_maintenance=_since_maintenance(host, now, context),
            has_runbook=any(service.runbook for service in services) if services else None,
            upgrade_blocked=_upgrade_blocked(host, context),
        ),
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
