"""Filters of the API's lists, named as in the addresses of the pages."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from incidents.records.models import Action, Incident, Lesson, Visibility
from incidents.records.trails import ActionEvent


class IncidentFilter(django_filters.FilterSet):
    factor = django_filters.CharFilter("factors__slug")
    host = django_filters.CharFilter("hosts__name")
    service = django_filters.CharFilter("services__slug")
    lesson = django_filters.CharFilter("lessons__slug")
    pattern = django_filters.CharFilter("patterns__slug")
    restricted = django_filters.BooleanFilter(method="by_restricted")

    class Meta:
        model = Incident
        fields = ["kind", "severity", "status", "visibility"]

    def by_restricted(self, rows: QuerySet[Any], name: str, wanted: bool) -> QuerySet[Any]:
        restricted = {"visibility": Visibility.RESTRICTED}
        return rows.filter(**restricted) if wanted else rows.exclude(**restricted)


class LessonFilter(django_filters.FilterSet):
    incident = django_filters.NumberFilter(method="by_incident")

    class Meta:
        model = Lesson
        fields = ["state", "origin"]

    def by_incident(self, rows: QuerySet[Any], name: str, number: int) -> QuerySet[Any]:
        # What a restricted incident taught is part of what is restricted.
        seen = Incident.objects.visible_to(self.request.user).filter(pk=number)
        return rows.filter(incidents__in=seen)


class ActionFilter(django_filters.FilterSet):
    owner = django_filters.CharFilter("owner__username")
    team = django_filters.CharFilter("team__slug")
    lesson = django_filters.CharFilter("lesson__slug")
    pattern = django_filters.CharFilter("verified_by__slug")
    incident = django_filters.NumberFilter("incident__pk")
    overdue = django_filters.BooleanFilter(method="by_overdue")

    class Meta:
        model = Action
        fields = ["state", "kind"]

    def by_overdue(self, rows: QuerySet[Any], name: str, wanted: bool) -> QuerySet[Any]:
        late = Action.objects.overdue(timezone.now().date()).values("pk")
        return rows.filter(pk__in=late) if wanted else rows.exclude(pk__in=late)


class ActionEventFilter(django_filters.FilterSet):
    action = django_filters.NumberFilter("action__pk")
    after = django_filters.NumberFilter("pk", lookup_expr="gt")

    class Meta:
        model = ActionEvent
        fields = ["kind"]
