"""Administration of factors; texts are only read here, so that every save stays a revision.

Admins get no way round a restriction: what they are not named in is not listed.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from incidents.records.models import Action, Factor, Incident, Lesson


class ReadOnly(admin.ModelAdmin):
    """Lists and shows what the reader may see."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model._default_manager.visible_to(request.user)  # type: ignore[attr-defined]
        return rows


@admin.register(Incident)
class IncidentAdmin(ReadOnly):
    list_display = ["title", "kind", "severity", "status", "visibility", "started_at"]
    list_filter = ["kind", "severity", "status", "visibility"]


@admin.register(Lesson)
class LessonAdmin(ReadOnly):
    list_display = ["title", "state", "origin", "review_by"]
    list_filter = ["state", "origin"]


@admin.register(Action)
class ActionAdmin(ReadOnly):
    list_display = ["title", "state", "owner", "due"]
    list_filter = ["state", "kind"]


@admin.register(Factor)
class FactorAdmin(admin.ModelAdmin):
    list_display = ["slug", "name"]
