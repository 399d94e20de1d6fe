"""``/api/v1/runbooks/``, ``/kits/``, ``/spares/``, ``/access/`` and ``/advisories/``."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.hosts import providing
from incidents.hosts.api_fields import Named
from incidents.hosts.filters import (
    AccessFilter,
    AdvisoryFilter,
    KitFilter,
    RunbookFilter,
    SpareFilter,
)
from incidents.hosts.models import Host, Service, Site
from incidents.hosts.provisions import Advisory, Kit, Runbook, SiteAccess, Spare
from kb.accounts.models import User
from kb.web.problems import Problem
from kb.web.resource import ChangeMixin, CreateMixin, ReadMixin, Resource
from kb.wiki.revisions import Conflict


class ProvisionSerializer(serializers.ModelSerializer[Any]):
    """Writes through ``incidents.hosts.providing``, which checks the entry as a whole."""

    def create(self, validated: dict[str, Any]) -> Any:
        model: Any = self.Meta.model  # type: ignore[attr-defined]
        obj = model(**validated)
        try:
            return providing.create(obj, by=self._user).current
        except ValidationError as error:
            raise _as_answer(error) from None

    def update(self, instance: Any, validated: dict[str, Any]) -> Any:
        try:
            outcome = providing.save(
                instance, expected=instance.revision, by=self._user, changes=validated
            )
        except ValidationError as error:
            raise _as_answer(error) from None
        if isinstance(outcome, Conflict):  # cannot be under the row's lock; never lose words
            raise Problem(412, "Somebody changed this at the same moment. Read it and try again.")
        return outcome.current

    @property
    def _user(self) -> Any:
        return self.context["request"].user

    def get_validators(self) -> list[Any]:
        """The rule says it in its own words."""
        return []


def _as_answer(error: ValidationError) -> serializers.ValidationError:
    told = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
    whole = told.pop("__all__", None)
    return serializers.ValidationError(told | ({"non_field_errors": whole} if whole else {}))


class RunbookSerializer(ProvisionSerializer):
    service: Any = Named(slug_field="slug", queryset=Service.objects.all())
    stored_on: Any = Named(
        slug_field="name", queryset=Host.objects.all(), allow_null=True, required=False
    )

    class Meta:
        model = Runbook
        fields = [
            "id", "service", "kind", "title", "where", "stored_on", "elsewhere", "revision",
        ]  # fmt: skip
        read_only_fields = ["revision"]


class KitSerializer(ProvisionSerializer):
    site: Any = Named(slug_field="slug", queryset=Site.objects.all())

    class Meta:
        model = Kit
        fields = ["id", "site", "name", "items", "revision"]
        read_only_fields = ["revision"]


class SpareSerializer(ProvisionSerializer):
    site: Any = Named(slug_field="slug", queryset=Site.objects.all())

    class Meta:
        model = Spare
        fields = ["id", "site", "part", "model", "count", "revision"]
        read_only_fields = ["revision"]


class AccessSerializer(ProvisionSerializer):
    site: Any = Named(slug_field="slug", queryset=Site.objects.all())
    person: Any = Named(
        slug_field="username",
        queryset=User.objects.filter(is_active=True),
        allow_null=True,
        required=False,
    )

    class Meta:
        model = SiteAccess
        fields = ["id", "site", "person", "name", "hours", "revision"]
        read_only_fields = ["revision"]


class AdvisorySerializer(ProvisionSerializer):
    class Meta:
        model = Advisory
        fields = [
            "id", "what", "model", "fixed_in", "deadline_hours", "url", "note", "revision",
        ]  # fmt: skip
        read_only_fields = ["revision"]


class ProvisionResource(ReadMixin, CreateMixin, ChangeMixin, Resource):
    """What every list shares: what was taken away is not in it."""

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take it off the list, with ``If-Match``; on its page it can be brought back."""
        entry = self.locked()
        providing.take_away(entry, expected=entry.revision, by=request.user)  # type: ignore[arg-type]
        return Response(status=204)


class RunbookResource(ProvisionResource):
    """What to do when a service fails, and where that is written."""

    queryset = Runbook.objects.select_related("service", "stored_on").defer(
        "stored_on__facts", "stored_on__observed"
    )
    serializer_class = RunbookSerializer
    filterset_class = RunbookFilter


class KitResource(ProvisionResource):
    """Boxes of tools at sites."""

    queryset = Kit.objects.select_related("site")
    serializer_class = KitSerializer
    filterset_class = KitFilter


class SpareResource(ProvisionResource):
    """Parts that lie at sites, ready to be swapped in."""

    queryset = Spare.objects.select_related("site")
    serializer_class = SpareSerializer
    filterset_class = SpareFilter


class AccessResource(ProvisionResource):
    """Who may enter which site, and when."""

    queryset = SiteAccess.objects.select_related("site", "person")
    serializer_class = AccessSerializer
    filterset_class = AccessFilter


class AdvisoryResource(ProvisionResource):
    """Firmware of drives and controllers that is known to fail."""

    queryset = Advisory.objects.all()
    serializer_class = AdvisorySerializer
    filterset_class = AdvisoryFilter


RESOURCES: dict[str, type[ProvisionResource]] = {
    "runbook": RunbookResource,
    "kit": KitResource,
    "spare": SpareResource,
    "access": AccessResource,
    "advisory": AdvisoryResource,
}
PLURALS = {"access": "access", "advisory": "advisories"}


def routes() -> list[URLPattern]:
    many: dict[str, Any] = {"get": "list", "post": "create"}
    one: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
    found = []
    for word, resource in RESOURCES.items():
        at = f"{PLURALS.get(word, word + 's')}/"
        found += [
            path(at, resource.as_view(many), name=f"{word}-list"),
            path(f"{at}<int:pk>/", resource.as_view(one), name=word),
        ]
    return found
