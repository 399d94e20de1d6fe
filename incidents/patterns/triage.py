"""The order of triage, the sums beside it, and flags put together by pattern or by host."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from incidents.patterns.evaluate import SEVERITIES
from incidents.patterns.models import Flag

GROUPS = {"pattern": ("pattern__slug", "pattern__title"), "host": ("host__name", "host__name")}


def _rank(column: str) -> Case:
    ranks = [When(**{column: word}, then=Value(n)) for n, word in enumerate(SEVERITIES, start=1)]
    return Case(*ranks, default=Value(0), output_field=IntegerField())


def by_risk(flags: QuerySet[Flag]) -> QuerySet[Flag]:
    """Severity times likelihood, as ``evaluate.risk`` counts it, worked out by the database."""
    return flags.annotate(
        risk=_rank("severity") * _rank("pattern__likelihood"), rank=_rank("severity")
    ).order_by("-risk", "-rank", F("opened_at").asc(nulls_last=True), "pk")


def _by_severity(flags: QuerySet[Flag]) -> QuerySet[Flag]:
    return flags.annotate(rank=_rank("severity")).order_by("-rank", "host__name", "pk")


#: What ``?sort=`` takes.
ORDERS: dict[str, Any] = {
    "risk": by_risk,
    "newest": lambda flags: flags.order_by(F("opened_at").desc(nulls_last=True), "-pk"),
    "oldest": lambda flags: flags.order_by(F("opened_at").asc(nulls_last=True), "pk"),
    "changed": lambda flags: flags.order_by("-changed_at", "-pk"),
    "host": lambda flags: flags.order_by("host__name", "pattern__slug"),
    "pattern": lambda flags: flags.order_by("pattern__title", "host__name"),
    "severity": _by_severity,
    "ends": lambda flags: flags.order_by(F("accepted_until").asc(nulls_last=True), "pk"),
}


def ordered(flags: QuerySet[Flag], name: str) -> QuerySet[Flag]:
    """The flags in a named order; by risk where the name is none."""
    found: QuerySet[Flag] = ORDERS.get(name, by_risk)(flags)
    return found


def facets(flags: QuerySet[Flag]) -> dict[str, list[tuple[str, str, int]]]:
    """(value, words, count) by severity, by pattern (the ten with most) and by environment: three
    questions."""
    flags = flags.order_by()
    severities = dict(flags.values_list("severity").annotate(n=Count("pk")))
    patterns = (
        flags.values_list("pattern__slug", "pattern__title")
        .annotate(n=Count("pk"))
        .order_by("-n", "pattern__slug")[:10]
    )
    environments = (
        flags.exclude(host__environment="")
        .values_list("host__environment")
        .annotate(n=Count("pk"))
        .order_by("-n", "host__environment")[:10]
    )
    return {
        "severity": [(s, s, severities[s]) for s in reversed(SEVERITIES) if severities.get(s)],
        "pattern": [(slug, title, n) for slug, title, n in patterns],
        "environment": [(name, name, n) for name, n in environments],
    }


def grouped(flags: QuerySet[Flag], by: str) -> QuerySet[Any, Any]:
    """Rows with ``key``, ``title``, ``count`` and a count per severity; the worst first."""
    key, title = GROUPS[by]
    counts: dict[str, Any] = {
        word: Count("pk", filter=Q(severity=word)) for word in reversed(SEVERITIES)
    }
    return (
        flags.order_by()
        .values(key=F(key), title=F(title))
        .annotate(count=Count("pk"), **counts)
        .order_by(*(f"-{word}" for word in counts), "key")
    )


HEAD = (
    "host", "pattern", "title", "severity", "state", "sentence", "opened_at", "changed_at",
    "assigned_to", "accepted_until", "accepted_because", "environment", "site", "owner", "url",
)  # fmt: skip


def table(flags: QuerySet[Flag], address: str) -> Iterator[tuple[str, ...]]:
    """Lines for a CSV, the head first."""
    yield HEAD
    rows = flags.values_list(
        "host__name", "pattern__slug", "pattern__title", "severity", "state", "sentence",
        "opened_at", "changed_at", "assigned_to__username", "accepted_until", "accepted_because",
        "host__environment", "host__site__slug", "host__owner__slug", "pk",
    )  # fmt: skip
    for row in rows.iterator(2000):
        said = [one.isoformat() if isinstance(one, datetime) else one or "" for one in row[:-1]]
        yield (*said, f"{address}/flags/{row[-1]}/")
