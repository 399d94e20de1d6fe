"""The register as a dynamic inventory of Ansible.

Groups: ``site_…``, ``env_…``, ``role_…``, ``team_…``, ``kind_…``, ``os_…``, ``tag_…``,
``service_…``, ``pair_…`` (redundancy groups) and ``flagged_…`` (one per pattern with open flags;
``flagged`` for all of them).
Ansible allows letters, digits and ``_`` in names of groups: everything else becomes ``_``.
Format: what ``ansible-inventory --list`` prints and inventory scripts answer.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from incidents.hosts.models import Host, HostKind, HostStatus, RedundancyGroup, Service
from incidents.patterns.models import Flag
from kb.accounts.models import User

#: Chroots and unknown things are no machines to sign in to.
REACHABLE = (HostKind.PHYSICAL, HostKind.VIRTUAL, HostKind.CONTAINER, HostKind.UNKNOWN)
Inventory = dict[str, Any]


def inventory(user: User, hosts: QuerySet[Host], *, address: str) -> Inventory:
    """The inventory of these hosts; ``address`` is where this site is (``https://…``)."""
    rows = list(
        hosts.filter(status=HostStatus.ACTIVE, kind__in=REACHABLE)
        .select_related("site", "owner", "parent")
        .defer("notes", "observed")
        .order_by("name")
    )
    names = {host.pk: host.name for host in rows}
    flags = _flags(user, names)
    groups: dict[str, set[str]] = defaultdict(set)
    for host in rows:
        for group in _own_groups(host):
            groups[group].add(host.name)
    _add_members(groups, "service", Service.hosts.through, "service", names)
    _add_members(groups, "pair", RedundancyGroup.members.through, "redundancygroup", names)
    for pk, found in flags.items():
        groups["flagged"].add(names[pk])
        for flag in found:
            groups[group_name("flagged", flag["pattern"])].add(names[pk])
    hostvars = {host.name: _variables(host, flags.get(host.pk, []), address) for host in rows}
    grouped = {name: {"hosts": sorted(members)} for name, members in sorted(groups.items())}
    loose = sorted(set(names.values()) - {name for members in groups.values() for name in members})
    return {
        "_meta": {"hostvars": hostvars},
        "all": {"children": [*grouped, "ungrouped"]},
        **grouped,
        "ungrouped": {"hosts": loose},
    }


def group_name(kind: str, value: str) -> str:
    """A name Ansible accepts: ``flagged`` and ``os-eol`` give ``flagged_os_eol``."""
    return f"{kind}_{re.sub(r'[^A-Za-z0-9_]', '_', value)}"


def _own_groups(host: Host) -> Iterable[str]:
    values = [
        ("site", host.site.slug if host.site else ""),
        ("env", host.environment),
        ("role", host.role),
        ("team", host.owner.slug if host.owner else ""),
        ("kind", host.kind),
        ("os", (host.facts.get("os") or {}).get("name") or ""),
        *(("tag", str(tag)) for tag in host.tags),
    ]
    return [group_name(kind, value) for kind, value in values if value]


def _add_members(
    groups: dict[str, set[str]], kind: str, through: Any, to: str, names: dict[int, str]
) -> None:
    links = through.objects.filter(host__in=list(names)).order_by()
    for slug, pk in links.values_list(f"{to}__slug", "host_id"):
        groups[group_name(kind, slug)].add(names[pk])


def _flags(user: User, names: dict[int, str]) -> dict[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = defaultdict(list)
    flags = Flag.objects.visible_to(user).needing_eyes().filter(host__in=list(names))
    for host, pattern, severity, sentence in flags.order_by("pattern__slug").values_list(
        "host_id", "pattern__slug", "severity", "sentence"
    ):
        found[host].append({"pattern": pattern, "severity": severity, "sentence": sentence})
    return found


def _variables(host: Host, flags: list[dict[str, str]], address: str) -> dict[str, Any]:
    os = host.facts.get("os") or {}
    reach = host.fqdn or _first_address(host)
    said: dict[str, Any] = {
        "twiceshy_url": f"{address}/hosts/{host.name}/",
        "twiceshy_kind": host.kind,
        "twiceshy_environment": host.environment or None,
        "twiceshy_role": host.role or None,
        "twiceshy_site": host.site.slug if host.site else None,
        "twiceshy_rack": host.rack or None,
        "twiceshy_owner": host.owner.slug if host.owner else None,
        "twiceshy_criticality": host.criticality or None,
        "twiceshy_important": host.important,
        "twiceshy_tags": list(host.tags),
        "twiceshy_parent": host.parent.name if host.parent else None,
        "twiceshy_os": " ".join(str(os[key]) for key in ("name", "version") if os.get(key)) or None,
        "twiceshy_flags": flags,
        "twiceshy_last_report": host.last_report_at.isoformat() if host.last_report_at else None,
    }
    if reach:
        said["ansible_host"] = reach
    return {name: value for name, value in said.items() if value is not None}


def _first_address(host: Host) -> str | None:
    interfaces = (host.facts.get("network") or {}).get("interfaces") or []
    addresses = [one for interface in interfaces for one in interface.get("ipv4") or []]
    return next((one for one in addresses if not one.startswith("127.")), None)
