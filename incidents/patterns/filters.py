"""Filters of flags, the same in the address of the page, of the CSV and of the API."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from incidents.patterns.models import Flag, FlagState, Severity
from incidents.patterns.triage import ORDERS, ordered

ME, NOBODY = "me", "nobody"


class FlagFilter(django_filters.FilterSet):
    """``?host=robert&pattern=os-eol&severity=high&state=open``; severity and state may be given
    several times."""

    host = django_filters.CharFilter(field_name="host__name", label="Host")
    pattern = django_filters.CharFilter(field_name="pattern__slug", label="Pattern")
    lesson = django_filters.CharFilter(
        method="by_lesson", label="Lesson", help_text="slug of a lesson its pattern watches for"
    )
    severity = django_filters.MultipleChoiceFilter(choices=Severity.choices, label="Severity")
    state = django_filters.MultipleChoiceFilter(choices=FlagState.choices, label="State")
    environment = django_filters.CharFilter(field_name="host__environment", label="Environment")
    role = django_filters.CharFilter(field_name="host__role", label="Role")
    site = django_filters.CharFilter(field_name="host__site__slug", label="Site")
    owner = django_filters.CharFilter(field_name="host__owner__slug", label="Team of the host")
    tag = django_filters.CharFilter(method="by_tag", label="Tag of the host")
    assigned_to = django_filters.CharFilter(
        method="by_holder", label="Given to", help_text="a user name, me, or nobody"
    )
    flapping = django_filters.BooleanFilter(field_name="flapping", label="Turns often")
    unsure = django_filters.BooleanFilter(
        method="by_doubt", label="Facts gone since", help_text="it stands, but now nobody knows"
    )
    opened_after = django_filters.DateFilter(
        field_name="opened_at", lookup_expr="date__gte", label="Opened on or after"
    )
    opened_before = django_filters.DateFilter(
        field_name="opened_at", lookup_expr="date__lte", label="Opened on or before"
    )
    ends_before = django_filters.DateFilter(
        field_name="accepted_until", lookup_expr="date__lte", label="Waiver ends on or before"
    )
    sort = django_filters.ChoiceFilter(
        choices=[(name, name) for name in ORDERS], method="by_order", label="Order"
    )

    class Meta:
        model = Flag
        fields: list[str] = []

    def by_lesson(self, flags: QuerySet[Flag], name: str, value: str) -> QuerySet[Flag]:
        return flags.filter(pattern__lessons__icontains=f'"{value}"')

    def by_tag(self, flags: QuerySet[Flag], name: str, value: str) -> QuerySet[Flag]:
        return flags.filter(host__tags__icontains=f'"{value}"')

    def by_holder(self, flags: QuerySet[Flag], name: str, value: str) -> QuerySet[Flag]:
        if value == NOBODY:
            return flags.filter(assigned_to=None)
        if value == ME:
            user: Any = getattr(self.request, "user", None)
            return flags.filter(assigned_to=user) if user else flags.none()
        return flags.filter(assigned_to__username=value)

    def by_doubt(self, flags: QuerySet[Flag], name: str, value: bool) -> QuerySet[Flag]:
        return (
            flags.filter(last_verdict="unknown") if value else flags.exclude(last_verdict="unknown")
        )

    def by_order(self, flags: QuerySet[Flag], name: str, value: str) -> QuerySet[Flag]:
        return ordered(flags, value)
