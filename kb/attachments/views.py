"""Files: taken in, shown, kept, taken away; and what a writer brought that hangs nowhere yet."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kb.accounts.models import User
from kb.attachments import keeping, serving
from kb.attachments.models import Attachment
from kb.web.problems import FieldError, json_problem
from kb.wiki.editing import person, writer
from kb.wiki.things import address_of, find


@require_http_methods(["GET", "HEAD", "POST"])
def attachments(request: HttpRequest) -> HttpResponse:
    """GET: a form, and my files that hang nowhere yet.  POST: take a file in.

    A form of a page says ``next`` and is led back there; anything else is answered 201 with JSON.
    """
    if request.method == "POST":
        return _take_in(request)
    user = person(request)
    rows = Attachment.objects.visible_to(user).filter(content_type=None)
    loose = rows.select_related("blob").order_by("-pk")[:100]
    return render(request, "attachments/list.html", {"loose": loose})


def _take_in(request: HttpRequest) -> HttpResponse:
    from_page = "next" in request.POST
    try:
        made = receive(request, person(request))
    except ValidationError as error:
        return _refused(request, error, from_page)
    if not from_page:
        return JsonResponse(described(made), status=201)
    messages.success(request, f"Attached {made.name}. In a text: {made.markdown}")
    return redirect(_back(request, made))


def receive(request: HttpRequest, user: User) -> Attachment:
    """Take in what ``file`` and ``object`` of a form say.  Raises ``ValidationError`` by field."""
    if not user.may_write:
        raise PermissionDenied
    content, thing = request.FILES.get("file"), None
    if request.META.get("twiceshy.too_large"):
        keeping.check_size(int(request.headers.get("Content-Length") or 0) or 2**62)
    if not isinstance(content, UploadedFile):
        raise ValidationError({"file": "Choose a file: the form sent none."})
    if key := request.POST.get("object", ""):
        thing = find(key, user)
        if thing is None:
            raise ValidationError({"object": f"There is no {key!r} to attach it to."})
    return keeping.keep(content, content.name or "file", by=user, thing=thing)


def described(attachment: Attachment) -> dict[str, Any]:
    """What tooling and the editor are told of a file."""
    return {
        "id": attachment.pk,
        "url": attachment.url,
        "markdown": attachment.markdown,
        "name": attachment.name,
        "size": attachment.blob.size,
        "type": attachment.blob.type,
    }


def _refused(request: HttpRequest, error: ValidationError, from_page: bool) -> HttpResponse:
    if from_page:
        messages.error(request, f"Nothing was attached. {' '.join(error.messages)}")
        return redirect(_back(request, None))
    places = [FieldError(f"/{n}", said) for n, all_ in error.message_dict.items() for said in all_]
    status = 413 if request.META.get("twiceshy.too_large") else 400
    return json_problem(status, places[0].detail, places)


def _back(request: HttpRequest, made: Attachment | None) -> str:
    back = request.POST.get("next", "")
    if back and url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        return back
    thing = made.thing if made is not None else None
    return address_of(thing) if thing is not None else "/attachments/"


def _visible(request: HttpRequest, pk: int) -> Attachment:
    rows = Attachment.objects.visible_to(person(request)).select_related("blob")
    return get_object_or_404(rows, pk=pk)


@require_safe
def file(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """The bytes; the name in the address is for people, the number counts."""
    return serving.serve(request, _visible(request, pk))


@require_safe
def thumbnail(request: HttpRequest, pk: int) -> HttpResponseBase:
    attachment = _visible(request, pk)
    if not attachment.blob.has_thumbnail:
        raise Http404("There is no small picture of it.")
    return serving.serve_thumbnail(request, attachment)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Into the bin, from where it can be brought back."""
    user = writer(request)
    attachment = Attachment.objects.visible_to(user).filter(pk=pk).first()
    if attachment is None:
        if not Attachment.objects.in_bin(user).filter(pk=pk).exists():
            raise Http404("There is no such file.")
    else:
        keeping.remove(attachment, by=user, now=timezone.now())
        messages.success(request, f"{attachment.name} is in the bin.")
    return redirect(_back(request, attachment))
