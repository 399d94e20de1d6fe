"""All sections together, and the JSON Schema made from them."""

from __future__ import annotations

from typing import Annotated as A
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from . import care, machine
from .meta import Section, say

FACTS_VERSION = 1
"""Version of the schema. It only grows: a field is never removed or given another meaning."""


class Facts(Section):
    """What is known about one host. An absent section or field means nobody told us."""

    os: A[machine.Os, say("Operating system")] | UnsetType = UNSET
    hardware: A[machine.Hardware, say("The machine")] | UnsetType = UNSET
    storage: A[machine.Storage, say("Arrays, disks, file systems")] | UnsetType = UNSET
    backups: A[list[care.Backup], say("Backup jobs; [] means looked, none")] | UnsetType = UNSET
    packages: A[care.Packages, say("Package manager and updates")] | UnsetType = UNSET
    software: A[list[care.Software], say("Installed software")] | UnsetType = UNSET
    network: A[care.Network, say("Names, addresses, routes")] | UnsetType = UNSET
    certificates: A[list[care.Certificate], say("Certificates")] | UnsetType = UNSET
    clock: A[machine.Clock, say("Time and its sources")] | UnsetType = UNSET
    runtime: A[machine.Runtime, say("What runs, since when")] | UnsetType = UNSET
    management: A[care.Management, say("Configuration management")] | UnsetType = UNSET
    monitoring: A[care.Monitoring, say("Monitoring and alerts")] | UnsetType = UNSET
    access: A[care.Access, say("Emergency access")] | UnsetType = UNSET
    limits: A[list[care.Limit], say("Hard limits; [] means looked, none near")] | UnsetType = UNSET
    custom: A[care.Custom, say("Anything else; free form")] | UnsetType = UNSET


SECTIONS: tuple[str, ...] = tuple(field.name for field in msgspec.structs.fields(Facts))


def json_schema() -> dict[str, Any]:
    """JSON Schema of the fact document, with `x-unit`, `x-ahead`, `x-volatile`, `x-derived`."""
    schema = msgspec.json.schema(Facts)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["x-version"] = FACTS_VERSION
    return schema
