"""The registry of derived sections: what the register knows, worked out for one moment.

A higher room adds its own in its ``derived.py`` (records contributes ``history``).  What each
section holds is in ``derived_schema``.  ``spares`` is not filled yet: no site keeps a register of
parts, and what nobody keeps is unknown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incidents.hosts.models import Host
from kb.web.registry import Registry

Compute = Callable[[Sequence[Host], datetime, Any], dict[int, Any]]


@dataclass(frozen=True, slots=True)
class DerivedSection:
    """``compute(hosts, now, context)`` gives {host pk: value of the section} for a chunk of hosts.

    A host left out of the answer has no such section.  The value is plain data without nulls.
    ``context`` is a ``fleet.context.Context``: what was loaded for the chunk.  A section that reads
    reported facts sets ``reads_facts``; it is then asked twice where something is stale, the second
    time with a context that holds fresh facts only.
    """

    name: str
    compute: Compute
    reads_facts: bool = False


sections: Registry[DerivedSection] = Registry("derived section")


def _register_our_own() -> None:
    from incidents.patterns.fleet.sections import groups, host, lineage, peers, services, upkeep

    for section in (
        DerivedSection("host", host.compute, reads_facts=True),
        DerivedSection("groups", groups.compute, reads_facts=True),
        DerivedSection("services", services.compute),
        DerivedSection("lineage", lineage.compute, reads_facts=True),
        DerivedSection("fleet", peers.compute, reads_facts=True),
        DerivedSection("upkeep", upkeep.compute, reads_facts=True),
    ):
        sections.register(section.name, section)


_register_our_own()
