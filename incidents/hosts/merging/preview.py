"""What merging two records would do, shown before it is done."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from incidents.facts.digest import diff
from incidents.facts.merge import merge
from incidents.hosts import inventory
from incidents.hosts.identity import NESTED
from incidents.hosts.ingest import as_rows, reported
from incidents.hosts.merges import HostMerge
from incidents.hosts.merging.columns import Difference, differences
from incidents.hosts.merging.references import counted
from incidents.hosts.models import FactHistory, Host, RedundancyGroup

MOST_FACTS = 60
#: Rows that people know, as they call them: one, several.
WORDS = {
    "records.incidenthost": ("incident", "incidents"),
    "patterns.flag": ("flag", "flags"),
    "hosts.host": ("guest", "guests"),
    "hosts.service_hosts": ("service", "services"),
    "hosts.redundancygroup_members": ("redundancy group", "redundancy groups"),
    "hosts.upkeep": ("record of upkeep", "records of upkeep"),
    "alerts.alert": ("alert", "alerts"),
    "hosts.runbook": ("runbook that lies on it", "runbooks that lie on it"),
    "hosts.facthistory": ("value of the history of facts", "values of the history of facts"),
    "hosts.factsample": ("daily sample", "daily samples"),
    "hosts.formername": ("former name", "former names"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that the two records tell differently, and what will be said."""

    path: str
    kept: Any
    lost: Any
    then: Any


@dataclass(frozen=True, slots=True)
class Preview:
    """``counts`` are (words, rows that come over, how many of them meet one like them).

    ``warnings`` are reasons to doubt that it is one host.
    """

    kept: Host
    lost: Host
    differences: list[Difference]
    facts: list[Fact]
    more_facts: int
    counts: list[tuple[str, int, int]]
    warnings: list[str]


def preview(kept: Host, lost: Host, now: datetime) -> Preview:
    """The comparison.  Changes nothing."""
    facts = _facts(kept, lost, now)
    came, met = counted(kept, lost)
    met.pop("hosts.facthistory", None)  # histories are laid over one another, none is dropped
    return Preview(
        kept,
        lost,
        differences(kept, lost),
        facts[:MOST_FACTS],
        max(0, len(facts) - MOST_FACTS),
        _in_words(came, met),
        warnings(kept, lost),
    )


def likely(host: Host) -> QuerySet[Host]:
    """Other records that share what only one machine has, or begin with the same name."""
    same = Q(name__istartswith=f"{host.name.split('.')[0]}.") | Q(
        name__iexact=host.name.split(".")[0]
    )
    for column in ("serial", "machine_id", "fqdn"):
        if value := getattr(host, column):
            same |= Q(**{column: value})
    others = Host.objects.filter(same).exclude(pk=host.pk).exclude(kind__in=NESTED)
    if host.parent_id is not None:
        others = others.exclude(pk=host.parent_id)
    return others.defer("facts", "observed").order_by("name")[:8]


def standing(host: Host) -> QuerySet[HostMerge]:
    """The merges that this record went through, the newest first."""
    return HostMerge.objects.filter(kept=host).defer("journal").select_related("by", "undone_by")


def warnings(kept: Host, lost: Host) -> list[str]:
    """What speaks against it; a person decides."""
    said = []
    for column, word in (("serial", "serial number"), ("machine_id", "machine id")):
        ours, theirs = getattr(kept, column), getattr(lost, column)
        if ours and theirs and ours != theirs:
            said.append(f"Each has a {word} of its own: {ours} and {theirs}.")
    for group in RedundancyGroup.objects.filter(members=kept).filter(members=lost):
        said.append(f"Both are members of {group.name}: they are meant to stand in for each other.")
    if (kept.kind in NESTED) != (lost.kind in NESTED):
        inner, outer = (kept, lost) if kept.kind in NESTED else (lost, kept)
        said.append(f"{inner.name} is nested inside another host, {outer.name} is not.")
    both = set(_sources(kept)) & set(_sources(lost))
    for source in sorted(both):
        ours, theirs = _sources(kept)[source], _sources(lost)[source]
        if abs((ours - theirs).total_seconds()) < 86400:
            said.append(f"{source} reported both within a day: it may see two machines.")
            break
    return said


def _sources(host: Host) -> dict[str, datetime]:
    """Each source with when it last said anything."""
    found: dict[str, datetime] = {}
    for section in host.observed.values():
        for source, text in section.get("sources", {}).items():
            seen = datetime.fromisoformat(text)
            found[source] = max(seen, found.get(source, seen))
    return found


def _facts(kept: Host, lost: Host, now: datetime) -> list[Fact]:
    rows = FactHistory.objects.filter(
        Q(pk__in=reported(kept).filter(until=None)) | Q(pk__in=reported(lost).filter(until=None))
    ).exclude(section=inventory.SECTION)
    then = merge(as_rows(rows), now=now).document
    both = [name for name in kept.facts if name in lost.facts]
    ours, theirs = ({name: host.facts[name] for name in both} for host in (kept, lost))
    told = {one.path: one.old for one in diff({n: then.get(n) for n in both}, theirs)}
    return [
        Fact(one.path, one.old, one.new, told.get(one.path, one.new)) for one in diff(ours, theirs)
    ]


def _in_words(came: Mapping[str, int], met: Mapping[str, int]) -> list[tuple[str, int, int]]:
    return [
        (one if came[label] == 1 else many, came[label], met.get(label, 0))
        for label, (one, many) in WORDS.items()
        if came.get(label)
    ]


def counts_of(done: HostMerge) -> list[tuple[str, int]]:
    """What came over with a merge, in words."""
    found = _in_words(done.counts, Counter())
    return [(words, number) for words, number, _ in found]
