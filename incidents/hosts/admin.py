"""The register for administrators, read only: words are changed on the pages, which keep revisions,
and reported facts by nobody.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from incidents.hosts.models import FactHistory, Host, RedundancyGroup, Service, Site, Upkeep


class ReadOnly(admin.ModelAdmin):
    """Shown, and changed elsewhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Host)
class HostAdmin(ReadOnly):
    list_display = ("name", "kind", "status", "environment", "role", "site", "owner")
    list_filter = ("status", "kind", "environment")
    list_select_related = ("site", "owner")
    search_fields = ("name", "fqdn", "serial")


@admin.register(Site, Service, RedundancyGroup)
class ThingAdmin(ReadOnly):
    list_display = ("name", "slug", "updated_at")
    search_fields = ("name", "slug")


@admin.register(Upkeep)
class UpkeepAdmin(ReadOnly):
    list_display = ("kind", "happened_at", "result", "host", "service", "group", "site", "by")
    list_filter = ("kind", "result")
    list_select_related = ("host", "service", "group", "site", "by")


@admin.register(FactHistory)
class FactHistoryAdmin(ReadOnly):
    list_display = ("host", "section", "source", "since", "last_seen", "until")
    list_filter = ("section", "source")
    list_select_related = ("host",)
    search_fields = ("host__name",)
