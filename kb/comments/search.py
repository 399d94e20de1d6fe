"""What is said about a thing is found through it, by whoever may see it."""

from collections.abc import Sequence

from django.contrib.contenttypes.models import ContentType

from kb.comments.models import Comment
from kb.search.registry import also_said
from kb.wiki.markdown import plain
from kb.wiki.things import things


def words(kind: str, pks: Sequence[int]) -> dict[int, str]:
    """By thing: the words of its comments."""
    thing = things.get(kind)
    if thing is None or thing.hangs:
        return {}
    rows = Comment.objects.filter(
        content_type=ContentType.objects.get_for_model(thing.model),
        object_id__in=pks,
        deleted_at=None,
    )
    said: dict[int, str] = {}
    for pk, body in rows.order_by("created_at", "pk").values_list("object_id", "body"):
        said[pk] = f"{said.get(pk, '')}{plain(body)}\n"
    return said


also_said.register("comments", words, rank=10)
