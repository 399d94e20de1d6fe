"""``/api/v1/actions/bulk/``: one act on many actions."""

from typing import Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.hosts.api_fields import Named
from incidents.records import actions_bulk as bulk
from incidents.records.models import Action
from kb.accounts.models import User


class BulkSerializer(serializers.Serializer[Any]):
    act = serializers.ChoiceField(bulk.ACTS)
    actions: Any = serializers.ListField(
        child=serializers.IntegerField(min_value=1), min_length=1, max_length=bulk.MOST
    )
    owner: Any = Named(
        slug_field="username", queryset=User.objects.all(), allow_null=True, required=False
    )
    due = serializers.DateField(allow_null=True, required=False)
    because = serializers.CharField(max_length=200, required=False, allow_blank=True)


class ActionsInBulk(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="actions_bulk", request=BulkSerializer, responses=OpenApiTypes.OBJECT
    )
    def post(self, request: Request) -> Response:
        """One act on many actions, with a result for each."""
        user: Any = request.user
        if not user.may_write:
            raise PermissionDenied
        said = BulkSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        told = dict(said.validated_data)
        wanted = Action.objects.visible_to(user).filter(pk__in=told.pop("actions"))
        results = bulk.act_on(
            list(wanted.order_by("pk")), told.pop("act"), by=user, now=timezone.now(), **told
        )
        rows = [{"action": one.action.pk, "did": one.did, "why": one.why} for one in results]
        return Response({"sums": bulk.sums(results), "results": rows})


urls = [path("actions/bulk/", ActionsInBulk.as_view(), name="action-bulk")]
