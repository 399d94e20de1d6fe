"""``advisories``: parts of a host that stand on the team's list of bad firmware."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from incidents.facts.firmware import names_model, older
from incidents.hosts.models import Host
from incidents.hosts.provisions import AdvisedPart, Advisory
from incidents.patterns.fleet.context import Context

from . import known

HOURS = 24
Part = tuple[str, Mapping[str, Any]]


def compute(hosts: Sequence[Host], now: datetime, context: Context) -> dict[int, Any]:
    kept = context.shared.advisories
    return {host.pk: _section(context.facts(host, "storage"), kept) for host in hosts}


def _section(storage: Mapping[str, Any] | None, kept: Sequence[Advisory]) -> dict[str, Any]:
    section: dict[str, Any] = {"kept": len(kept)}
    looked = storage is not None and any(n in storage for n in ("disks", "raids", "controllers"))
    if storage is not None and looked:
        section["hits"] = list(_hits(storage, kept))
    return section


def _hits(storage: Mapping[str, Any], kept: Sequence[Advisory]) -> Iterable[dict[str, Any]]:
    if not kept:
        return
    for what, part in parts(storage):
        model = str(part.get("model") or "")
        for advisory in kept:
            if advisory.what == what and model and names_model(advisory.model, model):
                yield _hit(advisory, part, model)


def parts(storage: Mapping[str, Any]) -> list[Part]:
    """Every drive and controller, a disk and the array's member it is only once."""
    found: dict[str, Mapping[str, Any]] = {}
    members = [one for raid in storage.get("raids") or () for one in raid.get("devices") or ()]
    for place, one in enumerate([*members, *(storage.get("disks") or ())]):
        key = one.get("serial") or one.get("name") or f"#{place}"
        found[key] = {**found.get(key, {}), **one}
    controllers = storage.get("controllers") or ()
    return [
        *((AdvisedPart.DRIVE.value, one) for one in found.values()),
        *((AdvisedPart.CONTROLLER.value, one) for one in controllers),
    ]


def _hit(advisory: Advisory, part: Mapping[str, Any], model: str) -> dict[str, Any]:
    firmware, hours = part.get("firmware"), part.get("power_on_hours")
    left = None
    if advisory.deadline_hours is not None and hours is not None:
        left = (advisory.deadline_hours - hours) / HOURS
    return known(
        what=part.get("name") or model,
        model=model,
        firmware=firmware,
        fixed_in=advisory.fixed_in,
        affected=older(str(firmware), advisory.fixed_in) if firmware else None,
        days_left=left,
        url=advisory.url,
    )
