"""What lists, samples, incidents and other patterns tell of a host."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from .kinds import Count, Days, Derived, Flag, Names, Text


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
