"""``/api/v1/hosts/``, ``/sites/``, ``/services/`` and ``/groups/``; what is below them and beside
them stands in files of its own."""

from typing import Any

from django.urls import path
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers
from rest_framework.filters import OrderingFilter

from incidents.hosts import (
    api_bulk,
    api_eol,
    api_facts,
    api_merging,
    api_provisions,
    api_shelf_lives,
    api_upkeep,
    api_visit,
    register,
)
from incidents.hosts.api_fields import Named
from incidents.hosts.filters import HostFilter
from incidents.hosts.models import Host, RedundancyGroup, Service, Site, host_name
from kb.accounts.models import Team
from kb.web.paging import CursorPage
from kb.web.problems import Problem
from kb.web.resource import ChangeMixin, CreateMixin, ReadMixin, Resource
from kb.web.routes import api_routes
from kb.wiki.pages import free_slug
from kb.wiki.revisions import Conflict


class RegisterSerializer(serializers.ModelSerializer[Any]):
    """Writes through ``incidents.hosts.register``: links as names, columns as they are."""

    links: tuple[str, ...] = ()

    def create(self, validated: dict[str, Any]) -> Any:
        relations = self._relations(validated)
        model: Any = self.Meta.model  # type: ignore[attr-defined]
        if "slug" in self.fields and not validated.get("slug"):
            validated["slug"] = free_slug(model, validated["name"], most=80)
        obj = model(**validated)
        return register.create(obj, by=self._user, relations=relations).current

    def update(self, instance: Any, validated: dict[str, Any]) -> Any:
        relations = self._relations(validated)
        outcome = register.save(
            instance,
            expected=instance.revision,
            by=self._user,
            changes=validated,
            relations=relations,
        )
        if isinstance(outcome, Conflict):  # cannot be under the row's lock; never lose words
            raise Problem(412, "Somebody changed this at the same moment. Read it and try again.")
        return outcome.current

    @property
    def _user(self) -> Any:
        return self.context["request"].user

    def _relations(self, validated: dict[str, Any]) -> dict[str, Any]:
        return {
            name: sorted(host.name for host in validated.pop(name))
            for name in self.links
            if name in validated
        }


class HostSerializer(RegisterSerializer):
    name = serializers.CharField(max_length=253, validators=[host_name])
    site: Any = Named(
        slug_field="slug", queryset=Site.objects.all(), allow_null=True, required=False
    )
    owner: Any = Named(
        slug_field="slug", queryset=Team.objects.all(), allow_null=True, required=False
    )
    parent: Any = Named(
        slug_field="name", queryset=Host.objects.all(), allow_null=True, required=False
    )
    tags: Any = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    services: Any = serializers.SlugRelatedField(slug_field="slug", many=True, read_only=True)
    groups: Any = serializers.SlugRelatedField(
        slug_field="slug", many=True, read_only=True, source="redundancy_groups"
    )

    class Meta:
        model = Host
        fields = [
            "name", "kind", "parent", "environment", "role", "criticality", "important", "stateful",
            "site", "rack", "owner", "tags", "status", "upgrade_planned_on", "maintenance_until",
            "notes", "fqdn", "serial", "machine_id", "services", "groups", "last_report_at",
            "revision",
        ]  # fmt: skip
        read_only_fields = ["fqdn", "serial", "machine_id", "last_report_at", "revision"]

    def validate_name(self, name: str) -> str:
        others = Host.objects.filter(name=name)
        if self.instance is not None:
            others = others.exclude(pk=self.instance.pk)
        if others.exists():
            raise serializers.ValidationError(
                f"There is a host called {name!r} already. Change that one, or choose another name."
            )
        return name


#: Made from the name where it is left out; it then stays.
SLUG: dict[str, Any] = {"slug": {"required": False}}


class SiteSerializer(RegisterSerializer):
    class Meta:
        model = Site
        fields = ["slug", "name", "address", "notes", "revision"]
        read_only_fields = ["revision"]
        extra_kwargs = SLUG


class ServiceSerializer(RegisterSerializer):
    links = ("hosts",)
    owner: Any = Named(
        slug_field="slug", queryset=Team.objects.all(), allow_null=True, required=False
    )
    hosts: Any = Named(slug_field="name", queryset=Host.objects.all(), many=True, required=False)

    class Meta:
        model = Service
        fields = [
            "slug", "name", "criticality", "owner", "hosts", "needs_hosts", "load_balanced",
            "fine_alone", "runbook", "rto_minutes", "notes", "revision",
        ]  # fmt: skip
        read_only_fields = ["revision"]
        extra_kwargs = SLUG


class GroupSerializer(RegisterSerializer):
    links = ("members",)
    members: Any = Named(slug_field="name", queryset=Host.objects.all(), many=True, required=False)

    class Meta:
        model = RedundancyGroup
        fields = ["slug", "name", "kind", "members", "min_members", "notes", "revision"]
        read_only_fields = ["revision"]
        extra_kwargs = SLUG


class ByName(CursorPage):
    ordering = "name"


class HostResource(ReadMixin, CreateMixin, ChangeMixin, Resource):
    """Hosts by name."""

    queryset = (
        Host.objects.select_related("site", "owner", "parent")
        .prefetch_related("services", "redundancy_groups")
        .defer("facts", "observed")
    )
    serializer_class = HostSerializer
    lookup_field = "name"
    filterset_class = HostFilter
    filter_backends = (DjangoFilterBackend, OrderingFilter)
    ordering_fields = ("name", "environment", "role", "kind")
    pagination_class = ByName


class SiteResource(ReadMixin, CreateMixin, ChangeMixin, Resource):
    """Sites by slug."""

    queryset = Site.objects.all()
    serializer_class = SiteSerializer
    lookup_field = "slug"
    pagination_class = ByName


class ServiceResource(ReadMixin, CreateMixin, ChangeMixin, Resource):
    """Services by slug, with the hosts that carry them."""

    queryset = Service.objects.select_related("owner").prefetch_related("hosts")
    serializer_class = ServiceSerializer
    lookup_field = "slug"
    pagination_class = ByName


class GroupResource(ReadMixin, CreateMixin, ChangeMixin, Resource):
    """Redundancy groups by slug, with their members."""

    queryset = RedundancyGroup.objects.prefetch_related("members")
    serializer_class = GroupSerializer
    lookup_field = "slug"
    pagination_class = ByName


_many: dict[str, Any] = {"get": "list", "post": "create"}
_one: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}
api_routes.register(
    "hosts",
    [
        *api_shelf_lives.routes(),
        *api_bulk.routes(),
        path("hosts/", HostResource.as_view(_many), name="host-list"),
        path("hosts/<str:name>/", HostResource.as_view(_one), name="host"),
        *api_eol.routes(),
        *api_facts.routes(),
        *api_merging.routes(),
        path("sites/", SiteResource.as_view(_many), name="site-list"),
        path("sites/<slug:slug>/", SiteResource.as_view(_one), name="site"),
        path("services/", ServiceResource.as_view(_many), name="service-list"),
        path("services/<slug:slug>/", ServiceResource.as_view(_one), name="service"),
        path("groups/", GroupResource.as_view(_many), name="group-list"),
        path("groups/<slug:slug>/", GroupResource.as_view(_one), name="group"),
        *api_upkeep.routes(),
        *api_visit.routes(),
        *api_provisions.routes(),
    ],
)
