"""The derived sections of a host's view: what the register knows, computed for one moment.

This table is the contract between whoever builds views (``Fleet``), whoever writes patterns and
the checks of the language.  A view carries these sections as plain dicts beside the reported ones
(``msgspec.to_builtins`` of the structs here gives that form: what is ``UNSET`` is left out).

The rules for filling them:

* **Absent means nobody knows**, never "no".  Leave a field out rather than fill in a default.
* A list or a count here is **complete as far as the register goes**: ``groups: []`` says that the
  host is in no redundancy group.
* What a field takes from *another* host's facts (``groups[].peers[].os_name``, ``lineage.parent``,
  ``fleet``) must be left out of ``HostView.fresh`` when those facts are stale, and the section
  then stands in ``HostView.stale``.
* Ages are in days, whole or broken, counted to the moment of the view.
"""

from .around import (
    FLEET_MIN_KNOWN,
    FLEET_MIN_KNOWN_SHARE,
    FleetFacts,
    Lineage,
    SiteHere,
    Spare,
)
from .groups import Group
from .host import HostFacts, UpkeepFacts
from .services import ServiceHere
from .told import Advisories, FoundHere, PastIncidents, Taught, Trends

#: Section name → the type of its value.
DERIVED_SECTIONS: dict[str, object] = {
    "host": HostFacts,
    "groups": list[Group],
    "services": list[ServiceHere],
    "lineage": Lineage,
    "fleet": FleetFacts,
    "upkeep": UpkeepFacts,
    "spares": list[Spare],
    "history": PastIncidents,
    "site": SiteHere,
    "advisories": Advisories,
    "trends": Trends,
    "taught": list[Taught],
    "findings": list[FoundHere],
    "facts_age": dict[str, float],
}

#: ``services`` is absent while no service was ever recorded on this host or inside it: an empty
#: list would claim that it carries none.  ``spares`` is absent while its site keeps no register.

SECTION_NOTES: dict[str, str] = {
    "host": "what people and the inventory say of the host itself",
    "groups": "the redundancy groups it belongs to; empty when it is in none",
    "services": "the services on it or inside it; absent while none was ever recorded",
    "lineage": "what it runs in and what runs in it",
    "fleet": "how usual it is among its peers",
    "upkeep": "what people record because no tool reports it",
    "spares": "parts at its site; absent while the site keeps no register",
    "history": "incidents that happened here",
    "site": "the site it stands at: kits and who may enter; absent while it has none",
    "advisories": "what the team's list of firmware advisories says of its parts",
    "trends": "how its file systems fill up",
    "taught": "lessons that incidents here, in its groups or in its role have taught; empty: none",
    "findings": "what the other patterns found here; a pattern that reads it is asked last",
    "facts_age": "age in days of each reported section",
}

__all__ = ["DERIVED_SECTIONS", "FLEET_MIN_KNOWN", "FLEET_MIN_KNOWN_SHARE", "SECTION_NOTES"]
