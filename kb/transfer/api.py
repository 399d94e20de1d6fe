"""``/api/v1/export/``: the same zip for tooling."""

from django.http import StreamingHttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from kb.transfer.views import export_zip
from kb.web.routes import api_routes


class Export(APIView):
    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request) -> StreamingHttpResponse:
        """Every page, incident and lesson that you may see, as Markdown with its files."""
        request._request.user = request.user
        return export_zip(request._request)


api_routes.register("transfer", [path("export/", Export.as_view(), name="export")])
