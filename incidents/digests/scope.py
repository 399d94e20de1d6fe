"""Which part of the fleet a subscription is about."""

from collections.abc import Mapping
from typing import Any

from incidents.hosts.models import Host, OpenQuerySet

SCOPES = {
    "teams": "owner__slug__in",
    "sites": "site__slug__in",
    "environments": "environment__in",
    "services": "services__slug__in",
}
SEVERITIES = ("critical", "high", "medium", "low")


def hosts_in(scope: Mapping[str, Any]) -> OpenQuerySet:
    """The hosts that fit every part of the scope; an empty scope is the whole fleet."""
    hosts: OpenQuerySet = Host.objects.all()
    for part, lookup in SCOPES.items():
        if scope.get(part):
            hosts = hosts.filter(**{lookup: scope[part]})
    return hosts.distinct()


def in_words(scope: Mapping[str, Any], least: str) -> str:
    """The scope as a reader would say it; empty for everything."""
    said = [f"{part} {', '.join(scope[part])}" for part in SCOPES if scope.get(part)]
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
    return found
