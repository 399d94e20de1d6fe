"""What higher rooms show on the page of settings: they register it in their ``panels.py``."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.safestring import SafeString

from kb.web.registry import Registry

#: ``render(request)`` gives the whole card, or nothing where it has nothing to say.
settings_cards: Registry[Callable[[HttpRequest], SafeString | None]] = Registry("settings card")


def rendered(request: HttpRequest) -> list[SafeString]:
    """The cards that have something to say, in their order."""
    made = (render(request) for render in settings_cards)
    return [html for html in made if html]
