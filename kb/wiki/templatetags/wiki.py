"""``{{ text|markdown }}``, ``{% markdown text user %}``, ``{{ text|plain_text }}``.

What other rooms add to the page of a thing: ``{% acts_on thing %}``, ``{% beneath thing %}``.
"""

from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from kb.accounts.models import User
from kb.wiki import beneath as parts
from kb.wiki import markdown as md

register = template.Library()


@register.filter(name="markdown")
def markdown_filter(text: str | None) -> SafeString:
    """Safe HTML of a text; its short links stay words, since no reader is known."""
    return md.render(text or "")


@register.simple_tag(name="markdown")
def markdown_tag(text: str | None, user: User | None = None) -> SafeString:
    """Safe HTML of a text, its short links leading where ``user`` may go."""
    return md.render(text or "", user)


@register.filter
def plain_text(text: str | None) -> str:
    """The words of a text without its marks."""
    return md.plain(text or "")


@register.simple_tag(takes_context=True)
def acts_on(context: Context, thing: Any) -> SafeString:
    """The buttons that other rooms add to a thing's page."""
    return parts.rendered(parts.acts, thing, context["request"])


@register.simple_tag(takes_context=True)
def beneath(context: Context, thing: Any) -> SafeString:
    """The cards that other rooms add below a thing's own words."""
    return parts.rendered(parts.cards, thing, context["request"])
