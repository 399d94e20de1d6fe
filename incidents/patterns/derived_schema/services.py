"""What runs on a host or inside it."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from .kinds import Count, Days, Derived, Flag, Names, Text


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
