from django.contrib import admin

from incidents.digests.models import Bounce, Digest, Subscription

admin.site.register(Subscription)


@admin.register(Digest)
class DigestAdmin(admin.ModelAdmin):
    list_display = ["period", "kind", "recipient", "state", "reason", "attempts", "sent_at"]
    list_filter = ["kind", "state", "reason"]


@admin.register(Bounce)
class BounceAdmin(admin.ModelAdmin):
    list_display = ["address", "permanent", "digest", "seen_at"]
