"""What derived sections say of a host, held to the schema."""

from typing import Any

import msgspec

from incidents.hosts.models import Host
from incidents.patterns.derived_schema import DERIVED_SECTIONS
from incidents.patterns.fleet import Fleet
from incidents.patterns.view import HostView
from tests.support.factories import NOW


def view_of(host: Host, *wanted: str) -> HostView:
    """What patterns see of the host; of everything where nothing is named."""
    (view,) = Fleet.at(NOW, [host.pk], wanted=wanted or None)
    for name, kind in DERIVED_SECTIONS.items():
        for sections in (view.sections, view.fresh):
            if name in sections:
                msgspec.convert(sections[name], kind, strict=True)
    return view


def section(host: Host, name: str) -> Any:
    """One derived section, or None where the host has no such section."""
    return view_of(host).sections.get(name)
