"""Which part of the fleet a subscription is about."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from incidents.hosts.models import Host, OpenQuerySet

SCOPES = {
    "teams": "owner__slug__in",
    "sites": "site__slug__in",
    "environments": "environment__in",
    "services": "services__slug__in",
    "tags": "",
}
LABELS = {
    "teams": "owned by",
    "sites": "at",
    "environments": "environment",
    "services": "carrying",
    "tags": "tagged",
}
SEVERITIES = ("critical", "high", "medium", "low")


def hosts_in(scope: Mapping[str, Any]) -> OpenQuerySet:
    """The hosts that fit every part of the scope; an empty scope is the whole fleet."""
    hosts: OpenQuerySet = Host.objects.all()
    for part, lookup in SCOPES.items():
        if scope.get(part):
            chosen = _tagged(scope[part]) if part == "tags" else Q(**{lookup: scope[part]})
            hosts = hosts.filter(chosen)
    return hosts.distinct() if scope.get("services") else hosts


def _tagged(tags: Iterable[str]) -> Q:
    """Whether one of these tags is among those of the host."""
    found = Q()
    for tag in tags:
        found |= Q(tags__icontains=f'"{tag}"')
    return found


def normal(scope: Mapping[str, Any]) -> dict[str, list[str]]:
    """The one form of a scope: two that mean the same are the same."""
    return {part: sorted(set(scope[part])) for part in SCOPES if scope.get(part)}


def in_words(scope: Mapping[str, Any], least: str) -> str:
    """The scope as a reader would say it; empty for everything."""
    chosen = normal(scope)
    said = [f"{LABELS[part]} {' or '.join(names)}" for part, names in chosen.items()]
    if least in SEVERITIES[:-1]:
        said.append(f"{least} and above" if least != "critical" else "critical only")
    return "; ".join(said)


def severities_from(least: str) -> tuple[str, ...]:
    return SEVERITIES[: SEVERITIES.index(least) + 1]


def mistakes(scope: Any) -> list[tuple[str, str]]:
    """What is wrong with a scope that somebody wrote: (JSON pointer, the mend)."""
    if not isinstance(scope, Mapping):
        return [("/scope", 'The scope is an object such as {"teams": ["platform"]}.')]
    found = []
    for part, names in scope.items():
        if part not in SCOPES:
            found.append((f"/scope/{part}", f"Choose from: {', '.join(SCOPES)}."))
        elif not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            found.append((f"/scope/{part}", "Give a list of names."))
        elif len(names) > 100:
            found.append((f"/scope/{part}", "A hundred names are the most."))
    return found
