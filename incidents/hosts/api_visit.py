"""``…/visit/`` of hosts, groups and sites: the visit sheet as data."""

from dataclasses import asdict
from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.hosts.api_facts import host_for
from incidents.hosts.models import Host, HostStatus, RedundancyGroup, Site
from incidents.hosts.visit import sheet_of
from kb.accounts.models import User


class HostVisit(APIView):
    """What to know and to bring before one stands before a host."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, name: str) -> Response:
        """Only what the asker may see; what nobody told says unknown."""
        host = host_for(request, name)
        return _sheet(request, host.name, Host.objects.filter(pk=host.pk))


class GroupVisit(APIView):
    """The same for every host of a redundancy group that is in use."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, slug: str) -> Response:
        """One sheet for all of them."""
        groups = RedundancyGroup.objects.visible_to(cast(User, request.user))
        group = get_object_or_404(groups, slug=slug)
        return _sheet(request, group.name, group.members.filter(status=HostStatus.ACTIVE))


class SiteVisit(APIView):
    """The same for every host at a site that is in use."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, slug: str) -> Response:
        """The first ones whole, the others by name."""
        site = get_object_or_404(Site.objects.visible_to(cast(User, request.user)), slug=slug)
        return _sheet(request, site.name, site.hosts.filter(status=HostStatus.ACTIVE))


def _sheet(request: Request, title: str, hosts: Any) -> Response:
    user = cast(User, request.user)
    data = asdict(sheet_of(title, hosts.visible_to(user), user, timezone.now()))
    for one in data["machines"]:
        one["parts"] = sorted(one["parts"])
    return Response(data)


def routes() -> list[URLPattern]:
    return [
        path("hosts/<str:name>/visit/", HostVisit.as_view(), name="host-visit"),
        path("groups/<slug:slug>/visit/", GroupVisit.as_view(), name="group-visit"),
        path("sites/<slug:slug>/visit/", SiteVisit.as_view(), name="site-visit"),
    ]
