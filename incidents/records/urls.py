"""Addresses of this room."""

from django.urls import path

from incidents.records.views import actions, incidents, lessons, timeline

app_name = "records"
urlpatterns = [
    path("incidents/", incidents.incident_list, name="incident-list"),
    path("incidents/new/", incidents.incident_new, name="incident-new"),
    path("incidents/<int:pk>/", incidents.incident_detail, name="incident"),
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
    path("lessons/<slug:slug>/edit/", lessons.lesson_edit, name="lesson-edit"),
    path("lessons/<slug:slug>/history/", lessons.lesson_history, name="lesson-history"),
    path("actions/", actions.action_list, name="action-list"),
    path("actions/new/", actions.action_new, name="action-new"),
    path("actions/<int:pk>/", actions.action_detail, name="action"),
    path("actions/<int:pk>/edit/", actions.action_edit, name="action-edit"),
    path("actions/<int:pk>/history/", actions.action_history, name="action-history"),
    path("actions/<int:pk>/state/", actions.action_move, name="action-move"),
]
