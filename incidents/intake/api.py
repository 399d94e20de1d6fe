"""``PUT /api/v1/hosts/{name}/facts/``: the door for one host's facts, in any known format."""

from datetime import datetime
from typing import IO, Any

from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.facts.bounds import MAX_BYTES
from incidents.facts.errors import FactsError
from incidents.facts.readers import FORMATS, Report, read
from incidents.hosts.api_facts import HostFacts
from incidents.intake import api_netbox
from incidents.intake.bulk import FactsOfMany
from incidents.intake.take import Taken, take
from kb.web.problems import FieldError, Problem
from kb.web.routes import api_routes


class RawBody(BaseParser):
    """The bytes as they came, one more than is allowed at most: readers look inside."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: Any = None, context: Any = None) -> Any:
        return stream.read(MAX_BYTES + 1)


class FactsDoor(HostFacts):
    """Reading gives the present document; ``PUT`` tells something new."""

    parser_classes = [RawBody]

    @extend_schema(
        request={"application/json": OpenApiTypes.OBJECT},
        responses={200: OpenApiTypes.OBJECT},
        parameters=[
            OpenApiParameter("format", str, description=f"auto, {', '.join(FORMATS)}"),
            OpenApiParameter("source", str, description="who says it; default: the format's name"),
            OpenApiParameter("observed_at", datetime, description="default: as reported, else now"),
        ],
    )
    def put(self, request: Request, name: str) -> Response:
        """Tell facts about one host; the answer says what changed and which flags moved."""
        arrived_at = timezone.now()
        try:
            taken = take(_one_report(request, name, arrived_at), arrived_at=arrived_at)
        except FactsError as error:
            raise as_problem(error) from None
        return Response(answer(taken), status=201 if taken.ingested.created else 200)


def answer(taken: Taken) -> dict[str, Any]:
    """The answer of the door; tooling relies on its first four members."""
    done = taken.ingested
    said: dict[str, Any] = {
        "host": done.host.name,
        "created": done.created,
        "changed": done.changed,
        "flags": "pending"
        if taken.pending
        else {"opened": taken.opened, "resolved": taken.resolved},
        "observed_from": done.observed_from,
        "notes": done.notes,
    }
    if taken.pending:
        said["follow"] = reverse("api:host-verdicts", args=[done.host.name])
    return said


def as_problem(error: FactsError) -> Problem:
    """The same words at the API's door, with a pointer to each place."""
    return Problem(
        error.status,
        "The report was not taken; nothing has changed."
        if len(error.errors) > 1
        else error.errors[0][1],
        [FieldError(pointer, message) for pointer, message in error.errors],
    )


def _one_report(request: Request, name: str, arrived_at: datetime) -> Report:
    (report,) = read(
        request.data,
        arrived_at=arrived_at,
        format=request.query_params.get("format", "auto"),
        host=name,
        source=request.query_params.get("source") or None,
        observed_at=_moment(request.query_params.get("observed_at")),
    )
    return report


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        # A plus sign in an address arrives as a space.
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None:
        raise Problem(
            400,
            f"{text!r} is not a time.",
            [FieldError("/observed_at", "Write it like 2026-11-23T02:00:00Z.")],
        )
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


api_routes.register(
    "intake",
    [
        path("hosts/<str:name>/facts/", FactsDoor.as_view(), name="host-facts"),
        path("facts/", FactsOfMany.as_view(), name="facts"),
        *api_netbox.routes(),
    ],
    rank=10,
)
