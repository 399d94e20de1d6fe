"""Uploads end where they grow too large, before they fill a disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class EndsAtTheMost(FileUploadHandler):
    """Drops a file as soon as it has more bytes than may be kept; the request says so.

    ``request.META["twiceshy.too_large"]`` then holds its name: it was there, and was too large.
    """

    seen = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.seen = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.seen += len(raw_data)
        if self.seen > settings.ATTACHMENT_MAX_BYTES:
            assert self.request is not None
            self.request.META["twiceshy.too_large"] = self.file_name
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
