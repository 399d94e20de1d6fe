"""``{{ text|markdown }}``, ``{% markdown text user %}``, ``{{ text|plain_text }}``.

What other rooms add to the page of a thing: ``{% acts_on thing %}``, ``{% beneath thing %}``.
"""

from typing import Any

from django import template
from django.db.models import Model
from django.template import Context
from django.utils.safestring import SafeString

from kb.accounts.models import User
from kb.wiki import beneath as parts
from kb.wiki import markdown as md
from kb.wiki import mentions
from kb.wiki.forms import WritingWidget

register = template.Library()


@register.filter(name="markdown")
def markdown_filter(text: str | None) -> SafeString:
    """Safe HTML of a text; its short links stay words, since no reader is known."""
    return md.render(text or "")


@register.simple_tag(name="markdown")
def markdown_tag(text: str | None, user: User | None = None, of: Model | None = None) -> SafeString:
    """Safe HTML of a text, its short links leading where ``user`` may go.

    ``of`` is the thing whose text it is: its links then mean what they meant when it was saved.
    """
    home = mentions.home_of(of) if of is not None else ""
    return md.render(text or "", user, home=home)


@register.simple_tag
def editor(name: str, identity: str, of: str = "", draft: str = "", rows: int = 3) -> SafeString:
    """The editor in a form that is written by hand; ``of`` is the key of what it hangs on."""
    widget = WritingWidget({"rows": rows, "required": True, "data-draft-key": draft or identity})
    widget.of = of
    return widget.render(name, "", {"id": identity})


@register.inclusion_tag("wiki/_mentioned.html")
def mentioned_in(kind: str, thing: Any, user: User) -> dict[str, Any]:
    """A card with what mentions a thing, as far as the reader may see it; nothing where nothing."""
    return {"mentions": mentions.mentions_of(kind, thing, user)}


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
