"""What rooms above this one show on a pattern's page; they register it in their ``panels.py``."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.safestring import SafeString

from incidents.patterns.models import Pattern
from kb.web.registry import Registry

#: ``(pattern, request) -> HTML`` beside the pattern, or None where there is nothing to say.
pattern_panels: Registry[Callable[[Pattern, HttpRequest], SafeString | None]] = Registry(
    "panel of a pattern"
)


def panels_of(pattern: Pattern, request: HttpRequest) -> list[SafeString]:
    return [shown for show in pattern_panels if (shown := show(pattern, request))]
