"""What higher rooms show on the pages of settings and risk: they register it in ``panels.py``."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.safestring import SafeString

from kb.web.registry import Registry

#: ``render(request)`` gives the whole card, or nothing where it has nothing to say.
Card = Callable[[HttpRequest], SafeString | None]
settings_cards: Registry[Card] = Registry("settings card")
#: The same for the front page.
front_cards: Registry[Card] = Registry("front card")


def rendered(request: HttpRequest, cards: Registry[Card] = settings_cards) -> list[SafeString]:
    """The cards that have something to say, in their order."""
    made = (render(request) for render in cards)
    return [html for html in made if html]
