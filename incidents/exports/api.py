"""``GET /api/v1/inventory/ansible/``: the register as a dynamic inventory; and the webhooks."""

from typing import cast

from django.conf import settings
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.exports import api_webhooks
from incidents.exports.ansible import inventory
from incidents.hosts.models import Host
from kb.accounts.models import User
from kb.web.resource import etag_of, listed
from kb.web.routes import api_routes


class AnsibleInventory(APIView):
    """What an inventory script answers to ``--list``, variables of all hosts included."""

    @extend_schema(
        responses={200: OpenApiTypes.OBJECT},
        parameters=[
            OpenApiParameter("environment", str, description="only hosts of this environment"),
            OpenApiParameter("site", str, description="only hosts at this site"),
        ],
    )
    def get(self, request: Request) -> Response:
        """Active machines in groups by site, environment, role, team, service, tag and flag."""
        user = cast(User, request.user)
        hosts = Host.objects.all().visible_to(user)
        if environment := request.query_params.get("environment"):
            hosts = hosts.filter(environment=environment)
        if site := request.query_params.get("site"):
            hosts = hosts.filter(site__slug=site)
        data = inventory(user, hosts, address=settings.SITE_URL.rstrip("/"))
        tag = etag_of(data)
        if tag in listed(request.headers.get("If-None-Match", "")):
            return Response(status=304, headers={"ETag": tag})
        return Response(data, headers={"ETag": tag})


api_routes.register(
    "exports",
    [
        path("inventory/ansible/", AnsibleInventory.as_view(), name="inventory-ansible"),
        *api_webhooks.routes(),
    ],
)
