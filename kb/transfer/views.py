"""Everything that the reader may see, as one zip."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kb.transfer.outgoing import outgoing, zipped
from kb.wiki.editing import person


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """What an export holds, and the button."""
    return render(request, "transfer/export.html", {"folders": outgoing.names()})


@require_safe
def export_zip(request: HttpRequest) -> StreamingHttpResponse:
    """The zip, which flows while it is made."""
    name = f"twiceshy-{timezone.now():%Y-%m-%d}"
    response = StreamingHttpResponse(zipped(person(request), name), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response
