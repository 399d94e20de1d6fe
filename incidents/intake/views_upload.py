"""Uploading facts in the browser: send, look at what would change, say yes."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from incidents.facts.errors import FactsError
from incidents.facts.readers import table
from incidents.intake import uploads
from incidents.intake.forms import UploadForm
from incidents.intake.models import Pull, PulledObject, Upload
from kb.accounts.models import User
from kb.wiki.editing import person, writer

CHANGES_SHOWN = 40


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The form; a good one leads to its preview."""
    user = writer(request)
    form = UploadForm(request.POST or None, request.FILES or None, initial=_asked(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            kept = uploads.begin(
                form.bodies(),
                by=user,
                now=timezone.now(),
                format=said["format"],
                host=said["host"],
                source=said["source"],
            )
        except FactsError as error:
            for pointer, why in error.errors[:20]:
                form.add_error(None, f"{pointer}: {why}" if pointer else why)
        else:
            return redirect("intake:upload-preview", kept.pk)
    status = 422 if form.errors else 200
    return render(request, "intake/upload.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
def upload_preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the upload would change; the buttons say yes, no, or what its columns mean."""
    user, now = writer(request), timezone.now()
    kept = Upload.objects.filter(pk=pk, by=user).first()
    if kept is None or uploads.is_over(kept, now):
        return render(request, "intake/upload_over.html", status=404 if kept is None else 410)
    if kept.done_at is not None:
        return render(request, "intake/upload_done.html", {"upload": kept})
    status = 200
    if request.method == "POST":
        answer = _act(request, kept)
        if isinstance(answer, HttpResponse):
            return answer
        status = answer
    return _show(request, kept, user, status)


def _act(request: HttpRequest, kept: Upload) -> HttpResponse | int:
    """Do what the button says; a number is the status of the page that is shown again."""
    if "discard" in request.POST:
        kept.delete()
        messages.success(request, "Nothing was stored.")
        return redirect("intake:upload")
    if "columns" in request.POST and kept.table:
        try:
            uploads.set_columns(
                kept, _columns(request, kept), overwrite=bool(request.POST.get("overwrite"))
            )
        except FactsError as error:
            messages.error(request, "; ".join(why for _, why in error.errors[:5]))
            return 422
        return redirect("intake:upload-preview", kept.pk)
    try:
        uploads.confirm(kept, request.POST.get("seen", ""), timezone.now())
    except uploads.Stale:
        messages.error(
            request,
            "What is known has changed since this page was shown, so nothing was stored. Below is "
            "what it would do now.",
        )
        return 409
    return redirect("intake:upload-preview", kept.pk)


def _show(request: HttpRequest, kept: Upload, user: User, status: int) -> HttpResponse:
    found = uploads.preview(kept, timezone.now())
    shown: dict[str, Any] = {
        "upload": kept,
        "preview": found,
        "most": CHANGES_SHOWN,
        "targets": table.TARGETS,
        "columns": [
            (place, column, kept.table["mapping"].get(column, ""))
            for place, column in enumerate(kept.table.get("columns", ()))
        ],
    }
    return render(request, "intake/upload_preview.html", shown, status=status)


def _columns(request: HttpRequest, kept: Upload) -> dict[str, str]:
    return {
        column: request.POST.get(f"column-{place}", "")
        for place, column in enumerate(kept.table["columns"])
    }


def _asked(request: HttpRequest) -> dict[str, str]:
    return {"host": request.GET.get("host", "")[:253], "format": "auto"}


@require_safe
def netbox(request: HttpRequest) -> HttpResponse:
    """What became of each object of NetBox when it was last pulled, refusals first."""
    person(request)
    last = Pull.objects.first()
    rows = PulledObject.objects.select_related("host").only(
        "key", "name", "ok", "result", "seen_at", "gone_at", "host__name"
    )
    return render(request, "intake/netbox.html", {"pull": last, "rows": rows[:1000]})
