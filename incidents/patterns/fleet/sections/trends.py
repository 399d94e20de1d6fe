"""``trends``: how file systems fill up, by a straight line through the daily samples."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import linear_regression
from typing import Any

from incidents.hosts.models import FactSample, Host
from incidents.patterns.fleet.context import Context

DAYS = 14
LEAST_DAYS = 5
FULL = 100.0
FLAT = 0.01  # percent a day: ten thousand days to full, which is noise
Samples = dict[str, dict[date, float]]


def compute(hosts: Sequence[Host], now: datetime, context: Context) -> dict[int, Any]:
    """Left out of what is fresh where nobody has told of the storage lately."""
    samples = _samples([host.pk for host in hosts], now)
    found: dict[int, Any] = {}
    for host in hosts:
        told = context.facts(host, "storage")
        if context.fresh and told is None and host.pk in samples:
            continue
        lines = [_trend(path, days) for path, days in sorted(samples.get(host.pk, {}).items())]
        found[host.pk] = {"mounts": [line for line in lines if line]}
    return found


def _samples(pks: list[int], now: datetime) -> dict[int, Samples]:
    """Host pk → path → day → percent used; where several sources speak the fullest counts."""
    rows = FactSample.objects.filter(
        host__in=pks,
        section="storage",
        day__gt=(now - timedelta(days=DAYS)).date(),
        day__lte=now.date(),
    )
    found: dict[int, Samples] = {}
    for host, day, value in rows.order_by().values_list("host", "day", "value"):
        for path, used in _mounts(value):
            days = found.setdefault(host, {}).setdefault(path, {})
            days[day] = max(used, days.get(day, used))
    return found


def _mounts(value: Any) -> list[tuple[str, float]]:
    mounts = value.get("mounts") if isinstance(value, dict) else None
    return [
        (mount["path"], float(mount["used_pct"]))
        for mount in mounts or ()
        if isinstance(mount, dict) and "path" in mount and "used_pct" in mount
    ]


def _trend(path: str, days: Mapping[date, float]) -> dict[str, Any] | None:
    if len(days) < LEAST_DAYS:
        return None
    ordered = sorted(days.items())
    first = ordered[0][0]
    slope, start = linear_regression(
        [(day - first).days for day, _ in ordered], [used for _, used in ordered]
    )
    growing = slope > FLAT
    trend: dict[str, Any] = {"path": path, "growing": growing, "days": len(ordered)}
    if growing:
        today = max(start + slope * (ordered[-1][0] - first).days, ordered[-1][1])
        trend["full_in_days"] = max(0.0, (FULL - today) / slope)
    return trend
