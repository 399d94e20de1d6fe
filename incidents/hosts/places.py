"""Pages of sites, services and groups: one small set for the three of them."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from incidents.hosts import register
from incidents.hosts.forms import GroupForm, ServiceForm, SiteForm
from incidents.hosts.models import RedundancyGroup, Service, Site, Upkeep
from kb.wiki import editing
from kb.wiki.editing import person
from kb.wiki.forms import RevisedForm
from kb.wiki.looking_back import show_history


@dataclass(frozen=True, slots=True)
class Place:
    """How one kind is called and which of its fields names its hosts."""

    model: Any
    form: type[RevisedForm]
    one: str
    many: str
    hosts: str
    empty: str

    def address(self, obj: Any) -> str:
        return reverse(f"hosts:{self.one}", args=[obj.slug])


PLACES = {
    "sites": Place(Site, SiteForm, "site", "sites", "hosts", "Where your machines stand."),
    "services": Place(
        Service,
        ServiceForm,
        "service",
        "services",
        "hosts",
        "What people use, and what carries it.",
    ),
    "groups": Place(
        RedundancyGroup, GroupForm, "group", "groups", "members", "Hosts that stand in for others."
    ),
}


@require_safe
def place_list(request: HttpRequest, place: str) -> HttpResponse:
    kind = _kind(place)
    rows = kind.model.objects.visible_to(person(request)).prefetch_related(kind.hosts)
    shown = [{"place": row, "hosts": list(getattr(row, kind.hosts).all())} for row in rows]
    return render(request, "hosts/places.html", {"kind": kind, "rows": shown, "place": place})


@require_safe
def place_detail(request: HttpRequest, place: str, slug: str) -> HttpResponse:
    kind = _kind(place)
    obj = get_object_or_404(kind.model.objects.visible_to(person(request)), slug=slug)
    hosts: Any = getattr(obj, kind.hosts).select_related("site", "owner")
    context = {
        "kind": kind,
        "place": place,
        "object": obj,
        "hosts": hosts,
        "upkeep": Upkeep.objects.filter(**{kind.one: obj}).select_related("by")[:10],
        "edit": reverse("hosts:place-edit", args=[place, slug]),
        "history": reverse("hosts:place-history", args=[place, slug]),
    }
    return render(request, "hosts/place.html", context)


def place_new(request: HttpRequest, place: str) -> HttpResponse:
    kind = _kind(place)
    return editing.make(
        request,
        kind.model(),
        kind.form,
        template="hosts/place_form.html",
        address=kind.address,
        create=_create,
        context={"kind": kind, "cancel": reverse("hosts:place-list", args=[place])},
    )


def place_edit(request: HttpRequest, place: str, slug: str) -> HttpResponse:
    kind = _kind(place)
    obj = get_object_or_404(kind.model.objects.visible_to(person(request)), slug=slug)
    return editing.edit(
        request,
        obj,
        kind.form,
        template="hosts/place_form.html",
        address=kind.address,
        save=register.save,
        context={"kind": kind},
    )


def place_history(request: HttpRequest, place: str, slug: str) -> HttpResponse:
    kind = _kind(place)
    obj = get_object_or_404(kind.model.objects.visible_to(person(request)), slug=slug)
    return show_history(request, obj, address=kind.address, save=register.save)


def _kind(place: str) -> Place:
    try:
        return PLACES[place]
    except KeyError:
        raise Http404("There is no such list.") from None


def _create(obj: Any, form: Any, user: Any) -> Any:
    return register.create(obj, by=user, relations=form.relations()).current
