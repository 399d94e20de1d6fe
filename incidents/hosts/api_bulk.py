"""``POST /api/v1/hosts/bulk/``: one edit of many hosts, with a result for each."""

from typing import Any, cast

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import URLPattern, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.hosts import bulk, listing
from incidents.hosts.models import Host
from incidents.hosts.names import hosts_by_name
from kb.accounts.models import User
from kb.web.problems import FieldError, Problem


class BulkHostsSerializer(serializers.Serializer[Any]):
    """``hosts`` by name, or ``filter`` as in the list; ``field`` is one that people write."""

    hosts = serializers.ListField(
        child=serializers.CharField(), required=False, max_length=bulk.MOST
    )
    filter = serializers.DictField(child=serializers.CharField(), required=False)
    field = serializers.ChoiceField(choices=list(bulk.FIELDS))
    value = serializers.CharField(allow_blank=True, required=False, default="")


class HostsInBulk(APIView):
    """One thing said of many hosts."""

    @extend_schema(request=BulkHostsSerializer, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """A result per host: done, nothing to do, or refused and why."""
        said = BulkHostsSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        asked, user = said.validated_data, cast(User, request.user)
        if ("hosts" in asked) == ("filter" in asked):
            why = "Give hosts by name, or a filter; not both."
            raise Problem(400, why, [FieldError("/hosts", why)])
        value = bulk.read_value(asked["field"], asked["value"])
        hosts, missing = _hosts(asked, user)
        results = bulk.edit(hosts, asked["field"], value, by=user)
        told = [
            {"host": one.name, "did": one.did, "why": one.why, "was": one.was, "now": one.is_now}
            for one in results
        ]
        told += [
            {"host": name, "did": bulk.REFUSED, "why": f"There is no host {name!r}."}
            for name in missing
        ]
        return Response({"results": told})


def _hosts(asked: dict[str, Any], user: User) -> tuple[list[Host], list[str]]:
    if "filter" in asked:
        wanted = QueryDict(mutable=True)
        wanted.update(asked["filter"])
        unknown = sorted(set(asked["filter"]) - set(listing.FILTERS))
        if unknown:
            known = ", ".join(listing.FILTERS)
            raise ValidationError({"filter": f"There is no {unknown[0]!r}. Filters: {known}."})
        left = listing.hosts_for(user, wanted).order_by().values("pk")
        found = Host.objects.filter(pk__in=left)
        if found.count() > bulk.MOST:
            raise ValidationError({"filter": f"That is more than {bulk.MOST} hosts; say less."})
        return list(found.defer("facts", "observed").order_by("name")), []
    known_hosts = hosts_by_name(asked["hosts"])
    pks = [host.pk for host in known_hosts.values()]
    hosts = Host.objects.visible_to(user).filter(pk__in=pks).defer("facts", "observed")
    return list(hosts.order_by("name")), sorted(set(asked["hosts"]) - known_hosts.keys())


def routes() -> list[URLPattern]:
    return [path("hosts/bulk/", HostsInBulk.as_view(), name="hosts-bulk")]
