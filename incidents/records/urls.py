"""Addresses of this room."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from incidents.records.views import (
    actions,
    factors,
    incidents,
    lessons,
    offline,
    paste,
    reading,
    timeline,
    write_ups,
)

app_name = "records"
urlpatterns = [
    path("incidents/", incidents.incident_list, name="incident-list"),
    path("incidents/new/", incidents.incident_new, name="incident-new"),
    path("incidents/wording/", write_ups.wording, name="wording"),
    path("incidents/kept/", offline.kept, name="kept"),
    path("incidents/reading/", reading.reading_list, name="reading-list"),
    path("incidents/<int:pk>/", incidents.incident_detail, name="incident"),
    path("incidents/<int:pk>.md", write_ups.incident_markdown, name="incident-md"),
    path("incidents/<int:pk>/reading/", reading.reading_act, name="reading-act"),
    path("incidents/<int:pk>/links/", write_ups.link_new, name="link-new"),
    path("incidents/<int:pk>/links/<int:link>/", write_ups.link_remove, name="link-remove"),
    path("incidents/<int:pk>/log/", timeline.log, name="incident-log"),
    path("incidents/<int:pk>/paste/", paste.paste, name="paste"),
    path("incidents/<int:pk>/timeline.csv", timeline.timeline_csv, name="timeline-csv"),
    path("incidents/<int:pk>/timeline.md", timeline.timeline_markdown, name="timeline-md"),
    path("factors/", factors.factor_list, name="factor-list"),
    path("factors/<slug:slug>/", factors.factor_edit, name="factor-edit"),
    path("offline/", login_not_required(offline.offline), name="offline"),
    path("worker.js", login_not_required(offline.worker), name="worker"),
    path("incidents/<int:pk>/edit/", incidents.incident_edit, name="incident-edit"),
    path("incidents/<int:pk>/history/", incidents.incident_history, name="incident-history"),
    path("incidents/<int:pk>/status/", incidents.incident_status, name="incident-status"),
    path("incidents/<int:pk>/timeline/new/", timeline.line_new, name="line-new"),
    path("incidents/<int:pk>/timeline/<int:line>/", timeline.line_edit, name="line-edit"),
    path(
        "incidents/<int:pk>/timeline/<int:line>/remove/", timeline.line_remove, name="line-remove"
    ),
    path("lessons/", lessons.lesson_list, name="lesson-list"),
    path("lessons/new/", lessons.lesson_new, name="lesson-new"),
    path("lessons/<slug:slug>/", lessons.lesson_detail, name="lesson"),
    path("lessons/<slug:slug>.md", lessons.lesson_markdown, name="lesson-md"),
    path("lessons/<slug:slug>/edit/", lessons.lesson_edit, name="lesson-edit"),
    path("lessons/<slug:slug>/state/", lessons.lesson_state, name="lesson-state"),
    path("lessons/<slug:slug>/read/", lessons.lesson_read, name="lesson-read"),
    path("lessons/<slug:slug>/quotes/", lessons.quote_new, name="quote-new"),
    path("lessons/<slug:slug>/quotes/<int:pk>/remove/", lessons.quote_remove, name="quote-remove"),
    path("lessons/<slug:slug>/history/", lessons.lesson_history, name="lesson-history"),
    path("actions/", actions.action_list, name="action-list"),
    path("actions/bulk/", actions.actions_act, name="actions-act"),
    path("actions/new/", actions.action_new, name="action-new"),
    path("actions/<int:pk>/", actions.action_detail, name="action"),
    path("actions/<int:pk>/edit/", actions.action_edit, name="action-edit"),
    path("actions/<int:pk>/history/", actions.action_history, name="action-history"),
    path("actions/<int:pk>/state/", actions.action_move, name="action-move"),
]
