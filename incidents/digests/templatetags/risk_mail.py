"""What the templates of mails need."""

from django import template

from incidents.digests.mail import MARKS

register = template.Library()


@register.filter
def mark(severity: str) -> str:
    """A severity by shape, for whom its colour says nothing."""
    return MARKS.get(severity, "")
