"""``POST /hooks/alertmanager/`` and ``/hooks/pagerduty/``, and both below ``/api/v1/`` as well."""

from typing import Any, cast

from django.conf import settings
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.alerts import alertmanager, pagerduty
from incidents.alerts.record import Taken, take
from incidents.alerts.told import refuse
from incidents.facts.bounds import parse_json
from incidents.facts.errors import FactsError
from kb.accounts.models import User
from kb.web.problems import Problem
from kb.web.routes import api_routes


class FromAlertmanager(APIView):
    """Alertmanager's webhook receiver, with a token (``http_config.authorization``)."""

    @extend_schema(request=OpenApiTypes.OBJECT, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """A group of alerts, version 4.  Repeats and retries change nothing."""
        told = alertmanager.read(request.data)
        return Response(answer(take(told, by=cast(User, request.user), now=timezone.now())))


class FromPagerDuty(APIView):
    """PagerDuty's webhooks, version 3: no token, but a signature over the body."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(exclude=True)  # only PagerDuty can sign what it sends
    def post(self, request: Request) -> Response:
        """An event of an incident there."""
        body = request._request.body
        secrets = settings.PAGERDUTY_SECRETS
        if not secrets:
            raise Problem(404, "PAGERDUTY_SECRETS is not set, so nothing from there is taken.")
        if not pagerduty.is_signed(body, request.headers.get(pagerduty.SIGNATURE, ""), secrets):
            raise Problem(401, "The signature is not that of the body under our secret.")
        told = pagerduty.read(_json(body))
        if told is None:
            return Response({"incident": None, "opened": False, "alerts": [], "notes": []})
        return Response(answer(take(told, by=None, now=timezone.now())))


def _json(body: bytes) -> Any:
    try:
        return parse_json(body)
    except FactsError as error:
        raise refuse("", str(error)) from None


def answer(taken: Taken) -> dict[str, Any]:
    """What became of a message."""
    return {
        "incident": taken.incident.pk if taken.incident else None,
        "opened": taken.opened,
        "alerts": taken.did,
        "notes": taken.notes,
    }


def routes(**said: Any) -> list[URLPattern | URLResolver]:
    """The two doors; they stand below ``/api/v1/`` and, shorter, at ``/hooks/``."""
    alerts, incidents = FromAlertmanager.as_view(**said), FromPagerDuty.as_view(**said)
    return [
        path("hooks/alertmanager/", alerts, name="hook-alertmanager"),
        path("hooks/pagerduty/", incidents, name="hook-pagerduty"),
    ]


api_routes.register("alerts", routes())
