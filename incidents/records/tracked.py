"""What a revision of an incident, a line of its timeline, a lesson and an action holds."""

from typing import Any

from django.core.exceptions import ValidationError

from incidents.hosts.names import hosts_by_name
from incidents.records.models import Action, HostRole, Incident, IncidentHost, Lesson, TimelineEntry
from incidents.records.times import TIMES
from kb.wiki.revisions import track
from kb.wiki.tracking import Links, many

#: The texts of a write-up, in the order they are read.
TEXTS = (
    "summary", "impact", "trigger", "detection", "body", "helped", "hindered", "lucky",
    "surprise", "recovery", "open_questions",
)  # fmt: skip


def _read_hosts(incident: Incident) -> dict[str, str]:
    links = incident.host_links.order_by("host__name").values_list("host__name", "role")
    return dict(links)


def _write_hosts(incident: Incident, roles: dict[str, str]) -> None:
    hosts = hosts_by_name(roles)
    for name, role in roles.items():
        if name not in hosts:
            raise ValidationError({"hosts": f"There is no host {name!r}."})
        if role not in HostRole.values:
            known = ", ".join(HostRole.values)
            raise ValidationError({"hosts": f"The role of {name} is one of {known}."})
    incident.host_links.exclude(host__in=hosts.values()).delete()
    wanted = {hosts[name].pk: role for name, role in roles.items()}  # two names, one host: once
    IncidentHost.objects.bulk_create(
        [IncidentHost(incident=incident, host_id=pk, role=role) for pk, role in wanted.items()],
        update_conflicts=True,
        unique_fields=["incident", "host"],
        update_fields=["role"],
    )


def _whole(part: Any) -> str:
    """A line of the timeline and an action are found through their incident."""
    return f"incident:{part.incident_id}" if part.incident_id else ""


track(
    Incident,
    kind="incident",
    fields=[
        "title", "kind", "severity", "status", "visibility", "lead", "facilitator", "reviewer",
        *TIMES, "time_sources", "time_uncertainty", *TEXTS, "tags", "deleted_at",
    ],
    links={
        "hosts": Links(_read_hosts, _write_hosts),
        "services": many("services"),
        "factors": many("factors"),
        "lessons": many("lessons"),
        "patterns": many("patterns"),
        "involved": many("involved", key="username"),
        "allowed_users": many("allowed_users", key="username"),
        "allowed_teams": many("allowed_teams"),
    },
    merges=True,
)  # fmt: skip
track(
    TimelineEntry,
    kind="timeline",
    fields=["at", "what", "evidence", "kind"],
    index_key=_whole,
    merges=True,
)
track(
    Lesson,
    kind="lesson",
    fields=[
        "title", "statement", "why", "scope", "confidence", "state", "owner", "review_by", "tags",
        "deleted_at",
    ],
    merges=True,
)  # fmt: skip
track(
    Action,
    kind="action",
    fields=[
        "title", "notes", "kind", "state", "incident", "lesson", "owner", "team", "due",
        "tracker_url", "verified_by", "verify_scope", "done_at", "owner_name", "verified_at",
        "held_open",
    ],
    links={"verify_hosts": many("verify_hosts", key="name")},
    index_key=_whole,
    merges=True,
)  # fmt: skip
