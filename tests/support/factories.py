"""Makers of rows for tests: sensible defaults, everything can be said otherwise."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password

from incidents.hosts.models import Host, HostKind, RedundancyGroup, Service, Site
from incidents.patterns.models import Flag, FlagState, Pattern
from incidents.records.models import Action, Incident, Lesson
from kb.accounts import tokens
from kb.accounts.models import Role, Team, User

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_number = count(1)


def make_user(username: str = "", *, role: str = Role.RESPONDER, **fields: Any) -> User:
    username = username or f"person-{next(_number)}"
    return User.objects.create(
        username=username,
        email=fields.pop("email", f"{username}@example.net"),
        role=role,
        password=make_password(fields.pop("password", None)),
        **fields,
    )


def make_token(user: User) -> str:
    """The secret of a new token."""
    return tokens.issue(user, name="test")[1]


def make_team(name: str = "", *, members: tuple[User, ...] = (), **fields: Any) -> Team:
    name = name or f"Team {next(_number)}"
    team = Team.objects.create(
        name=name, slug=fields.pop("slug", name.lower().replace(" ", "-")), **fields
    )
    team.members.set(members)
    return team


def make_site(name: str = "", **fields: Any) -> Site:
    name = name or f"Site {next(_number)}"
    return Site.objects.create(
        name=name, slug=fields.pop("slug", name.lower().replace(" ", "-")), **fields
    )


def make_host(name: str = "", *, facts: dict[str, Any] | None = None, **fields: Any) -> Host:
    """A host; ``facts`` is the current document, seen by one source at ``seen`` (now).

    Only for tests of what reads facts; tests of how facts arrive use the doors.
    """
    seen: datetime = fields.pop("seen", NOW)
    source = fields.pop("source", "test")
    fields.setdefault("kind", HostKind.PHYSICAL)
    facts = facts or {}
    observed = {section: {"sources": {source: seen.isoformat()}, "paths": {}} for section in facts}
    return Host.objects.create(
        name=name or f"host-{next(_number)}", facts=facts, observed=observed, **fields
    )


def make_service(name: str = "", *, hosts: tuple[Host, ...] = (), **fields: Any) -> Service:
    name = name or f"Service {next(_number)}"
    service = Service.objects.create(
        name=name, slug=fields.pop("slug", name.lower().replace(" ", "-")), **fields
    )
    service.hosts.set(hosts)
    return service


def make_group(name: str = "", *, members: tuple[Host, ...] = (), **fields: Any) -> RedundancyGroup:
    name = name or f"Group {next(_number)}"
    group = RedundancyGroup.objects.create(
        name=name, slug=fields.pop("slug", name.lower().replace(" ", "-")), **fields
    )
    group.members.set(members)
    return group


def make_incident(title: str = "The disk was full", **fields: Any) -> Incident:
    hosts = fields.pop("hosts", ())
    lessons = fields.pop("lessons", ())
    incident = Incident.objects.create(title=title, **fields)
    for host in hosts:
        incident.host_links.create(host=host)
    incident.lessons.set(lessons)
    return incident


def make_lesson(title: str = "", **fields: Any) -> Lesson:
    title = title or f"Lesson {next(_number)}"
    fields.setdefault("statement", f"{title}.")
    return Lesson.objects.create(
        title=title, slug=fields.pop("slug", title.lower().replace(" ", "-")), **fields
    )


def make_action(title: str = "Do it better", **fields: Any) -> Action:
    return Action.objects.create(title=title, **fields)


def make_pattern(slug: str = "", **fields: Any) -> Pattern:
    """A pattern row with one version whose spec matches hosts of ``custom.bad``."""
    slug = slug or f"pattern-{next(_number)}"
    spec = fields.pop("spec", None) or {
        "pattern": slug,
        "title": fields.get("title", slug),
        "severity": fields.get("severity", "high"),
        "likelihood": "medium",
        "applies": "true",
        "match": "custom.bad == true",
        "examples": [],
    }
    pattern = Pattern.objects.create(
        slug=slug,
        title=fields.pop("title", slug),
        severity=fields.pop("severity", "high"),
        origin=fields.pop("origin", "team"),
        **fields,
    )
    pattern.versions.create(number=1, spec=spec)
    return pattern


def make_flag(pattern: Pattern, host: Host, **fields: Any) -> Flag:
    at: datetime = fields.pop("at", NOW)
    defaults: dict[str, Any] = {
        "state": FlagState.OPEN,
        "severity": pattern.severity,
        "pattern_version": 1,
        "matched_since": at,
        "opened_at": at,
        "changed_at": at,
        "last_verdict_at": at,
        "sentence": f"{pattern.title} on {host.name}",
    }
    flag = Flag.objects.create(pattern=pattern, host=host, **(defaults | fields))
    flag.transitions.create(
        at=at,
        after=flag.state,
        cause="facts",
        severity=flag.severity,
        sentence=flag.sentence,
        pattern_version=1,
    )
    return flag
