"""Pages are only read in the administration, so that every save stays a revision."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from kb.wiki.models import Page


@admin.register(Page)
class PageAdmin(admin.ModelAdmin):
    list_display = ["title", "is_runbook", "owner", "updated_at"]
    list_filter = ["is_runbook"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
