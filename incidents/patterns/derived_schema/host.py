"""What people and the inventory say of a host, and what they record because no tool reports it."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from .kinds import Count, Days, Derived, Flag, Names, Text


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
