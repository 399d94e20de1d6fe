"""``/api/v1/hosts/{name}/facts/`` and ``…/history/``: what is known, and what changed when."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice, takewhile
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.hosts.history import Entry, entries, facts_at, told
from incidents.hosts.models import Host
from incidents.hosts.moments import BadMoment, read_moment
from kb.accounts.models import User
from kb.web.problems import FieldError, Problem
from kb.web.resource import etag_of, listed

LIMIT, MOST = 200, 1000


def host_for(request: Request, name: str) -> Host:
    """The host, or 404."""
    assert isinstance(request.user, User)  # ReadOrWrite lets nobody else in
    return get_object_or_404(Host.objects.visible_to(request.user), name=name)


def moment_in(request: Request, name: str) -> datetime | None:
    """The moment that a parameter names; a 400 that points to it where it is none."""
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        return read_moment(text, timezone.now())
    except BadMoment as error:
        raise Problem(400, str(error), [FieldError(f"/{name}", str(error))]) from None


class HostFacts(APIView):
    """The document of a host: every section, and who said it when."""

    @extend_schema(
        parameters=[OpenApiParameter("at", str, description="as it stood at a day or time")],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, name: str) -> Response:
        """Now, or as it stood ``at`` a moment of the past."""
        host, at = host_for(request, name), moment_in(request, "at")
        data: dict[str, Any] = {"host": host.name}
        if at is None:
            data |= {"sections": host.facts, "observed": host.observed}
        else:
            stood = facts_at(host, at)
            data |= {"at": at, "sections": stood.document, "observed": stood.observed}
        tag = etag_of(data)
        if tag in listed(request.headers.get("If-None-Match", "")):
            return Response(status=304, headers={"ETag": tag})
        return Response(data, headers={"ETag": tag})


class HostHistory(APIView):
    """What changed when, as differences of facts, newest first."""

    @extend_schema(
        parameters=[
            OpenApiParameter("section", str),
            OpenApiParameter("before", str, description="only what changed before this moment"),
            OpenApiParameter("limit", int, description=f"at most {MOST}; {LIMIT} unless told"),
        ],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, name: str) -> Response:
        """Changes by section and source; ``next`` leads to what is older."""
        host, before = host_for(request, name), moment_in(request, "before")
        section = request.query_params.get("section")
        _check_section(host, section)
        found = list(entries(host, section, before))
        shown = _whole_moments(found, _limit(request))
        data: dict[str, Any] = {
            "host": host.name,
            "next": _address(request, shown[-1].at) if len(shown) < len(found) else None,
            "results": [_told(entry) for entry in shown],
            "total": len(found),
        }
        return Response(data)


def _check_section(host: Host, section: str | None) -> None:
    known = told(host) if section else []
    if section and section not in known:
        raise Problem(
            400,
            f"Nobody ever told anything of {section!r} on {host.name}.",
            [FieldError("/section", f"Choose from: {', '.join(known)}.")],
        )


def _limit(request: Request) -> int:
    text = request.query_params.get("limit") or str(LIMIT)
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise Problem(400, f"{text!r} is no limit.", [FieldError("/limit", f"From 1 to {MOST}.")])
    return int(text)


def _whole_moments(found: list[Entry], limit: int) -> list[Entry]:
    """The first entries, and all others of the same moment as the last of them."""
    shown = found[:limit]
    rest: Iterable[Entry] = islice(found, limit, None)
    return shown + list(takewhile(lambda entry: entry.at == shown[-1].at, rest))


def _address(request: Request, before: datetime) -> str:
    query = request.query_params.copy()
    query["before"] = before.isoformat().replace("+00:00", "Z")
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _told(entry: Entry) -> dict[str, Any]:
    changes = [{"path": one.path, "old": one.old, "new": one.new} for one in entry.changes]
    return {
        "at": entry.at,
        "section": entry.section,
        "source": entry.source,
        "first": entry.first,
        "returned": entry.returned,
        "changes": changes,
    }


def routes() -> list[URLPattern]:
    """The address of the facts themselves belongs to intake, which also takes them in."""
    return [path("hosts/<str:name>/history/", HostHistory.as_view(), name="host-history")]
