"""``/hosts/robert/merge/``: two records of one host become one, and are parted again."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from incidents.hosts import merging
from incidents.hosts.fields import unknown_host
from incidents.hosts.merges import HostMerge
from incidents.hosts.merging.preview import Preview, counts_of, likely, preview, standing
from incidents.hosts.models import Host
from incidents.hosts.names import hosts_by_name
from incidents.hosts.views.hosts import address, visible
from kb.wiki.editing import writer

CHOICE = "choose-"


def host_merge(request: HttpRequest, name: str) -> HttpResponse:
    """GET asks which record, then compares the two; POST merges them."""
    writer(request)
    host = visible(request, name)
    asked = (request.POST if request.method == "POST" else request.GET).get("with", "").strip()
    if not asked:
        return _page(request, host)
    other = hosts_by_name([asked.removeprefix("@")]).get(asked.removeprefix("@"))
    if other is None:
        return _page(request, host, asked=asked, mistake=unknown_host(asked))
    if request.method == "POST" and other.pk == host.pk and other.name != asked:
        messages.info(request, f"{asked} is merged into {host.name} already.")
        return redirect(address(host))
    other = Host.objects.get(pk=other.pk)
    try:
        merging.refuse_unlike(host, other)
    except ValidationError as error:
        return _page(request, host, asked=asked, mistake=" ".join(error.messages))
    shown = preview(host, other, timezone.now())
    if request.method != "POST":
        return _page(request, host, asked=asked, compared=shown)
    return _merge(request, shown)


def _merge(request: HttpRequest, shown: Preview) -> HttpResponse:
    kept, lost = shown.kept, shown.lost
    read = _read(request)
    if shown.warnings and not request.POST.get("certain"):
        return _page(
            request, kept, asked=lost.name, compared=shown,
            mistake="Something speaks against it: say that you are certain, or leave them apart.",
        )  # fmt: skip
    chosen = {
        name.removeprefix(CHOICE): str(way)
        for name, way in request.POST.items()
        if name.startswith(CHOICE)
    }
    try:
        done = merging.merge(
            kept.pk, lost.pk, by=writer(request), now=timezone.now(), chosen=chosen, read=read
        )
    except (merging.Moved, Host.DoesNotExist):
        mistake = "Somebody changed one of the two meanwhile. Look at them again, then decide."
        return _page(request, kept, asked=lost.name, compared=shown, mistake=mistake, status=409)
    except ValidationError as error:
        return _page(
            request, kept, asked=lost.name, compared=shown, mistake=" ".join(error.messages)
        )
    messages.success(
        request,
        f"{done.lost_name} is part of {kept.name} now, and its name leads here. "
        "Under Merge you can undo that.",
    )
    return redirect(address(kept))


def _read(request: HttpRequest) -> merging.Read | None:
    try:
        return merging.Read(int(request.POST["kept"]), int(request.POST["lost"]))
    except (KeyError, ValueError):
        return merging.Read(-1, -1)  # a form that does not say what it showed is shown anew


def _page(
    request: HttpRequest,
    host: Host,
    *,
    asked: str = "",
    compared: Preview | None = None,
    mistake: str = "",
    status: int | None = None,
) -> HttpResponse:
    shown: dict[str, Any] = {
        "host": host,
        "asked": asked,
        "compared": compared,
        "mistake": mistake,
        "chosen": {
            name.removeprefix(CHOICE): way
            for name, way in request.POST.items()
            if name.startswith(CHOICE)
        },
        "likely": [] if compared else list(likely(host)),
        "merges": [] if compared else [(one, counts_of(one)) for one in standing(host)],
        "host_names": list(Host.objects.order_by("name").values_list("name", flat=True)[:500]),
        "now": timezone.now(),
    }
    return render(request, "hosts/merge.html", shown, status=status or (422 if mistake else 200))


@require_POST
def merge_undo(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Part the two again; pressing twice is once."""
    user = writer(request)
    host = visible(request, name)
    done = get_object_or_404(HostMerge, pk=pk, kept=host)
    try:
        done = merging.undo(done, by=user, now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(reverse("hosts:merge", args=[host.name]))
    said = f"{done.lost_name} is a record of its own again."
    if done.left:
        said += f" {len(done.left)} rows stay with {host.name}: they changed since the merge."
    messages.success(request, said)
    return redirect(reverse("hosts:merge", args=[host.name]))
