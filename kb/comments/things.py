"""Comments as things: they have an address, a history and a bin."""

from kb.comments.models import Comment
from kb.comments.saying import may_take_away
from kb.wiki.things import Thing, address_of, get, things


def _address(comment: Comment) -> str:
    thing = get(comment.thing_key)
    return f"{address_of(thing)}#comment-{comment.pk}" if thing is not None else "/"


things.register(
    "comment",
    Thing("comment", "Comment", Comment, _address, hangs=True, may_throw=may_take_away),
    rank=80,
)
