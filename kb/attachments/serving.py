"""Bytes on their way out: nothing that people bring ever runs in a reader's browser."""

from django.core.files.base import File
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags

from kb.attachments import kinds, store
from kb.attachments.models import Attachment

#: Even opened by itself it can load nothing, run nothing, send nothing, and stands in no frame.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


def serve(request: HttpRequest, attachment: Attachment) -> HttpResponseBase:
    """The file itself: a picture or plain text to be shown, anything else to be kept."""
    type_, shown = kinds.shown_as(attachment.blob.type)
    tag = f'"{attachment.blob.digest[:32]}"'
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        response = _file(store.store().open(attachment.blob.path), type_, attachment.blob.size)
    keep = "download" in request.GET or not shown
    response["Content-Disposition"] = (
        content_disposition_header(keep, attachment.name) or "attachment"
    )
    return _guarded(response, tag)


def serve_thumbnail(request: HttpRequest, attachment: Attachment) -> HttpResponseBase:
    """The small picture we drew ourselves."""
    tag = f'"t{attachment.blob.digest[:31]}"'
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        return _guarded(HttpResponse(status=304), tag)
    path = attachment.blob.thumbnail_path
    return _guarded(_file(store.store().open(path), "image/webp", None), tag)


def _file(content: File, type_: str, size: int | None) -> FileResponse:
    response = FileResponse(content, content_type=type_)
    if size is not None:
        response["Content-Length"] = str(size)
    return response


def _guarded(response: HttpResponseBase, tag: str) -> HttpResponseBase:
    response["ETag"] = tag
    # Asked again every time: whoever may no longer see it gets no copy out of a cache.
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
