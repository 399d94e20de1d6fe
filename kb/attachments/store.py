"""Where the bytes lie: a folder in ``DATA_DIR``, or a store that speaks S3."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages

ALIAS = "attachments"


def store() -> Storage:
    return storages[ALIAS]


def put(path: str, content: File, size: int) -> None:
    """Keep these bytes; where they lie already, whole, nothing is done."""
    there = store()
    if there.exists(path):
        if there.size(path) == size:
            return
        there.delete(path)  # a copy that was cut short
    content.seek(0)
    there.save(path, content)


class PrivateFiles(FileSystemStorage):
    """Files only this user reads, and which are there whole or not at all."""

    def __init__(self, location: str | os.PathLike[str]) -> None:
        super().__init__(
            location=location,
            file_permissions_mode=0o600,
            directory_permissions_mode=0o700,
        )

    def _save(self, name: str, content: File) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as part:
            try:
                for chunk in content.chunks():
                    part.write(chunk)
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).replace(target)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        return name
