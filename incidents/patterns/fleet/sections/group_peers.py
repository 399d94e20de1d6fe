"""One other member of a redundancy group, as a host of it sees it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from incidents.facts.skew import version_skews
from incidents.facts.windows import gap_hours
from incidents.hosts.catalogue import catalogue
from incidents.hosts.models import Host
from incidents.patterns.fleet.context import Context
from incidents.patterns.fleet.reported import age_days
from incidents.patterns.fleet.reporting import usual_gap

from . import known, placement, spoken_os


def peer(pk: int, host: Host, now: datetime, context: Context) -> dict[str, Any]:
    around = context.relatives
    other, os = around.hosts[pk], context.os(pk, asked_by=host.pk)
    parent = around.hosts.get(other.parent) if other.parent is not None else None
    reported = other.last_report_at
    services = [around.services[one].slug for one in around.services_on(pk)]
    return {
        **known(
            name=other.name,
            **spoken_os(os),
            kernel=os.get("kernel"),
            site=other.site,
            rack=other.rack,
            parent=parent.name if parent else None,
            last_report_days=age_days(reported, now) if reported else None,
            services=services or None,
        ),
        **_wanted(pk, host, context),
        **_updates(pk, host, now, context),
        **_software(pk, host, context),
    }


def _wanted(pk: int, host: Host, context: Context) -> dict[str, Any]:
    """Fields of their own, each worked out only where somebody reads it."""
    around, nearby = context.relatives, context.nearby
    mine = host.pk
    fields: dict[str, Callable[[], Any]] = {
        "in_maintenance": lambda: pk in nearby.in_maintenance,
        "report_every_days": lambda: usual_gap(nearby.days_reported.get(pk, [])),
        "same_machine": lambda: placement.same_machine(mine, pk, around),
        "same_rack": lambda: placement.same_rack(mine, pk, around),
        "same_site": lambda: placement.same_site(mine, pk, around),
        "same_feed": lambda: placement.same_feed(mine, pk, mine, context),
        "same_switch": lambda: placement.same_switch(mine, pk, mine, context),
        "feeds": lambda: placement.feeds(pk, mine, context) or None,
        "switches": lambda: placement.switches(pk, mine, context) or None,
        "drives": lambda: drives(context.told(pk, "storage", asked_by=mine)),
    }
    return known(
        **{
            name: value()
            for name, value in fields.items()
            if context.wanted.path(f"groups[].peers[].{name}")
        }
    )


def _updates(pk: int, host: Host, now: datetime, context: Context) -> dict[str, Any]:
    theirs = context.told(pk, "packages", asked_by=host.pk) or {}
    mine = context.told(host.pk, "packages", asked_by=host.pk) or {}
    here, there = mine.get("unattended_window"), theirs.get("unattended_window")
    return known(
        unattended=theirs.get("unattended"),
        unattended_window=there,
        update_gap_hours=gap_hours(here, there, now) if here and there else None,
    )


def _software(pk: int, host: Host, context: Context) -> dict[str, Any]:
    theirs = context.told(pk, "software", asked_by=host.pk)
    if theirs is None:
        return {}
    found: dict[str, Any] = {}
    if context.wanted.path("groups[].peers[].software"):
        found["software"] = [
            known(name=one.get("name"), version=one.get("version"), series=one.get("series"))
            for one in theirs
        ]
    mine = context.told(host.pk, "software", asked_by=host.pk)
    compare = ("groups[].peers[].compared", "groups[].peers[].version_skews")
    if mine is not None and any(context.wanted.path(path) for path in compare):
        found["compared"], found["version_skews"] = version_skews(mine, theirs, catalogue())
    return found


def drives(storage: Any) -> list[dict[str, Any]] | None:
    """Every drive that was reported, of arrays and disks; None where none was looked for."""
    if storage is None or not ("raids" in storage or "disks" in storage):
        return None
    members = [one for raid in storage.get("raids") or () for one in raid.get("devices") or ()]
    merged: dict[str, dict[str, Any]] = {}
    for place, one in enumerate([*members, *(storage.get("disks") or ())]):
        # A disk and the member of an array it is are one drive.
        key = one.get("serial") or one.get("name") or f"#{place}"
        merged[key] = {**merged.get(key, {}), **one}
    told = [
        known(**{name: one.get(name) for name in ("model", "firmware", "power_on_hours")})
        for one in merged.values()
    ]
    return [one for one in told if one] if merged else None
