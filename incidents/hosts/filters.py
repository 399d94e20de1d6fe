"""Filters of hosts, the same in the address of the page and of the API."""

import django_filters
from django.db.models import Q, QuerySet

from incidents.hosts.models import (
    RESULTS,
    Criticality,
    Host,
    HostKind,
    HostStatus,
    Upkeep,
    UpkeepKind,
)
from incidents.hosts.provisions import (
    AdvisedPart,
    Advisory,
    Kit,
    Runbook,
    RunbookKind,
    SiteAccess,
    Spare,
)


class HostFilter(django_filters.FilterSet):
    """``?site=london&role=web&status=active``; links by name."""

    q = django_filters.CharFilter(method="by_words", label="Name")
    site = django_filters.CharFilter(field_name="site__slug", label="Site")
    owner = django_filters.CharFilter(field_name="owner__slug", label="Owner")
    service = django_filters.CharFilter(field_name="services__slug", label="Service")
    group = django_filters.CharFilter(field_name="redundancy_groups__slug", label="Group")
    environment = django_filters.CharFilter(label="Environment")
    role = django_filters.CharFilter(label="Role")
    tag = django_filters.CharFilter(method="by_tag", label="Tag")
    kind = django_filters.ChoiceFilter(choices=HostKind.choices, label="Kind")
    criticality = django_filters.ChoiceFilter(choices=Criticality.choices, label="Criticality")
    status = django_filters.ChoiceFilter(choices=HostStatus.choices, label="Status")
    os = django_filters.CharFilter(method="by_os", label="System")

    class Meta:
        model = Host
        fields: list[str] = []

    def by_words(self, hosts: QuerySet[Host], name: str, value: str) -> QuerySet[Host]:
        """Every word is part of the name, the fully qualified name or the serial."""
        for word in value.split():
            hosts = hosts.filter(
                Q(name__icontains=word) | Q(fqdn__icontains=word) | Q(serial__icontains=word)
            )
        return hosts

    def by_tag(self, hosts: QuerySet[Host], name: str, value: str) -> QuerySet[Host]:
        # A quoted word in the JSON text: works alike on SQLite and PostgreSQL.
        return hosts.filter(tags__icontains=f'"{value}"')

    def by_os(self, hosts: QuerySet[Host], name: str, value: str) -> QuerySet[Host]:
        """``debian`` or ``debian 12``."""
        system, _, major = value.strip().partition(" ")
        hosts = hosts.filter(facts__os__name__iexact=system)
        return hosts.filter(facts__os__major=major) if major else hosts


class UpkeepFilter(django_filters.FilterSet):
    """``?host=robert&kind=restore_test``; what it is about by name.  What was taken back is left
    out, unless ``taken_back=true`` asks for just that."""

    host = django_filters.CharFilter(field_name="host__name")
    service = django_filters.CharFilter(field_name="service__slug")
    group = django_filters.CharFilter(field_name="group__slug")
    site = django_filters.CharFilter(field_name="site__slug")
    kind = django_filters.ChoiceFilter(choices=UpkeepKind.choices)
    result = django_filters.ChoiceFilter(choices=RESULTS)
    by = django_filters.CharFilter(field_name="by__username")
    since = django_filters.IsoDateTimeFilter(field_name="happened_at", lookup_expr="gte")
    taken_back = django_filters.BooleanFilter(method="by_trace")

    class Meta:
        model = Upkeep
        fields: list[str] = []

    def by_trace(self, records: QuerySet[Upkeep], name: str, value: bool) -> QuerySet[Upkeep]:
        kept: QuerySet[Upkeep] = records.filter(taken_back_at__isnull=not value)
        return kept


class RunbookFilter(django_filters.FilterSet):
    service = django_filters.CharFilter(field_name="service__slug")
    kind = django_filters.ChoiceFilter(choices=RunbookKind.choices)
    stored_on = django_filters.CharFilter(field_name="stored_on__name")

    class Meta:
        model = Runbook
        fields: list[str] = []


class KitFilter(django_filters.FilterSet):
    site = django_filters.CharFilter(field_name="site__slug")

    class Meta:
        model = Kit
        fields: list[str] = []


class SpareFilter(django_filters.FilterSet):
    site = django_filters.CharFilter(field_name="site__slug")
    part = django_filters.CharFilter(lookup_expr="iexact")
    model = django_filters.CharFilter(lookup_expr="iexact")

    class Meta:
        model = Spare
        fields: list[str] = []


class AccessFilter(django_filters.FilterSet):
    site = django_filters.CharFilter(field_name="site__slug")
    person = django_filters.CharFilter(field_name="person__username")

    class Meta:
        model = SiteAccess
        fields: list[str] = []


class AdvisoryFilter(django_filters.FilterSet):
    what = django_filters.ChoiceFilter(choices=AdvisedPart.choices)
    model = django_filters.CharFilter(lookup_expr="icontains")

    class Meta:
        model = Advisory
        fields: list[str] = []
