"""On the front page: that mail does not go out, and the mail that somebody new is offered."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from incidents.digests import health, offers, scope
from kb.accounts.cards import front_cards, settings_cards
from kb.wiki.editing import person


def silence(request: HttpRequest) -> SafeString | None:
    """Nobody misses a mail that does not come, so the page says it."""
    found = health.mail_is_going_out()
    if found.ok:
        return None
    context = {"says": found.says, "may_look": person(request).is_keeper}
    return render_to_string("digests/_silence.html", context, request)


def offer(request: HttpRequest) -> SafeString | None:
    """For who never decided whether they want it."""
    offered = offers.offer_for(person(request))
    if offered is None:
        return None
    words = scope.in_words(offered.scope, offered.least_severity)
    context = {"offered": offered, "words": words}
    return render_to_string("digests/_offer.html", context, request)


front_cards.register("mail-silence", silence, rank=10)
front_cards.register("mail-offer", offer, rank=90)
settings_cards.register("mail-offer", offer, rank=60)
