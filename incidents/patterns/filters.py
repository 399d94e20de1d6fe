"""Filters of flags, the same in the address of the page and of the API."""

import django_filters

from incidents.patterns.models import Flag, FlagState, Severity


class FlagFilter(django_filters.FilterSet):
    """``?host=robert&pattern=os-eol&severity=high&state=open``; severity and state may be given
    several times."""

    host = django_filters.CharFilter(field_name="host__name", label="Host")
    pattern = django_filters.CharFilter(field_name="pattern__slug", label="Pattern")
    severity = django_filters.MultipleChoiceFilter(choices=Severity.choices, label="Severity")
    state = django_filters.MultipleChoiceFilter(choices=FlagState.choices, label="State")
    environment = django_filters.CharFilter(field_name="host__environment", label="Environment")
    site = django_filters.CharFilter(field_name="host__site__slug", label="Site")
    assigned_to = django_filters.CharFilter(field_name="assigned_to__username", label="Given to")

    class Meta:
        model = Flag
        fields: list[str] = []
