"""Every address, put together from the rooms."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from kb.web.routes import api_routes

api: list[URLPattern | URLResolver] = [route for routes in api_routes for route in routes]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("incidents.overview.urls")),
    path("", include("incidents.hosts.urls")),
    path("", include("incidents.intake.urls")),
    path("", include("incidents.patterns.urls")),
    path("", include("incidents.records.urls")),
    path("", include("incidents.learning.urls")),
    path("", include("incidents.alerts.urls")),
    path("", include("incidents.digests.urls")),
    path("", include("incidents.exports.urls")),
    path("", include("kb.wiki.urls")),
    path("", include("kb.watching.urls")),
    path("export/", include("kb.transfer.urls")),
    path("bin/", include("kb.bin.urls")),
    path("comments/", include("kb.comments.urls")),
    path("attachments/", include("kb.attachments.urls")),
    path("", include("kb.search.urls")),
    path("", include("kb.operations.urls")),
    path("", include("kb.web.urls")),
    path("settings/", include("kb.accounts.urls")),
    path("accounts/", include("kb.accounts.doors")),
    path("admin/", admin.site.urls),
    path("api/schema/", login_not_required(SpectacularAPIView.as_view()), name="api-schema"),
    path("api/v1/", include((api, "api"))),
]

handler400 = "kb.web.views.bad_request"
handler403 = "kb.web.views.forbidden"
handler404 = "kb.web.views.not_found"
handler500 = "kb.web.views.server_error"
