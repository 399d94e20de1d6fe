"""``/api/v1/end-of-life/``: the catalogue, and until when what a host runs is cared for."""

from typing import Any

from django.urls import URLPattern, path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.facts.eol import Product
from incidents.hosts.api_facts import host_for
from incidents.hosts.catalogue import catalogue, problem
from incidents.hosts.lifetimes import Lifetime, entitlements, lifetimes, lookup, newest_first
from kb.web.problems import FieldError, Problem


class EndOfLife(APIView):
    """The end-of-life catalogue in force."""

    @extend_schema(
        parameters=[OpenApiParameter("product", str, description="its releases, by any name")],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        """Its day and source, whose paid support counts, and the releases of one product."""
        known, asked = catalogue(), request.query_params.get("product")
        data: dict[str, Any] = {
            "snapshot": known.snapshot,
            "attribution": known.attribution,
            "problem": problem() or None,
            "entitled": [
                {"product": name, "title": title, "problem": wrong or None}
                for name, title, wrong in entitlements()
            ],
            "products": sorted(known.products),
        }
        if asked:
            product = lookup(asked)
            if product is None:
                why = "Choose from “products” of this address without a parameter."
                raise Problem(
                    400, f"The catalogue knows no {asked!r}.", [FieldError("/product", why)]
                )
            data["product"] = _product(product)
        return Response(data)


class HostEndOfLife(APIView):
    """Until when a host's system and software are cared for."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, name: str) -> Response:
        """Each with its date, its tiers of support, and how they were found."""
        host = host_for(request, name)
        found = lifetimes(host.facts, timezone.now())
        return Response({"host": host.name, "results": [_told(one) for one in found]})


def _told(one: Lifetime) -> dict[str, Any]:
    return {
        "what": one.what,
        "section": one.section,
        "state": one.state,
        "until": one.until,
        "days": one.days,
        "tiers": [{"what": words, "until": on, "counts": ours} for words, on, ours in one.tiers],
        "found": one.found,
    }


def _product(product: Product) -> dict[str, Any]:
    return {
        "name": product.name,
        "title": product.title,
        "extended_free": product.extended_free,
        "releases": [
            {
                "release": cycle.name,
                "released": cycle.released,
                "end": cycle.end,
                "extended_until": cycle.extended,
                "codename": cycle.codename,
            }
            for cycle in newest_first(product)
        ],
    }


def routes() -> list[URLPattern]:
    return [
        path("end-of-life/", EndOfLife.as_view(), name="end-of-life"),
        path("hosts/<str:name>/end-of-life/", HostEndOfLife.as_view(), name="host-end-of-life"),
    ]
