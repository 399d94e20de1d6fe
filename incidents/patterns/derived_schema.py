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

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

Text = str | UnsetType
Flag = bool | UnsetType
Count = int | UnsetType
Days = float | UnsetType
Share = float | UnsetType
Names = list[str] | UnsetType


class Derived(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A derived section or a part of one; every field may be absent."""


class HostFacts(Derived):
    """What people and the inventory say of the host itself."""

    name: Annotated[Text, Meta(description="its name in the register")] = UNSET
    kind: Annotated[Text, Meta(description="physical, virtual, container or chroot")] = UNSET
    environment: Annotated[Text, Meta(description="production, staging …")] = UNSET
    role: Annotated[Text, Meta(description="what it is for: database, web …")] = UNSET
    criticality: Annotated[Text, Meta(description="low, normal, high or critical")] = UNSET
    important: Annotated[
        Flag,
        Meta(
            description="a person says so, or its criticality or that of a service on it is high "
            "or critical; absent while neither was ever said"
        ),
    ] = UNSET
    stateful: Annotated[
        Flag,
        Meta(
            description="a person says so, or its role is database, storage, mail, file, git or "
            "directory; absent while undecided"
        ),
    ] = UNSET
    site: Annotated[Text, Meta(description="slug of its site")] = UNSET
    owner: Annotated[Text, Meta(description="slug of the team that owns it")] = UNSET
    tags: Annotated[Names, Meta(description="its tags; empty when it has none")] = UNSET
    status: Annotated[Text, Meta(description="active or retired")] = UNSET
    age_days: Annotated[Days, Meta(description="since it was first seen")] = UNSET
    rack: Annotated[Text, Meta(description="its rack")] = UNSET
    owned: Annotated[
        Flag,
        Meta(
            description="a team is written down as its owner; absent while no host at all has one"
        ),
    ] = UNSET
    owner_people: Annotated[
        Count,
        Meta(
            description="active people in the team that owns it; absent without an owner, and "
            "while no team at all has members"
        ),
    ] = UNSET
    reported: Annotated[Flag, Meta(description="it has reported at least once")] = UNSET
    reports: Annotated[
        Count,
        Meta(description="days on which it reported, as far as is kept; 1: once and never again"),
    ] = UNSET
    last_report_days: Annotated[
        Days, Meta(description="since its newest report; absent if it never reported")
    ] = UNSET
    clock_off_seconds: Annotated[
        Days,
        Meta(
            description="how far ahead of ours its own clock was seen when its newest report came "
            "in; 0 when that report shows nothing of the kind: one from the past may only have "
            "travelled slowly. Absent if it never reported"
        ),
    ] = UNSET
    report_every_days: Annotated[
        Days,
        Meta(
            description="its usual time between reports, as far as is kept; absent while it "
            "reported on fewer than three days"
        ),
    ] = UNSET
    upgrade_planned: Annotated[
        Flag, Meta(description="an upgrade of its system is planned; false when none is")
    ] = UNSET
    upgrade_planned_in_days: Annotated[
        Days,
        Meta(
            description="until the upgrade somebody planned, negative when its day has passed; "
            "absent if none is planned"
        ),
    ] = UNSET
    in_maintenance: Annotated[Flag, Meta(description="a maintenance window is open now")] = UNSET
    days_since_maintenance: Annotated[
        Days, Meta(description="since its last used window; absent if there was none")
    ] = UNSET
    has_runbook: Annotated[Flag, Meta(description="a service on it has a runbook")] = UNSET
    upgrade_blocked: Annotated[
        Flag,
        Meta(
            description="true when a report or a person said os.upgradable is false, or its last "
            "recorded upgrade failed; false when nobody said anything of the kind"
        ),
    ] = UNSET


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


class RunbookHere(Derived):
    """A runbook of a service."""

    kind: Annotated[Text, Meta(description="restore, failover, restart or other")] = UNSET
    name: Annotated[Text, Meta(description="its title")] = UNSET
    reviewed: Annotated[Flag, Meta(description="somebody reviewed or used it at least once")] = (
        UNSET
    )
    reviewed_days: Annotated[
        Days, Meta(description="since somebody reviewed or used it; absent if nobody ever did")
    ] = UNSET
    stored_here: Annotated[
        Flag,
        Meta(
            description="it lies only on a host that carries the service; absent while nobody "
            "said where it lies"
        ),
    ] = UNSET


class ServiceHere(Derived):
    """A service carried by this host, or by anything nested inside it."""

    name: Annotated[Text, Meta(description="slug of the service")] = UNSET
    criticality: Annotated[Text, Meta(description="low, normal, high or critical")] = UNSET
    hosts: Annotated[Names, Meta(description="all hosts recorded as carrying it")] = UNSET
    machines: Annotated[Names, Meta(description="the outermost hosts around those, each once")] = (
        UNSET
    )
    needs_hosts: Annotated[Count, Meta(description="how many hosts it needs")] = UNSET
    load_balanced: Annotated[Flag, Meta(description="its load is spread over its hosts")] = UNSET
    fine_alone: Annotated[
        Flag, Meta(description="a person said that one host is enough; false until then")
    ] = UNSET
    important: Annotated[
        Flag, Meta(description="its criticality is high or critical; absent while nobody said")
    ] = UNSET
    runbook: Annotated[Text, Meta(description="where its runbook is")] = UNSET
    runbooks: Annotated[
        list[RunbookHere] | UnsetType,
        Meta(
            description="its runbooks; empty when it has none, absent while no runbook of any "
            "service was ever recorded"
        ),
    ] = UNSET
    rto_minutes: Annotated[
        Count, Meta(description="within how many minutes it must be back; absent if nobody said")
    ] = UNSET
    live_hosts: Annotated[Count, Meta(description="how many of its outermost hosts are active")] = (
        UNSET
    )
    rebuild_timed: Annotated[
        Flag,
        Meta(
            description="a restore test of it or of a host of it says how long it took; absent "
            "while nobody records restore tests"
        ),
    ] = UNSET
    rebuild_minutes: Annotated[
        Days,
        Meta(
            description="how long the last restore test of it or of a host of it took; absent if "
            "none was timed"
        ),
    ] = UNSET
    owner: Annotated[Text, Meta(description="slug of the team that owns it")] = UNSET


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


class LastUpkeep(Derived):
    """The last record of one kind for the host, its groups, its services or its site.

    The kind is absent from ``upkeep`` while nobody in the whole register ever recorded it: then
    nothing is known.  As soon as anybody did, the kind is present on every host, with
    ``ever: false`` where there is no record that covers this host.
    """

    ever: Annotated[Flag, Meta(description="one was recorded for this host")] = UNSET
    ever_ok: Annotated[Flag, Meta(description="one that worked was recorded")] = UNSET
    days: Annotated[Days, Meta(description="since the last; absent if there was none")] = UNSET
    ok_days: Annotated[Days, Meta(description="since the last that worked")] = UNSET
    result: Annotated[Text, Meta(description="of the last: ok, partial or failed")] = UNSET
    took_minutes: Annotated[
        Days, Meta(description="how long the last that worked took, if somebody said")
    ] = UNSET


class UpkeepFacts(Derived):
    """What people record because no tool reports it.

    A restore test told by a backup tool (``backups[].last_restore_test``) counts as a record of
    ``restore_test``, for the host and for whether the kind is in use at all.
    """

    restore_test: Annotated[
        LastUpkeep | UnsetType, Meta(description="a backup was restored, as a test or in earnest")
    ] = UNSET
    failover_drill: Annotated[
        LastUpkeep | UnsetType, Meta(description="a failover, planned or real")
    ] = UNSET
    maintenance_window: Annotated[
        LastUpkeep | UnsetType, Meta(description="a window; ok means that it was used")
    ] = UNSET
    upgrade: Annotated[LastUpkeep | UnsetType, Meta(description="an upgrade of the system")] = UNSET
    kit_check: Annotated[LastUpkeep | UnsetType, Meta(description="the kit at the site")] = UNSET
    console_test: Annotated[
        LastUpkeep | UnsetType, Meta(description="somebody got in by the console")
    ] = UNSET
    runbook_review: Annotated[
        LastUpkeep | UnsetType, Meta(description="somebody read a runbook through")
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


class AdvisoryHit(Derived):
    """A drive or controller of this host that stands on an advisory."""

    what: Annotated[Text, Meta(description="drive or controller, by its name here")] = UNSET
    model: Annotated[Text, Meta(description="its model")] = UNSET
    firmware: Annotated[Text, Meta(description="its firmware; absent when nobody reported it")] = (
        UNSET
    )
    fixed_in: Annotated[Text, Meta(description="the firmware that mends it")] = UNSET
    affected: Annotated[
        Flag,
        Meta(description="its firmware is older than the mended one; absent if not known"),
    ] = UNSET
    days_left: Annotated[
        Days,
        Meta(
            description="until it reaches the hours at which it fails; absent where the advisory "
            "names none or its hours are not known"
        ),
    ] = UNSET
    url: Annotated[Text, Meta(description="where the advisory is")] = UNSET


class Advisories(Derived):
    """What the team's list of firmware advisories says of this host."""

    kept: Annotated[Count, Meta(description="advisories on the list; 0 when none is kept")] = UNSET
    hits: Annotated[
        list[AdvisoryHit] | UnsetType,
        Meta(
            description="parts whose model is on the list; absent while no disk or controller was "
            "reported"
        ),
    ] = UNSET


class MountTrend(Derived):
    """How a file system fills up, by a straight line through the daily samples of 14 days."""

    path: Annotated[Text, Meta(description="where it is mounted")] = UNSET
    growing: Annotated[Flag, Meta(description="it fills up; then full_in_days is told")] = UNSET
    full_in_days: Annotated[
        Days, Meta(description="until it is full; absent when it does not grow")
    ] = UNSET
    days: Annotated[Count, Meta(description="days with a sample behind the line")] = UNSET


class Trends(Derived):
    """What the samples of the last days show."""

    mounts: Annotated[
        list[MountTrend] | UnsetType,
        Meta(description="file systems with samples of at least five days; empty when none"),
    ] = UNSET


class Taught(Derived):
    """A lesson that an incident on this host, in its groups or in its role taught."""

    lesson: Annotated[Text, Meta(description="slug of the lesson")] = UNSET
    incident: Annotated[Count, Meta(description="number of the newest such incident")] = UNSET
    days: Annotated[Days, Meta(description="since that incident")] = UNSET
    here: Annotated[Text, Meta(description="this host, its group or a peer: where it happened")] = (
        UNSET
    )
    actions: Annotated[Count, Meta(description="actions agreed for it")] = UNSET
    open_actions: Annotated[Count, Meta(description="of them, still to do")] = UNSET


class FoundHere(Derived):
    """A match of another pattern on this host, of the same moment (second pass).

    A pattern that is unknown here is listed too, with nothing but its slug and its lessons: it may
    yet be a match, and who reads of it must not take it for clear.
    """

    pattern: Annotated[Text, Meta(description="slug of the pattern")] = UNSET
    matched: Annotated[
        Flag, Meta(description="true for a match; absent where that pattern is unknown here")
    ] = UNSET
    severity: Annotated[Text, Meta(description="how bad it is here; told for matches")] = UNSET
    lessons: Annotated[Names, Meta(description="slugs of the lessons it watches for")] = UNSET


class PastIncidents(Derived):
    """What happened here before; restricted incidents are never counted."""

    incidents_365d: Annotated[Count, Meta(description="incidents of the last 365 days")] = UNSET
    last_incident_days: Annotated[
        Days, Meta(description="since the last; absent if there was none")
    ] = UNSET
    repeats: Annotated[Count, Meta(description="incidents here that repeat a lesson")] = UNSET


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
