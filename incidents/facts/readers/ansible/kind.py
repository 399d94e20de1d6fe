"""What sort of machine reports, and who it says it is."""

from __future__ import annotations

from typing import Any

from ..report import Identity, Kind
from ..values import mapping, text, texts

Facts = dict[str, Any]

_CONTAINERS = {
    "container", "containerd", "docker", "jail", "kubernetes", "linux_vserver", "lxc", "openvz",
    "podman", "systemd-nspawn", "uml", "virtuozzo", "wpar", "zone",
}  # fmt: skip
_MICRO_VM_LIKE = {"docker", "container", "containerd", "kubernetes", "podman"}


def is_chroot(facts: Facts) -> bool:
    """Whether the report comes from inside a chroot."""
    return facts.get("is_chroot") is True


def kind_of(facts: Facts) -> tuple[Kind | None, str]:
    """The kind of host, and what is doubtful about it.

    role=host is bare metal with a hypervisor's modules loaded. A guest is a virtual machine or
    a container. Where neither is said, a real product name means a physical machine.
    """
    if is_chroot(facts):
        return "chroot", ""
    role, type_ = text(facts.get("virtualization_role")), text(facts.get("virtualization_type"))
    if role == "host":
        return "physical", ""
    if role == "guest":
        return _guest(facts, (type_ or "").lower())
    if texts(facts.get("virtualization_tech_guest")):
        return "virtual", ""
    if text(facts.get("product_name")):
        return "physical", ""
    return (
        None,
        "Whether this is a physical machine is not known: Ansible was told no product name.",
    )


def identity_of(facts: Facts, name: str | None) -> Identity:
    """How the host can be found again. A chroot says its parent's names: they are not used."""
    hostname = text(facts.get("hostname")) or text(facts.get("nodename"))
    fqdn = fqdn_of(facts)
    if is_chroot(facts):
        return Identity(name=name, is_chroot=True, kind="chroot", parent_hint=fqdn or hostname)
    kind, _ = kind_of(facts)
    physical = kind == "physical"
    return Identity(
        name=name,
        hostname=hostname if hostname != "localhost" else None,
        fqdn=fqdn if kind != "container" else None,
        serial=text(facts.get("product_serial")) if physical else None,
        machine_id=text(facts.get("machine_id")) if kind != "container" else None,
        kind=kind,
        addresses=tuple(_addresses(facts)),
    )


def fqdn_of(facts: Facts) -> str | None:
    """The full name, unless it is only what every machine calls itself."""
    fqdn = text(facts.get("fqdn"))
    return None if fqdn is None or fqdn.split(".")[0] in ("localhost", "localhost6") else fqdn


def _guest(facts: Facts, type_: str) -> tuple[Kind, str]:
    if type_ not in _CONTAINERS:
        return "virtual", ""
    if type_ in _MICRO_VM_LIKE and _has_own_disk(facts):
        return "virtual", (
            f"It calls itself {type_}, but its root is a disk of its own: taken for a small "
            "virtual machine."
        )
    return "container", ""


def _has_own_disk(facts: Facts) -> bool:
    mounts = facts.get("mounts")
    roots = (
        [m for m in mounts if mapping(m).get("mount") == "/"] if isinstance(mounts, list) else []
    )
    return any((text(root.get("device")) or "").startswith("/dev/") for root in roots)


def _addresses(facts: Facts) -> list[str]:
    found = texts(facts.get("all_ipv4_addresses") or []) + texts(
        facts.get("all_ipv6_addresses") or []
    )
    return [a for a in found if not a.lower().startswith(("127.", "fe80:")) and a != "::1"]
