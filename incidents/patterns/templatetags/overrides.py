"""``{% load overrides %}``: the panel of a pattern's overrides, wherever the pattern is shown."""

from typing import Any

from django import template
from django.template import Context

from incidents.patterns.models import Pattern
from incidents.patterns.views.overrides import panel

register = template.Library()


@register.inclusion_tag("patterns/_overrides.html", takes_context=True)
def overrides_panel(context: Context, pattern: Pattern) -> dict[str, Any]:
    """Thresholds, what stands in for them where, and the form to change that."""
    request = context["request"]
    shown = context["shown"] if "shown" in context else panel(request, pattern)
    return {**shown, "request": request, "csrf_token": context.get("csrf_token")}
