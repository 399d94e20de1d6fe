"""Setting and taking back overrides of thresholds; who did what is in the rows themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from incidents.hosts.models import Host, HostStatus
from incidents.patterns.dependants import remember_pattern
from incidents.patterns.language.check import suggestion
from incidents.patterns.models import Pattern, Scope, ThresholdOverride
from incidents.patterns.overrides import kind_of, usable
from incidents.patterns.spec_reading import threshold_problem
from kb.accounts.models import User

MOST = 200
"""Overrides in force of one pattern; more than that is a pattern of its own."""


@transaction.atomic
def put(
    pattern: Pattern,
    threshold: str,
    value: Any,
    *,
    scope: str,
    scope_value: str = "",
    priority: int = 0,
    because: str,
    by: User | None,
    now: datetime,
) -> ThresholdOverride:
    """Set one; the one that stood for the same place ends.  The pattern is asked everywhere again.

    ``ValidationError`` names the field and the mend.  The same again changes nothing.
    """
    row = Pattern.objects.select_for_update().get(pk=pattern.pk)
    scope_value = scope_value.strip()
    _check_place(scope, scope_value)
    _check_value(thresholds_of(row), threshold, value)
    if not because.strip():
        raise ValidationError({"because": "Say why; whoever reads it next will ask."})
    rows = ThresholdOverride.objects.filter(pattern=row, ended_at=None)
    standing = rows.filter(threshold=threshold, scope=scope, scope_value=scope_value).first()
    if standing and (standing.value, standing.priority) == (value, priority):
        return standing
    if standing is None and rows.count() >= MOST:
        raise ValidationError(f"A pattern may have {MOST} overrides. Copy it and change the copy.")
    if scope == Scope.TAG:
        _check_priority(rows, threshold, scope_value, priority)
    if standing:
        _end(standing, by, now)
    try:
        with transaction.atomic():
            made = ThresholdOverride.objects.create(
                pattern=row,
                threshold=threshold,
                scope=scope,
                scope_value=scope_value,
                value=value,
                priority=priority if scope == Scope.TAG else 0,
                because=because.strip()[:300],
                by=by,
                at=now,
            )
    except IntegrityError:
        raise ValidationError(
            "Somebody set this one at the same moment. Look at it and set it again."
        ) from None
    remember_pattern(row.slug)
    return made


@transaction.atomic
def take_back(override: ThresholdOverride, *, by: User | None, now: datetime) -> bool:
    """End it, so that the next weaker one counts again; whether it was in force."""
    row = ThresholdOverride.objects.select_for_update().get(pk=override.pk)
    if row.ended_at is not None:
        return False
    _end(row, by, now)
    remember_pattern(row.pattern.slug)
    return True


@dataclass(frozen=True, slots=True)
class Standing:
    """An override as its pattern's page shows it: on how many hosts, and whether it counts."""

    override: ThresholdOverride
    used: bool
    hosts: int


def standing(pattern: Pattern) -> list[Standing]:
    """Those in force, the strongest of each threshold first."""
    own = thresholds_of(pattern)
    rows = ThresholdOverride.objects.filter(pattern=pattern, ended_at=None).select_related("by")
    order = {Scope.TAG: 0, Scope.ENVIRONMENT: 1, Scope.EVERYWHERE: 2}
    ranked = sorted(rows, key=lambda one: (one.threshold, order[Scope(one.scope)], -one.priority))
    covered = _hosts_covered(ranked)
    return [Standing(one, usable(one, own), covered[one.scope, one.scope_value]) for one in ranked]


def log(pattern: Pattern) -> QuerySet[ThresholdOverride]:
    """Everything that was ever set, the newest first."""
    rows = ThresholdOverride.objects.filter(pattern=pattern).select_related("by", "ended_by")
    return rows.order_by("-at", "-pk")


def thresholds_of(pattern: Pattern) -> dict[str, Any]:
    """The pattern's own, in its current version."""
    held: dict[str, Any] = pattern.versions.get(number=pattern.version).spec.get("thresholds", {})
    return held


def _hosts_covered(rows: list[ThresholdOverride]) -> dict[tuple[str, str], int]:
    active = Host.objects.filter(status=HostStatus.ACTIVE).order_by()
    found: dict[tuple[str, str], int] = {}
    for place in {(one.scope, one.scope_value) for one in rows}:
        scope, name = place
        hosts = active
        if scope == Scope.ENVIRONMENT:
            hosts = active.filter(environment=name)
        elif scope == Scope.TAG:
            hosts = active.filter(tags__icontains=f'"{name}"')
        found[place] = hosts.count()
    return found


def _end(row: ThresholdOverride, by: User | None, now: datetime) -> None:
    row.ended_at, row.ended_by = max(now, row.at + timedelta(microseconds=1)), by
    row.save(update_fields=["ended_at", "ended_by"])


def _check_place(scope: str, scope_value: str) -> None:
    if scope not in Scope.values:
        said = f"everywhere, environment or tag; {scope!r} is none of them."
        raise ValidationError({"scope": said})
    if scope == Scope.EVERYWHERE and scope_value:
        raise ValidationError({"scope_value": "Everywhere needs no name; leave this empty."})
    if scope != Scope.EVERYWHERE and not scope_value:
        raise ValidationError({"scope_value": f"Name the {scope}."})
    if len(scope_value) > 60:
        raise ValidationError({"scope_value": "At most 60 characters."})


def _check_value(own: dict[str, Any], threshold: str, value: Any) -> None:
    if threshold not in own:
        hint = suggestion(threshold, own) or f"; it has {', '.join(sorted(own)) or 'none'}."
        said = f"The pattern has no threshold `{threshold}`{hint}"
        raise ValidationError({"threshold": said})
    if (why := threshold_problem(value)) is not None:
        raise ValidationError({"value": why})
    wanted = kind_of(own[threshold])
    if kind_of(value) != wanted:
        said = f"`{threshold}` is {wanted}, such as {own[threshold]!r}; this is {kind_of(value)}."
        raise ValidationError({"value": said})


def _check_priority(
    rows: QuerySet[ThresholdOverride], threshold: str, tag: str, priority: int
) -> None:
    if not 0 <= priority <= 1000:
        raise ValidationError({"priority": "A whole number from 0 to 1000."})
    others = rows.filter(threshold=threshold, scope=Scope.TAG).exclude(scope_value=tag)
    taken = {one.priority: one.scope_value for one in others}
    if priority in taken:
        free = next(number for number in range(1001) if number not in taken)
        above = max(taken) + 1
        raise ValidationError(
            {
                "priority": f"Tag {taken[priority]!r} has priority {priority} for this threshold "
                "too, and a host may have both tags. The higher number counts: choose "
                f"{above} to beat it" + (f" or {free} to yield." if free < priority else ".")
            }
        )
