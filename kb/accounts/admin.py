from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from kb.accounts.models import ApiToken, Team, User

admin.site.register(User, UserAdmin)
admin.site.register(Team)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    list_display = ["user", "name", "prefix", "created_at", "last_used_at", "revoked_at"]
    exclude = ["digest"]
