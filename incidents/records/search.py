"""How incidents and lessons look to search."""

from django.db.models import QuerySet
from django.urls import reverse

from incidents.records.models import Incident, Lesson, Visibility
from incidents.records.tracked import TEXTS
from kb.accounts.models import User
from kb.search.document import EVERYONE, Document, of_team, of_user
from kb.search.registry import Searchable, searchables
from kb.wiki.markdown import plain


class IncidentSearch(Searchable[Incident]):
    """Found by its texts, its timeline, its actions, and the names of its hosts and services."""

    kind = "incident"
    label = "Incident"

    def queryset(self) -> QuerySet[Incident]:
        return Incident.objects.filter(deleted_at=None).prefetch_related(
            "hosts", "services", "timeline", "actions", "involved", "allowed_users", "allowed_teams"
        )

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
            allowed=_allowed(obj),
        )

    def bearing(self, kind: str, pk: int) -> QuerySet[Incident] | None:
        there = self.queryset().prefetch_related(None)
        if kind == "host":
            return there.filter(hosts=pk)
        return there.filter(services=pk) if kind == "service" else None

    def visible(self, user: User) -> QuerySet[Incident]:
        return Incident.objects.visible_to(user)


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
        return Lesson.objects.filter(deleted_at=None)

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
        )

    def visible(self, user: User) -> QuerySet[Lesson]:
        return Lesson.objects.visible_to(user)


searchables.register("incident", IncidentSearch(), rank=20)
searchables.register("lesson", LessonSearch(), rank=30)
