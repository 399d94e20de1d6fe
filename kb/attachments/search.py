"""The words of files are found through what they hang on, by whoever may see that."""

from collections.abc import Sequence

from django.contrib.contenttypes.models import ContentType

from kb.attachments.models import Attachment
from kb.search.registry import also_said
from kb.wiki.things import things

#: Of one thing's files search knows so many characters; the rest is too much to be found by.
MOST = 400_000


def words(kind: str, pks: Sequence[int]) -> dict[int, str]:
    """By thing: the names and words of the files that hang on it."""
    thing = things.get(kind)
    if thing is None or not thing.is_written:
        return {}
    rows = Attachment.objects.filter(
        content_type=ContentType.objects.get_for_model(thing.model),
        object_id__in=pks,
        deleted_at=None,
    )
    said: dict[int, str] = {}
    for pk, name, text in rows.order_by("pk").values_list("object_id", "name", "blob__text"):
        assert pk is not None
        said[pk] = f"{said.get(pk, '')}{name}\n{text}\n"[:MOST]
    return said


also_said.register("attachments", words, rank=20)
