"""One edit of many hosts from the list, with a result for each, and the way back."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from incidents.hosts import bulk, listing
from incidents.hosts.models import Host
from kb.wiki.editing import writer


@require_POST
def bulk_edit(request: HttpRequest) -> HttpResponse:
    """Say one thing of the ticked hosts, or of all that the filters leave."""
    user, back = writer(request), _back(request)
    try:
        field = request.POST.get("field", "")
        value = bulk.read_value(field, request.POST.get("value", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(back)
    hosts = Host.objects.visible_to(user).defer("facts", "observed").order_by("name")
    if request.POST.get("all"):
        wanted = listing.hosts_for(user, QueryDict(request.POST.get("query", "")))
        hosts = hosts.filter(pk__in=wanted.order_by().values("pk"))
    else:
        hosts = hosts.filter(name__in=request.POST.getlist("host"))
    total, some = hosts.count(), list(hosts[: bulk.MOST])
    if not some:
        messages.error(request, "Tick the hosts it is about first.")
        return redirect(back)
    results = bulk.edit(some, field, value, by=user)
    said = f"{bulk.FIELDS[field]}: {request.POST.get('value', '').strip() or 'nothing'}"
    return _done(request, results, said, back, left_out=total - len(some))


@require_POST
def bulk_undo(request: HttpRequest) -> HttpResponse:
    """Bring back what they said before."""
    user = writer(request)
    done = []
    for text in request.POST.getlist("done")[: bulk.MOST]:
        name, _, numbers = text.partition(" ")
        before, _, after = numbers.partition(" ")
        if before.isdecimal() and after.isdecimal():
            done.append((name, int(before), int(after)))
    return _done(request, bulk.take_back(done, by=user), "Taken back", _back(request))


def _done(
    request: HttpRequest, results: list[bulk.Result], said: str, back: str, left_out: int = 0
) -> HttpResponse:
    counts = {did: sum(one.did == did for one in results) for did in (bulk.DONE, bulk.REFUSED)}
    shown = {
        "results": results,
        "said": said,
        "counts": counts,
        "undo": [one for one in results if one.after],
        "left_out": left_out,
        "most": bulk.MOST,
        "back": back,
    }
    return render(request, "hosts/bulk_done.html", shown)


def _back(request: HttpRequest) -> str:
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if safe and back.startswith("/") else reverse("hosts:list")
