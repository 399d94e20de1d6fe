"""Addresses of this room."""

from django.urls import path

from incidents.patterns.views import (
    checks,
    coverage,
    flags,
    life,
    overrides,
    patterns,
    previews,
    sweeps,
)

app_name = "patterns"
urlpatterns = [
    path("patterns/", patterns.pattern_list, name="list"),
    path("patterns/previews/<uuid:pk>/", previews.preview_detail, name="preview"),
    path("patterns/previews/<uuid:pk>/stop/", previews.preview_cancel, name="preview-cancel"),
    path("patterns/names/", patterns.names, name="names"),
    path("patterns/import/", life.pattern_import, name="import"),
    path("patterns/export/", life.pattern_export, name="export"),
    path("patterns/<slug:slug>/versions/", life.version_list, name="versions"),
    path(
        "patterns/<slug:slug>/versions/<int:number>/restore/", life.version_restore, name="restore"
    ),
    path("patterns/<slug:slug>/owner/", life.pattern_owner, name="owner"),
    path("patterns/<slug:slug>/sleep/", life.pattern_sleep, name="sleep"),
    path("patterns/<slug:slug>/upgrade/", life.pattern_upgrade, name="upgrade"),
    path("patterns/new/", patterns.pattern_new, name="new"),
    path("patterns/<slug:slug>/", patterns.pattern_detail, name="detail"),
    path("patterns/<slug:slug>/edit/", patterns.pattern_edit, name="edit"),
    path("patterns/<slug:slug>/switch/", patterns.pattern_switch, name="switch"),
    path("patterns/<slug:slug>/overrides/", overrides.override_put, name="overrides"),
    path(
        "patterns/<slug:slug>/overrides/<int:pk>/end/",
        overrides.override_end,
        name="override-end",
    ),
    path("hosts/<str:name>/checks/", checks.host_checks, name="host-checks"),
    path("coverage/", coverage.coverage_page, name="coverage"),
    path("flags/", flags.flag_list, name="flag-list"),
    path("flags/act/", flags.flags_act, name="flags-act"),
    path("flags/<int:pk>/", flags.flag_detail, name="flag"),
    path("flags/<int:pk>/accept/", flags.flag_accept, name="flag-accept"),
    path("flags/<int:pk>/acknowledge/", flags.flag_acknowledge, name="flag-acknowledge"),
    path("flags/<int:pk>/reopen/", flags.flag_reopen, name="flag-reopen"),
    path("flags/<int:pk>/assign/", flags.flag_assign, name="flag-assign"),
    path("sweeps/", sweeps.sweep_start, name="sweep-start"),
    path("sweeps/<uuid:pk>/", sweeps.sweep_detail, name="sweep"),
    path("sweeps/<uuid:pk>/progress/", sweeps.sweep_progress, name="sweep-progress"),
    path("sweeps/<uuid:pk>/cancel/", sweeps.sweep_cancel, name="sweep-cancel"),
]
