"""What a host runs in and what runs in it, how usual it is, and where it stands."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from .kinds import Count, Days, Derived, Flag, Names, Share, Text


class Relative(Derived):
    """A host around or inside this one."""

    name: Annotated[Text, Meta(description="its name in the register")] = UNSET
    kind: Annotated[Text, Meta(description="physical, virtual, container or chroot")] = UNSET
    os_name: Annotated[Text, Meta(description="its os.name")] = UNSET
    os_major: Annotated[Text, Meta(description="its os.major")] = UNSET
    os_version: Annotated[Text, Meta(description="its os.version")] = UNSET
    os_rolling: Annotated[Flag, Meta(description="its os.rolling")] = UNSET
    os_released_days: Annotated[Days, Meta(description="age of its release")] = UNSET
    arch: Annotated[Text, Meta(description="its os.arch")] = UNSET


class Lineage(Derived):
    """The nest: what this host runs in and what runs in it."""

    depth: Annotated[Count, Meta(description="0 for an outermost host")] = UNSET
    parent: Annotated[
        Relative | UnsetType, Meta(description="the host around it; absent for an outermost host")
    ] = UNSET
    guests: Annotated[
        list[Relative] | UnsetType,
        Meta(description="hosts recorded directly inside; absent while nobody recorded any"),
    ] = UNSET
    names: Annotated[
        Names,
        Meta(
            description="every name of this same machine: this host, all hosts around it and all "
            "inside it, by register name, short name and fully qualified name"
        ),
    ] = UNSET
    os_names: Annotated[Names, Meta(description="known os.name in the nest, each once")] = UNSET


class Peers(Derived):
    """This host among the outermost active hosts (physical or virtual) of one set.

    The counts and shares are given only when at least ``FLEET_MIN_KNOWN`` hosts and at least
    ``FLEET_MIN_KNOWN_SHARE`` of the set have told their operating system, and this host too.
    """

    hosts: Annotated[Count, Meta(description="hosts in the set, with this one")] = UNSET
    with_os: Annotated[Count, Meta(description="how many of them told their OS")] = UNSET
    os_hosts: Annotated[Count, Meta(description="hosts of this host's OS, with this one")] = UNSET
    os_share: Annotated[Share, Meta(description="os_hosts / with_os, 0 to 1")] = UNSET
    os_major_hosts: Annotated[Count, Meta(description="the same for OS and major version")] = UNSET
    os_major_share: Annotated[Share, Meta(description="os_major_hosts / with_os, 0 to 1")] = UNSET
    top_os: Annotated[Text, Meta(description="the most used OS of the set")] = UNSET
    top_os_share: Annotated[Share, Meta(description="its share, 0 to 1")] = UNSET
    model_hosts: Annotated[Count, Meta(description="how many are this hardware model")] = UNSET
    model_share: Annotated[Share, Meta(description="model_hosts / hosts with a model")] = UNSET


FLEET_MIN_KNOWN = 5
FLEET_MIN_KNOWN_SHARE = 0.5


class FleetFacts(Derived):
    """How usual this host is; absent for chroots and containers."""

    environment: Annotated[
        Peers | UnsetType, Meta(description="among hosts of its environment; absent if it has none")
    ] = UNSET
    role: Annotated[
        Peers | UnsetType,
        Meta(description="among hosts of its environment and role; absent if it lacks either"),
    ] = UNSET


class Spare(Derived):
    """A part that lies at the host's site."""

    part: Annotated[Text, Meta(description="drive, controller, battery, power supply …")] = UNSET
    model: Annotated[Text, Meta(description="its model")] = UNSET
    count: Annotated[Count, Meta(description="how many")] = UNSET


class Kit(Derived):
    """A box of tools at a site."""

    name: Annotated[Text, Meta(description="what it is called")] = UNSET
    checked: Annotated[Flag, Meta(description="somebody checked it at least once")] = UNSET
    checked_days: Annotated[
        Days, Meta(description="since somebody checked it; absent if nobody ever did")
    ] = UNSET


class SiteHere(Derived):
    """The site the host stands at; absent while the host has no site."""

    name: Annotated[Text, Meta(description="slug of the site")] = UNSET
    kits: Annotated[
        list[Kit] | UnsetType,
        Meta(description="kits there; absent while no site at all has one written down"),
    ] = UNSET
    people_with_access: Annotated[
        Count,
        Meta(description="people who may enter; absent while no site at all names any"),
    ] = UNSET
