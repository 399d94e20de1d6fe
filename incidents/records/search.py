"""How incidents and lessons look to search."""

from datetime import UTC, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from incidents.patterns.models import Pattern, PatternVersion, Severity
from incidents.records.models import ActionState, Incident, Lesson, Visibility
from incidents.records.tracked import TEXTS
from kb.accounts.models import User
from kb.search.document import EVERYONE, Document, of_team, of_user
from kb.search.registry import Searchable, searchables
from kb.wiki.markdown import plain

#: Of incidents that answer equally well the more severe comes first.
WEIGHT: dict[str, int] = {
    Severity.CRITICAL: 4,
    Severity.HIGH: 3,
    Severity.MEDIUM: 2,
    Severity.LOW: 1,
}


class IncidentSearch(Searchable[Incident]):
    """Found by its texts, its timeline, its actions, and the names of its hosts and services."""

    kind = "incident"
    label = "Incident"

    def queryset(self) -> QuerySet[Incident]:
        return (
            Incident.objects.filter(deleted_at=None)
            .select_related("author", "lead")
            .prefetch_related(
                "hosts__site", "hosts__owner", "services", "timeline", "actions__team", "factors",
                "lessons", "patterns", "involved", "allowed_users", "allowed_teams",
            )
        )  # fmt: skip

    def document(self, obj: Incident) -> Document:
        return Document(
            key=self.key(obj.pk),
            kind=self.kind,
            natural_key=str(obj.pk),
            title=obj.title,
            url=reverse("records:incident", args=[obj.pk]),
            names=[f"#{obj.pk}"],
            body=_told(obj),
            date=obj.happened_at,
            severity=obj.severity,
            state=obj.status,
            hosts=sorted(host.name for host in obj.hosts.all()),
            services=sorted(service.slug for service in obj.services.all()),
            tags=[obj.kind, *obj.tags] if obj.kind != "incident" else obj.tags,
            sites=_sites(obj),
            teams=_teams(obj),
            factors=sorted(factor.slug for factor in obj.factors.all()),
            authors=_people(obj.author, obj.lead),
            marks=[] if obj.resolved_at else ["open"],
            has=_has(obj),
            due=_due(obj),
            weight=WEIGHT.get(obj.severity, 0),
            allowed=_allowed(obj),
        )

    def bearing(self, kind: str, pk: int) -> QuerySet[Incident] | None:
        there = self.queryset().prefetch_related(None)
        if kind == "team":
            return there.filter(Q(hosts__owner=pk) | Q(actions__team=pk))
        by = {"host": "hosts", "service": "services", "site": "hosts__site"}.get(kind)
        return there.filter(**{by: pk}) if by else None

    def visible(self, user: User) -> QuerySet[Incident]:
        return Incident.objects.visible_to(user)


def _sites(incident: Incident) -> list[str]:
    return sorted({host.site.slug for host in incident.hosts.all() if host.site})


def _teams(incident: Incident) -> list[str]:
    """Those that own a host of it, or have something to do for it."""
    owners = {host.owner.slug for host in incident.hosts.all() if host.owner}
    return sorted(owners | {action.team.slug for action in incident.actions.all() if action.team})


def _people(*people: User | None) -> list[str]:
    return sorted({one.username for one in people if one})


def _has(incident: Incident) -> list[str]:
    there = {
        "action": incident.actions.all(),
        "lesson": incident.lessons.all(),
        "pattern": incident.patterns.all(),
    }
    return [name for name, things in there.items() if things]


def _due(incident: Incident) -> datetime | None:
    """When the day ends on which the first action that is not done is due."""
    actions = incident.actions.all()
    days = [one.due for one in actions if one.due and one.state == ActionState.OPEN]
    return datetime.combine(min(days) + timedelta(days=1), time.min, UTC) if days else None


def _told(incident: Incident) -> str:
    texts = [plain(text) for name in TEXTS if (text := getattr(incident, name))]
    for line in incident.timeline.all():
        texts += [line.what, line.evidence]
    texts += [action.title for action in incident.actions.all()]
    return "\n".join(text for text in texts if text)


def _allowed(incident: Incident) -> list[str]:
    """The same people as ``IncidentQuerySet.visible_to``, said as principals."""
    if incident.visibility == Visibility.EVERYONE:
        return [EVERYONE]
    people = {user.pk for user in incident.allowed_users.all()}
    people |= {user.pk for user in incident.involved.all()}
    parts = (incident.author_id, incident.lead_id, incident.facilitator_id, incident.reviewer_id)
    people |= {pk for pk in parts if pk is not None}
    teams = {team.pk for team in incident.allowed_teams.all()}
    return sorted({*map(of_user, people), *map(of_team, teams)})


class LessonSearch(Searchable[Lesson]):
    kind = "lesson"
    label = "Lesson"

    def queryset(self) -> QuerySet[Lesson]:
        # A pattern names its lessons in a list, which both databases can read as a text.
        quoted = Concat(Value('"'), OuterRef("slug"), Value('"'))
        named = Pattern.objects.annotate(named=Cast("lessons", TextField()))
        watching = named.filter(enabled=True, named__contains=quoted)
        found = Lesson.objects.filter(deleted_at=None).select_related("owner")
        return found.annotate(watched=Exists(watching))

    def document(self, obj: Lesson) -> Document:
        texts = (obj.statement, plain(obj.why), plain(obj.scope))
        return Document(
            key=self.key(obj.pk),
            kind=self.kind,
            natural_key=obj.slug,
            title=obj.title,
            url=reverse("records:lesson", args=[obj.slug]),
            names=[obj.slug, obj.title],
            body="\n".join(text for text in texts if text),
            date=obj.updated_at,
            state=obj.state,
            tags=obj.tags,
            teams=[obj.owner.slug] if obj.owner else [],
            has=["pattern"] if getattr(obj, "watched", False) else [],
        )

    def bearing(self, kind: str, pk: int) -> QuerySet[Lesson] | None:
        """Those that a pattern watches for, and those that it did before its last change."""
        if kind == "team":
            return Lesson.objects.filter(deleted_at=None, owner=pk)
        if kind != "pattern":
            return None
        versions = PatternVersion.objects.filter(pattern=pk).order_by("-number")
        specs = versions.values_list("spec", flat=True)[:2]
        slugs = {slug for spec in specs for slug in _lessons(spec)}
        return Lesson.objects.filter(deleted_at=None, slug__in=slugs)

    def visible(self, user: User) -> QuerySet[Lesson]:
        return Lesson.objects.visible_to(user)


def _lessons(spec: object) -> list[str]:
    found = spec.get("lessons") if isinstance(spec, dict) else None
    return [str(slug) for slug in found] if isinstance(found, list) else []


searchables.register("incident", IncidentSearch(), rank=20)
searchables.register("lesson", LessonSearch(), rank=30)
