"""The registry of derived sections: what the register knows, worked out for one moment.

A higher room adds its own in its ``derived.py`` (records contributes ``history`` and ``taught``).
What each section holds is in ``derived_schema``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
    time with a context that holds fresh facts only.  ``needs`` names the reported sections of the
    host itself that its fields are made of.
    """

    name: str
    compute: Compute
    reads_facts: bool = False
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


sections: Registry[DerivedSection] = Registry("derived section")


def _register_our_own() -> None:
    from incidents.patterns.fleet.sections import (
        advisories,
        groups,
        host,
        lineage,
        peers,
        services,
        site,
        trends,
        upkeep,
    )

    for section in (
        DerivedSection("host", host.compute, True, {"host.upgrade_blocked": ("os",)}),
        DerivedSection("groups", groups.compute, reads_facts=True),
        DerivedSection("services", services.compute, reads_facts=True),
        DerivedSection("lineage", lineage.compute, reads_facts=True),
        DerivedSection("fleet", peers.compute, reads_facts=True),
        DerivedSection("upkeep", upkeep.compute, True, {"upkeep.restore_test": ("backups",)}),
        DerivedSection("site", site.compute),
        DerivedSection("spares", site.spares),
        DerivedSection("advisories", advisories.compute, True, {"advisories": ("storage",)}),
        DerivedSection("trends", trends.compute, True, {"trends": ("storage",)}),
    ):
        sections.register(section.name, section)


_register_our_own()
