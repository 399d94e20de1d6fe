"""Patterns that are at fault themselves: shown to who looks after them, with a host to try on."""

from collections.abc import Mapping
from dataclasses import dataclass

from incidents.patterns.models import HostVerdicts, Pattern
from incidents.patterns.verdict import State
from kb.accounts.models import User

MOST = 20


@dataclass(frozen=True, slots=True)
class Broken:
    """On how many hosts it went wrong, and on one of them how."""

    pattern: Pattern
    hosts: int
    host: str
    error: str


def broken(counts: Mapping[str, Mapping[str, int]]) -> list[Broken]:
    """The enabled patterns that went wrong somewhere; ``counts`` is slug → verdict → hosts.  One
    query, and another for each of them."""
    slugs = [slug for slug, states in counts.items() if states.get(State.BROKEN)]
    if not slugs:
        return []
    rows = Pattern.objects.filter(slug__in=slugs, enabled=True).select_related("owner")
    return [_one(row, counts[row.slug][State.BROKEN]) for row in rows.order_by("slug")[:MOST]]


def broken_of(user: User, counts: Mapping[str, Mapping[str, int]]) -> list[Broken]:
    """Those this person looks after: their own, and for admins every one."""
    found = broken(counts)
    return found if user.is_keeper else [one for one in found if one.pattern.owner_id == user.pk]


def _one(pattern: Pattern, hosts: int) -> Broken:
    at = f"verdicts__{pattern.slug}"
    rows = HostVerdicts.objects.filter(**{f"{at}__state": str(State.BROKEN)})
    found = rows.order_by("host").values_list("host__name", f"{at}__error").first()
    host, error = found or ("", "")
    return Broken(pattern, hosts, host, error or "")
