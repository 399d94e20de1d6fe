"""The bin: what was thrown away, by whom, and until when it can be brought back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from kb.bin import purging, throwing
from kb.wiki.editing import person, writer
from kb.wiki.things import address_of, find


@require_http_methods(["GET", "HEAD", "POST"])
def bin_(request: HttpRequest) -> HttpResponse:
    """GET lists, POST throws ``object`` away."""
    if request.method == "POST":
        return _throw(request)
    kind = request.GET.get("kind", "")
    page = Paginator(throwing.thrown_for(person(request), kind), 50).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "kinds": throwing.kinds(),
        "kind": kind,
        "days": throwing.kept_for().days,
    }
    return render(request, "bin/bin.html", context)


def _throw(request: HttpRequest) -> HttpResponse:
    user = writer(request)
    key = request.POST.get("object", "")
    obj = find(key, user)
    if obj is None:
        if throwing.find_thrown(key, user) is None:
            raise Http404("There is nothing to throw away.")
        return redirect(_back(request))  # pressed twice
    try:
        throwing.throw(obj, by=user, now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        days = throwing.kept_for().days
        messages.success(
            request, f"“{obj}” is in the bin, and can be brought back for {days} days."
        )
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return back if back and safe else "/bin/"


def _thrown(request: HttpRequest, key: str) -> Any:
    obj = throwing.find_thrown(key, person(request))
    if obj is None:
        raise Http404("That is not in the bin.")
    return obj


@require_POST
def bring_back(request: HttpRequest) -> HttpResponse:
    user = writer(request)
    key = request.POST.get("object", "")
    if (there := find(key, user)) is not None:  # pressed twice
        return redirect(address_of(there))
    obj = _thrown(request, key)
    throwing.bring_back(obj, by=user)
    messages.success(request, f"“{obj}” is back.")
    return redirect(address_of(obj))


def purge(request: HttpRequest) -> HttpResponse:
    """GET asks, POST lets go for ever; for admins."""
    user = person(request)
    if not user.is_keeper:
        raise PermissionDenied
    obj = _thrown(request, request.POST.get("object") or request.GET.get("object", ""))
    if request.method != "POST":
        key = request.GET.get("object", "")
        return render(request, "bin/purge.html", {"title": str(obj), "key": key})
    said = str(obj)
    purging.purge_now(obj, by=user)
    messages.success(request, f"“{said}” is gone for ever.")
    return redirect("bin:bin")
