"""The card of comments on the page of a thing."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from kb.comments.models import Comment
from kb.comments.saying import may_mend, may_take_away
from kb.wiki.beneath import cards
from kb.wiki.editing import person
from kb.wiki.markdown import render_many
from kb.wiki.things import key_of


@dataclass(frozen=True, slots=True)
class Shown:
    """A comment as one reader sees it."""

    comment: Comment
    html: SafeString
    may_mend: bool
    may_take_away: bool


def comments(thing: Any, request: HttpRequest) -> SafeString | None:
    """What is said, what is settled folded away, and for writers a form to say more."""
    user = person(request)
    rows = list(Comment.objects.about(thing).select_related("author", "resolved_by"))
    if not rows and not user.may_write:
        return None
    pages = render_many([one.body for one in rows], user, home=key_of(thing))
    shown = [
        Shown(one, html, may_mend(one, user), may_take_away(one, user))
        for one, html in zip(rows, pages, strict=True)
    ]
    context = {
        "open": [one for one in shown if one.comment.resolved_at is None],
        "resolved": [one for one in shown if one.comment.resolved_at is not None],
        "key": key_of(thing),
    }
    return render_to_string("comments/_card.html", context, request)


cards.register("comments", comments, rank=10)
