from django.contrib import admin

from incidents.digests.models import Digest, Subscription

admin.site.register(Subscription)


@admin.register(Digest)
class DigestAdmin(admin.ModelAdmin):
    list_display = ["period", "recipient", "state", "attempts", "sent_at"]
    list_filter = ["state"]
