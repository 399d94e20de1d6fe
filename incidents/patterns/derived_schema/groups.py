"""The redundancy groups of a host and what stands beside it in each."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from .kinds import Count, Days, Derived, Flag, Names, Text


class PeerSoftware(Derived):
    """A piece of software on another member."""

    name: Annotated[Text, Meta(description="its name")] = UNSET
    version: Annotated[Text, Meta(description="its version")] = UNSET
    series: Annotated[Text, Meta(description="first two parts of the version, such as 9.6")] = UNSET


class VersionSkew(Derived):
    """Software of which this host and another member run different versions."""

    name: Annotated[Text, Meta(description="its name")] = UNSET
    here: Annotated[Text, Meta(description="version on this host")] = UNSET
    there: Annotated[Text, Meta(description="version on the other member")] = UNSET


class PeerDrive(Derived):
    """A drive of another member."""

    model: Annotated[Text, Meta(description="its model")] = UNSET
    firmware: Annotated[Text, Meta(description="its firmware")] = UNSET
    power_on_hours: Annotated[Days, Meta(description="hours it has been powered")] = UNSET


class GroupPeer(Derived):
    """Another member of a redundancy group; this host itself is never in the list."""

    name: Annotated[Text, Meta(description="its name in the register")] = UNSET
    os_name: Annotated[Text, Meta(description="its os.name")] = UNSET
    os_major: Annotated[Text, Meta(description="its os.major")] = UNSET
    arch: Annotated[Text, Meta(description="its os.arch")] = UNSET
    kernel: Annotated[Text, Meta(description="its os.kernel")] = UNSET
    site: Annotated[Text, Meta(description="slug of its site")] = UNSET
    rack: Annotated[Text, Meta(description="its rack")] = UNSET
    parent: Annotated[Text, Meta(description="the host it is nested in")] = UNSET
    last_report_days: Annotated[Days, Meta(description="since it last reported anything")] = UNSET
    report_every_days: Annotated[
        Days,
        Meta(
            description="its usual time between reports, as far as is kept; absent while it "
            "reported on fewer than three days"
        ),
    ] = UNSET
    in_maintenance: Annotated[Flag, Meta(description="a maintenance window is open on it")] = UNSET
    same_machine: Annotated[
        Flag,
        Meta(
            description="it runs in the same outermost host as this one; absent where one of them "
            "is nested in something nobody recorded"
        ),
    ] = UNSET
    same_rack: Annotated[Flag, Meta(description="their machines stand in one rack")] = UNSET
    same_feed: Annotated[
        Flag, Meta(description="losing one power feed takes both of their machines")
    ] = UNSET
    same_switch: Annotated[Flag, Meta(description="losing one switch cuts both of them off")] = (
        UNSET
    )
    same_site: Annotated[Flag, Meta(description="their machines stand at one site")] = UNSET
    feeds: Annotated[Names, Meta(description="its hardware.power_feeds")] = UNSET
    switches: Annotated[Names, Meta(description="switches of its interfaces, each once")] = UNSET
    unattended: Annotated[Flag, Meta(description="its packages.unattended")] = UNSET
    unattended_window: Annotated[Text, Meta(description="its packages.unattended_window")] = UNSET
    update_gap_hours: Annotated[
        Days,
        Meta(
            description="hours between its window for unattended updates and this host's, 0 where "
            "they overlap; absent while either window is not known"
        ),
    ] = UNSET
    software: Annotated[
        list[PeerSoftware] | UnsetType, Meta(description="software it reported")
    ] = UNSET
    compared: Annotated[
        Names,
        Meta(
            description="services and frameworks, such as postgresql, that both reported with a "
            "version; absent while either reported no software"
        ),
    ] = UNSET
    version_skews: Annotated[
        list[VersionSkew] | UnsetType,
        Meta(description="of those compared, the ones whose versions differ where it matters"),
    ] = UNSET
    drives: Annotated[
        list[PeerDrive] | UnsetType, Meta(description="drives of its arrays and disks")
    ] = UNSET
    services: Annotated[
        Names,
        Meta(
            description="slugs of the services on it or on anything nested in it; absent while no "
            "service was ever recorded there"
        ),
    ] = UNSET


class Group(Derived):
    """A redundancy group this host belongs to."""

    name: Annotated[Text, Meta(description="slug of the group")] = UNSET
    kind: Annotated[Text, Meta(description="active-active, active-passive or cluster")] = UNSET
    members: Annotated[Names, Meta(description="names of all members, this host too")] = UNSET
    min_members: Annotated[Count, Meta(description="how many must be up")] = UNSET
    peers: Annotated[
        list[GroupPeer] | UnsetType, Meta(description="the other members, retired ones left out")
    ] = UNSET
    os_names: Annotated[Names, Meta(description="known os.name of members, each once")] = UNSET
    os_majors: Annotated[Names, Meta(description="known name and major, each once")] = UNSET
    sites: Annotated[Names, Meta(description="known sites of members, each once")] = UNSET
    racks: Annotated[Names, Meta(description="known racks of members, each once")] = UNSET
    age_days: Annotated[Days, Meta(description="since the group was written down")] = UNSET
    failover_ever: Annotated[
        Flag,
        Meta(
            description="a failover that worked is on record, planned or real; absent while "
            "nobody ever recorded one of any group"
        ),
    ] = UNSET
    last_failover_test_days: Annotated[
        Days, Meta(description="since the last drill that worked; absent if none is recorded")
    ] = UNSET
    last_failover_result: Annotated[
        Text, Meta(description="of the last drill: ok, partial or failed; absent if none")
    ] = UNSET
    partial_fault_tested: Annotated[
        Flag,
        Meta(
            description="a drill covered a partial fault, not only a clean stop; absent while no "
            "drill says which it was"
        ),
    ] = UNSET
    being_upgraded: Annotated[
        Flag, Meta(description="an upgrade of a member was recorded in the last 30 days")
    ] = UNSET
