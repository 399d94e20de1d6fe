"""``/settings/end-of-life/``: the catalogue in force, whose paid support counts, and a look-up."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from incidents.hosts.catalogue import catalogue, problem
from incidents.hosts.lifetimes import entitlements, lookup, newest_first


@require_safe
def end_of_life(request: HttpRequest) -> HttpResponse:
    """``?product=`` shows its releases; everybody may look."""
    asked = request.GET.get("product", "").strip()
    product = lookup(asked) if asked else None
    known = catalogue()
    shown = {
        "known": known,
        "problem": problem(),
        "entitled": entitlements(),
        "asked": asked,
        "product": product,
        "cycles": newest_first(product) if product else [],
        "names": sorted(known.products),
        "today": timezone.now().date(),
    }
    return render(request, "hosts/end_of_life.html", shown)
