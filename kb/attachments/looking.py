"""What a worker finds in new bytes: the words that search knows, and a small picture.

Strangers' bytes are only ever decoded here, never in a process that serves pages.
"""

import logging
import warnings
from io import BytesIO

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageOps

from kb.attachments import store
from kb.attachments.kinds import MOST_DOTS
from kb.attachments.models import Blob
from kb.outbox.models import OutboxRow
from kb.outbox.post import post
from kb.search.extract import MOST_BYTES, extract

log = logging.getLogger(__name__)

THUMBNAIL = (640, 480)
#: What is read for its words, and the name under which the reader knows it.
ENDINGS = {
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/json": ".json",
    "application/pdf": ".pdf",
}


def look(rows: list[OutboxRow]) -> None:
    """The outbox's handler: look into these blobs, and have what they hang on indexed."""
    for blob in Blob.objects.filter(pk__in=[row.key for row in rows]):
        with store.store().open(blob.path) as content:
            drawn = blob.is_picture and _draw(blob, content)
            text = words_of(content, blob.type)
        with transaction.atomic():
            Blob.objects.filter(pk=blob.pk).update(
                has_thumbnail=drawn, text=text, looked_at=timezone.now()
            )
            for attachment in blob.attachments.exclude(content_type=None):
                post("index", attachment.thing_key)


def _draw(blob: Blob, content: File) -> bool:
    """Keep a small picture; whether there is one.  Too large a picture is not even decoded."""
    if not blob.width or not blob.height or blob.width * blob.height > MOST_DOTS:
        return False
    try:
        small = thumbnail(content)
    except Exception as error:  # whatever a broken picture makes a reader raise
        log.info("no thumbnail of %s: %s", blob, error)
        return False
    store.put(blob.thumbnail_path, ContentFile(small), len(small))
    return True


def thumbnail(content: File) -> bytes:
    """A WebP of at most 640 by 480, turned as the camera was held, without its notes."""
    content.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(content, formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
            if picture.width * picture.height > MOST_DOTS:
                raise ValueError("more dots than are drawn")
            picture.draft("RGB", THUMBNAIL)
            picture.thumbnail(THUMBNAIL)
            turned = ImageOps.exif_transpose(picture)
            if turned.mode not in ("RGB", "RGBA"):
                turned = turned.convert("RGBA" if "transparency" in turned.info else "RGB")
            out = BytesIO()
            turned.save(out, "WEBP", quality=80)
            return out.getvalue()


def words_of(content: File, type_: str) -> str:
    """The words of a text or a PDF; by what it is, whatever it is called."""
    ending = ENDINGS.get(type_)
    if ending is None:
        return ""
    content.seek(0)
    return extract(f"file{ending}", content.read(MOST_BYTES + 1)).text
