"""How two parts in one incident become one when two records of a host do."""

from typing import Any

from incidents.hosts.merging.references import unites
from incidents.records.models import HostRole, IncidentHost

_GRAVEST = [HostRole.AFFECTED, HostRole.CONTRIBUTED, HostRole.HELPED]


def parts(stays: IncidentHost, goes: IncidentHost) -> dict[str, Any]:
    """The graver part counts."""
    return {"role": min(stays.role, goes.role, key=lambda role: _GRAVEST.index(HostRole(role)))}


unites.register("records.incidenthost", parts)
