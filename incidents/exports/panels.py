"""On the page of settings: my feeds, and for admins the webhooks that were switched off."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from incidents.exports import feed_tokens
from incidents.exports.models import Webhook
from kb.accounts.cards import settings_cards
from kb.wiki.editing import person


def my_feeds(request: HttpRequest) -> SafeString:
    feeds = feed_tokens.addresses(person(request))
    return render_to_string("exports/_feeds.html", {"feeds": feeds}, request)


def webhooks_off(request: HttpRequest) -> SafeString | None:
    """Those that failed for too long."""
    off = Webhook.objects.all().visible_to(person(request)).exclude(switched_off_at=None)
    rows = list(off)
    if not rows:
        return None
    return render_to_string("exports/_switched_off.html", {"webhooks": rows}, request)


settings_cards.register("webhooks-off", webhooks_off, rank=10)
settings_cards.register("feeds", my_feeds, rank=50)
