"""``/api/v1/``: the verdicts of a host, now or then, and what can't be seen in the fleet."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.hosts.models import Host
from incidents.hosts.moments import LIKE, BadMoment
from incidents.patterns.coverage import Coverage, Gap, Place, coverage
from incidents.patterns.explain import Check, Explanation, look
from incidents.patterns.serializers import moment_of_request
from incidents.patterns.supply import Supply
from kb.web.problems import FieldError, Problem


class HostVerdictsView(APIView):
    """Every enabled pattern's verdict on one host, with reason, evidence, and how to supply what is
    missing.  ``?at=`` looks back: ``taken_from`` says what was had from then and what from today.
    """

    @extend_schema(
        operation_id="hosts_verdicts",
        parameters=[OpenApiParameter("at", str, description=f"A moment that is over. {LIKE}")],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, name: str) -> Response:
        hosts: Any = Host.objects.all()
        host = get_object_or_404(hosts.visible_to(request.user), name=name)
        try:
            found = look(host, request.query_params.get("at", ""), moment_of_request())
        except BadMoment as error:
            raise Problem(400, str(error), [FieldError("/at", str(error))]) from None
        return Response(_told(found))


def _told(found: Explanation) -> dict[str, Any]:
    return {
        "host": found.host.name,
        "at": found.moment.isoformat(),
        "past": found.past,
        "taken_from": dict(found.taken_from),
        "counts": found.counts,
        "results": [_check(check) for check in found.checks],
    }


def _check(check: Check) -> dict[str, Any]:
    flag = check.flag
    return {
        "pattern": check.pattern.slug,
        "title": check.pattern.title,
        "version": check.version,
        "written_later": check.written_later,
        "verdict": check.verdict,
        "severity": check.severity,
        "reason": check.reason,
        "evidence": list(check.evidence),
        "thresholds": [
            {"name": one.name, "value": one.value, "from": one.source} for one in check.thresholds
        ],
        "missing": list(check.missing),
        "stale": dict(check.stale),
        "how_to_supply": [_supply(one) for one in check.supply],
        "flag": flag
        and {
            "state": flag.state,
            "since": flag.since.isoformat(),
            "because": flag.because,
            "until": flag.until and flag.until.isoformat(),
        },
    }


def _supply(one: Supply) -> dict[str, Any]:
    return {"paths": list(one.paths), "text": one.text, "curl": one.curl, "page": one.link}


PLACES = ("environment", "site", "team")


class CoverageView(APIView):
    """What can't be seen: verdicts per pattern, and which facts would decide the most unknowns."""

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in PLACES],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        wanted = {name: request.query_params.get(name, "") for name in PLACES}
        return Response(_coverage(coverage(Place(**wanted))))


def _coverage(found: Coverage) -> dict[str, Any]:
    return {
        "hosts": found.hosts,
        "complete": found.complete,
        "totals": found.totals,
        "patterns": found.patterns,
        "gaps": [_gap(gap) for gap in found.gaps],
        "nobody_records": [_gap(gap) for gap in found.nobody_records],
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "section": gap.section,
        "hosts": gap.hosts,
        "verdicts": gap.verdicts,
        "stale": gap.stale,
        "for_example": list(gap.names),
        "how_to_supply": gap.text,
    }


def routes() -> list[Any]:
    """The addresses of this module."""
    return [
        path("hosts/<str:name>/verdicts/", HostVerdictsView.as_view(), name="host-verdicts"),
        path("coverage/", CoverageView.as_view(), name="coverage"),
    ]
