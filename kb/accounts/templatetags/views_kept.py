"""``{% saved_views "flags" %}``: the views of a page, and the form that keeps another."""

from typing import Any

from django import template
from django.template import Context

from kb.accounts import saved_views as kept

register = template.Library()


@register.inclusion_tag("accounts/_saved_views.html", takes_context=True)
def saved_views(context: Context, page: str) -> dict[str, Any]:
    request = context["request"]
    query = request.META.get("QUERY_STRING", "")
    return {
        "views": kept.shown(request.user, page, query),
        "page": page,
        "query": kept.tidy(query),
        "here": request.get_full_path(),
        "csrf_token": context.get("csrf_token"),
        "keeper": request.user.is_keeper,
    }
