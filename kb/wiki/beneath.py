"""What stands on the page of any thing besides its own words: rooms above this one add it here.

A page shows it with ``{% acts_on page %}`` among its buttons and ``{% beneath page %}`` below.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from kb.web.registry import Registry

Part = Callable[[Any, HttpRequest], SafeString | None]

#: ``render(thing, request)`` gives a button or a small form, or nothing.
acts: Registry[Part] = Registry("act on a thing")
#: ``render(thing, request)`` gives a whole card, or nothing where it has nothing to say.
cards: Registry[Part] = Registry("card beneath a thing")


def rendered(parts: Registry[Part], thing: Any, request: HttpRequest) -> SafeString:
    """Those that have something to say, in their order."""
    made = (part(thing, request) for part in parts)
    return SafeString("\n".join(html for html in made if html))
