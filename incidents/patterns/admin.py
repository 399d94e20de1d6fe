"""The administration shows this room, read only: its rules are in its own pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from incidents.patterns.models import Flag, FlagTransition, Pattern, PatternVersion, Sweep


class ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Pattern)
class PatternAdmin(ReadOnly):
    list_display = ("slug", "title", "severity", "origin", "enabled", "version")
    list_filter = ("severity", "origin", "enabled")
    search_fields = ("slug", "title")


@admin.register(PatternVersion)
class PatternVersionAdmin(ReadOnly):
    list_display = ("pattern", "number", "by", "made_at", "comment")
    list_select_related = ("pattern", "by")


@admin.register(Flag)
class FlagAdmin(ReadOnly):
    list_display = ("pattern", "host", "state", "severity", "changed_at")
    list_filter = ("state", "severity")
    list_select_related = ("pattern", "host")


@admin.register(FlagTransition)
class FlagTransitionAdmin(ReadOnly):
    list_display = ("flag_id", "at", "before", "after", "cause", "by")
    list_filter = ("after", "cause")
    list_select_related = ("by",)


@admin.register(Sweep)
class SweepAdmin(ReadOnly):
    list_display = ("id", "state", "why", "created_at", "finished_at", "hosts_total")
