"""People and tokens in Django's admin: to look at.

They are changed under Settings, where the rules hold: the last admin stays one, and nobody takes
over another person's account or token to see what that person may see.
"""

from django.contrib import admin
from django.http import HttpRequest

from kb.accounts.models import ApiToken, Team, User


class LookOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(LookOnly):
    list_display = ["username", "email", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    search_fields = ["username", "email"]
    exclude = ["password", "groups", "user_permissions"]


@admin.register(Team)
class TeamAdmin(LookOnly):
    list_display = ["name", "slug", "email"]
    filter_horizontal = ["members"]


@admin.register(ApiToken)
class ApiTokenAdmin(LookOnly):
    list_display = ["user", "name", "prefix", "created_at", "last_used_at", "revoked_at"]
    exclude = ["digest"]
