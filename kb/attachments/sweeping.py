"""Bytes that nothing names: of an upload that died before its row was written."""

import logging
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from kb.attachments.models import Blob
from kb.attachments.store import store

log = logging.getLogger(__name__)

#: An upload that is on its way is younger.
LEFT_ALONE = timedelta(days=1)
_BYTES = re.compile(r"(?:thumbnails/)?([0-9a-f]{2})/([0-9a-f]{62})(?:\.webp)?")
_PART = re.compile(r"(?:thumbnails/)?[0-9a-f]{2}/\.part-\w+")


def sweep(now: datetime) -> int:
    """Remove them; how many that were.  What bears no name of ours is left where it lies."""
    gone = 0
    for path in _unnamed():
        try:
            if store().get_modified_time(path) < now - LEFT_ALONE:
                gone += _remove(path)
        except Exception:  # one that cannot be asked or removed must not stop the others
            log.exception("%s could not be swept", path)
    return gone


def _unnamed() -> Iterator[str]:
    """Paths in the store whose digest no row holds now, and files that were cut short."""
    for top in ("", "thumbnails"):
        for folder in _listed(top)[0]:
            where = f"{top}/{folder}" if top else folder
            paths = [f"{where}/{name}" for name in _listed(where)[1]]
            named = set(
                Blob.objects.filter(digest__startswith=folder).values_list("digest", flat=True)
            )
            for path in paths:
                match = _BYTES.fullmatch(path)
                if _PART.fullmatch(path) or (match and "".join(match.groups()) not in named):
                    yield path


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return store().listdir(folder)
    except FileNotFoundError:  # nothing was ever kept
        return [], []


@transaction.atomic
def _remove(path: str) -> bool:
    match = _BYTES.fullmatch(path)
    if match is None:
        store().delete(path)
        return True
    # The row makes whoever brings the same bytes this moment wait until they are gone; then they
    # look, as ``keep`` does under its lock, and write them again.
    row, ours = Blob.objects.get_or_create(
        digest="".join(match.groups()), defaults={"size": 0, "type": ""}
    )
    if ours:
        store().delete(path)
        row.delete()
    return ours
